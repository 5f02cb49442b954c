"""What was measured in a drill, as a timeline like any replay's: what was done to hosts, what was decided, how services were.

How a service was is told by those who used it, not by the controller: it is down from the last answer before a gap to the first
after it, and stale while answers said so.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from lab.drills.incident import Act
from lab.load import record
from timeline.record import Kind, Record, ServiceState, Timeline
from topology.model import Topology

OUTAGE_SECONDS = 0.5
"""Gaps up to this are between one attempt and the next, not outages."""
USED_BY: Mapping[str, tuple[str, frozenset[str], frozenset[str]]] = {
    "filings": ("write", frozenset({"acknowledged"}), frozenset({"acknowledged"})),
    "lookups": ("lookup", frozenset({"fresh", "stale"}), frozenset({"fresh"})),
    "calls": ("call", frozenset({"fresh", "stale"}), frozenset({"fresh"})),
}
"""Which attempts tell how the service of each workload was: their kind, what is an answer, and what is a fresh one."""


class Done(NamedTuple):
    """An act, and when it was really done: seconds after the start."""

    act: Act
    at_seconds: float


class _Told(NamedTuple):
    at: float
    kind: Kind
    subject: str
    state: str
    data: Mapping[str, Any] = {}
    decided: Record | None = None
    """The controller's own record, which has causes of its own."""


def timeline_of(
    lines: Sequence[record.Line], done: Sequence[Done], decided: Timeline, zero_seconds: float, topology: Topology
) -> Timeline:
    """Return the timeline of a drill that began at *zero_seconds* of the monotonic clock, *decided* being the controller's part."""
    told = [_fault(each) for each in done]
    told += [_Told(each.at, each.kind, each.subject, each.state, each.data, each) for each in decided.records]
    for name, workload in topology.workloads.items():
        if name in USED_BY:
            told += _service(workload.service, lines, *USED_BY[name], zero_seconds, decided.horizon_seconds, done)
    told.sort(key=lambda each: (each.at, _ORDER[each.kind]))
    records = tuple(_linked(told))
    return Timeline(
        decided.scenario, decided.response, decided.start, decided.horizon_seconds, decided.seed, decided.services, records
    )


_ORDER = {Kind.FAULT: 0, Kind.FAILOVER: 1, Kind.SERVICE: 2}


def _fault(done: Done) -> _Told:
    act = done.act
    state = "healed" if act.over else act.kind.value
    return _Told(round(done.at_seconds, 6), Kind.FAULT, act.cause or act.kind.value, state, {"targets": list(act.targets)})


def _service(
    service: str,
    lines: Sequence[record.Line],
    kind: str,
    answers: frozenset[str],
    fresh: frozenset[str],
    zero_seconds: float,
    horizon_seconds: float,
    done: Sequence[Done],
) -> list[_Told]:
    """Return how *service* was, from one change to the next; nothing where nobody used it."""
    if not any(line.kind == kind for line in lines):
        return []
    changes: list[tuple[float, ServiceState]] = []
    without_fresh = record.outages(lines, kind, fresh, OUTAGE_SECONDS)
    down = record.outages(lines, kind, answers, OUTAGE_SECONDS)
    for gap in without_fresh:
        changes.append((_begin(gap.since_seconds - zero_seconds, gap.until_seconds - zero_seconds, done), ServiceState.STALE))
        if gap.over:
            changes.append((gap.until_seconds - zero_seconds, ServiceState.UP))
    for gap in down:
        changes.append((_begin(gap.since_seconds - zero_seconds, gap.until_seconds - zero_seconds, done), ServiceState.DOWN))
        if gap.over:
            within = any(each.since_seconds < gap.until_seconds < each.until_seconds for each in without_fresh)
            changes.append((gap.until_seconds - zero_seconds, ServiceState.STALE if within else ServiceState.UP))
    changes.sort(key=lambda change: (change[0], _WORSE[change[1]]))
    found: list[_Told] = []
    state = ServiceState.UP
    for position, (at, following) in enumerate(changes):
        overtaken = position + 1 < len(changes) and changes[position + 1][0] == at
        if not overtaken and following is not state and 0.0 <= at <= horizon_seconds:
            state = following
            found.append(_Told(round(at, 6), Kind.SERVICE, service, state.value, {"stage": "failover"}))
    return found


_WORSE = {ServiceState.UP: 0, ServiceState.STALE: 1, ServiceState.DOWN: 2}


def _begin(since: float, until: float, done: Sequence[Done]) -> float:
    """Return when a gap began: with what was done to hosts within it, for the last answer came a moment before that."""
    return next((each.at_seconds for each in done if since < each.at_seconds < until and not each.act.over), since)


def _linked(told: Sequence[_Told]) -> list[Record]:
    """Number everything, and say what each happened because of: a service's change because of the latest thing that was done."""
    found: list[Record] = []
    numbers: dict[int, int] = {}
    latest: int | None = None
    for number, each in enumerate(told):
        if each.decided is not None:
            because = tuple(numbers[cause] for cause in each.decided.because if cause in numbers)
            numbers[each.decided.id] = number
        else:
            because = ()
        if not because and latest is not None and each.kind is not Kind.FAULT:
            because = (latest,)
        found.append(Record(number, each.at, each.kind, each.subject, each.state, because, each.data))
        if each.kind is not Kind.SERVICE:
            latest = number
    return found
