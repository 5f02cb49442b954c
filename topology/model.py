"""What exists: sites, hosts, parts, crews, clusters and services, as frozen values valid from birth; their work is in `work`.

Only `topology.load` makes a Topology; it has checked every name and every gate, so nothing here checks again. All durations
are seconds, all shares lie between 0 and 1, all names are unique across sites, components, hosts, clusters and services.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count, islice
from typing import NamedTuple

from topology.facts import Fact
from topology.laws import Fixed, Law
from topology.quantities import HOUR, Money
from topology.timing import Probing, Timed
from topology.work import Calendar, Workload


@dataclass(frozen=True, slots=True)
class Gate:
    """True while at least *at_least* of its inputs are: names, or gates nested in it."""

    at_least: int
    of: tuple["str | Gate", ...]

    def names(self) -> Iterator[str]:
        """Yield every name in this gate and in those nested in it."""
        for each in self.of:
            if isinstance(each, Gate):
                yield from each.names()
            else:
                yield each


class StageKind(StrEnum):
    """What a stage of recovery waits for."""

    WAIT = "wait"  # time alone: travel, diagnosis, a decision
    PART = "part"  # a unit from stock, or its delivery
    WORK = "work"  # hands of a crew
    RESTORE = "restore"  # data coming back


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a recovery. `law` is None for a part, whose lead time decides; `crew` is None where nobody is scarce."""

    kind: StageKind
    law: Law | None
    part: str | None = None
    crew: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """A place that can be lost whole."""

    name: str
    title: str = ""
    timezone: str = "UTC"
    needs: Gate | None = None
    uses: tuple[str, ...] = ()
    recover: tuple[Stage, ...] = ()
    fails: Law | None = None

    @property
    def site(self) -> None:
        """A site stands in no other."""
        return None


@dataclass(frozen=True, slots=True)
class Component:
    """What is shared and is no host: storage, power, a trunk, or (with `links`) the network between two or more sites."""

    name: str
    title: str = ""
    site: str | None = None
    needs: Gate | None = None
    uses: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    recover: tuple[Stage, ...] = ()
    fails: Law | None = None
    cost: Money | None = None


@dataclass(frozen=True, slots=True)
class Fitting:
    """How many units of a part a host has, and how many of them it needs to work."""

    installed: int
    required: int


@dataclass(frozen=True, slots=True)
class Host:
    """A machine. `uses` must hold while it runs; `needs` is what it is made of, whose loss must be recovered from."""

    name: str
    title: str = ""
    site: str | None = None
    role: str = ""
    needs: Gate | None = None
    uses: tuple[str, ...] = ()
    parts: Mapping[str, Fitting] = field(default_factory=dict)
    recover: tuple[Stage, ...] = ()
    fails: Law | None = None
    cost: Money | None = None


@dataclass(frozen=True, slots=True)
class Crew:
    """People who can do *size* jobs at a time, within their calendar if they have one."""

    name: str
    size: int
    site: str | None = None
    calendar: Calendar | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A kind of part: how long a powered unit lives, how long an order takes, what a unit costs."""

    name: str
    title: str = ""
    life: Law | None = None
    lead_time: Law | None = None
    unit_cost: Money | None = None


class ReplicationMode(StrEnum):
    """Whether a commit waits for a standby."""

    SYNCHRONOUS = "synchronous"
    ASYNCHRONOUS = "asynchronous"


@dataclass(frozen=True, slots=True)
class Replication:
    """How far a standby is behind: never, when synchronous; by *lag* otherwise, which is None where nobody said."""

    mode: ReplicationMode = ReplicationMode.ASYNCHRONOUS
    lag: Law | None = None


class Mode(StrEnum):
    """What the controller may do by itself."""

    OBSERVE = "observe"
    MANUAL = "manual"
    APPROVE = "approve"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True)
class Policy:
    """When a cluster may fail over: who decides, after how long a silence, how often, and how much data may be lost.

    After *attempts* recoveries within *within_seconds*, the failed ones too, a person must acknowledge them before the next.
    """

    mode: Mode = Mode.MANUAL
    detection_window_seconds: float = 3.0
    rpo_seconds: float | None = None
    approvals: int = 1
    attempts: int = 2
    within_seconds: float = HOUR
    restart_seconds: float = 30.0
    """How long a restart in place may take."""
    vantage_quorum: int = 2
    """How many vantage points must agree that the primary is lost."""


class FenceKind(StrEnum):
    """How it is made sure that a host is off, and how that is verified."""

    REDFISH = "redfish"  # its power controller
    FENCE_AGENT = "fence_agent"  # a fence agent: a power strip, a hypervisor
    PLAYBOOK = "playbook"  # the user's own way
    SELF = "self"  # an agent on the host stops the database once its own lease has run out
    OPERATOR = "operator"  # a named person attests it


class FenceLevel(NamedTuple):
    """One way to fence, and what that way *uses*: none of it may be lost with the host that is fenced."""

    kind: FenceKind
    uses: tuple[str, ...] = ()


BY_PERSON = (FenceLevel(FenceKind.OPERATOR),)


@dataclass(frozen=True, slots=True)
class Promotion:
    """What the promote command takes on the candidate until it accepts writes, and how often it works.

    Detection, fencing and rerouting come on top.
    """

    takes: Law = Fixed(60.0)
    success: float = 1.0


@dataclass(frozen=True, slots=True)
class Cluster:
    """Hosts of which one is primary; true while a live primary is routed. The levels of `fence` are tried in their order."""

    name: str
    members: tuple[str, ...]
    primary: str
    title: str = ""
    replication: Replication = Replication()
    fence: tuple[FenceLevel, ...] = BY_PERSON
    policy: Policy = Policy()
    promotion: Promotion = Promotion()
    routes: tuple[str, ...] = ()
    """The hosts that are its proxies."""

    def proxies(self) -> tuple[str, ...]:
        """Return what sends clients to the primary: its routes, or where it names none a proxy that cannot fail."""
        return self.routes or (f"{self.name}/route",)


class SafetyGroup(NamedTuple):
    """Clusters of which no more than *at_most* may be in recovery at a time."""

    clusters: tuple[str, ...]
    at_most: int = 1


@dataclass(frozen=True, slots=True)
class Fallback:
    """A service that is down answers from an old copy once *after_seconds* have passed."""

    after_seconds: float


@dataclass(frozen=True, slots=True)
class Objectives:
    """What was promised. An outage ends when the service is up, or stale where *accepts_stale* says so."""

    rto_seconds: float | None = None
    rpo_seconds: float | None = None
    availability: float | None = None
    accepts_stale: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """What people use: its own needs, and the services whose data it reads."""

    name: str
    title: str = ""
    needs: Gate | None = None
    reads: tuple[str, ...] = ()
    fallback: Fallback | None = None
    objectives: Objectives = Objectives()
    cost_per_hour: Money | None = None


@dataclass(frozen=True, slots=True)
class Selector:
    """Hosts by what they are: in a site, of a role, using something; the first *count* of them by name, or all."""

    site: str | None = None
    role: str | None = None
    uses: str | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class CommonCause:
    """An event that takes several units of a part at one blow, among the hosts selected."""

    name: str
    law: Law
    fails: Mapping[str, int]
    of: Selector = Selector()


Entity = Site | Component | Host | Cluster | Service


@dataclass(frozen=True, slots=True)
class Topology:
    """Everything that exists, by name, in the order of the file."""

    name: str
    title: str = ""
    sites: Mapping[str, Site] = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    crews: Mapping[str, Crew] = field(default_factory=dict)
    parts: Mapping[str, Part] = field(default_factory=dict)
    stock: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    components: Mapping[str, Component] = field(default_factory=dict)
    hosts: Mapping[str, Host] = field(default_factory=dict)
    clusters: Mapping[str, Cluster] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    workloads: Mapping[str, Workload] = field(default_factory=dict)
    common_causes: Mapping[str, CommonCause] = field(default_factory=dict)
    controllers: tuple[str, ...] = ()
    vantages: tuple[str, ...] = ()
    safety: Mapping[str, SafetyGroup] = field(default_factory=dict)
    probing: Probing = Probing()
    durations: Mapping[Timed, Law] = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()

    def entities(self) -> Iterator[Entity]:
        """Yield everything that has a state, by kind: sites, components, hosts, clusters, services."""
        yield from self.sites.values()
        yield from self.components.values()
        yield from self.hosts.values()
        yield from self.clusters.values()
        yield from self.services.values()

    def controller_names(self) -> tuple[str, ...]:
        """Return the hosts that controllers run on; where none are named, two places of their own: controller-1, controller-2."""
        kinds = (self.sites, self.components, self.hosts, self.clusters, self.services)
        free = (name for name in map("controller-{}".format, count(1)) if not any(name in kind for kind in kinds))
        return self.controllers or tuple(islice(free, 2))

    def vantage_points(self) -> tuple[str, ...]:
        """Return the places that hosts are watched from: every controller, then the other vantages."""
        return tuple(dict.fromkeys((*self.controller_names(), *self.vantages)))

    def timezone(self) -> str:
        """Return the time zone of the first site, in which calendars without one of their own are read."""
        return next((site.timezone for site in self.sites.values()), "UTC")

    def currency(self) -> str | None:
        """Return the currency of its costs (there is only one), or None when nothing has a cost."""
        amounts = [*(each.cost_per_hour for each in self.services.values()), *(each.unit_cost for each in self.parts.values())]
        amounts += [each.cost for each in self.hosts.values()]
        amounts += [each.cost for each in self.components.values()]
        return next((amount.currency for amount in amounts if amount is not None), None)

    def select(self, selector: Selector) -> tuple[str, ...]:
        """Return the names of the hosts that *selector* means, in the order of the file."""
        found = [
            host.name
            for host in self.hosts.values()
            if (selector.site is None or host.site == selector.site)
            and (selector.role is None or host.role == selector.role)
            and (selector.uses is None or selector.uses in host.uses)
        ]
        return tuple(found[: selector.count])
