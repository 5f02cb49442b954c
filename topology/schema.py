"""What a topology file may say: one pydantic model per kind of entry, and the JSON Schema published from them.

The models hold what is written, each value already read into its unit; `topology.load` joins them into the model. Keys nobody
knows are errors. Values are read by `topology.values`, whose sentences become the error's.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, ValidationInfo, field_validator, model_validator

from topology.model import Mode, ReplicationMode, StageKind
from topology.quantities import DAY
from topology.sources import LISTS
from topology.timing import Probing, Timed
from topology.values import (
    COUNT_MAX,
    Amount,
    Count,
    Days,
    Duration,
    FenceLevels,
    FileNames,
    Flag,
    Flows,
    GateValue,
    HourlyCost,
    Hours,
    LabourFlows,
    LawValue,
    Names,
    Positive,
    Share,
    Span,
    YearlyRate,
)
from topology.work import WhenDown


class Entry(BaseModel):
    """What every entry shares: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class StageEntry(Entry):
    """A stage of recovery: exactly one of wait, part, work and restore."""

    wait: LawValue | None = None
    part: str | None = None
    work: LawValue | None = None
    restore: LawValue | None = None
    crew: str | None = None
    reason: str = Field("", alias="for")

    @model_validator(mode="after")
    def _one_kind(self) -> "StageEntry":
        given = [kind.value for kind in StageKind if getattr(self, kind.value) is not None]
        if len(given) != 1:
            raise ValueError(f"a stage is exactly one of wait, part, work, restore; this one gives {' and '.join(given) or 'none'}")
        if self.crew is not None and self.work is None:
            raise ValueError(f"only 'work' takes a crew, not '{given[0]}'")
        return self

    @property
    def kind(self) -> StageKind:
        """Return which of the four this is."""
        return next(kind for kind in StageKind if getattr(self, kind.value) is not None)


Stages = tuple[StageEntry, ...]


class PlacedEntry(Entry):
    """What everything that can fail by itself shares."""

    needs: GateValue | None = None
    uses: Names = ()
    recover: Stages = ()
    fails: LawValue | None = None


class SiteEntry(PlacedEntry):
    """A place that can be lost whole."""

    title: str = ""
    timezone: str | None = None


class ComponentEntry(PlacedEntry):
    """Something shared that is no host."""

    title: str = ""
    site: str | None = None
    links: Names = ()
    cost: Amount | None = None


class FittingEntry(Entry):
    """How many units of a part a host has and needs."""

    installed: Positive
    required: Count | None = None


class RoleEntry(PlacedEntry):
    """What hosts of a role have in common."""

    site: str | None = None
    parts: dict[str, FittingEntry] = Field(default_factory=dict)
    cost: Amount | None = None


class HostEntry(RoleEntry):
    """A machine."""

    title: str = ""
    role: str = ""


class CalendarEntry(Entry):
    """Open days and hours."""

    days: Days
    hours: Hours = (0.0, DAY)
    holidays: str | None = None
    timezone: str | None = None


class CrewEntry(Entry):
    """People who repair."""

    size: Positive
    site: str | None = None
    calendar: str | None = None


class PartEntry(Entry):
    """A kind of part."""

    title: str = ""
    annual_failure_rate: YearlyRate | None = None
    life: LawValue | None = None
    lead_time: LawValue | None = None
    unit_cost: Amount | None = None

    @model_validator(mode="after")
    def _one_life(self) -> "PartEntry":
        if self.annual_failure_rate is not None and self.life is not None:
            raise ValueError("give either 'annual_failure_rate' or 'life', not both")
        return self


class ReplicationEntry(Entry):
    """How a standby follows."""

    mode: ReplicationMode = ReplicationMode.ASYNCHRONOUS
    lag: LawValue | None = None


class PolicyEntry(Entry):
    """When a cluster may fail over. Only what is given overrides."""

    mode: Mode | None = None
    detection_window: Duration | None = None
    rpo: Duration | None = None
    approvals: Annotated[StrictInt, Field(ge=1, le=2)] | None = None
    attempts: Positive | None = None
    within: Span | None = None
    restart: Duration | None = None
    quorum: Annotated[StrictInt, Field(ge=2, le=COUNT_MAX)] | None = None


class PromotionEntry(Entry):
    """What the promote command takes, and how often it works."""

    takes: LawValue | None = None
    success: Share = 1.0


class ClusterEntry(Entry):
    """Hosts of which one is primary."""

    title: str = ""
    members: Names
    primary: str
    replication: ReplicationEntry = ReplicationEntry()
    fence: FenceLevels | None = None
    policy: PolicyEntry = PolicyEntry()
    promotion: PromotionEntry = PromotionEntry()
    routes: Names = ()


class SafetyGroupEntry(Entry):
    """Clusters of which only so many may be in recovery at a time."""

    clusters: Names
    at_most: Positive = 1


class FallbackEntry(Entry):
    """What a service that is down falls back to."""

    to: Literal["stale"]
    after: Duration = 0.0


class ObjectivesEntry(Entry):
    """What was promised."""

    rto: Duration | None = None
    rpo: Duration | None = None
    availability: Share | None = None
    accepts_stale: Flag = False


class ServiceEntry(Entry):
    """What people use."""

    title: str = ""
    needs: GateValue | None = None
    reads: Names = ()
    fallback: FallbackEntry | None = None
    objectives: ObjectivesEntry = ObjectivesEntry()
    cost: HourlyCost | None = None


class EnterLaterEntry(Entry):
    """How work done by hand is entered afterwards."""

    each: Duration
    capacity: LabourFlows


class WorkloadEntry(Entry):
    """Work that arrives at a service."""

    title: str = ""
    unit: str = ""
    service: str
    arrivals: Flows
    when_down: WhenDown = WhenDown.LOST
    capacity: Flows | None = None
    enter_later: EnterLaterEntry | None = None

    @model_validator(mode="after")
    def _matches(self) -> "WorkloadEntry":
        if self.enter_later is not None and self.when_down is not WhenDown.MANUAL:
            raise ValueError("'enter_later' goes with 'when_down: manual'")
        if self.capacity is not None and self.when_down is not WhenDown.WAIT:
            raise ValueError("'capacity' goes with 'when_down: wait'")
        return self


class SelectorEntry(Entry):
    """Hosts by what they are."""

    site: str | None = None
    role: str | None = None
    uses: str | None = None
    count: Positive | None = None


class CommonCauseEntry(Entry):
    """An event that takes several units at one blow."""

    rate: YearlyRate
    fails: dict[str, Positive]
    of: SelectorEntry = SelectorEntry()


class ProbingEntry(Entry):
    """How hosts are probed."""

    every: Span = Probing().every_seconds
    timeout: Span = Probing().timeout_seconds


class TopologyEntry(Entry):
    """A whole file."""

    name: Annotated[str, Field(min_length=1)]
    title: str = ""
    include: FileNames = None
    sites: dict[str, SiteEntry] = {}
    calendars: dict[str, CalendarEntry] = {}
    crews: dict[str, CrewEntry] = {}
    parts: dict[str, PartEntry] = {}
    stock: dict[str, dict[str, Count]] = {}
    roles: dict[str, RoleEntry] = {}
    components: dict[str, ComponentEntry] = {}
    hosts: dict[str, HostEntry] = {}
    clusters: dict[str, ClusterEntry] = {}
    services: dict[str, ServiceEntry] = {}
    workloads: dict[str, WorkloadEntry] = {}
    common_causes: dict[str, CommonCauseEntry] = {}
    controllers: Names = ()
    vantages: Names = ()
    safety: dict[str, SafetyGroupEntry] = {}
    probing: ProbingEntry = ProbingEntry()
    durations: dict[Timed, LawValue] = {}

    @field_validator("*", mode="before")
    @classmethod
    def _empty(cls, value: Any, info: ValidationInfo) -> Any:
        """Read a section with nothing under it (`hosts:` and then nothing) as an empty one, and likewise an entry in it."""
        if info.field_name in ("name", "title", "include"):
            return value
        if info.field_name in LISTS:
            return [] if value is None else value
        if isinstance(value, dict) and None in value.values():
            return {name: {} if entry is None else entry for name, entry in value.items()}
        return {} if value is None else value
