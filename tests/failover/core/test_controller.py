"""The whole core as a function: what it is given it does not change, what comes late or twice changes nothing, and whoever folds
the same journal knows the same.
"""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failover.core.commands import Command, CommandId, CommandKind, Epoch, Outcome
from failover.core.controller import begin, fold, step
from failover.core.events import CommandEnded, Event, Health, LeaseGained, OrderKind, Woken
from failover.core.notes import NoteKind
from failover.core.settings import GRACE_SECONDS
from failover.core.states import HaltReason, State
from tests.failover.core.playing import PAIR, TRIO, Play, play, say
from tests.failover.core.scenes import FAILOVER_STATES, on_its_way, waiting


def journal() -> list[Event]:
    """A failover, a rejoin and a switchover, with all that was reported of them."""
    p = play(TRIO)
    p.lose("db-1")
    p.order(OrderKind.REJOIN, host="db-1")
    for host in p.members:
        p.see(host)
    p.order(OrderKind.SWITCHOVER, host="db-3")
    return p.journal


# A pure function.


def test_a_step_never_alters_the_state_it_begins_with() -> None:
    p = play(TRIO, led=False)
    state = begin(p.settings)
    for event in journal():
        kept = {name: copy.deepcopy(c) for name, c in state.clusters.items()}
        rest = (state.term, state.leader, state.clock, state.told_at, state.wall_seconds, state.grace_until)
        following = step(state, event).state

        assert state.clusters == kept
        assert (state.term, state.leader, state.clock, state.told_at, state.wall_seconds, state.grace_until) == rest
        state = following


def test_the_same_state_and_event_always_lead_to_the_same_decision() -> None:
    p = play(TRIO, led=False)
    state = begin(p.settings)
    for event in journal():
        first, second = step(state, event), step(state, event)

        assert (first.commands, first.notes, first.wake_at) == (second.commands, second.notes, second.wake_at)
        assert first.state.clusters == second.state.clusters
        state = first.state


def test_whoever_folds_the_journal_knows_what_whoever_wrote_it_knew() -> None:
    p = play(TRIO)
    p.lose("db-1")

    folded = fold(p.settings, p.journal)
    assert folded.clusters == p.state.clusters
    assert (folded.term, folded.clock, folded.grace_until) == (p.state.term, p.state.clock, p.state.grace_until)


# Leases and epochs.


def test_every_leader_begins_a_newer_epoch_than_any_before() -> None:
    p = play()
    epochs = [p.db.epoch]
    for term in (2, 3, 7):
        p.tell(LeaseGained(p.now, p.now, term, "controller-2"))
        epochs.append(p.db.epoch)

    assert epochs == sorted(set(epochs)) and epochs[-1].term == 7


def test_commands_of_one_cluster_never_share_a_number_and_never_go_back_to_an_older_epoch() -> None:
    p = play(TRIO)
    p.lose("db-1")
    p.lead(2)

    numbers, epochs = [each.id.number for each in p.sent], [each.epoch for each in p.sent]
    assert numbers == sorted(set(numbers))
    assert epochs == sorted(epochs)


def test_a_new_leader_looks_but_does_not_act_before_its_grace_period_is_over() -> None:
    p = play()
    p.members["db-1"].on = p.members["db-1"].running = False
    p.tell(LeaseGained(p.now, p.now, 2, "controller-2"))
    p.see("db-1")
    assert (p.db.state, p.db.held) == (State.SUSPECT, "this controller has only just taken over")

    p.pass_time(3.0 + GRACE_SECONDS - 0.01)
    assert p.kinds() == []
    p.pass_time(0.01)
    assert p.db.primary == "db-2"


def test_time_between_two_leases_is_on_no_clock() -> None:
    p = play()
    clock = p.state.clock
    p.tell(LeaseGained(5.0, 5.0, 2, "controller-2"))
    assert p.state.clock == clock

    p.tell(Woken(8.0, 8.0))
    assert p.state.clock == clock + 3.0


def test_a_clock_that_is_set_back_makes_no_time_pass() -> None:
    p = play()
    p.tell(Woken(50.0, 50.0))
    clock = p.state.clock
    p.tell(Woken(20.0, 20.0))

    assert p.state.clock == clock


def test_what_another_leader_was_seeing_is_forgotten() -> None:
    p = waiting()
    p.tell(LeaseGained(p.now, p.now, 2, "controller-2"))

    assert p.db.health == {}
    p.order(OrderKind.APPROVE)
    assert p.kinds() == []


@pytest.mark.parametrize("state", FAILOVER_STATES)
def test_a_leader_that_remembers_more_than_the_journal_stands_still(state: State) -> None:
    p = on_its_way(state)
    p.sent.clear()
    p.tell(LeaseGained(p.now, p.now, 2, "controller-2", behind=True))

    assert p.db.halted is HaltReason.STALE_JOURNAL
    p.pass_time(1000.0)
    assert p.kinds(reads=True) == []


@pytest.mark.parametrize("state", FAILOVER_STATES)
def test_a_target_that_has_seen_a_newer_epoch_stops_everything(state: State) -> None:
    p = on_its_way(state)
    newer = Epoch(p.db.epoch.term + 1, 1)
    p.tell(CommandEnded(p.now, p.now, next(iter(p.db.pending)), Outcome.FAILED, {"newer_epoch": tuple(newer)}))

    assert p.db.halted is HaltReason.STALE_JOURNAL


def test_a_command_overtaken_by_a_later_one_of_our_own_stops_nothing() -> None:
    p = play(TRIO)
    p.holding = True
    p.order(OrderKind.WITHDRAW_PAGE, host="edge-1", service="shop")
    page = p.waiting.pop()
    p.holding = False
    p.lose("db-1")
    p.tell(CommandEnded(p.now, p.now, page.id, Outcome.FAILED, {"newer_epoch": tuple(p.db.epoch)}))

    assert p.where() is State.WATCHING and p.db.primary == "db-2"


# Hooks.


def hooks(p: Play) -> list[CommandId]:
    return [each.id for each in p.sent if each.kind is CommandKind.HOOK]


def test_a_hook_that_has_run_or_failed_is_never_sent_again() -> None:
    for outcome in (Outcome.SUCCEEDED, Outcome.FAILED):
        p = play()
        p.bends.append(say(CommandKind.HOOK, outcome, does=True))
        p.lose("db-1")
        p.lead(2)

        assert len(hooks(p)) == 1


def test_a_hook_of_which_nobody_knows_is_sent_again_under_its_own_number_so_that_it_runs_once() -> None:
    p = play()
    p.bends.append(say(CommandKind.HOOK, Outcome.UNKNOWN, does=True))
    p.lose("db-1")
    p.lead(2)
    p.lead(3)

    assert len(hooks(p)) == 2 and len(set(hooks(p))) == 1


def test_who_only_observes_sends_no_hook_that_another_policy_has_left() -> None:
    p = play(mode="observe")
    left = Command(CommandId("db", 7), 1, CommandKind.HOOK, "db-1", p.db.epoch, {"name": "after_failover"})
    p.db.hooks = {left.id: left}
    p.lead(2)

    assert (hooks(p), p.db.hooks) == ([], {left.id: left})


# Time.


MOMENTS = st.integers(0, 10**10).map(lambda number: number / 997)


@given(MOMENTS, st.lists(MOMENTS.map(lambda seconds: seconds / 1e6), max_size=5))
def test_whoever_wakes_when_told_to_is_never_told_to_wake_at_once_for_ever(uptime_seconds: float, pauses: list[float]) -> None:
    p = play(PAIR, led=False, attempts=1, within="1h")
    p.now = uptime_seconds
    p.lead()
    p.kill("db-1")
    p.see("db-1", Health.PRIMARY)
    for pause in pauses:
        p.now += pause
        p.see("db-2")
    p.lose("db-1")
    for _ in range(20):
        if p.wake_at is None:
            break
        assert p.wake_at > p.now
        p.now = p.wake_at
        p.tell(Woken(p.now, p.now))


def test_nothing_is_to_be_waited_for_while_all_is_well() -> None:
    assert play(TRIO).wake_at is None


def test_the_leader_is_told_of() -> None:
    p = play(led=False)
    p.lead(4, "controller-7")

    assert p.told(NoteKind.LED) == [{"controller": "controller-7", "term": 4}]
