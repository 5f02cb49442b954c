import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from failover.live.readiness.power import fence_check, in_the_way
from failover.live.secret_sources import Secrets
from playbooks.equipment import FenceAgent, Redfish
from tests.failover.live.readiness.looking import looked
from tests.playbooks.power_controller import CREDENTIALS, PowerController, power_controller


@pytest.fixture(scope="module")
def device() -> Iterator[PowerController]:
    with power_controller() as found:
        yield found


def secrets(tmp_path: Path) -> Secrets:
    (tmp_path / "redfish").write_text(f"{CREDENTIALS}\n")
    (tmp_path / "wrong").write_text("admin:guess")
    return Secrets({"redfish": "file:redfish", "wrong": "file:wrong"}, tmp_path)


@pytest.mark.parametrize(
    ("host", "credentials", "why"),
    [
        ("db-1", "redfish", ""),
        ("db-2", "redfish", "it speaks of 'db-1'"),
        ("db-1", "wrong", "the power controller answers 401 to GET /redfish/v1/Systems"),
        ("db-1", "unknown", "there is no secret 'unknown'"),
    ],
)
def test_a_fence_is_ready_if_it_answers_knows_us_and_speaks_of_its_host(
    tmp_path: Path, device: PowerController, host: str, credentials: str, why: str
) -> None:
    assert in_the_way(Redfish(host, device.url, credentials), secrets(tmp_path)) == why
    assert device.resets == []


def test_a_fence_that_nobody_answers_for_is_not_ready_and_a_person_has_to_prove_it_then(tmp_path: Path) -> None:
    check = fence_check(Redfish("db-1", "http://127.0.0.1:1", "redfish"), secrets(tmp_path))
    (lack,) = looked(check).values()
    assert lack is not None
    assert "does not answer" in lack.why
    assert "only a person can prove that 'db-1' is off" in lack.remedy


@pytest.mark.parametrize(("code", "why"), [(0, ""), (2, ""), (1, "cannot say whether it is off")])
def test_a_fence_agent_is_asked_for_its_status(tmp_path: Path, code: int, why: str) -> None:
    agent = tmp_path / "fence_it"
    agent.write_text(f"#!{sys.executable}\nimport sys\nsys.exit({code} if 'action=status' in sys.stdin.read() else 9)\n")
    agent.chmod(0o755)
    assert why in in_the_way(FenceAgent("db-1", str(agent)), secrets(tmp_path))
    assert bool(in_the_way(FenceAgent("db-1", str(agent)), secrets(tmp_path))) is bool(why)
