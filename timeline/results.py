"""What a replay found: one result a response, side by side. Reports, tables and JSON are all made from these."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from timeline.measures import ServiceMeasures
from timeline.record import Timeline
from topology.facts import Fact
from topology.model import Topology


@dataclass(frozen=True, slots=True)
class ObjectiveResult:
    """A promise and what became of it. For rto and rpo the values are seconds, for availability a share of one."""

    limit: float
    actual: float | None
    """None: not reached within the horizon, or (rpo) not known."""
    met: bool


@dataclass(frozen=True, slots=True)
class WorkloadResult:
    """Where the work went. arrived = served + stale + lost + manual + waiting; entering by hand what was manual is apart.

    `backlog` is the curve of work waiting or not yet entered, as (seconds, items) corners between which it is straight.
    """

    arrived: float
    served: float
    stale: float
    lost: float
    manual: float
    waiting: float
    entered: float
    backlog_peak: float
    backlog_cleared_at_seconds: float | None
    backlog: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class FailoverResult:
    """What was decided for one cluster: promoted, refused (no candidate), failed, waiting (for a person) or withdrawn."""

    cluster: str
    decided: str
    candidate: str | None
    refused: tuple[tuple[str, str], ...]
    """(host, reason) for each candidate that was refused."""
    lost_seconds: float | None
    """How much of the last data the promoted standby lacked; None where none was promoted, or nobody said how far it was behind."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What an option costs and what the outage then costs, in one currency: outage = Σ cost of a service × hours not available."""

    currency: str
    outage: float
    option: float
    """What is bought beyond the network as it stands: hosts, components, units of stock."""

    @property
    def total(self) -> float:
        """Both together."""
        return self.outage + self.option


@dataclass(frozen=True, slots=True)
class ResponseResult:
    """One response to the incident and everything that came of it."""

    name: str
    title: str
    must_meet: bool
    topology: Topology
    timeline: Timeline
    services: Mapping[str, ServiceMeasures]
    objectives: Mapping[str, Mapping[str, ObjectiveResult]]
    """By service, then by rto, rpo, availability."""
    workloads: Mapping[str, WorkloadResult]
    failover: tuple[FailoverResult, ...]
    cost: Cost | None
    bought: tuple[str, ...] = ()
    """What the option buys, in words: `5 × storage-drive at falls-church`."""
    violations: tuple[str, ...] = ()
    """Where the failover controller broke an invariant of its own, in words: none, unless it has a fault."""


@dataclass(frozen=True, slots=True)
class ExpectationResult:
    """A published figure beside ours. Calibrated: its answer was among the inputs, so it explains and proves nothing."""

    response: str
    measure: str
    expected: float
    actual: float | None
    within: float
    met: bool
    calibrated: bool
    source: str
    """Who published it, or why it follows from what was published."""


@dataclass(frozen=True, slots=True)
class Reversal:
    """An assumption replayed at its bound, and what then becomes of the conclusion."""

    fact: Fact
    bound: str
    """`low` or `high`."""
    value: str
    best_before: str
    best_after: str
    """Which response has the least cost (or, without costs, the least downtime) with the central value and with the bound."""
    longest_outage_before_seconds: Mapping[str, float]
    longest_outage_after_seconds: Mapping[str, float]
    """By response, of the main service."""
    met_before: frozenset[str]
    met_after: frozenset[str]
    """The responses that meet every objective of the main service."""

    @property
    def reverses(self) -> bool:
        """Whether the conclusion changes: another response is best, or another set of responses meets the objectives."""
        return self.best_before != self.best_after or self.met_before != self.met_after


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """A scenario replayed with each of its responses."""

    scenario: str
    title: str
    summary: str
    """What happened, in the scenario's own words; may be empty."""
    topology: Topology
    """As it stands, before any response changes it."""
    seed: int
    start: str
    horizon_seconds: float
    hit: tuple[str, ...]
    """What the incident struck, by name."""
    main_service: str
    """The service the comparison speaks of first: the dearest, or the one most others read."""
    responses: tuple[ResponseResult, ...]
    """The first is what is done, or was; the others are compared with it."""
    expectations: tuple[ExpectationResult, ...]
    facts: tuple[Fact, ...]
    """Of the topology and of the scenario, whose keys begin with `scenario.`."""
    reversals: tuple[Reversal, ...] = field(default=())
    notes: tuple[str, ...] = ()
    """What was decided in making the incident fit this network."""
    stranded: tuple[str, ...] = ()
    """What failed and never comes back, because the network does not say how."""
    command: str = ""
    """The command that reproduces this."""

    def best(self) -> ResponseResult:
        """Return the response that costs least in all, and among those the one without the main service for the least time.

        Of equals the first: what is done anyway needs no reason to be kept.
        """

        def badness(response: ResponseResult) -> tuple[float, float]:
            measures = response.services.get(self.main_service)
            seconds = measures.downtime_seconds + measures.stale_seconds if measures else 0.0
            return response.cost.total if response.cost else 0.0, seconds

        return min(self.responses, key=badness)
