from typing import Any

from failover.live.readiness.vantage_points import vantage_check
from tests.failover.live.readiness.looking import looked


class Ear:
    heard = False

    def hears(self, vantage: str) -> bool:
        return self.heard


def test_a_vantage_point_that_does_not_report_is_not_ready() -> None:
    ear: Any = Ear()
    check = vantage_check(ear, "mon-1")
    (lack,) = looked(check).values()
    assert lack is not None
    assert "does not report" in lack.why
    ear.heard = True
    assert looked(check) == {"the vantage point 'mon-1'": None}
