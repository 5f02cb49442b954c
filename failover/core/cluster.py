"""What the core knows of one cluster, and of all of them together: the fold of the journal and nothing else.

A state is copied before anything in it changes, and what it holds is replaced and never altered: whoever holds an old one keeps it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Self, TypeVar

from failover.core.commands import Command, CommandId, Epoch
from failover.core.events import Health
from failover.core.settings import Settings
from failover.core.states import HaltReason, State
from failover.core.steps import Progress

T = TypeVar("T")


class Goal(StrEnum):
    """What a recovery is for."""

    FAILOVER = "failover"
    SWITCHOVER = "switchover"
    START = "start"
    REJOIN = "rejoin"
    ADOPT = "adopt"


STARTS_BY_ORDER = frozenset({Goal.START, Goal.ADOPT})
"""Goals for which a database is started without a bound: if it does not come back, a person says what next."""


class Sighting(NamedTuple):
    """What the detector makes of a host, which vantage points see it, and whether a database that counts as dead accepts writes."""

    health: Health
    seen_by: tuple[str, ...]
    back: bool = False


class Position(NamedTuple):
    """What a member has, read after it stopped receiving; *behind_seconds* is None where nobody can say."""

    role: str
    timeline: int
    position: float
    behind_seconds: float | None
    replay_paused: bool

    @classmethod
    def of(cls, evidence: Mapping[str, Any]) -> Self:
        """Take it from the evidence of `read_positions`."""
        return cls(
            evidence["role"], evidence["timeline"], evidence["position"], evidence["behind_seconds"], evidence["replay_paused"]
        )


@dataclass
class ClusterState:
    """One cluster. Times are of the state's own clock, which stands still while nobody leads."""

    name: str
    primary: str
    """Verified primary, or the one whose replacement is under way."""
    state: State = State.WATCHING
    goal: Goal | None = None
    run: int = 0
    """The number of the latest recovery."""
    epoch: Epoch = Epoch(0, 0)
    commands: int = 0
    """The number of the latest command; each term begins with numbers of its own, whatever the journal has lost."""
    health: Mapping[str, Sighting] = field(default_factory=dict)
    steps: Mapping[str, Progress] = field(default_factory=dict)
    """How far what is being done is, by the key of each step."""
    page: Mapping[str, Progress] = field(default_factory=dict)
    """The same of pages being withdrawn, which no recovery waits for."""
    pending: Mapping[CommandId, str] = field(default_factory=dict)
    """The steps that commands under way belong to."""
    hooks: Mapping[CommandId, Command] = field(default_factory=dict)
    """Hooks not known to have run; each is sent again under its own id."""

    timeline: int | None = None
    """Of the primary; None until it was read."""
    synchronous: tuple[frozenset[str], ...] = ()
    """Every set of standbys that commits may be waiting for: several while a change is not verified, none until it was read."""
    followers: frozenset[str] = frozenset()
    """Verified to stream from the primary."""
    unwilling: frozenset[str] = frozenset()
    """Could not be made to, lately."""
    astray: frozenset[str] = frozenset()
    """People were told that they do not follow the primary."""
    off: frozenset[str] = frozenset()
    """Verified or attested to be off, and not powered on since."""
    quarantined: frozenset[str] = frozenset()
    """Was primary before, and has not been rejoined."""
    power_ons: Mapping[str, int] = field(default_factory=dict)
    """How often each host was powered on: its incarnation."""

    suspects: tuple[str, ...] = ()
    """Who may still be primary, and has to be off before anybody is promoted."""
    levels_tried: Mapping[str, int] = field(default_factory=dict)
    """How many levels of fencing have failed, by host."""
    positions: Mapping[str, Position] = field(default_factory=dict)
    claimed: frozenset[str] = frozenset()
    """Seen as primary in this recovery, and not known since to be off or a standby."""
    stumbled: frozenset[str] = frozenset()
    """Members whose promotion failed once in this recovery."""
    tried: frozenset[str] = frozenset()
    """Those whose promotion failed again, or of which nobody could say what became of it."""
    wanted: str | None = None
    """The host that the order of this recovery names."""
    wanted_synchronous: tuple[frozenset[str], ...] = ()
    """What `synchronous` becomes once that host is adopted: until then commits are acknowledged on the primary, for all we know."""
    candidate: str | None = None
    promoting_since: Epoch = Epoch(0, 0)
    """The epoch of the first order to promote the candidate: what it was promoted under before was not ours."""
    lost_seconds: float | None = 0.0
    """What the candidate lacks, as far as anybody can say."""
    withdrawn: bool = False
    """Clients were withdrawn and have not been brought back."""
    unrouted: frozenset[str] = frozenset()
    """Proxies that may lead clients elsewhere than to the primary, because they could not be changed."""
    unasked: frozenset[str] = frozenset()
    """Proxies that this leader has yet to ask where they lead clients: the journal may lack that they were withdrawn."""
    touched: bool = False
    """Something was changed in this recovery."""
    verified: bool = False
    """The primary was verified to be it since anything could have changed that."""
    loss_accepted: bool = False
    distrusted: bool = False
    """The journal was restored from an old copy: any member may have become primary since."""
    deadline: float | None = None
    retries: int = 0
    """How often what did not work has rested by now."""

    ordered: bool = False
    """An operator ordered this recovery: what holds automation back does not hold it."""
    held: str | None = None
    """What holds the recovery back."""
    approvals: Mapping[str, float] = field(default_factory=dict)
    """Who said yes, and at which wall time."""
    declined_by: str | None = None
    """Who said no or aborted: automation then waits for an order."""
    attempts: tuple[float, ...] = ()
    restarted_at: float | None = None
    """When a restart in place was last tried."""
    paused_by: str | None = None
    maintenance: Mapping[str, float] = field(default_factory=dict)
    """Until which wall time the loss of a host is expected."""
    halted: HaltReason | None = None
    told: str | None = None
    """What people were told last that halts this recovery."""
    news: bool = False
    """A host has changed since the halted recovery was last considered."""
    refused: tuple[tuple[str, str], ...] = ()
    """Why each member was refused, last time."""

    def copy(self) -> Self:
        """Return a copy that may be changed."""
        return _copy(self)


@dataclass
class Controller:
    """Everything the core knows: what all clusters share, and each of them."""

    settings: Settings
    clusters: dict[str, ClusterState]
    term: int = 0
    leader: str | None = None
    clock: float = 0.0
    """Seconds during which somebody led."""
    told_at: float = 0.0
    """When, by the leader's clock, the latest event was."""
    wall_seconds: float = 0.0
    grace_until: float = 0.0

    def copy(self) -> Self:
        """Return a copy that may be changed, its clusters shared until they are."""
        other = _copy(self)
        other.clusters = dict(self.clusters)
        return other


def _copy(state: T) -> T:
    """Copy all fields at once: every event copies states, and one field after the other would take ten times as long."""
    other = object.__new__(type(state))
    other.__dict__.update(state.__dict__)
    return other
