"""What is heard of hosts while a recovery is under way, and what that changes."""

import pytest

from failover.core.commands import CommandKind, Outcome, Question
from failover.core.events import Health, HealthChanged, OrderKind
from failover.core.notes import NoteKind
from failover.core.states import HaltReason, State
from tests.failover.core.playing import PAIR, TRIO, Play, play, say
from tests.failover.core.scenes import back, let_go, on_its_way, tell_positions, unfenced

ASYNCHRONOUS = TRIO.replace("    replication: {mode: synchronous}\n", "")


# Before the choice.


@pytest.mark.parametrize("seen", [(Health.STANDBY, "v-1", "v-2"), (Health.SILENT, "v-1")])
def test_a_standby_that_is_seen_again_before_the_choice_is_asked_and_chosen_if_it_has_more(seen: tuple[Health, str]) -> None:
    p = play(ASYNCHRONOUS)
    p.members["db-2"].position = 105.0
    p.see("db-2", Health.SILENT)
    p.holding = True
    p.lose("db-1")
    while p.where() is not State.CUTTING:
        p.tell(*filter(None, [p.report(p.waiting.pop(0))]))
    p.see("db-2", *seen)
    let_go(p)

    assert p.kinds().count("cut_replication db-2") == 1
    assert p.told(NoteKind.PROMOTED)[0]["host"] == "db-2"


def test_a_standby_that_is_seen_and_does_not_answer_is_not_waited_for_without_end() -> None:
    p = on_its_way(State.CUTTING, ASYNCHRONOUS)
    p.bends.append(lambda _, command: (Outcome.UNKNOWN, {}) if command.target == "db-2" else None)
    let_go(p)
    p.pass_time(10.0)

    assert p.told(NoteKind.PROMOTED)[0]["host"] == "db-3"


def test_what_is_seen_of_a_host_that_was_just_switched_off_has_to_be_seen_anew() -> None:
    p = on_its_way(State.FENCING)
    p.see("db-1", Health.SILENT, "v-1")
    p.decisions.clear()
    let_go(p)

    assert "db-1" in [host for decision in p.decisions for host in decision.forgotten]


# The promotion.


def test_a_candidate_that_is_seen_as_primary_is_looked_at_before_its_promotion_is_reported() -> None:
    p = on_its_way(State.PROMOTING)
    (promote,) = p.waiting
    p.waiting.clear()
    p.done(promote)
    p.see("db-2")
    assert [each.kind for each in p.waiting] == [CommandKind.VERIFY] and p.waiting[0].epoch > promote.epoch

    let_go(p)
    assert p.db.primary == "db-2" and p.where() is State.WATCHING
    assert p.kinds().count("promote db-2") == 1


def in_doubt() -> Play:
    """db-2 may have been promoted and was fenced for that; db-3, which does not answer, is still being asked what it has."""
    p = play(ASYNCHRONOUS)
    p.bends.append(say(CommandKind.PROMOTE, Outcome.UNKNOWN, does=False))
    p.bends.append(say(CommandKind.VERIFY, Outcome.UNKNOWN, does=False, target="db-2", times=4))
    p.bends.append(lambda world, command: (Outcome.UNKNOWN, {}) if command.target == "db-3" and p.db.tried else None)
    p.lose("db-1")
    p.pass_time(4.0)
    assert p.where() is State.CUTTING and p.db.suspects == ("db-2",) and p.db.quarantined == {"db-2"}
    return p


def test_a_candidate_that_may_have_been_promoted_and_is_seen_as_a_standby_is_asked_and_not_fenced_without_end() -> None:
    p = in_doubt()
    back(p, "db-2")
    p.pass_time(8.0)
    assert p.db.halted is HaltReason.NO_CANDIDATE and p.kinds().count("fence db-2") == 1
    assert p.db.quarantined == frozenset()

    p.order(OrderKind.RETRY)
    assert p.serving() == "db-2"


def test_a_candidate_that_was_promoted_after_all_and_is_on_again_is_fenced_once_more_before_another_is_promoted() -> None:
    p = in_doubt()
    p.bends.pop()
    p.members["db-2"].role = "primary"
    back(p, "db-2")
    p.pass_time(4.0)

    assert p.serving() == "db-3" and p.kinds().count("fence db-2") == 2
    assert p.db.quarantined == {"db-1", "db-2"}


# The old primary.


def unreached() -> Play:
    """A primary is cut off with its power controller: its first fence is lost on the way."""
    p = play(ASYNCHRONOUS)
    p.holding = True
    p.see("db-1", Health.SILENT)
    while p.where() is not State.FENCING:
        p.tell(*filter(None, [p.report(p.waiting.pop(0))]))
    p.bends.append(say(CommandKind.FENCE, Outcome.UNKNOWN, does=False))
    return p


def test_a_primary_that_is_seen_again_and_was_not_fenced_is_primary_again_and_not_fenced_once_more() -> None:
    p = unreached()
    p.see("db-1", Health.SILENT, "v-1")
    let_go(p)

    assert p.kinds().count("fence db-1") == 1
    assert (p.where(), p.db.primary, p.serving()) == (State.WATCHING, "db-1", "db-1")


def test_a_primary_that_is_seen_again_and_is_none_any_more_is_fenced() -> None:
    p = unreached()
    p.members["db-1"].running = False
    p.see("db-1", Health.SILENT, "v-1")
    let_go(p)

    assert p.kinds().count("fence db-1") == 2
    assert p.db.primary == "db-2"


def test_a_primary_whose_replacement_was_ordered_is_fenced_whoever_sees_it() -> None:
    p = on_its_way(State.FENCING, PAIR, OrderKind.FAILOVER)
    p.bends.append(say(CommandKind.FENCE, Outcome.UNKNOWN, does=False))
    let_go(p)

    assert p.kinds().count("fence db-1") == 2
    assert p.db.primary == "db-2"


def test_while_a_primary_that_could_not_be_fenced_is_seen_again_it_is_not_fenced() -> None:
    p = unfenced()
    fences = p.kinds().count("fence db-1")
    p.see("db-1", Health.SILENT, "v-1")
    p.pass_time(3600.0)
    assert p.kinds().count("fence db-1") == fences and p.db.halted is HaltReason.NOT_FENCED

    back(p, "db-1")
    assert (p.where(), p.db.primary, p.serving()) == (State.WATCHING, "db-1", "db-1")


def accepts_again(p: Play, back: bool = True) -> None:
    """Somebody sees that the database of the old primary, which counts as dead, accepts writes."""
    p.tell(HealthChanged(p.now, p.now, "db-1", Health.PROCESS_DEAD, ("v-1", "v-2"), back))


def unanswered() -> Play:
    """A database counts as dead, could not be started in time, and has been asked in vain whether it is primary."""
    p = play(restart="30s")
    p.holding = True
    p.see("db-1", Health.PROCESS_DEAD)
    tell_positions(p)
    p.pass_time(30.0)
    assert p.where() is State.PREFLIGHT
    tell_positions(p)
    p.bends.append(lambda _, command: (Outcome.UNKNOWN, {}) if command.details.get("question") == Question.ROLE else None)
    p.waiting = [each for each in p.waiting if each.kind is CommandKind.VERIFY]
    return p


def test_a_primary_that_accepts_writes_again_is_not_fenced_because_it_did_not_answer_before() -> None:
    p = unanswered()
    accepts_again(p)
    let_go(p)
    assert (p.where(), p.told(NoteKind.HELD)) == (State.SUSPECT, [{"reason": "'db-1' is seen to accept writes again"}])

    p.see("db-1", Health.PRIMARY)
    assert (p.where(), p.kinds()) == (State.WATCHING, ["start db-1"])


def test_a_primary_that_accepted_writes_for_a_moment_only_is_replaced_all_the_same() -> None:
    p = unanswered()
    accepts_again(p)
    let_go(p)
    accepts_again(p, back=False)
    assert p.kinds()[:2] == ["start db-1", "fence db-1"]


def test_a_primary_that_accepts_writes_again_is_not_started_either() -> None:
    p = play()
    p.order(OrderKind.PAUSE)
    p.see("db-1", Health.PROCESS_DEAD)
    accepts_again(p)
    p.order(OrderKind.RESUME)

    assert (p.where(), p.kinds()) == (State.SUSPECT, [])


def test_a_primary_that_accepts_writes_again_and_was_not_fenced_is_asked_before_it_is_fenced_once_more() -> None:
    p = unreached()
    accepts_again(p)
    let_go(p)

    assert p.kinds().count("fence db-1") == 1
    assert (p.where(), p.db.primary, p.serving()) == (State.WATCHING, "db-1", "db-1")


@pytest.mark.parametrize("lost", [Health.SILENT, Health.PROCESS_DEAD])
def test_a_question_stands_while_the_primary_is_seen_again_and_a_yes_counts_once_it_is_not(lost: Health) -> None:
    p = play(mode="approve")
    p.see("db-1", lost)
    told = len(p.notified())
    p.tell(HealthChanged(p.now, p.now, "db-1", lost, ("v-1",), back=lost is Health.PROCESS_DEAD))
    p.order(OrderKind.APPROVE)
    assert (p.where(), len(p.notified()), p.kinds()) == (State.WAITING, told, [])

    p.lose("db-1")
    assert p.serving() == "db-2"


def test_an_order_fences_a_primary_that_accepts_writes_again() -> None:
    p = play()
    p.order(OrderKind.PAUSE)
    p.see("db-1", Health.PROCESS_DEAD)
    accepts_again(p)
    p.order(OrderKind.FAILOVER)

    assert p.kinds()[0] == "fence db-1" and p.db.primary == "db-2"


# Proxies.


@pytest.mark.parametrize("kind", [CommandKind.WITHDRAW_ROUTE, CommandKind.REROUTE])
def test_a_proxy_that_does_not_answer_is_not_waited_for_once_the_old_primary_is_off(kind: CommandKind) -> None:
    p = play(TRIO)
    p.see("edge-2", Health.SILENT)
    p.holding = True
    p.lose("db-1")
    while late := [each for each in p.waiting if (each.target, each.kind) != ("edge-2", kind)]:
        p.waiting.remove(late[0])
        if (report := p.report(late[0])) is not None:
            p.tell(report)

    assert p.told(NoteKind.RECOVERED) and p.where() is State.WATCHING
