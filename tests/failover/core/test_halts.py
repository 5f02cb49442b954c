"""What becomes of a recovery that halted: what goes on by itself where that harms nobody, and what people can do."""

import pytest

from failover.core.commands import Command, CommandKind, Epoch, Outcome
from failover.core.events import Health, LeaseGained, OrderKind
from failover.core.notes import NoteKind
from failover.core.settings import RETRY_SECONDS
from failover.core.states import HaltReason, State
from tests.failover.core.honest import Answer
from tests.failover.core.playing import TRIO, Play, play, say
from tests.failover.core.scenes import back, nobody_fit, unfenced


def test_a_preflight_is_repeated_when_a_candidate_comes_back() -> None:
    p = nobody_fit()
    back(p, "db-2")

    assert p.serving() == "db-2"


def test_a_preflight_that_found_nobody_is_forgotten_when_the_primary_comes_back() -> None:
    p = nobody_fit()
    back(p, "db-1")

    assert p.where() is State.WATCHING and p.kinds() == []


@pytest.mark.parametrize("hold", ["pause", "grace"])
def test_what_became_possible_while_automation_was_held_back_is_done_afterwards(hold: str) -> None:
    p = nobody_fit()
    if hold == "pause":
        p.order(OrderKind.PAUSE)
    else:
        p.tell(LeaseGained(p.now, p.now, 2, "controller-2"))
        p.see("db-1")
    back(p, "db-2")
    assert p.where() is State.HALTED

    p.order(OrderKind.RESUME)
    p.pass_time(10.0)
    assert p.serving() == "db-2"


def test_fencing_is_tried_again_after_a_while() -> None:
    p = unfenced()
    p.bends.clear()
    p.pass_time(RETRY_SECONDS)

    assert p.serving() == "db-2"


def test_nothing_is_tried_again_while_automation_is_paused() -> None:
    p = unfenced()
    p.bends.clear()
    p.order(OrderKind.PAUSE)
    p.pass_time(100 * RETRY_SECONDS)
    assert p.db.halted is HaltReason.NOT_FENCED

    p.order(OrderKind.RETRY)
    assert p.serving() == "db-2"


def test_an_old_primary_that_could_not_be_fenced_and_is_well_gets_its_clients_back() -> None:
    p = unfenced()
    assert p.routed == {"db/route": None}
    back(p, "db-1")

    assert p.way()[-2:] == ["restoring", "watching"]
    assert p.serving() == "db-1"


def test_an_old_primary_gets_no_clients_back_while_another_member_accepts_writes() -> None:
    p = unfenced()
    p.members["db-2"].role = "primary"
    p.see("db-2")
    back(p, "db-1")

    assert p.db.halted is HaltReason.TWO_PRIMARIES
    assert p.serving() is None


def lost_on_a_restored_journal(db_2: str, *, seen: bool) -> Play:
    """An ordered failover has halted; db-2 is what the journal may have lost, and *seen* or not."""
    p = play(TRIO)
    p.tell(LeaseGained(p.now, p.now, 2, "controller-2", behind=True))
    p.members["db-2"].role = db_2
    p.members["db-1"].on = p.members["db-1"].running = False
    for host in p.members:
        p.see(host)
    if not seen:
        p.see("db-2", Health.SILENT)
    p.pass_time(10.0)
    p.order(OrderKind.FAILOVER)
    return p


@pytest.mark.parametrize(
    ("db_2", "seen", "halted"),
    [("primary", True, HaltReason.TWO_PRIMARIES), ("primary", False, HaltReason.STALE_JOURNAL), ("standby", True, None)],
)
def test_after_the_journal_was_restored_clients_go_back_only_if_everybody_else_is_known_to_be_no_primary(
    db_2: str, seen: bool, halted: HaltReason | None
) -> None:
    p = lost_on_a_restored_journal(db_2, seen=seen)
    assert p.db.halted in (HaltReason.NO_CANDIDATE, HaltReason.WOULD_LOSE)
    p.sent.clear()
    back(p, "db-1")

    assert p.db.halted is halted
    assert ("reroute edge-1" in p.kinds()) is (halted is None)


def test_a_start_is_refused_by_the_name_of_whoever_else_may_be_primary() -> None:
    p = lost_on_a_restored_journal("primary", seen=False)
    p.order(OrderKind.START)

    assert [each["reason"] for each in p.told(NoteKind.ORDER_REFUSED)] == ["'db-2' may be primary; confirm that it is off first"]


def test_clients_that_could_not_be_brought_are_tried_again() -> None:
    p = play()
    p.bends.append(say(CommandKind.REROUTE, Outcome.FAILED, does=False, times=2))
    p.lose("db-1")
    assert p.db.halted is HaltReason.NOT_ROUTED

    p.pass_time(RETRY_SECONDS)
    assert p.serving() == "db-2"


# What people can do.


def would_lose() -> Play:
    """db-3 acknowledged what db-2 may lack, and does not answer."""
    p = play(TRIO)
    p.holding = True
    p.lose("db-3")
    p.waiting.clear()
    p.holding = False
    p.lose("db-1")
    assert p.db.halted is HaltReason.WOULD_LOSE
    return p


def test_whoever_may_lack_what_was_acknowledged_is_promoted_only_if_a_person_accepts_that() -> None:
    p = would_lose()
    assert p.kinds() == ["set_synchronous db-1"] and p.db.attempts == ()

    p.order(OrderKind.ACCEPT_LOSS, reason="db-3 burnt down")
    assert p.serving() == "db-2"
    assert p.told(NoteKind.CHOSE)[-1]["host"] == "db-2"


def test_an_accepted_loss_is_none_for_the_next_recovery() -> None:
    p = would_lose()
    p.order(OrderKind.ACCEPT_LOSS)
    p.order(OrderKind.ACKNOWLEDGE)
    p.lose("db-2")

    assert p.db.halted is not None and not p.db.loss_accepted


def test_nothing_is_lost_when_the_missing_one_comes_back() -> None:
    p = would_lose()
    back(p, "db-3")

    assert p.serving() == "db-2"


def test_an_old_primary_that_was_lost_without_a_candidate_can_be_started_again() -> None:
    p = nobody_fit()
    p.members["db-1"].on = True
    p.order(OrderKind.START)

    assert p.serving() == "db-1" and p.where() is State.WATCHING


def test_an_old_primary_that_was_fenced_is_powered_on_to_be_started_and_gets_its_clients_back() -> None:
    p = play()
    p.bends.append(say(CommandKind.PROMOTE, Outcome.FAILED, does=False, times=9))
    p.lose("db-1")
    assert p.db.halted is HaltReason.NO_CANDIDATE

    p.order(OrderKind.START)
    assert p.serving() == "db-1" and p.db.off == frozenset()


def test_a_primary_that_failed_to_step_up_again_leaves_quarantine_when_a_person_orders_its_start() -> None:
    def dies(world: Play, command: Command) -> Answer | None:
        if command.kind is not CommandKind.PROMOTE or command.target != "db-1":
            return None
        world.members["db-1"].running = False
        return Outcome.UNKNOWN, {}

    p = play()
    p.bends += [say(CommandKind.PROMOTE, Outcome.FAILED, does=False, target="db-2", times=9), dies]
    p.order(OrderKind.SWITCHOVER)
    assert (p.db.halted, p.db.quarantined) == (HaltReason.NO_CANDIDATE, frozenset({"db-1"}))
    p.lose("db-2")
    p.bends.clear()
    p.order(OrderKind.START)
    assert p.db.halted is HaltReason.NOT_STARTED, "it is a standby"
    p.see("db-1")
    p.order(OrderKind.FAILOVER)

    assert p.serving() == "db-1" and p.db.quarantined == frozenset()


def test_a_candidate_that_failed_is_tried_again_when_a_person_says_so() -> None:
    p = play()
    p.bends.append(say(CommandKind.PROMOTE, Outcome.FAILED, does=False, times=2))
    p.lose("db-1")
    assert p.db.halted is HaltReason.NO_CANDIDATE

    p.order(OrderKind.RETRY)
    assert p.serving() == "db-2"


def test_of_two_primaries_the_one_that_a_person_names_stays_and_the_other_is_fenced() -> None:
    for named, other in (("db-1", "db-2"), ("db-2", "db-1")):
        p = play(TRIO)
        p.members["db-2"].role = "primary"
        p.see("db-2")
        p.order(OrderKind.ADOPT, host=named)

        assert p.db.primary == p.serving() == named
        assert not p.members[other].on and p.db.quarantined == {other}
        assert other not in p.synchronous and named not in p.synchronous


def test_what_was_promised_on_the_old_primary_is_not_forgotten_before_another_is_adopted() -> None:
    p = play(TRIO)
    p.bends.append(say(CommandKind.FENCE, Outcome.FAILED, does=False, times=99))
    p.see("db-1", Health.SILENT)
    assert p.db.halted is HaltReason.NOT_FENCED
    promised = (p.db.timeline, p.db.synchronous)
    p.members["db-3"].role, p.members["db-3"].timeline, p.synchronous = "primary", 2, ("db-2",)  # by hand
    p.see("db-3")

    p.order(OrderKind.ADOPT, host="db-3")
    assert p.db.halted is HaltReason.NOT_FENCED and p.db.primary == "db-1"
    assert (p.db.timeline, p.db.synchronous) == promised == (1, (frozenset({"db-2", "db-3"}),))

    p.bends.clear()
    p.order(OrderKind.RETRY)
    assert p.db.primary == p.serving() == "db-3" and not p.members["db-1"].on
    assert (p.db.timeline, p.db.synchronous) == (2, (frozenset({"db-2"}),))


def test_a_former_primary_that_comes_back_on_its_own_is_fenced_when_a_person_has_said_who_is_primary() -> None:
    p = play()
    p.lose("db-1")
    back(p, "db-1")
    assert p.db.halted is HaltReason.TWO_PRIMARIES

    p.order(OrderKind.ADOPT, host="db-2")
    p.pass_time(100.0)
    assert p.where() is State.WATCHING and p.serving() == "db-2" and not p.members["db-1"].on


def test_nobody_can_be_adopted_who_is_not_primary() -> None:
    p = play(TRIO)
    p.order(OrderKind.ADOPT, host="db-3")

    assert p.db.halted is HaltReason.NOT_PRIMARY and p.kinds() == []
    p.order(OrderKind.ADOPT, host="db-1")
    assert p.where() is State.WATCHING and p.serving() == "db-1"


@pytest.mark.parametrize("outcome", [Outcome.SUCCEEDED, Outcome.FAILED])
def test_whom_a_person_names_is_started_if_its_database_does_not_run_once_nobody_else_can_be_primary(outcome: Outcome) -> None:
    p = play(TRIO)
    p.members["db-1"].role, p.members["db-2"].role = "standby", "primary"
    p.tell(LeaseGained(p.now, p.now, 2, "controller-2", behind=True))
    for host in p.members:
        p.kill(host)
    if outcome is Outcome.FAILED:  # what does not run may say so, or not answer
        p.bends.append(say(CommandKind.READ_POSITIONS, Outcome.FAILED, does=False, times=99))
    p.order(OrderKind.ADOPT, host="db-2")
    p.pass_time(10.0)

    assert p.serving() == p.db.primary == "db-2"
    for other in ("db-1", "db-3"):
        assert p.kinds().index(f"fence {other}") < p.kinds().index("start db-2")
    assert p.db.quarantined == {"db-1", "db-3"} and p.where() is State.WATCHING


def test_whom_a_person_names_and_whose_database_cannot_be_started_is_started_again_by_order() -> None:
    p = play(mode="manual")
    p.bends.append(say(CommandKind.START, Outcome.FAILED, does=False, times=99))
    p.kill("db-1")
    p.order(OrderKind.ADOPT, host="db-1")
    assert p.db.halted is HaltReason.NOT_STARTED

    p.bends.clear()
    p.order(OrderKind.RETRY)
    assert p.serving() == p.db.primary == "db-1"


def test_nobody_is_switched_off_who_is_primary_while_the_database_of_whom_a_person_names_does_not_run() -> None:
    p = play(TRIO)
    p.bends.append(say(CommandKind.START, Outcome.FAILED, does=False, times=99))
    p.kill("db-3")
    p.order(OrderKind.ADOPT, host="db-3")

    assert p.db.halted is HaltReason.NOT_PRIMARY
    assert not any(each.startswith("fence") for each in p.kinds())


def test_after_the_journal_was_restored_a_persons_word_supersedes_what_targets_have_seen() -> None:
    p = play(TRIO)
    for target in ("db-1", "db-2", "db-3", "edge-1", "edge-2"):
        p.guards[target] = Epoch(1, 900)
    p.tell(LeaseGained(p.now, p.now, 1, "controller-2", behind=True))
    assert p.db.halted is HaltReason.STALE_JOURNAL
    for host in p.members:
        p.see(host)

    p.order(OrderKind.ADOPT, host="db-1")
    p.pass_time(10.0)
    assert p.where() is State.WATCHING and p.serving() == "db-1" and p.db.epoch > (1, 900)


def test_everybody_who_may_have_become_primary_since_is_fenced_before_a_failover_on_a_restored_journal() -> None:
    p = play(TRIO.replace("    replication: {mode: synchronous}\n", ""))
    p.tell(LeaseGained(p.now, p.now, 2, "controller-2", behind=True))
    for host in p.members:
        p.see(host)
    p.lose("db-1")
    p.lose("db-3")
    p.order(OrderKind.FAILOVER)
    assert (p.db.halted, p.kinds()) == (HaltReason.WOULD_LOSE, []), "one of the silent may have become primary since"

    p.order(OrderKind.ACCEPT_LOSS)
    assert p.serving() == "db-2"
    assert {"fence db-1", "fence db-3"} <= set(p.kinds())


def test_whom_a_restored_journal_names_is_asked_before_a_failover_and_left_on_if_it_is_a_standby() -> None:
    p = play(TRIO.replace("    replication: {mode: synchronous}\n", ""))
    p.tell(LeaseGained(p.now, p.now, 2, "controller-2", behind=True))
    p.members["db-1"].role, p.members["db-3"].role = "standby", "primary"
    p.members["db-2"].position = 90.0
    for host in ("db-1", "db-2"):
        p.see(host)
    p.lose("db-3")
    p.order(OrderKind.FAILOVER)
    p.order(OrderKind.ACCEPT_LOSS)

    assert p.serving() == "db-1" and p.db.primary == "db-1"
    assert [each for each in p.kinds() if each.startswith("fence")] == ["fence db-3"]
    assert not any("switchover" in text for text in p.notified())


@pytest.mark.parametrize("named", ["db-2", None])
def test_who_has_become_primary_since_a_restored_journal_takes_over_and_is_not_switched_off_for_it(named: str | None) -> None:
    p = play(TRIO.replace("    replication: {mode: synchronous}\n", ""))
    p.members["db-1"].role, p.members["db-2"].role = "standby", "primary"
    p.tell(LeaseGained(p.now, p.now, 2, "controller-2", behind=True))
    for host in p.members:
        p.see(host)
    p.order(OrderKind.FAILOVER, host=named)

    assert p.serving() == "db-2" and p.db.primary == "db-2"
    assert not any(each.startswith("fence") for each in p.kinds())


def test_a_primary_that_is_started_by_a_restored_journal_gets_its_clients_from_every_proxy() -> None:
    p = play(TRIO)
    p.members["db-1"].running = False
    p.routed["edge-2"] = None  # that it was told so is what the journal lacks
    p.tell(LeaseGained(p.now, p.now, 2, "controller-2", behind=True))
    for host in p.members:
        p.see(host)
    p.order(OrderKind.FAILOVER)
    assert p.db.halted is HaltReason.WOULD_LOSE
    p.order(OrderKind.START)

    assert p.where() is State.WATCHING and p.routed == {"edge-1": "db-1", "edge-2": "db-1"}


def test_a_person_who_accepts_a_loss_may_choose_who_takes_over() -> None:
    p = play(TRIO.replace("    replication: {mode: synchronous}\n", ""), rpo="1s")
    p.members["db-2"].behind_seconds, p.members["db-3"].behind_seconds = 60.0, 3600.0
    p.members["db-3"].position = 1.0
    p.lose("db-1")
    assert p.db.halted is HaltReason.WOULD_LOSE
    p.order(OrderKind.FAILOVER, host="db-3")
    assert p.db.halted is HaltReason.WOULD_LOSE
    p.order(OrderKind.ACCEPT_LOSS)

    assert p.serving() == "db-3"


def promoted_perhaps() -> Play:
    """db-2 may have been promoted, and was fenced for that; nobody else is there to take over."""
    p = play()
    p.bends.append(say(CommandKind.PROMOTE, Outcome.UNKNOWN, does=False))
    p.bends.append(say(CommandKind.VERIFY, Outcome.UNKNOWN, does=False, target="db-2", times=4))
    p.lose("db-1")
    p.pass_time(20.0)
    assert p.db.halted is HaltReason.NO_CANDIDATE
    return p


def test_a_failover_that_is_ordered_out_of_a_halt_forgets_nobody_who_may_have_been_promoted() -> None:
    p = promoted_perhaps()
    p.order(OrderKind.PAUSE)  # else it would be asked by itself
    back(p, "db-2")
    p.bends.append(lambda _, command: (Outcome.UNKNOWN, {}) if command.target == "db-2" else None)
    p.order(OrderKind.FAILOVER)
    p.pass_time(20.0)

    assert set(p.db.suspects) == {"db-1", "db-2"}


def test_a_failover_that_is_ordered_out_of_a_halt_may_go_to_who_says_that_he_was_not_promoted() -> None:
    p = promoted_perhaps()
    p.order(OrderKind.PAUSE)
    back(p, "db-2")
    p.sent.clear()
    p.order(OrderKind.FAILOVER)

    assert p.serving() == "db-2" and "fence db-2" not in p.kinds()


def test_a_candidate_that_comes_back_and_was_not_promoted_may_be_tried_again_by_order() -> None:
    p = promoted_perhaps()
    back(p, "db-2")
    assert (p.db.halted, p.db.quarantined) == (HaltReason.NO_CANDIDATE, frozenset())

    p.order(OrderKind.RETRY)
    assert p.serving() == "db-2" and p.kinds().count("fence db-2") == 1


def test_people_are_told_once_what_is_in_the_way_and_which_orders_lead_on() -> None:
    p = unfenced()
    p.pass_time(24 * 3600.0)

    told = [each.details for each in p.sent if each.kind is CommandKind.NOTIFY and each.details["orders"]]
    assert [each["orders"] for each in told] == [("confirm_fenced", "retry", "adopt")]


def test_whose_power_nobody_can_prove_off_is_named_and_told_anew_when_it_comes_to_be_seen() -> None:
    p = unfenced()
    assert p.notified()[-1] == "nobody can prove that this is off: 'db-1'"

    p.see("db-1", Health.PROCESS_DEAD)
    p.pass_time(40.0)
    assert p.notified()[-1] == "nobody can prove that this is off: 'db-1', which is seen"
    assert p.told(NoteKind.HALTED)[-1]["reason"] == HaltReason.NOT_FENCED.value


def test_a_candidate_that_may_have_been_promoted_is_named_and_not_the_old_primary() -> None:
    p = play(TRIO)
    p.bends.append(say(CommandKind.PROMOTE, Outcome.UNKNOWN, does=False))
    p.bends.append(lambda _, command: (Outcome.UNKNOWN, {}) if p.db.candidate == "db-2" == command.target else None)
    p.lose("db-1")
    p.pass_time(20.0)

    assert p.notified()[-1] == "nobody can prove that this is off: 'db-2', which is seen"


def test_news_of_others_begins_no_preflight_while_nobody_can_be_asked_what_he_has() -> None:
    p = nobody_fit()
    way = len(p.way())
    p.see("db-1", Health.SILENT)
    p.see("db-2", Health.SILENT)

    assert len(p.way()) == way


def test_a_primary_whose_host_comes_back_without_its_database_is_started_where_it_is_while_nobody_can_take_over() -> None:
    p = nobody_fit()
    p.members["db-1"].on = True
    p.see("db-1", Health.PROCESS_DEAD)

    assert p.way()[-3:] == ["restarting", "verifying", "watching"]
    assert (p.serving(), p.kinds().count(CommandKind.FENCE)) == ("db-1", 0)


def test_a_standby_whose_answer_was_lost_is_asked_again_in_a_while() -> None:
    p = play()
    p.bends.append(say(CommandKind.READ_POSITIONS, Outcome.UNKNOWN, does=False, times=3))
    p.lose("db-1")
    p.pass_time(120.0)

    assert p.serving() == "db-2"


def test_a_standby_that_came_to_be_seen_during_the_look_round_is_asked_at_once() -> None:
    p = play()
    p.see("db-2", Health.SILENT)
    p.holding = True
    p.lose("db-1")
    p.holding = False
    p.see("db-2")

    assert p.serving() == "db-2"
