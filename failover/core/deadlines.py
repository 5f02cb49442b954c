"""How long the report of a command is waited for. When none has come by then, the outcome is unknown, and somebody looks."""

from failover.core.commands import Command, CommandKind, Question
from topology.laws import quantile
from topology.model import Cluster

DEADLINE_SECONDS = {
    CommandKind.START: 30.0,
    CommandKind.FENCE: 15.0,
    CommandKind.WITHDRAW_ROUTE: 10.0,
    CommandKind.CUT_REPLICATION: 10.0,
    CommandKind.READ_POSITIONS: 5.0,
    CommandKind.SET_SYNCHRONOUS: 10.0,
    CommandKind.REPOINT: 15.0,
    CommandKind.REROUTE: 10.0,
    CommandKind.VERIFY: 5.0,
    CommandKind.DEMOTE: 30.0,
    CommandKind.REJOIN: 600.0,
    CommandKind.POWER_ON: 120.0,
    CommandKind.WITHDRAW_PAGE: 10.0,
    CommandKind.HOOK: 60.0,
    CommandKind.NOTIFY: 10.0,
}

PROMOTE_DEADLINE_MIN_SECONDS = 60.0
PROMOTE_DEADLINE_SHARE = 0.999
SELF_FENCED_DEADLINE_SECONDS = 20.0
"""An agent's own lease has to run out before anybody can say that its database is stopped."""


def promote_deadline_seconds(cluster: Cluster) -> float:
    """Return how long the promotion of a member of *cluster* is waited for: longer than nearly all of them take."""
    return max(PROMOTE_DEADLINE_MIN_SECONDS, 2.0 * quantile(cluster.promotion.takes, PROMOTE_DEADLINE_SHARE))


def deadline_seconds(command: Command, promote_seconds: float) -> float | None:
    """Return how long the report of *command* is waited for; None for ever: a person who is asked has no deadline."""
    match command.kind:
        case CommandKind.ASK:
            return None
        case CommandKind.PROMOTE:
            return promote_seconds
        case CommandKind.VERIFY if command.details["question"] == Question.IS_OFF and command.details.get("level") == "self":
            return SELF_FENCED_DEADLINE_SECONDS
        case _:
            return DEADLINE_SECONDS[command.kind]
