"""Situations that many tests begin with."""

from typing import Any

from failover.core.commands import CommandKind, Outcome
from failover.core.events import Health, OrderKind
from failover.core.states import HaltReason, State
from tests.failover.core.playing import PAIR, Play, play, say

FAILOVER_STATES = (State.PREFLIGHT, State.FENCING, State.CUTTING, State.PROMOTING, State.REROUTING, State.VERIFYING)
"""What a failover goes through, in order."""


def waiting(**policy: Any) -> Play:
    """A cluster whose failover waits for a person's yes."""
    p = play(mode="approve", **policy)
    p.lose("db-1")
    assert p.where() is State.WAITING
    return p


def unfenced(**policy: Any) -> Play:
    """A cluster whose old primary is cut off and lives, and whose power nobody can switch off."""
    p = play(**policy)
    p.bends.append(say(CommandKind.FENCE, Outcome.FAILED, does=False, times=9))
    p.see("db-1", Health.SILENT)
    assert p.db.halted is HaltReason.NOT_FENCED
    return p


def nobody_fit() -> Play:
    p = play()
    p.lose("db-2")
    p.lose("db-1")
    assert p.db.halted is HaltReason.NO_CANDIDATE
    return p


def on_its_way(state: State, text: str = PAIR, order: OrderKind | None = None, host: str | None = None) -> Play:
    """A recovery that has come to *state*, its commands held back."""
    p = play(text)
    p.holding = True
    if order is None:
        p.lose("db-1")
    else:
        p.order(order, host=host)
    for _ in range(30):
        if p.where() is state:
            return p
        report = p.report(p.waiting.pop(0))
        if report is not None:
            p.tell(report)
    raise AssertionError(p.way())


def back(p: Play, host: str) -> None:
    """The host is up again, its database too, and the detector has noticed."""
    p.members[host].on = p.members[host].running = True
    p.see(host)


def let_go(p: Play) -> None:
    """Do what was held back, and whatever follows."""
    p.holding = False
    for command in p.waiting:
        if (report := p.report(command)) is not None:
            p.tell(report)


def tell_positions(p: Play) -> None:
    """Whoever was asked what it has answers."""
    for command in [each for each in p.waiting if each.kind is CommandKind.READ_POSITIONS]:
        p.waiting.remove(command)
        p.tell(*filter(None, [p.report(command)]))
