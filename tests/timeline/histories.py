"""Timelines written by hand, and drawn at random."""

import math
from typing import Any

from hypothesis import strategies as st

from timeline.measures import STAGES
from timeline.record import FailoverState, Kind, Record, ServiceState, Timeline

START = "2025-01-06T00:00+01:00"
HORIZON = 1_000.0


class History:
    """Writes records one after the other; `add` returns the number of its record."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def add(self, at: float, kind: Kind, subject: str, state: str, *because: int, **data: Any) -> int:
        self.records.append(Record(len(self.records), at, kind, subject, state, because, data))
        return len(self.records) - 1

    def timeline(self, *services: str, horizon: float = HORIZON, response: str = "as-it-stands") -> Timeline:
        return Timeline("night", response, START, horizon, 0, services or ("orders",), tuple(self.records))


def repaired(history: History, service: str = "orders", since: float = 100.0) -> None:
    """A host fails, waits 50 for its diagnosis, 200 for its part, 30 for hands, and takes its service with it: 280 in all."""
    fault = history.add(since, Kind.FAULT, "a leak", "fail", targets=["db-1"])
    down = history.add(since, Kind.HOST, "db-1", "down", fault)
    history.add(since, Kind.SERVICE, service, "down", down, stage="other")
    before = down
    at = since
    for stage, seconds in (("wait", 50.0), ("part", 200.0), ("work", 30.0)):
        started = history.add(at, Kind.STAGE, "db-1", "started", before, stage=stage)
        at += seconds
        before = history.add(at, Kind.STAGE, "db-1", "done", started, stage=stage)
    up = history.add(at, Kind.HOST, "db-1", "up", before)
    history.add(at, Kind.SERVICE, service, "up", up, stage="other")


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_NUMBER = st.floats(allow_nan=False, allow_infinity=False)
_DATA = st.dictionaries(
    _TEXT.filter(lambda key: key != "stage"),
    st.recursive(
        st.none() | st.booleans() | st.integers() | _NUMBER | _TEXT, lambda inner: st.lists(inner, max_size=3), max_leaves=5
    ),
    max_size=3,
)


@st.composite
def timelines(draw: st.DrawFn, response: str | None = None) -> Timeline:
    """Draw a timeline whose texts hold anything a text can."""
    horizon = draw(st.floats(1.0, 1e9))
    times = sorted(draw(st.lists(st.floats(0.0, horizon), max_size=8)))
    records = []
    for number, at in enumerate(times):
        kind = draw(st.sampled_from(Kind))
        states = {Kind.SERVICE: ServiceState, Kind.FAILOVER: FailoverState}.get(kind)
        state = draw(st.sampled_from([each.value for each in states])) if states else draw(_TEXT)
        because = draw(st.lists(st.integers(0, number - 1), max_size=3, unique=True)) if number else []
        data = draw(_DATA)
        if kind is Kind.STAGE or draw(st.booleans()):
            data["stage"] = draw(st.sampled_from(STAGES))
        subject = draw(_TEXT) if kind is not Kind.SERVICE else draw(st.sampled_from(["orders", "search"]))
        records.append(Record(number, at, kind, subject, state, tuple(because), data))
    name = draw(_TEXT) if response is None else response
    return Timeline(draw(_TEXT), name, START, horizon, draw(st.integers(0)), ("orders", "search"), tuple(records))


def close(found: float, expected: float) -> bool:
    return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-6)
