from failover.core.commands import CommandKind
from topology.timing import Timed


def test_everything_that_is_commanded_of_hosts_takes_time_and_a_person_takes_their_own() -> None:
    assert {each.value for each in Timed} == {kind.value for kind in CommandKind if kind is not CommandKind.ASK} | {"unreachable"}
