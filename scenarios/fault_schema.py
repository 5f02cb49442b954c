"""What an incident may say: one fault an entry, with when it comes, what it strikes, and the options of its kind."""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import AliasChoices, Field, PlainValidator, ValidationError, ValidationInfo, model_validator

from failover.core.commands import CommandKind
from failover.core.events import NEEDS_REASON, OrderKind
from scenarios.kinds import HOST_MAY_BE_ORDERED, HOST_ORDERED, RULES, SELECTABLE
from scenarios.model import FaultKind, Phase
from topology.errors import did_you_mean, shown
from topology.quantities import duration_seconds
from topology.schema import Entry, SelectorEntry, Stages
from topology.values import Duration, Flag, Positive, Share, Span, parse_names

TIMES_MAX = 10_000
"""How often something may flap in one fault, or how many commands it may spoil: each time is recorded."""
RATE_MAX = 10.0
"""How many times as fast as time a clock may run."""
_STRIKING = [kind.value for kind in FaultKind if kind is not FaultKind.ORDER]
_WHEN = "say when: `at: 2h` (after the start), or `when: {command: promote, phase: before}`"


class Hits(NamedTuple):
    """The kind of a fault, and what it strikes as written: names, or hosts by what they are."""

    kind: FaultKind
    targets: tuple[str, ...] | SelectorEntry


def _hits(value: tuple[FaultKind, object]) -> Hits:
    kind, targets = value
    if RULES[kind].strikes in SELECTABLE and isinstance(targets, dict):
        return Hits(kind, _selector(targets))
    return Hits(kind, some_names(targets))


def _selector(value: dict[str, Any]) -> SelectorEntry:
    try:
        return SelectorEntry.model_validate(value)
    except ValidationError as error:
        key = str(error.errors()[0]["loc"][0])
        if key in SelectorEntry.model_fields:
            wanted = "a whole number of hosts, 1 or more" if key == "count" else "a name"
            raise ValueError(f"'{key}' is {shown(value[key])}, not {wanted}") from None
        known = list(SelectorEntry.model_fields)
        raise ValueError(f"hosts are not selected by '{key}', but by {', '.join(known)}{did_you_mean(key, known)}") from None


def some_names(value: object) -> tuple[str, ...]:
    """Read one name or more."""
    names = parse_names(value)
    if not names:
        raise ValueError("names nothing; write a name or a list of names")
    return names


def _by(value: object, info: ValidationInfo) -> float:
    """A duration; that of a clock's step may be negative."""
    hits = info.data.get("hits")
    if isinstance(value, str) and value.startswith("-") and hits and hits.kind is FaultKind.CLOCK_STEP:
        return -duration_seconds(value[1:])
    return duration_seconds(value)


def _rate(value: object) -> float:
    form = f"write a rate such as 102% or 0.98, more than 0 and at most {RATE_MAX:.0%}"
    try:
        in_percent = isinstance(value, str) and value.strip().endswith("%")
        rate = float(str(value).strip()[:-1]) / 100 if in_percent else float(str(value))
    except ValueError:
        raise ValueError(f"{shown(value)} is not how fast a clock runs; {form}") from None
    if not 0 < rate <= RATE_MAX:
        raise ValueError(f"{shown(value)} is not how fast a clock runs; {form}")
    return rate


def _commands(value: object) -> tuple[CommandKind, ...]:
    known = [kind.value for kind in CommandKind]
    words: list[Any] = value if isinstance(value, list) else [value]
    for word in words:
        if word not in known:
            raise ValueError(f"{shown(word)} is no command{did_you_mean(str(word), known) or '; they are ' + ', '.join(known)}")
    return tuple(CommandKind(word) for word in words)


SomeNames = Annotated[Any, PlainValidator(some_names)]


class TriggerEntry(Entry):
    """The command for which a fault waits."""

    command: CommandKind
    phase: Phase
    nth: Positive = 1
    cluster: str | None = None


class OrderEntry(Entry):
    """What a person orders."""

    kind: OrderKind
    cluster: str
    operator: Annotated[str, Field(alias="by", min_length=1)]
    host: str | None = None
    reason: str = ""
    expected_primary: str | None = None
    lasts: Annotated[Span | None, Field(alias="for")] = None
    twice: Flag = False
    delayed: Duration = 0.0
    service: str | None = None

    @model_validator(mode="after")
    def _fits(self) -> "OrderEntry":
        kind = self.kind
        if kind in NEEDS_REASON and not self.reason:
            raise ValueError(f"'{kind}' forces something, so it needs a 'reason'")
        if kind in HOST_ORDERED and self.host is None:
            raise ValueError(f"'{kind}' needs the 'host' it speaks of")
        if self.host is not None and kind not in HOST_ORDERED | HOST_MAY_BE_ORDERED:
            raise ValueError(f"'{kind}' takes no 'host'")
        if kind is OrderKind.MAINTENANCE and self.lasts is None:
            raise ValueError(f"'{kind}' needs 'for': how long it lasts")
        if kind is not OrderKind.MAINTENANCE and self.lasts is not None:
            raise ValueError(f"'{kind}' takes no 'for'")
        if kind is OrderKind.WITHDRAW_PAGE and self.service is None:
            raise ValueError(f"'{kind}' needs the 'service' whose page it is")
        if kind is not OrderKind.WITHDRAW_PAGE and self.service is not None:
            raise ValueError(f"'{kind}' takes no 'service'")
        return self


class FaultEntry(Entry):
    """One fault: one key says what kind it is, its value what it strikes; the others are when, why, and options of that kind."""

    hits: Annotated[Hits | None, PlainValidator(_hits)] = Field(None, validation_alias=AliasChoices(*_STRIKING))
    order: OrderEntry | None = None
    at: Duration | None = None
    when: TriggerEntry | None = None
    cause: str = ""
    consumes: dict[str, Positive] = {}
    recover: Stages | None = None
    down: Duration | None = None
    up: Duration | None = None
    times: Annotated[Positive, Field(le=TIMES_MAX)] = 1
    by: Annotated[float, PlainValidator(_by)] = 0.0
    lasts: Annotated[Span | None, Field(alias="for")] = None
    sources: Annotated[SomeNames, Field(alias="from")] = ()
    one_way: Flag = False
    loss: Share = 0.0
    jitter: Duration = 0.0
    rate: Annotated[float, PlainValidator(_rate)] = 1.0
    instead: str | None = None
    commands: Annotated[tuple[CommandKind, ...], PlainValidator(_commands)] = ()

    @model_validator(mode="before")
    @classmethod
    def _of_one_kind(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        kind = _kind_of(value)
        _check_options(kind, value)
        if ("at" in value) == ("when" in value):
            raise ValueError(f"{_WHEN}{'; not both' if 'at' in value else ''}")
        return value if kind is FaultKind.ORDER else {**value, kind.value: (kind, value[kind.value])}

    @property
    def kind(self) -> FaultKind:
        """Return which kind this is."""
        return self.hits.kind if self.hits else FaultKind.ORDER


_KINDS = {kind.value: kind for kind in FaultKind}
_OPTIONS = {"at", "when", "cause"}.union(*(rule.must + rule.may for rule in RULES.values()))


def _kind_of(value: Mapping[str, Any]) -> FaultKind:
    given = [kind for key, kind in _KINDS.items() if key in value]
    if len(given) > 1:
        raise ValueError(f"a fault is of one kind; this one is {' and '.join(given)}")
    if given:
        return given[0]
    known = ", ".join(_KINDS)
    strange = next((key for key in value if key not in _OPTIONS), None)
    if strange is None:
        raise ValueError(f"a fault says what it does: one of {known}")
    raise ValueError(f"{shown(strange)} is no fault that is known here{did_you_mean(strange, _KINDS) or f'; one is {known}'}")


def _check_options(kind: FaultKind, value: Mapping[str, Any]) -> None:
    rule = RULES[kind]
    takes = (kind.value, "at", "when", "cause", *rule.must, *rule.may)
    if extra := sorted(set(value).difference(takes)):
        hint = "" if extra[0] in _OPTIONS else did_you_mean(extra[0], takes)
        raise ValueError(f"'{kind}' takes no {', '.join(map(shown, extra))}{hint}")
    if kind is FaultKind.ORDER and value[kind.value] is None:
        raise ValueError("'order' says nothing; write for example {kind: pause, cluster: orders-db, by: ana}")
    if missing := sorted(set(rule.must).difference(value)):
        raise ValueError(f"'{kind}' needs {', '.join(map(repr, missing))}")
    if kind is FaultKind.LOSSY and not {"loss", "jitter"} & set(value):
        raise ValueError("'lossy' needs 'loss', 'jitter' or both")
