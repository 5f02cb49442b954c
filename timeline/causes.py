"""Why something is as it is: the records it hangs on, back to the fault that began it."""

from collections.abc import Iterator
from dataclasses import dataclass

from timeline.record import FailoverState, Kind, Record, Timeline


@dataclass(frozen=True, slots=True)
class Cause:
    """One step of an explanation: a record, *depth* steps from what is explained; *repeated* when its own causes stand above."""

    depth: int
    record: Record
    repeated: bool


def latest(timeline: Timeline, kind: Kind, subject: str, at_seconds: float) -> Record | None:
    """Return the last record of *kind* about *subject* at or before *at_seconds*; None if there is none."""
    found = None
    for record in timeline.about(kind, subject):
        if record.at <= at_seconds:
            found = record
    return found


def explain(timeline: Timeline, record: Record) -> Iterator[Cause]:
    """Yield *record*, then its causes and theirs, nearest first, each explained once."""
    seen: set[int] = set()
    pending = [(0, record)]
    while pending:
        depth, each = pending.pop()
        repeated = each.id in seen
        yield Cause(depth, each, repeated and bool(each.because))
        if not repeated:
            seen.add(each.id)
            pending.extend((depth + 1, timeline.records[number]) for number in sorted(each.because, reverse=True))


def going_on(timeline: Timeline, record: Record, at_seconds: float) -> list[Record]:
    """Return what is under way at *at_seconds* because of what *record* hangs on: what it waits for.

    Stages of recovery that have begun and not ended, and the latest word of each failover that is not over.
    """
    causes = {cause.record.id for cause in explain(timeline, record)}
    stages: dict[int, Record] = {}
    failovers: dict[str, Record] = {}
    for each in timeline.records:
        if each.at > at_seconds:
            break
        if not causes.isdisjoint(each.because):
            causes.add(each.id)
        if each.kind is Kind.FAILOVER and each.state not in _ASIDE:
            failovers[each.subject] = each
        elif each.kind is Kind.STAGE and each.state == "started":
            stages[each.id] = each
        elif each.kind is Kind.STAGE:
            for started in each.because:
                stages.pop(started, None)
    open_failovers = (each for each in failovers.values() if each.state not in _OVER)
    return [each for each in (*open_failovers, *stages.values()) if each.id in causes]


_OVER = frozenset({FailoverState.RECOVERED, FailoverState.WITHDRAWN})
_ASIDE = frozenset({FailoverState.REFUSED, FailoverState.ORDER_REFUSED, FailoverState.QUARANTINED, FailoverState.COMMAND})
"""What is told on the way, and is not how far a failover is."""
