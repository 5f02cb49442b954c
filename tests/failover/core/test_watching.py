"""What the core does of itself: whether and when a lost primary is replaced, and what it tends while all is well."""

import pytest

from failover.core.commands import Command, CommandKind, Epoch, Outcome
from failover.core.events import CommandEnded, Health, HealthChanged, LeaseGained, Ordered, OrderKind
from failover.core.notes import NoteKind
from failover.core.states import HaltReason, State
from tests.failover.core.playing import PAIR, TRIO, Play, play, say
from tests.failover.core.scenes import back, let_go, nobody_fit, on_its_way, tell_positions, unfenced, waiting

GROUP = PAIR.replace(
    "services:",
    """  map: {members: [map-1, map-2], primary: map-1, policy: {mode: automatic}}
safety:
  all: {clusters: [db, map], at_most: 1}
services:""",
).replace("clusters:", "  map-[1-2]: {site: here}\nclusters:", 1)


def held(p: Play) -> list[str]:
    return [each["reason"] for each in p.told(NoteKind.HELD)]


# Whether a lost primary is replaced.


def test_a_silent_primary_is_replaced_without_anybody_being_asked() -> None:
    p = play()
    p.lose("db-1")

    assert p.db.primary == p.serving() == "db-2"
    assert p.way() == ["preflight", "fencing", "cutting", "promoting", "rerouting", "verifying", "watching"]


@pytest.mark.parametrize("health", [Health.SILENT, Health.PROCESS_DEAD, Health.STANDBY, Health.ANSWERS])
def test_a_primary_that_is_anything_but_primary_is_lost(health: Health) -> None:
    p = play(mode="manual")
    p.see("db-1", health)

    assert p.told(NoteKind.SUSPECTED) == [{"host": "db-1", "health": health.value}]


def test_of_whom_nobody_has_said_anything_nothing_is_thought() -> None:
    p = play(led=False)
    p.tell(LeaseGained(0.0, 0.0, 1, "controller-1"))
    p.pass_time(1000.0)

    assert p.way() == [] and p.sent == []


def test_a_lost_standby_is_no_reason_to_replace_the_primary() -> None:
    p = play()
    p.lose("db-2")
    p.pass_time(1000.0)

    assert p.way() == [] and p.serving() == "db-1"


def test_a_policy_that_only_observes_sends_nothing_but_words_whatever_happens() -> None:
    p = play(mode="observe")
    p.kill("db-1")
    p.lose("db-1")
    back(p, "db-1")
    p.lose("db-2")
    back(p, "db-2")
    p.members["db-2"].role = "primary"
    p.see("db-2")
    p.lead(2)
    p.lead(3, behind=True)
    p.pass_time(10_000.0)

    assert {each.kind for each in p.sent} <= {CommandKind.NOTIFY}
    assert held(p)[0] == "the policy only observes"


def test_a_policy_that_observes_watches_on_when_what_it_saw_is_over() -> None:
    p = play(mode="observe")
    p.members["db-2"].role = "primary"
    p.see("db-2")
    p.members["db-2"].role = "standby"
    p.see("db-2")
    p.see("db-1")

    assert p.where() is State.WATCHING


def test_a_manual_policy_waits_for_an_order_and_tells_which() -> None:
    p = play(mode="manual")
    p.lose("db-1")
    p.pass_time(10_000.0)

    assert p.where() is State.SUSPECT and p.kinds() == []
    told = [each.details for each in p.sent if each.kind is CommandKind.NOTIFY]
    assert len(told) == 1 and told[0]["orders"] == ("failover",)

    p.order(OrderKind.FAILOVER)
    assert p.serving() == "db-2"


def test_a_primary_that_comes_back_in_time_is_left_alone() -> None:
    for p in (waiting(), play(mode="manual")):
        p.lose("db-1")
        back(p, "db-1")

        assert p.where() is State.WATCHING
        assert p.kinds() == [] and p.serving() == "db-1"


@pytest.mark.parametrize("mode", ["automatic", "approve", "manual"])
def test_clients_that_were_withdrawn_go_back_to_a_primary_that_came_back_but_not_under_a_pause(mode: str) -> None:
    p = called_off(mode)
    p.order(OrderKind.PAUSE)
    back(p, "db-1")
    assert (p.where(), p.serving()) == (State.SUSPECT, None)

    p.order(OrderKind.RESUME)
    assert (p.where(), p.serving()) == (State.WATCHING, "db-1")


def lose_standby(world: Play, command: Command) -> None:
    """Lose it as soon as clients are withdrawn."""
    if command.kind is CommandKind.WITHDRAW_ROUTE:
        world.members["db-2"].on = world.members["db-2"].running = False


def called_off(mode: str) -> Play:
    """Clients were withdrawn and nobody could take over; the old primary was ordered started, and that was called off."""
    p = play(mode=mode)
    p.bends.append(say(CommandKind.CUT_REPLICATION, Outcome.UNKNOWN, does=False, times=99))
    p.bends.append(lose_standby)
    p.order(OrderKind.FAILOVER)
    p.pass_time(100.0)
    assert p.db.withdrawn and p.db.halted is HaltReason.NO_CANDIDATE, p.way()
    p.holding = True
    p.order(OrderKind.START)
    p.order(OrderKind.ABORT)
    p.holding = False
    return p


# What holds it back, and what ends that.


def test_a_pause_holds_automation_back_but_no_order() -> None:
    p = play()
    p.order(OrderKind.PAUSE, operator="bob")
    p.lose("db-1")
    p.pass_time(10_000.0)
    assert (p.db.state, p.db.held, p.kinds()) == (State.SUSPECT, "'bob' paused automation", [])

    p.order(OrderKind.FAILOVER)
    assert p.serving() == "db-2"


def test_what_was_paused_goes_on_when_it_is_resumed() -> None:
    p = play()
    p.order(OrderKind.PAUSE)
    p.lose("db-1")
    p.order(OrderKind.RESUME)

    assert p.serving() == "db-2"


def test_a_paused_cluster_is_not_tended_either() -> None:
    p = play(TRIO)
    p.order(OrderKind.PAUSE)
    p.kill("db-2")
    p.pass_time(100.0)

    assert p.kinds() == []


def test_under_maintenance_a_loss_is_expected_and_afterwards_it_is_one() -> None:
    p = play()
    p.order(OrderKind.MAINTENANCE, host="db-1", for_seconds=600.0)
    p.lose("db-1")
    p.pass_time(599.0)
    assert (p.db.state, p.db.held) == (State.SUSPECT, "'db-1' is under maintenance")

    p.pass_time(1.0)
    assert p.serving() == "db-2"


def test_attempts_are_counted_the_failed_ones_too_and_a_person_can_acknowledge_them() -> None:
    p = unfenced(attempts=1)
    back(p, "db-1")
    assert p.where() is State.WATCHING

    p.see("db-1", Health.SILENT)
    assert p.db.held == "it was tried 1 times lately, and nobody has acknowledged that"
    p.order(OrderKind.ACKNOWLEDGE)
    assert p.where() is not State.SUSPECT


def test_attempts_long_ago_hold_nothing_back() -> None:
    p = play(attempts=1, within="1h")
    p.bends.append(say(CommandKind.PROMOTE, Outcome.FAILED, does=False, target="db-2", times=2))
    p.order(OrderKind.SWITCHOVER)
    p.lose("db-1")
    assert p.where() is State.SUSPECT

    p.pass_time(3600.0)
    assert p.db.primary == "db-2"


def test_a_preflight_that_found_nobody_touched_nothing_and_counts_as_no_attempt() -> None:
    p = nobody_fit()

    assert p.db.attempts == () and p.kinds() == []
    assert p.routed == {"db/route": "db-1"}


def test_of_a_safety_group_one_recovers_after_the_other() -> None:
    p = play(GROUP)
    p.holding = True
    p.tell(HealthChanged(p.now, p.now, "map-1", Health.SILENT))
    p.see("db-1", Health.SILENT)
    assert (p.state.clusters["map"].state, p.db.state) == (State.PREFLIGHT, State.SUSPECT)
    assert p.db.held == "1 of its safety group are in recovery already"

    p.tell(Ordered(p.now, p.now, "map", OrderKind.ABORT, "alice"))
    assert (p.state.clusters["map"].state, p.db.state) == (State.SUSPECT, State.PREFLIGHT)


# Where only the database died.


def test_a_database_that_died_is_started_where_it_is() -> None:
    p = play()
    p.kill("db-1")

    assert p.kinds() == ["start db-1"]
    assert p.db.primary == p.serving() == "db-1"


def test_whoever_answers_is_asked_before_a_database_is_started_where_it_is() -> None:
    p = play(TRIO)
    p.lose("db-3")
    p.sent.clear()
    p.kill("db-1")

    assert p.kinds(reads=True)[:2] == ["read_positions db-2", "start db-1"]


def test_a_database_is_started_though_nobody_else_has_an_answer() -> None:
    p = play()
    p.bends.append(say(CommandKind.READ_POSITIONS, Outcome.UNKNOWN, does=False))
    p.kill("db-1")

    assert p.kinds() == ["start db-1"]
    assert p.db.primary == p.serving() == "db-1"


def test_a_primary_that_has_been_replaced_is_not_started_because_an_old_journal_names_it() -> None:
    p = play()
    p.members["db-2"].role = "primary"  # which nobody sees yet
    p.kill("db-1")
    assert (p.db.halted, p.kinds()) == (HaltReason.TWO_PRIMARIES, [])


def test_a_primary_is_not_started_where_another_member_has_seen_newer_orders() -> None:
    p = play()
    p.guards["db-2"] = Epoch(9, 9)
    p.kill("db-1")
    assert (p.db.halted, p.kinds()) == (HaltReason.STALE_JOURNAL, [])


def test_a_primary_that_was_switched_off_stays_off_where_another_member_has_seen_newer_orders() -> None:
    p = on_its_way(State.CUTTING)
    p.lose("db-2")
    let_go(p)
    p.pass_time(10.0)
    p.order(OrderKind.PAUSE)
    p.members["db-2"].on = p.members["db-2"].running = True
    p.guards["db-2"] = Epoch(9, 9)
    p.see("db-2")
    p.order(OrderKind.START)
    assert (p.db.halted, p.kinds().count("power_on db-1")) == (HaltReason.STALE_JOURNAL, 0)
    assert "db-1" in p.db.off


def test_a_database_that_cannot_be_started_is_replaced() -> None:
    p = play()
    p.bends.append(say(CommandKind.START, Outcome.SUCCEEDED, does=False, times=9))
    p.kill("db-1")

    assert p.db.primary == p.serving() == "db-2"
    assert p.way()[:3] == ["restarting", "preflight", "fencing"]


def test_a_start_that_hangs_is_given_up_at_its_bound() -> None:
    p = play(restart="30s")
    p.holding = True
    p.kill("db-1")
    p.pass_time(4.0)
    tell_positions(p)
    assert p.kinds() == ["start db-1"]
    p.pass_time(29.0)
    assert p.where() is State.RESTARTING

    p.pass_time(1.0)
    assert p.where() is State.PREFLIGHT


def test_a_start_that_came_to_nothing_is_not_ordered_again_when_that_is_learned_after_its_bound() -> None:
    p = play(restart="30s")
    p.holding = True
    p.kill("db-1")
    tell_positions(p)
    start = p.waiting.pop()
    p.tell(CommandEnded(p.now, p.now, start.id, Outcome.FAILED, {}))
    look = p.waiting.pop()
    p.now += 30.0
    p.tell(*filter(None, [p.report(look)]))
    assert p.where() is State.PREFLIGHT
    assert p.kinds() == ["start db-1"]


def test_a_database_whose_host_falls_silent_before_it_could_be_started_is_replaced_at_once() -> None:
    p = play()
    p.holding = True
    p.kill("db-1")
    p.lose("db-1")
    let_go(p)
    assert p.kinds()[0] == "fence db-1"
    assert p.serving() == "db-2"


def test_a_database_is_replaced_at_once_where_a_restart_is_given_no_time() -> None:
    p = play(restart="0s")
    p.kill("db-1")
    assert p.kinds()[0] == "fence db-1"
    assert p.serving() == "db-2"


def test_a_database_that_dies_again_soon_is_not_started_a_second_time() -> None:
    p = play()
    p.kill("db-1")
    p.see("db-1", Health.PRIMARY)
    p.pass_time(60.0)
    p.kill("db-1")

    assert p.db.primary == "db-2"


def test_one_attempt_allowed_is_enough_for_a_start_and_the_failover_after_it() -> None:
    p = play(attempts=1)
    p.bends.append(say(CommandKind.START, Outcome.FAILED, does=False, times=9))
    p.kill("db-1")

    assert p.db.primary == "db-2"


# Somebody else is primary too.


def test_a_second_primary_stops_everything_until_a_person_says_which_one_it_is() -> None:
    p = play(TRIO)
    p.members["db-2"].role = "primary"
    p.see("db-2")
    assert (p.db.halted, p.kinds()) == (HaltReason.TWO_PRIMARIES, [])

    p.lose("db-1")
    p.pass_time(1000.0)
    assert p.kinds() == []
