"""What a scenario file may say: pydantic models in the manner of `topology.schema`."""

import math
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainValidator, ValidationInfo, WithJsonSchema

from scenarios.fault_schema import FaultEntry
from topology.errors import shown
from topology.laws import Law
from topology.lawtext import parse_law
from topology.quantities import YEAR, duration_seconds
from topology.schema import Entry, PolicyEntry
from topology.values import Count, Positive, Share

NEVER = "never"
YEARS = range(1900, 2400)
"""When a scenario may begin."""
HORIZON_MAX_SECONDS = 200 * YEAR


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
