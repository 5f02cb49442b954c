"""Events as they stand in the journal: one flat mapping each, of nothing but what JSON knows.

What is written is read back equal.
"""

from collections.abc import Callable, Mapping
from typing import Any

from failover.core.commands import CommandId, Outcome
from failover.core.events import CommandEnded, Event, Health, HealthChanged, LeaseGained, Ordered, OrderKind, Woken

FORMAT = 1

_KINDS: Mapping[str, type[Event]] = {
    "lease_gained": LeaseGained,
    "health_changed": HealthChanged,
    "command_ended": CommandEnded,
    "ordered": Ordered,
    "woken": Woken,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_ADDED: Mapping[str, Any] = {"back": False, "service": None}
"""Fields that records of earlier versions lack, and what that means."""
_READ: Mapping[str, Callable[[Any], Any]] = {
    "id": lambda value: CommandId(*value),
    "outcome": Outcome,
    "health": Health,
    "seen_by": tuple,
    "evidence": lambda value: {key: _tuples(each) for key, each in value.items()},
}


class JournalError(Exception):
    """A record that is none of ours: what is wrong, and which."""


def write(index: int, term: int, event: Event) -> dict[str, Any]:
    """Return the record of *event*, number *index* of the journal, written under the lease's *term*."""
    fields = {name: _plain(value) for name, value in zip(event._fields, event, strict=True)}
    return {"format": FORMAT, "index": index, "term": term, "event": _NAMES[type(event)], **fields}


def read(record: Mapping[str, Any]) -> Event:
    """Return the event that *record* tells of. Raises JournalError if it is of another format, or lacks something."""
    if record.get("format") != FORMAT:
        raise JournalError(f"record {record.get('index')} has format {record.get('format')!r}, and this program knows {FORMAT}")
    kind = _KINDS.get(str(record.get("event")))
    if kind is None:
        raise JournalError(f"record {record.get('index')} tells of {record.get('event')!r}, which is no event")
    try:
        values = {name: record[name] if name in record else _ADDED[name] for name in kind._fields}
        if kind is Ordered:
            values["kind"] = OrderKind(values["kind"])
        return kind(**{name: _READ[name](value) if name in _READ else value for name, value in values.items()})
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise JournalError(f"record {record.get('index')}, {record.get('event')}: {error}") from None


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, (tuple, frozenset)):
        return [_plain(each) for each in (sorted(value) if isinstance(value, frozenset) else value)]
    return value.value if isinstance(value, (Outcome, Health, OrderKind)) else value


def _tuples(value: Any) -> Any:
    return tuple(_tuples(each) for each in value) if isinstance(value, list) else value
