"""What a recording of load comes to: how many acknowledged writes are gone, how long nobody got through, who accepted writes.

Pure arithmetic on the lines that `attempts` describes, and on the ids that the final primary holds, which somebody else has read.
Whatever cannot be told from them is None: what nobody looked for is not "none lost".
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple


class Line(NamedTuple):
    """One attempt, or a moment of the load itself."""

    kind: str
    outcome: str
    begun_seconds: float
    ended_seconds: float
    wall_seconds: float
    details: Mapping[str, Any] = {}


class Outage(NamedTuple):
    """From the last good answer before it to the first after it, on the monotonic clock. One not *over* is at least so long."""

    since_seconds: float
    until_seconds: float
    over: bool = True

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.until_seconds - self.since_seconds


@dataclass(frozen=True)
class Writes:
    """What became of filings. *lost*: acknowledged, and not in the final primary; *unknown_committed*: unknown, and in it."""

    attempted: int
    acknowledged: int
    failed: int
    unknown: int
    lost: int | None
    unknown_committed: int | None
    longest_outage: Outage | None


@dataclass(frozen=True)
class Asked:
    """What became of lookups, or of calls. Only *failed* were not answered; *stale* ones were, and said so."""

    attempted: int
    fresh: int
    stale: int
    failed: int
    longest_outage: Outage | None
    longest_without_fresh: Outage | None


@dataclass(frozen=True)
class Accepts:
    """Who accepted writes past the proxy, and on which timelines.

    *outdated*: writes that were begun and accepted on an older timeline after a newer one had accepted its first.
    """

    accepted: Mapping[str, int]
    timelines: Mapping[int, tuple[str, ...]]
    outdated: int

    @property
    def shared(self) -> tuple[int, ...]:
        """The timelines on which more than one host accepted writes: split brain."""
        return tuple(timeline for timeline, hosts in self.timelines.items() if len(hosts) > 1)


@dataclass(frozen=True)
class Share:
    """The share of the time in which some task waited for a resource."""

    mean: float
    most: float


@dataclass(frozen=True)
class Result:
    """All that a recording comes to."""

    seconds: float
    writes: Writes
    lookups: Asked
    calls: Asked
    accepts: Accepts
    pressure: Mapping[str, Share]


def read(file: Path) -> tuple[Line, ...]:
    """Read a recording. A last line that was cut short, by whatever ended its writer, is left out."""
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    return tuple(_line(json.loads(text)) for text in lines if text.endswith("\n"))


def _line(read: dict[str, Any]) -> Line:
    known = {name: read.pop(name) for name in Line._fields[:-1]}
    return Line(**known, details=read)


def result(lines: Sequence[Line], present: Collection[int] | None) -> Result:
    """Return what *lines* come to, where the final primary holds the filings *present* (None: nobody could look)."""
    began, ended = span(lines)
    return Result(
        seconds=ended - began,
        writes=_writes(lines, present),
        lookups=_asked(lines, "lookup"),
        calls=_asked(lines, "call"),
        accepts=_accepts(lines),
        pressure=_pressure(lines),
    )


def span(lines: Sequence[Line]) -> tuple[float, float]:
    """From when until when attempts were made; until the last line where the load did not come to say that it ended."""
    marks = {line.outcome: line.ended_seconds for line in lines if line.kind == "load"}
    began = marks.get("began", min((line.begun_seconds for line in lines), default=0.0))
    return began, marks.get("ended", max((line.ended_seconds for line in lines), default=began))


def outages(lines: Sequence[Line], kind: str, good: Collection[str], longer_than_seconds: float = 0.0) -> tuple[Outage, ...]:
    """Return the gaps between one *good* outcome of *kind* and the next, in order, between the load's own begin and end."""
    began, ended = span(lines)
    answered = sorted(line.ended_seconds for line in lines if line.kind == kind and line.outcome in good)
    moments = [began, *answered, max([ended, *answered])]
    gaps = [Outage(since, until) for since, until in pairwise(moments)]
    gaps[-1] = gaps[-1]._replace(over=False)
    return tuple(gap for gap in gaps if gap.seconds > longer_than_seconds)


def _longest(lines: Sequence[Line], kind: str, good: Collection[str]) -> Outage | None:
    """The longest gap of *kind*; None where nothing of the kind was tried."""
    tried = any(line.kind == kind for line in lines)
    return max(outages(lines, kind, good), key=lambda gap: gap.seconds, default=None) if tried else None


def _writes(lines: Sequence[Line], present: Collection[int] | None) -> Writes:
    ids = {
        outcome: {line.details["id"] for line in _of(lines, "write", outcome)} for outcome in ("acknowledged", "failed", "unknown")
    }
    held = None if present is None else set(present)
    return Writes(
        attempted=sum(map(len, ids.values())),
        acknowledged=len(ids["acknowledged"]),
        failed=len(ids["failed"]),
        unknown=len(ids["unknown"]),
        lost=None if held is None else len(ids["acknowledged"] - held),
        unknown_committed=None if held is None else len(ids["unknown"] & held),
        longest_outage=_longest(lines, "write", {"acknowledged"}),
    )


def _asked(lines: Sequence[Line], kind: str) -> Asked:
    count = {outcome: sum(1 for _ in _of(lines, kind, outcome)) for outcome in ("fresh", "stale", "failed")}
    return Asked(
        attempted=sum(count.values()),
        **count,
        longest_outage=_longest(lines, kind, {"fresh", "stale"}),
        longest_without_fresh=_longest(lines, kind, {"fresh"}),
    )


def _accepts(lines: Sequence[Line]) -> Accepts:
    accepted: dict[str, int] = {}
    timelines: dict[int, set[str]] = {}
    since: dict[int, float] = {}
    outdated = 0
    for line in sorted(_of(lines, "probe", "accepted"), key=lambda line: line.ended_seconds):
        host, timeline = line.details["host"], line.details["timeline"]
        accepted[host] = accepted.get(host, 0) + 1
        timelines.setdefault(timeline, set()).add(host)
        outdated += any(line.begun_seconds > first for newer, first in since.items() if newer > timeline)
        since.setdefault(timeline, line.ended_seconds)
    return Accepts(accepted, {timeline: tuple(sorted(hosts)) for timeline, hosts in sorted(timelines.items())}, outdated)


def _pressure(lines: Sequence[Line]) -> Mapping[str, Share]:
    samples: dict[str, list[float]] = {}
    for line in _of(lines, "pressure", "sampled"):
        for resource, share in line.details.items():
            samples.setdefault(resource, []).append(share)
    return {resource: Share(sum(shares) / len(shares), max(shares)) for resource, shares in samples.items()}


def _of(lines: Iterable[Line], kind: str, outcome: str) -> Iterable[Line]:
    return (line for line in lines if line.kind == kind and line.outcome == outcome)
