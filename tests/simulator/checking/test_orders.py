from typing import Any

import pytest

from failover.core.commands import CommandKind
from failover.core.events import Ordered, OrderKind
from failover.core.states import State
from simulator.checking.orders import Obeyed
from simulator.checking.untouched import Aborted, HooksOnce, OnlyLooks
from tests.simulator.checking.scenes import Scene, decided


def test_an_order_leaves_a_trace() -> None:
    scene = Scene(Obeyed())
    scene.turned(Ordered(scene.at, scene.wall, "db", OrderKind.PAUSE, "ana"))
    assert scene.broken == ["the order pause of 'ana' has left no trace"]
    scene.ordered(OrderKind.PAUSE)
    scene.ordered(OrderKind.PAUSE, taken=False)
    assert len(scene.broken) == 1


def test_a_forced_order_needs_a_reason() -> None:
    scene = Scene(Obeyed())
    scene.ordered(OrderKind.ADOPT, host="db-2", reason=" ")
    assert scene.broken == ["adopt was taken without a reason"]
    scene.ordered(OrderKind.ADOPT, host="db-2", reason=" ", taken=False)
    assert len(scene.broken) == 1


def test_an_order_that_was_meant_for_another_primary_is_not_taken() -> None:
    scene = Scene(Obeyed())
    scene.ordered(OrderKind.PAUSE, expected_primary="db-1")
    assert scene.broken == []
    scene.ordered(OrderKind.PAUSE, expected_primary="db-2")
    assert scene.broken == ["pause was taken, and was meant for another primary"]


def test_a_yes_that_has_expired_is_not_taken() -> None:
    for ago_seconds, well in ((899.0, True), (900.0, False)):
        scene = Scene(Obeyed())
        scene.ordered(OrderKind.APPROVE, typed_wall_seconds=scene.wall - ago_seconds)
        assert (scene.broken == []) is well


@pytest.mark.parametrize("state", [State.WATCHING, State.SUSPECT, State.WAITING])
def test_a_persons_failover_is_not_refused(state: State) -> None:
    scene = Scene(Obeyed())
    scene.turned(state=state)
    scene.ordered(OrderKind.FAILOVER, taken=False)
    assert len(scene.broken) == 1


@pytest.mark.parametrize("order", [{"host": "db-1"}, {"host": "db-9"}, {"reason": ""}, {"expected_primary": "db-3"}])
def test_a_senseless_failover_may_be_refused(order: dict[str, Any]) -> None:
    scene = Scene(Obeyed())
    scene.ordered(OrderKind.FAILOVER, taken=False, **order)
    assert scene.broken == []


@pytest.mark.parametrize("state", [State.PREFLIGHT, State.SUSPECT, State.WAITING, State.ADOPTING, State.HALTED])
def test_who_looks_waits_or_rests_changes_nothing(state: State) -> None:
    scene = Scene(OnlyLooks())
    looks = (CommandKind.VERIFY, CommandKind.READ_POSITIONS, CommandKind.NOTIFY, CommandKind.ASK, CommandKind.WITHDRAW_PAGE)
    scene.turned(commands=[scene.command(kind, "db-2") for kind in looks], state=state)
    assert scene.broken == []
    scene.turned(commands=[scene.command(CommandKind.WITHDRAW_ROUTE, "edge-1")])
    assert scene.broken == [f"withdraw_route at 'edge-1' in {state.value}"]


def test_what_was_aborted_does_not_go_on() -> None:
    scene = Scene(Aborted())
    scene.ordered(OrderKind.ABORT, run=1)
    scene.sent(scene.command(CommandKind.REROUTE, "edge-1", run=1, primary="db-1"))
    scene.sent(scene.command(CommandKind.DEMOTE, "db-1", run=2))
    assert scene.broken == []
    scene.sent(scene.command(CommandKind.DEMOTE, "db-1", run=1))
    assert scene.broken == ["demote at 'db-1' after its recovery was aborted"]


def test_a_number_that_is_given_again_after_a_restore_is_another_recovery() -> None:
    scene = Scene(Aborted())
    scene.ordered(OrderKind.ABORT, run=1)
    scene.turned(notes=[decided(run=1)], run=1)
    scene.sent(scene.command(CommandKind.FENCE, "db-1", run=1))
    assert scene.broken == []


def test_a_later_recovery_does_not_excuse_what_was_aborted() -> None:
    scene = Scene(Aborted())
    scene.ordered(OrderKind.ABORT, run=1)
    scene.turned(notes=[decided(run=2)], run=2)
    scene.sent(scene.command(CommandKind.FENCE, "db-1", run=1))
    assert scene.broken == ["fence at 'db-1' after its recovery was aborted"]


def test_an_abort_that_was_refused_stops_nothing() -> None:
    scene = Scene(Aborted())
    scene.ordered(OrderKind.ABORT, run=1, taken=False)
    scene.sent(scene.command(CommandKind.PROMOTE, "db-2", run=1))
    assert scene.broken == []


def test_a_hook_runs_once_for_each_recovery() -> None:
    scene = Scene(HooksOnce())
    for run in (1, 2):
        scene.effect(scene.command(CommandKind.HOOK, "db-2", run, name="after_failover"))
    assert scene.broken == []
    scene.effect(scene.command(CommandKind.HOOK, "db-2", 2, name="after_failover"))
    assert scene.broken == ["the hook after_failover has run twice in recovery 2"]
