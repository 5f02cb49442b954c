"""What a scenario file may say: pydantic models in the manner of `topology.schema`."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainValidator, ValidationError, ValidationInfo, WithJsonSchema, model_validator

from scenarios.model import FaultKind
from topology.laws import Law
from topology.lawtext import parse_law
from topology.quantities import duration_seconds
from topology.schema import Count, Duration, Entry, Names, PolicyEntry, Positive, SelectorEntry, Share, Stages, parse_names

NEVER = "never"


def _start(value: object) -> datetime:
    try:
        start = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        start = None
    if start is None or start.tzinfo is None:
        raise ValueError(f"{value!r} is not a time with its offset; write 2014-04-12T00:00-04:00")
    return start


def _operator(value: object, info: ValidationInfo) -> Law | str:
    try:
        return NEVER if value == NEVER else parse_law(value, (info.context or {}).get("folder"))
    except ValueError as error:
        raise ValueError(f"{error}; or 'never'") from None


def _targets(value: object) -> tuple[str, ...] | SelectorEntry:
    if not isinstance(value, dict):
        return parse_names(value)
    try:
        return SelectorEntry.model_validate(value)
    except ValidationError as error:
        issue = error.errors()[0]
        keys = ", ".join(SelectorEntry.model_fields)
        raise ValueError(f"'{issue['loc'][0]}' does not fit: hosts are selected by {keys}") from None


def _measured(value: object) -> float:
    """An expected value: a number, a share, or a duration in seconds."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str) and value.strip().endswith("%"):
        return float(value.strip()[:-1]) / 100
    return duration_seconds(value)


Start = Annotated[datetime, PlainValidator(_start), WithJsonSchema({"type": "string", "format": "date-time"})]
Operator = Annotated[Any, PlainValidator(_operator)]
Targets = Annotated[Any, PlainValidator(_targets)]


class FaultEntry(Entry):
    """One fault: exactly one of fail, restore, partition, flap and delay says what kind and what it hits."""

    at: Duration
    fail: Targets | None = None
    restore: Targets | None = None
    partition: Names | None = None
    flap: Targets | None = None
    delay: Names | None = None
    cause: str = ""
    consumes: dict[str, Positive] = {}
    recover: Stages | None = None
    down: Duration | None = None
    up: Duration | None = None
    times: Positive = 1
    by: Duration | None = None

    @model_validator(mode="before")
    @classmethod
    def _known_kind(cls, value: Any) -> Any:
        if isinstance(value, dict) and not any(kind.value in value for kind in FaultKind):
            raise ValueError(f"a fault says what it does: one of {', '.join(kind.value for kind in FaultKind)}")
        return value

    @model_validator(mode="after")
    def _fits(self) -> "FaultEntry":
        given = [kind for kind in FaultKind if getattr(self, kind.value) is not None]
        if len(given) != 1:
            raise ValueError(f"a fault is exactly one of {', '.join(kind.value for kind in FaultKind)}")
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

    name: str
    title: str = ""
    summary: str = ""
    topology: str
    start: Start
    horizon: Duration
    incident: tuple[FaultEntry, ...]
    responses: dict[str, ResponseEntry] = {}
    expect: tuple[ExpectationEntry, ...] = ()
    background: bool = False
