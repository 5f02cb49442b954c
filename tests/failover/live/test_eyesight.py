from failover.core.events import Seen
from failover.live.eyesight import eyesight

HOSTS = ("db-1", "db-2")
NONE = {"db-1": Seen.NOTHING, "db-2": Seen.NOTHING}


def test_who_reaches_no_host_says_so_and_who_does_not_report() -> None:
    found = eyesight("ctl-1", ["ctl-1", "mon-1"], HOSTS, {"ctl-1": NONE})
    assert found.wrong() == [
        "this controller reaches none of its 2 hosts: what is said of them is what was seen last",
        "vantage point 'mon-1' does not answer",
    ]


def test_whoever_reaches_one_host_is_not_blind() -> None:
    sights = {"ctl-1": {**NONE, "db-2": Seen.REFUSED}, "mon-1": NONE}
    assert eyesight("ctl-1", ["ctl-1", "mon-1"], HOSTS, sights).wrong() == []


def test_before_the_first_round_is_over_nobody_is_blind() -> None:
    assert not eyesight("ctl-1", ["ctl-1"], HOSTS, {}).reaches_none
    assert not eyesight("ctl-1", ["ctl-1"], HOSTS, {"ctl-1": {"db-1": Seen.NOTHING}}).reaches_none
