"""What is heard of hosts while a recovery is under way, and what that changes."""

import pytest

from failover.core.commands import CommandKind, Outcome
from failover.core.events import Health, OrderKind
from failover.core.notes import NoteKind
from failover.core.states import HaltReason, State
from tests.failover.core.playing import PAIR, TRIO, Play, play, say
from tests.failover.core.scenes import back, on_its_way, unfenced

ASYNCHRONOUS = TRIO.replace("    replication: {mode: synchronous}\n", "")


def let_go(p: Play) -> None:
    """Do what was held back, and whatever follows."""
    p.holding = False
    for command in p.waiting:
        if (report := p.report(command)) is not None:
            p.tell(report)


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
