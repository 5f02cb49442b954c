"""What the controller is told. Time comes in with every event; nothing is ever asked for.

Every event is journaled before it is applied, and the state is the fold of the journal: whoever folds the same events knows the
same. `at` is seconds of the monotonic clock of the controller that wrote the event; clocks of two leases are never compared, so
the time between two leases does not count. `wall_seconds` (since 1970) serves maintenance, the expiry of approvals and audit.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from failover.core.commands import CommandId, Outcome


class Seen(StrEnum):
    """What one probe from one vantage point saw of a host."""

    PRIMARY = "primary"  # its database accepts writes
    STANDBY = "standby"  # its database runs and does not
    ANSWERS = "answers"  # the host answers and no database is expected on it
    REFUSED = "refused"  # the host answers, its database does not
    NOTHING = "nothing"


class Health(StrEnum):
    """What the detector makes of what all vantage points see."""

    PRIMARY = "primary"
    STANDBY = "standby"
    ANSWERS = "answers"
    PROCESS_DEAD = "process_dead"  # the host answers, its database does not, for long enough
    SILENT = "silent"  # enough vantage points see nothing, for long enough, and none sees it


class LeaseGained(NamedTuple):
    """*controller* decides from now on, under *term*; a grace period begins.

    *behind* says that the journal lacks what this controller has seen in it before: it was restored from an old copy.
    """

    at: float
    wall_seconds: float
    term: int
    controller: str
    behind: bool = False


class HealthChanged(NamedTuple):
    """The detector changed its mind about *host*, or about who sees it: *seen_by* are the vantage points that do.

    *back* says that its database counts as dead still, and somebody sees it accept writes: it may be about to change its mind.
    """

    at: float
    wall_seconds: float
    host: str
    health: Health
    seen_by: tuple[str, ...] = ()
    back: bool = False


class CommandEnded(NamedTuple):
    """What is reported of a command, and what shows it. `evidence["newer_epoch"]` stands where a target refused an older epoch."""

    at: float
    wall_seconds: float
    id: CommandId
    outcome: Outcome
    evidence: Mapping[str, Any]


class OrderKind(StrEnum):
    """What an operator may order."""

    FAILOVER = "failover"  # host: the candidate, or None for the best
    SWITCHOVER = "switchover"  # host: the candidate, or None for the best
    FAILBACK = "failback"  # a switchover to the primary of the topology
    REJOIN = "rejoin"  # host: a former primary
    START = "start"  # the lost primary is started again where it is
    ADOPT = "adopt"  # host: take it for the primary, whoever promoted it
    ABORT = "abort"
    APPROVE = "approve"
    REJECT = "reject"
    RETRY = "retry"  # what halted may be tried again
    ACKNOWLEDGE = "acknowledge"  # the attempts so far no longer hold the next one back
    CONFIRM_FENCED = "confirm_fenced"  # host: a named person has seen that it is off
    ACCEPT_LOSS = "accept_loss"  # the candidate may lack what was acknowledged
    PAUSE = "pause"
    RESUME = "resume"
    MAINTENANCE = "maintenance"  # host, for_seconds: its loss is expected
    WITHDRAW_PAGE = "withdraw_page"  # service, host: whose page, and where it is published


NEEDS_REASON = frozenset(
    {OrderKind.CONFIRM_FENCED, OrderKind.ACCEPT_LOSS, OrderKind.START, OrderKind.ADOPT, OrderKind.FAILOVER, OrderKind.WITHDRAW_PAGE}
)
"""Orders that force something, and are refused without a reason."""


class Ordered(NamedTuple):
    """A person's word about *cluster*. *expected_primary* refuses what was meant for another state of things."""

    at: float
    wall_seconds: float
    cluster: str
    kind: OrderKind
    operator: str
    host: str | None = None
    reason: str = ""
    expected_primary: str | None = None
    for_seconds: float = 0.0
    typed_wall_seconds: float | None = None
    """When it was typed, where that is not when it arrived."""
    service: str | None = None


class Woken(NamedTuple):
    """The time that was asked for has come."""

    at: float
    wall_seconds: float


Event = LeaseGained | HealthChanged | CommandEnded | Ordered | Woken
