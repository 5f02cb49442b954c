"""Events and commands that tests write down."""

from typing import Any

from failover.core.commands import Command, CommandId, CommandKind, Epoch, Outcome
from failover.core.controller import begin, step
from failover.core.events import CommandEnded, Event, Health, HealthChanged, LeaseGained, Ordered, OrderKind, Woken
from failover.live.history import History
from tests.failover.core.playing import Play

ONE_OF_EACH: tuple[Event, ...] = (
    LeaseGained(1.0, 2.0, 1, "controller-1", True),
    HealthChanged(1.5, 2.5, "db-1", Health.SILENT, ("elsewhere",)),
    CommandEnded(2.0, 3.0, CommandId("db", 7), Outcome.FAILED, {"newer_epoch": (1, 2), "standbys": ("a", "b"), "on": True}),
    Ordered(2.5, 3.5, "db", OrderKind.FAILOVER, "änna \ud800", "db-2", "smoke\n", None, 0.0, 3.0),
    Woken(3.0, 4.0),
)


def command(kind: CommandKind = CommandKind.PROMOTE, number: int = 1, target: str = "db-2", **details: Any) -> Command:
    return Command(CommandId("db", number), 1, kind, target, Epoch(1, 1), details)


def history_of(play: Play) -> History:
    """What happened in *play*."""
    state, history = begin(play.settings), History()
    for number, event in enumerate(play.journal):
        decision = step(state, event)
        state = decision.state
        history.take(number, event, decision)
    return history
