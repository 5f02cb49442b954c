import shlex

import pytest

from failover.core.cluster import ClusterState
from failover.core.events import Health, OrderKind
from failover.core.states import WAYS_OUT, HaltReason, State
from failover.live.ways_out import typed, ways_out
from tests.failover.core.playing import TRIO, Play, play


def orders(played: Play) -> list[OrderKind]:
    return [each.order for each in ways_out(played.state, played.db)]


def lines(played: Play) -> list[str]:
    return [typed("db", each) for each in ways_out(played.state, played.db)]


def halted(played: Play, reason: HaltReason) -> ClusterState:
    c = played.state.clusters["db"] = played.db.copy()
    c.state, c.halted, c.suspects = State.HALTED, reason, ("db-1",)
    return c


@pytest.mark.parametrize("reason", HaltReason)
def test_every_halt_has_a_way_out_that_can_be_typed_as_it_stands(reason: HaltReason) -> None:
    played = play(TRIO)
    halted(played, reason)
    found = orders(played)
    assert found
    assert set(found) <= set(WAYS_OUT[reason])
    for line in lines(played):
        assert shlex.split(line)[:2] == ["continuance", "failover"]
        assert "None" not in line


def test_whoever_is_off_already_need_not_be_confirmed() -> None:
    played = play(TRIO)
    c = halted(played, HaltReason.NOT_FENCED)
    c.suspects, c.off = ("db-1", "db-2"), frozenset({"db-1"})
    assert [each.host for each in ways_out(played.state, c) if each.order is OrderKind.CONFIRM_FENCED] == ["db-2"]


def test_of_two_primaries_either_may_be_adopted_and_the_known_one_comes_first() -> None:
    played = play(TRIO)
    played.members["db-3"].role = "primary"
    played.see("db-3")
    assert played.where() is State.HALTED
    assert [each.host for each in ways_out(played.state, played.db)] == ["db-1", "db-3"]


def test_a_failover_that_waits_can_be_approved_rejected_or_spared() -> None:
    played = play(TRIO, mode="approve")
    played.lose("db-1")
    assert orders(played) == [OrderKind.APPROVE, OrderKind.REJECT, OrderKind.START]


def test_what_holds_automation_back_is_what_ends_the_hold() -> None:
    played = play(TRIO)
    played.order(OrderKind.PAUSE)
    assert orders(played) == [OrderKind.RESUME]
    played.lose("db-1")
    assert orders(played) == [OrderKind.RESUME, OrderKind.FAILOVER, OrderKind.START]
    assert lines(played)[1:] == ["continuance failover run db --reason WHY", "continuance failover start db --reason WHY"]


def test_maintenance_of_the_primary_can_be_ended() -> None:
    played = play(TRIO)
    played.order(OrderKind.MAINTENANCE, host="db-1", for_seconds=600.0)
    played.lose("db-1")
    assert lines(played)[0] == "continuance failover maintenance db-1 --for 0s"


def test_what_was_declined_can_be_tried_after_all() -> None:
    played = play(TRIO, mode="approve")
    played.lose("db-1")
    played.order(OrderKind.REJECT)
    assert orders(played)[0] is OrderKind.RETRY


def test_after_a_failover_the_former_primary_is_rejoined_and_then_it_can_go_back() -> None:
    played = play(TRIO)
    played.lose("db-1")
    assert lines(played) == ["continuance failover rejoin db-1 --cluster db"]
    played.order(OrderKind.REJOIN, host="db-1")
    played.see("db-1")
    assert lines(played) == ["continuance failover failback db"]


def test_where_all_is_well_or_nothing_may_be_ordered_there_is_nothing_to_type() -> None:
    assert orders(play(TRIO)) == []
    observed = play(TRIO, mode="observe")
    observed.lose("db-1")
    assert orders(observed) == []


def test_every_order_that_is_offered_is_taken() -> None:
    """What is shown at three in the morning must not be refused."""
    for order in (OrderKind.APPROVE, OrderKind.REJECT, OrderKind.START):
        played = play(TRIO, mode="approve")
        played.lose("db-1")
        played.order(order)
        assert not played.told("order_refused"), order  # type: ignore[arg-type]


def test_a_host_that_is_silent_is_not_offered_as_primary() -> None:
    played = play(TRIO)
    c = halted(played, HaltReason.STALE_JOURNAL)
    c.health = {}
    played.see("db-3", Health.SILENT)
    assert "db-3" not in [each.host for each in ways_out(played.state, played.db) if each.order is OrderKind.ADOPT]
