"""What operators can still order while a recovery is under way, and what becomes of it."""

import pytest

from failover.core.commands import Command, CommandKind, Outcome
from failover.core.events import Health, OrderKind
from failover.core.notes import NoteKind
from failover.core.states import State
from tests.failover.core.honest import Answer
from tests.failover.core.playing import PAIR, TRIO, Play, play, say
from tests.failover.core.scenes import FAILOVER_STATES, nobody_fit, on_its_way, unfenced, waiting


def finish(p: Play) -> None:
    """Let everything that was held back be done."""
    p.holding = False
    while p.waiting:
        if (report := p.report(p.waiting.pop(0))) is not None:
            p.tell(report)


# Abort.


def test_a_failover_that_is_aborted_in_its_preflight_has_touched_nothing_and_waits_for_an_order() -> None:
    p = on_its_way(State.PREFLIGHT)
    p.order(OrderKind.ABORT, operator="bob")
    finish(p)
    p.pass_time(1000.0)

    assert (p.db.state, p.db.held) == (State.SUSPECT, "'bob' declined it")
    assert p.kinds() == [] and p.routed == {"db/route": "db-1"}
    p.order(OrderKind.RETRY)
    assert p.serving() == "db-2"


@pytest.mark.parametrize("state", [each for each in FAILOVER_STATES if each is not State.PREFLIGHT])
def test_a_failover_that_has_begun_to_fence_can_only_go_forward(state: State) -> None:
    p = on_its_way(state)
    p.order(OrderKind.ABORT)
    assert p.told(NoteKind.ORDER_REFUSED)[0]["reason"] == f"the cluster is {state}: there is nothing that could be taken back"

    finish(p)
    assert p.serving() == "db-2"


@pytest.mark.parametrize("state", [State.PREFLIGHT, State.DEMOTING])
def test_a_switchover_that_is_aborted_before_the_primary_steps_down_leaves_everything_as_it_was(state: State) -> None:
    p = on_its_way(state, TRIO, OrderKind.SWITCHOVER)
    p.order(OrderKind.ABORT)
    finish(p)

    assert p.where() is State.WATCHING and p.serving() == "db-1"
    assert "demote db-1" not in p.kinds()
    assert not [each for each in p.sent if each.kind in (CommandKind.NOTIFY, CommandKind.HOOK)]


def test_a_switchover_whose_primary_is_stepping_down_can_only_go_forward() -> None:
    p = on_its_way(State.DEMOTING, PAIR, OrderKind.SWITCHOVER)
    while "demote db-1" not in p.kinds():
        report = p.report(p.waiting.pop(0))
        assert report is not None
        p.tell(report)
    p.order(OrderKind.ABORT)
    assert len(p.told(NoteKind.ORDER_REFUSED)) == 1

    finish(p)
    assert p.serving() == "db-2"


def test_a_restart_that_is_aborted_does_not_become_a_failover() -> None:
    p = play()
    p.holding = True
    p.kill("db-1")
    assert p.where() is State.RESTARTING
    p.order(OrderKind.ABORT)
    p.pass_time(1000.0)

    assert p.where() is State.SUSPECT


def test_what_waits_for_a_yes_can_be_aborted() -> None:
    p = waiting()
    p.order(OrderKind.ABORT)

    assert p.where() is State.SUSPECT


def test_what_has_halted_cannot_be_aborted() -> None:
    p = unfenced()
    p.order(OrderKind.ABORT)

    assert len(p.told(NoteKind.ORDER_REFUSED)) == 1


# Pause.


@pytest.mark.parametrize("state", [each for each in FAILOVER_STATES if each is not State.PREFLIGHT])
def test_a_pause_in_mid_recovery_leaves_no_cluster_without_a_primary(state: State) -> None:
    p = on_its_way(state)
    p.order(OrderKind.PAUSE)
    finish(p)

    assert p.serving() == "db-2"


def test_a_pause_before_a_restart_in_place_has_begun_puts_it_off() -> None:
    p = play()
    p.holding = True
    p.kill("db-1")
    p.order(OrderKind.PAUSE)
    finish(p)
    assert (p.where(), p.kinds()) == (State.SUSPECT, [])

    p.order(OrderKind.RESUME)
    assert (p.serving(), p.kinds()) == ("db-1", ["start db-1"])


def test_a_pause_in_a_preflight_stops_the_recovery_before_anything_is_touched() -> None:
    p = on_its_way(State.PREFLIGHT)
    p.order(OrderKind.PAUSE)
    finish(p)

    assert p.where() is State.SUSPECT and p.kinds() == []


def test_a_pause_does_not_stop_what_an_operator_ordered() -> None:
    p = on_its_way(State.PREFLIGHT, order=OrderKind.FAILOVER)
    p.order(OrderKind.PAUSE)
    finish(p)

    assert p.serving() == "db-2"


def test_a_pause_between_a_failed_start_and_the_failover_stops_the_failover() -> None:
    p = play()
    p.bends.append(say(CommandKind.START, Outcome.FAILED, does=False, times=9))
    p.holding = True
    p.kill("db-1")
    p.order(OrderKind.PAUSE)
    finish(p)

    assert p.where() is State.SUSPECT and "fence db-1" not in p.kinds()


# Things that happen while it looks.


def test_a_primary_that_is_found_well_in_the_preflight_is_left_alone() -> None:
    p = play()
    p.see("db-1", Health.STANDBY)  # a mistake: it is primary, and says so when it is asked

    assert p.where() is State.WATCHING and p.kinds() == []
    assert p.told(NoteKind.WITHDRAWN) == [{"host": "db-1"}]


def test_a_primary_that_anything_sees_again_is_not_failed_over_from() -> None:
    p = play()
    p.see("db-1", Health.SILENT, "v-2")

    assert (p.where(), p.kinds()) == (State.WATCHING, [])


def test_a_well_primary_can_be_failed_over_from_by_an_order_and_is_fenced_first() -> None:
    p = play()
    p.order(OrderKind.FAILOVER, host="db-2")

    assert p.kinds()[0] == "fence db-1" and p.serving() == "db-2"


def test_a_switchover_to_whom_nobody_can_speak_changes_nothing() -> None:
    p = play(TRIO)
    p.lose("db-3")
    p.sent.clear()
    p.order(OrderKind.SWITCHOVER, host="db-3")

    assert p.where() is State.WATCHING and p.kinds() == []
    assert p.told(NoteKind.ORDER_REFUSED)[0]["reason"] == "nobody is fit to take over"


def test_a_switchover_waits_for_no_standby_that_is_far_behind() -> None:
    p = play()
    p.members["db-2"].behind_seconds = 3600.0
    p.order(OrderKind.SWITCHOVER)

    assert p.where() is State.WATCHING and p.kinds() == []


def test_a_primary_that_does_not_step_down_keeps_its_clients() -> None:
    p = play()
    p.bends.append(say(CommandKind.DEMOTE, Outcome.SUCCEEDED, does=False, times=9))
    p.order(OrderKind.SWITCHOVER)

    assert p.where() is State.WATCHING and p.serving() == "db-1"


def test_a_switchover_goes_on_upon_the_timeline_of_whoever_promoted_the_primary_again_by_hand() -> None:
    p = play()

    def promoted_by_hand(_: object, command: Command) -> Answer | None:
        if command.kind is not CommandKind.DEMOTE or p.members["db-1"].timeline > 1:
            return None
        p.members["db-1"].timeline = p.members["db-2"].timeline = 2
        return Outcome.SUCCEEDED, {}

    p.bends.append(promoted_by_hand)
    p.order(OrderKind.SWITCHOVER)

    assert p.where() is State.WATCHING and p.serving() == "db-2"


def test_a_switchover_that_nobody_can_complete_is_undone_and_runs_no_hook() -> None:
    p = play()
    p.bends.append(say(CommandKind.PROMOTE, Outcome.FAILED, does=False, target="db-2", times=9))
    p.order(OrderKind.SWITCHOVER)

    assert p.serving() == "db-1" and "hook db-1" not in p.kinds()
    assert "the switchover was undone" in [each.details["text"] for each in p.sent if each.kind is CommandKind.NOTIFY][-1]


def test_a_start_in_place_that_a_person_orders_is_no_failover_even_if_it_fails() -> None:
    p = nobody_fit()
    p.bends.append(say(CommandKind.START, Outcome.FAILED, does=False, times=9))
    p.members["db-1"].on = True
    p.order(OrderKind.START)

    assert p.db.primary == "db-1" and p.where() is State.HALTED
    assert p.kinds() == ["start db-1"] * 2
