"""Values as people write them in a topology, read while pydantic validates: names, gates, fences, days, hours, flows, amounts.

Each parser returns the value in its unit, or raises ValueError with a sentence that says what would be right. The context of a
validation may hold `folder`, where the files are that a law names, and `expand`, which keeps count of the names in ranges.
"""

import re
from collections import Counter
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainValidator, StrictBool, StrictInt, ValidationInfo, WithJsonSchema

from topology import quantities
from topology.errors import did_you_mean, shown
from topology.lawtext import parse_law
from topology.model import FenceKind, FenceLevel, Gate
from topology.name_ranges import expand_range
from topology.quantities import DAY, HOUR, MINUTE, Money

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Expand = Callable[[str], list[str]]
COUNT_MAX = 1_000_000
FENCE_PATHS = (FenceKind.REDFISH, FenceKind.FENCE_AGENT, FenceKind.PLAYBOOK)
"""Ways to fence that hang on more than the host itself."""


def parse_names(value: object, expand: Expand = expand_range) -> tuple[str, ...]:
    """Read one name or a list of them, with ranges."""
    names: list[str] = []
    for each in value if isinstance(value, list) else [value]:
        if not isinstance(each, str):
            raise ValueError(f"{shown(each)} is not a name; write a name or a list of names, such as [app-1, app-2]")
        names.extend(expand(each))
    return tuple(names)


def parse_gate(value: object, expand: Expand = expand_range) -> Gate:
    """Read `name`, `{all: […]}`, `{any: […]}` or `{at_least: 2, of: […]}`, nested as deep as need be."""
    form = "write a name, {all: […]}, {any: […]} or {at_least: 2, of: […]}"
    if isinstance(value, str):
        names = tuple(expand(value))
        return Gate(len(names), names)
    if not isinstance(value, dict):
        raise ValueError(f"{shown(value)} is not a gate; {form}")
    keys = set(value)
    if keys in ({"all"}, {"any"}):
        (word,) = keys
        of = _parse_inputs(value[word], word, expand)
        return Gate(len(of) if word == "all" else 1, of)
    if keys == {"at_least", "of"}:
        of = _parse_inputs(value["of"], "of", expand)
        count = value["at_least"]
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= len(of):
            raise ValueError(f"at_least is {shown(count)}; with {len(of)} inputs it must be a whole number from 1 to {len(of)}")
        return Gate(count, of)
    given = ", ".join(sorted(shown(key) for key in keys)) or "nothing"
    raise ValueError(f"a gate is not made of {given}; {form}")


def _parse_inputs(value: object, word: str, expand: Expand) -> tuple[str | Gate, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"'{word}' takes a list of one or more names or gates")
    of: list[str | Gate] = []
    for each in value:
        if isinstance(each, str):
            of.extend(expand(each))
        else:
            of.append(parse_gate(each, expand))
    names = [each for each in of if isinstance(each, str)]
    if len(set(names)) < len(names):
        ((twice, _),) = Counter(names).most_common(1)
        raise ValueError(f"'{word}' names {shown(twice)} twice; it would count twice")
    return tuple(of)


def parse_fence(value: object, expand: Expand = expand_range) -> tuple[FenceLevel, ...]:
    """Read the levels of a fence, in the order in which they are tried: a word or `{redfish: {uses: […]}}`, or a list of them."""
    levels = tuple(_parse_level(each, expand) for each in (value if isinstance(value, list) else [value]))
    kinds = [level.kind for level in levels]
    if not kinds:
        raise ValueError(f"names no way to fence; write one or more of {', '.join(FenceKind)}")
    if len(set(kinds)) < len(kinds):
        raise ValueError(f"'{Counter(kinds).most_common(1)[0][0]}' is named twice")
    if FenceKind.OPERATOR in kinds[:-1]:
        raise ValueError("'operator' stands last: a person is asked when no machine could make sure")
    return levels


def _parse_level(value: object, expand: Expand) -> FenceLevel:
    known = ", ".join(FenceKind)
    if not isinstance(value, dict):
        if value not in list(FenceKind):
            raise ValueError(f"{shown(value)} is no way to fence{did_you_mean(str(value), FenceKind) or f'; write one of {known}'}")
        return FenceLevel(FenceKind(str(value)))
    if len(value) != 1:
        raise ValueError(f"a way to fence has one name, one of {known}; write a list for several")
    ((word, details),) = value.items()
    kind = _parse_level(word, expand).kind
    if details is None:
        return FenceLevel(kind)
    if not isinstance(details, dict) or set(details) != {"uses"}:
        raise ValueError(f"'{kind}' takes what it hangs on and nothing else; write {{{kind}: {{uses: [power-b]}}}}")
    if kind not in FENCE_PATHS:
        raise ValueError(f"'{kind}' takes no 'uses': only {', '.join(FENCE_PATHS)} hang on something besides the host")
    return FenceLevel(kind, parse_names(details["uses"], expand))


def _expand(info: ValidationInfo) -> Expand:
    expand: Expand = (info.context or {}).get("expand", expand_range)
    return expand


def _names(value: object, info: ValidationInfo) -> tuple[str, ...]:
    return parse_names(value, _expand(info))


def _gate(value: object, info: ValidationInfo) -> Gate:
    return parse_gate(value, _expand(info))


def _fence(value: object, info: ValidationInfo) -> tuple[FenceLevel, ...]:
    return parse_fence(value, _expand(info))


def _span(value: object) -> float:
    seconds = quantities.duration_seconds(value)
    if seconds <= 0:
        raise ValueError(f"{shown(value)} is no time at all; write more than 0, for example 1h")
    return seconds


def _law(value: object, info: ValidationInfo) -> object:
    return parse_law(value, (info.context or {}).get("folder"))


def parse_days(value: object) -> frozenset[int]:
    """Read `mon-fri`, `sat`, or a list of them, as numbers with Monday 0."""
    found: set[int] = set()
    for word in value if isinstance(value, list) else [value]:
        first, _, last = str(word).partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            raise ValueError(f"{shown(word)} is not a day; write mon-fri, or a list of {', '.join(DAYS)}")
        start, end = DAYS.index(first), DAYS.index(last or first)
        found.update(day % 7 for day in range(start, end + 1 if end >= start else end + 8))
    return frozenset(found)


def _hours(value: object) -> tuple[float, float]:
    match = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f'{shown(value)} is not a span of hours; write "08:00-17:00"')
    opens, closes = (int(match[i]) * HOUR + int(match[i + 1]) * MINUTE for i in (1, 3))
    if not 0 <= opens < closes <= DAY or int(match[2]) > 59 or int(match[4]) > 59:
        raise ValueError(f'{shown(value)} is not a span of one day; write "08:00-17:00", the earlier first')
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
    float,
    BeforeValidator(quantities.duration_seconds),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"const": 0}], "description": "a duration with units", "examples": ["30s", "14d"]}
    ),
]
Span = Annotated[float, BeforeValidator(_span), _text_schema("a duration with units, more than 0", "30s", "1h")]
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
    PlainValidator(_names),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
FileNames = Annotated[
    Any,  # read before anything is validated, by `topology.sources`
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
GateValue = Annotated[Gate, PlainValidator(_gate), WithJsonSchema({"$ref": "#/$defs/Gate"})]
FenceLevels = Annotated[
    tuple[FenceLevel, ...],
    PlainValidator(_fence),
    WithJsonSchema({"anyOf": [{"own": "FenceLevel"}, {"type": "array", "minItems": 1, "items": {"own": "FenceLevel"}}]}),
]
LawValue = Annotated[Any, PlainValidator(_law), WithJsonSchema({"$ref": "#/$defs/Law"})]
Days = Annotated[
    frozenset[int],
    BeforeValidator(parse_days),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}], "description": "weekdays"}),
]
Hours = Annotated[tuple[float, float], BeforeValidator(_hours), _text_schema("open hours", "08:00-17:00")]
Flows = Annotated[dict[str | None, tuple[float, float]], PlainValidator(parse_flows), WithJsonSchema({"$ref": "#/$defs/Flow"})]
LabourFlows = Annotated[
    dict[str | None, tuple[float, float]],
    PlainValidator(lambda value: parse_flows(value, labour=True)),
    WithJsonSchema({"$ref": "#/$defs/Flow"}),
]
Count = Annotated[StrictInt, Field(ge=0, le=COUNT_MAX)]
Positive = Annotated[StrictInt, Field(ge=1, le=COUNT_MAX)]
Flag = StrictBool
