"""What a scenario file may say: pydantic models in the manner of `topology.schema`."""

import math
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainValidator, ValidationError, ValidationInfo, WithJsonSchema, model_validator

from scenarios.model import FaultKind
from topology.errors import did_you_mean, shown
from topology.laws import Law
from topology.lawtext import parse_law
from topology.quantities import YEAR, duration_seconds
from topology.schema import Entry, PolicyEntry, SelectorEntry, Stages
from topology.values import Count, Duration, Positive, Share, parse_names

NEVER = "never"
YEARS = range(1900, 2400)
"""When a scenario may begin."""
HORIZON_MAX_SECONDS = 200 * YEAR
TIMES_MAX = 10_000
"""How often something may flap in one fault: each time is recorded."""


def _start(value: object) -> datetime:
    try:
        start = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        start = None
    if start is None or start.tzinfo is None:
        raise ValueError(f"{shown(value)} is not a time with its offset; write 2014-04-12T00:00-04:00")
    if start.year not in YEARS:
        raise ValueError(f"{shown(value)} is too far off; a scenario begins between {YEARS[0]} and {YEARS[-1]}")
    return start


def _horizon(value: object) -> float:
    seconds = duration_seconds(value)
    if not 0 < seconds <= HORIZON_MAX_SECONDS:
        raise ValueError(f"{shown(value)} is no time to look on for; write more than 0 and at most 200y, for example 120d")
    return seconds


def _operator(value: object, info: ValidationInfo) -> Law | str:
    try:
        return NEVER if value == NEVER else parse_law(value, (info.context or {}).get("folder"))
    except ValueError as error:
        raise ValueError(f"{error}; or 'never'") from None


def _targets(value: object) -> tuple[str, ...] | SelectorEntry:
    if not isinstance(value, dict):
        return _some_names(value)
    try:
        return SelectorEntry.model_validate(value)
    except ValidationError as error:
        key = str(error.errors()[0]["loc"][0])
        if key in SelectorEntry.model_fields:
            wanted = "a whole number of hosts, 1 or more" if key == "count" else "a name"
            raise ValueError(f"'{key}' is {shown(value[key])}, not {wanted}") from None
        known = list(SelectorEntry.model_fields)
        raise ValueError(f"hosts are not selected by '{key}', but by {', '.join(known)}{did_you_mean(key, known)}") from None


def _some_names(value: object) -> tuple[str, ...]:
    names = parse_names(value)
    if not names:
        raise ValueError("names nothing; write a name or a list of names")
    return names


def _measured(value: object) -> float:
    """An expected value: a number, a share, or a duration in seconds."""
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            measured = float(value)
        elif isinstance(value, str) and value.strip().endswith("%"):
            measured = float(value.strip()[:-1]) / 100
        else:
            return duration_seconds(value)
    except (ValueError, OverflowError):
        measured = math.nan
    if not math.isfinite(measured):
        raise ValueError(
            f"{shown(value)} is not a value to expect; write a duration such as 37d9h, a number or a share such as 99.9%"
        )
    return measured


Start = Annotated[datetime, PlainValidator(_start), WithJsonSchema({"type": "string", "format": "date-time"})]
Operator = Annotated[Any, PlainValidator(_operator)]
Horizon = Annotated[float, PlainValidator(_horizon), WithJsonSchema({"type": "string", "description": "a duration with units"})]
Targets = Annotated[Any, PlainValidator(_targets)]
SomeNames = Annotated[Any, PlainValidator(_some_names)]


class FaultEntry(Entry):
    """One fault: exactly one of fail, restore, partition, flap and delay says what kind and what it hits."""

    at: Duration
    fail: Targets | None = None
    restore: Targets | None = None
    partition: SomeNames | None = None
    flap: Targets | None = None
    delay: SomeNames | None = None
    cause: str = ""
    consumes: dict[str, Positive] = {}
    recover: Stages | None = None
    down: Duration | None = None
    up: Duration | None = None
    times: Annotated[Positive, Field(le=TIMES_MAX)] = 1
    by: Duration | None = None

    @model_validator(mode="before")
    @classmethod
    def _known_kind(cls, value: Any) -> Any:
        if not isinstance(value, dict) or any(kind.value in value for kind in FaultKind):
            return value
        known = [kind.value for kind in FaultKind]
        strange = next((str(key) for key in value if key not in cls.model_fields), None)
        if strange is None:
            raise ValueError(f"a fault says what it does: one of {', '.join(known)}")
        raise ValueError(
            f"{shown(strange)} is no fault that is known here; a fault is one of {', '.join(known)}{did_you_mean(strange, known)}"
        )

    @model_validator(mode="after")
    def _fits(self) -> "FaultEntry":
        given = [kind for kind in FaultKind if getattr(self, kind.value) is not None]
        if len(given) != 1:
            which = f"; this one is {' and '.join(given)}" if given else ""
            raise ValueError(f"a fault is exactly one of {', '.join(FaultKind)}{which}")
        allowed = {"at", "cause", given[0].value, *_OPTIONS[given[0]]}
        if extra := sorted(self.model_fields_set - allowed):
            raise ValueError(f"'{given[0]}' takes no {', '.join(map(repr, extra))}")
        if missing := sorted(_REQUIRED.get(given[0], set()) - self.model_fields_set):
            raise ValueError(f"'{given[0]}' needs {', '.join(map(repr, missing))}")
        return self

    @property
    def kind(self) -> FaultKind:
        """Return which of them this is."""
        return next(kind for kind in FaultKind if getattr(self, kind.value) is not None)


_OPTIONS = {
    FaultKind.FAIL: {"consumes", "recover"},
    FaultKind.RESTORE: set[str](),
    FaultKind.PARTITION: {"recover"},
    FaultKind.FLAP: {"down", "up", "times"},
    FaultKind.DELAY: {"by"},
}
_REQUIRED = {FaultKind.FLAP: {"down", "up"}, FaultKind.DELAY: {"by"}}


class CrewChange(Entry):
    """A crew of another size."""

    size: Positive


class ResponseEntry(Entry):
    """One way to meet the incident."""

    title: str = ""
    policy: PolicyEntry = PolicyEntry()
    stock: dict[str, dict[str, Count]] = {}
    crews: dict[str, CrewChange] = {}
    operator: Operator = NEVER
    changes: dict[str, Any] = {}
    must_meet: bool = False


class ExpectationEntry(Entry):
    """A published figure."""

    response: str
    measure: str
    value: Annotated[float, BeforeValidator(_measured)]
    within: Share
    answer_among_inputs: bool = False


class ScenarioEntry(Entry):
    """A whole file."""

    name: Annotated[str, Field(min_length=1)]
    title: str = ""
    summary: str = ""
    topology: str
    start: Start
    horizon: Horizon
    incident: tuple[FaultEntry, ...]
    responses: dict[str, ResponseEntry] = {}
    expect: tuple[ExpectationEntry, ...] = ()
    background: bool = False
