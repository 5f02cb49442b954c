"""What a topology file may say: one pydantic model per kind of entry, and the JSON Schema published from them.

The models hold what is written, each value already read into its unit; `topology.load` joins them into the model. Keys nobody
knows are errors. Values are read by the parsers of `topology.quantities`, whose sentences become the error's.
"""

import re
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StrictInt,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from topology import quantities
from topology.lawtext import parse_law
from topology.model import Gate, Mode, ReplicationMode, StageKind, WhenDown
from topology.quantities import Money

_RANGE = re.compile(r"\[(\d+)-(\d+)\]")
RANGE_MAX = 200_000
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def expand_range(name: str) -> list[str]:
    """Return the names that `web-[1-3]` or `rack[01-20]-node` stands for, or the name itself."""
    match = _RANGE.search(name)
    if match is None:
        return [name]
    first, last = match.groups()
    if int(first) > int(last) or int(last) - int(first) >= RANGE_MAX:
        raise ValueError(f"'{name}' is not a range; write for example web-[1-3], lowest first")
    width = len(first) if first.startswith("0") else 0
    return [
        name[: match.start()] + str(number).zfill(width) + tail
        for number in range(int(first), int(last) + 1)
        for tail in expand_range(name[match.end() :])
    ]


def parse_names(value: object) -> tuple[str, ...]:
    """Read one name or a list of them, with ranges."""
    each = [value] if isinstance(value, str) else value
    if not isinstance(each, list) or not all(isinstance(name, str) for name in each):
        raise ValueError("write a name or a list of names, such as [app-1, app-2]")
    return tuple(expanded for name in each for expanded in expand_range(name))


def parse_gate(value: object) -> Gate:
    """Read `name`, `{all: […]}`, `{any: […]}` or `{at_least: 2, of: […]}`, nested as deep as need be."""
    form = "write a name, {all: […]}, {any: […]} or {at_least: 2, of: […]}"
    if isinstance(value, str):
        names = tuple(expand_range(value))
        return Gate(len(names), names)
    if not isinstance(value, dict):
        raise ValueError(f"{value!r} is not a gate; {form}")
    keys = set(value)
    if keys in ({"all"}, {"any"}):
        (word,) = keys
        of = _parse_inputs(value[word], word)
        return Gate(len(of) if word == "all" else 1, of)
    if keys == {"at_least", "of"}:
        of = _parse_inputs(value["of"], "of")
        count = value["at_least"]
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= len(of):
            raise ValueError(f"at_least is {count!r}; with {len(of)} inputs it must be a whole number from 1 to {len(of)}")
        return Gate(count, of)
    raise ValueError(f"a gate has no key {', '.join(sorted(map(repr, keys)))}; {form}")


def _parse_inputs(value: object, word: str) -> tuple[str | Gate, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"'{word}' takes a list of one or more names or gates")
    of: list[str | Gate] = []
    for each in value:
        if isinstance(each, str):
            of.extend(expand_range(each))
        else:
            of.append(parse_gate(each))
    return tuple(of)


def _law(value: object, info: ValidationInfo) -> object:
    return parse_law(value, (info.context or {}).get("folder"))


def parse_days(value: object) -> frozenset[int]:
    """Read `mon-fri`, `sat`, or a list of them, as numbers with Monday 0."""
    found: set[int] = set()
    for word in [value] if isinstance(value, str) else value if isinstance(value, list) else [value]:
        first, _, last = str(word).partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            raise ValueError(f"{word!r} is not a day; write mon-fri, or a list of {', '.join(DAYS)}")
        start, end = DAYS.index(first), DAYS.index(last or first)
        found.update(day % 7 for day in range(start, end + 1 if end >= start else end + 8))
    return frozenset(found)


def _hours(value: object) -> tuple[float, float]:
    match = re.fullmatch(r"(\d{1,2}):(\d\d)-(\d{1,2}):(\d\d)", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f'{value!r} is not a span of hours; write "08:00-17:00"')
    opens, closes = (int(match[i]) * 3600.0 + int(match[i + 1]) * 60.0 for i in (1, 3))
    if not 0 <= opens < closes <= 86400 or int(match[2]) > 59 or int(match[4]) > 59:
        raise ValueError(f'{value!r} is not a span of one day; write "08:00-17:00", the earlier first')
    return opens, closes


def parse_flows(value: object, labour: bool = False) -> dict[str | None, tuple[float, float]]:
    """Read `5000/d` or `{calendar: 5000/d, …}` as {calendar or None: (amount, period in seconds)}."""
    read = quantities.labour_per_period if labour else quantities.amount_per_period
    if isinstance(value, dict):
        return {str(calendar): read(amount) for calendar, amount in value.items()}
    return {None: read(value)}


def _text_schema(description: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "description": description, "examples": list(examples)})


Duration = Annotated[
    float, BeforeValidator(quantities.duration_seconds), _text_schema("a duration with units", "30s", "4h30m", "14d")
]
Share = Annotated[
    float,
    BeforeValidator(quantities.share),
    WithJsonSchema({"type": ["string", "number"], "description": "a share of one", "examples": ["99.9%", 0.999]}),
]
YearlyRate = Annotated[float, BeforeValidator(quantities.rate_per_year), _text_schema("a rate a year", "1.57%", "1/20y")]
Amount = Annotated[Money, BeforeValidator(quantities.money), _text_schema("an amount of money", "400 USD")]
HourlyCost = Annotated[Money, BeforeValidator(quantities.money_per_hour), _text_schema("a cost over time", "20000 USD/h")]
Names = Annotated[
    tuple[str, ...],
    BeforeValidator(parse_names),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
GateValue = Annotated[Gate, PlainValidator(parse_gate), WithJsonSchema({"$ref": "#/$defs/Gate"})]
LawValue = Annotated[Any, PlainValidator(_law), WithJsonSchema({"$ref": "#/$defs/Law"})]
Days = Annotated[frozenset[int], BeforeValidator(parse_days), _text_schema("weekdays", "mon-fri", "sat")]
Hours = Annotated[tuple[float, float], BeforeValidator(_hours), _text_schema("open hours", "08:00-17:00")]
Flows = Annotated[dict[str | None, tuple[float, float]], PlainValidator(parse_flows), WithJsonSchema({"$ref": "#/$defs/Flow"})]
LabourFlows = Annotated[
    dict[str | None, tuple[float, float]],
    PlainValidator(lambda value: parse_flows(value, labour=True)),
    WithJsonSchema({"$ref": "#/$defs/Flow"}),
]
Count = Annotated[StrictInt, Field(ge=0)]
Positive = Annotated[StrictInt, Field(ge=1)]


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
            raise ValueError(f"a stage is exactly one of wait, part, work, restore; this one gives {given or 'none'}")
        if self.crew is not None and self.work is None:
            raise ValueError(f"only 'work' takes a crew, not '{given[0]}'")
        return self

    @property
    def kind(self) -> StageKind:
        """Return which of the four this is."""
        return next(kind for kind in StageKind if getattr(self, kind.value) is not None)


Stages = tuple[StageEntry, ...]


class PlacedEntry(Entry):
    """What sites, components and hosts share."""

    title: str = ""
    needs: GateValue | None = None
    uses: Names = ()
    recover: Stages = ()
    fails: LawValue | None = None


class SiteEntry(PlacedEntry):
    """A place that can be lost whole."""

    timezone: str | None = None


class ComponentEntry(PlacedEntry):
    """Something shared that is no host."""

    site: str | None = None
    links: Names = ()
    cost: Amount | None = None


class FittingEntry(Entry):
    """How many units of a part a host has and needs."""

    installed: Positive
    required: Count | None = None


class HostEntry(PlacedEntry):
    """A machine."""

    site: str | None = None
    role: str = ""
    parts: dict[str, FittingEntry] = {}
    cost: Amount | None = None


class CalendarEntry(Entry):
    """Open days and hours."""

    days: Days
    hours: Hours = (0.0, 86400.0)
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


class PromotionEntry(Entry):
    """What a promotion takes and how often it works."""

    takes: LawValue | None = None
    success: Share = 1.0


class ClusterEntry(Entry):
    """Hosts of which one is primary."""

    title: str = ""
    members: Names
    primary: str
    replication: ReplicationEntry = ReplicationEntry()
    fence: Names = ()
    policy: PolicyEntry = PolicyEntry()
    promotion: PromotionEntry = PromotionEntry()


class FallbackEntry(Entry):
    """What a service that is down falls back to."""

    to: Literal["stale"]
    after: Duration = 0.0


class ObjectivesEntry(Entry):
    """What was promised."""

    rto: Duration | None = None
    rpo: Duration | None = None
    availability: Share | None = None
    accepts_stale: bool = False


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


class TopologyEntry(Entry):
    """A whole file."""

    name: str
    title: str = ""
    include: Names = ()
    sites: dict[str, SiteEntry] = {}
    calendars: dict[str, CalendarEntry] = {}
    crews: dict[str, CrewEntry] = {}
    parts: dict[str, PartEntry] = {}
    stock: dict[str, dict[str, Count]] = {}
    roles: dict[str, HostEntry] = {}
    components: dict[str, ComponentEntry] = {}
    hosts: dict[str, HostEntry] = {}
    clusters: dict[str, ClusterEntry] = {}
    services: dict[str, ServiceEntry] = {}
    workloads: dict[str, WorkloadEntry] = {}
    common_causes: dict[str, CommonCauseEntry] = {}

    @field_validator("*", mode="before")
    @classmethod
    def _empty_section(cls, value: Any, info: ValidationInfo) -> Any:
        """Read a section with nothing under it (`hosts:` and then nothing) as an empty one."""
        return {} if value is None and info.field_name not in ("name", "title", "include") else value


def keys_at(entry: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """Return the keys that *entry* allows at *path*, for suggestions; empty where anything goes."""
    found: Any = entry
    for step in path:
        if isinstance(found, type) and issubclass(found, BaseModel):
            aliases = {field.alias or name: field for name, field in found.model_fields.items()}
            if step not in aliases:
                return []
            found = _inner(aliases[str(step)].annotation)
        elif get_origin(found) is dict:
            found = _inner(get_args(found)[1])
        elif get_origin(found) is tuple and isinstance(step, int):
            found = _inner(get_args(found)[0])
    if isinstance(found, type) and issubclass(found, BaseModel):
        return [field.alias or name for name, field in found.model_fields.items()]
    return []


def _inner(annotation: Any) -> Any:
    """Take Optional and Annotated off a type."""
    while True:
        arguments = [each for each in get_args(annotation) if each is not type(None)]
        if get_origin(annotation) is Annotated or (len(arguments) == 1 and type(None) in get_args(annotation)):
            annotation = arguments[0]
        else:
            return annotation
