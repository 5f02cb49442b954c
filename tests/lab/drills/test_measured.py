"""What was measured in a drill becomes a timeline like any replay's."""

from collections.abc import Iterable

from lab.drills.incident import Act
from lab.drills.measured import Done, timeline_of
from lab.load.record import Line
from scenarios.model import FaultKind
from timeline.measures import measure_service
from timeline.record import Kind, Record, Timeline
from topology.load import load_topology
from topology.model import Objectives
from topology.sources import find_network

TOPOLOGY = load_topology(find_network("court-lab"))
ZERO = 1000.0
HORIZON = 60.0


def attempts(kind: str, good: str, gaps: Iterable[tuple[float, float, str]]) -> list[Line]:
    """Return an attempt every 100 ms, each answered at once; in each gap with another outcome."""
    found = []
    for number in range(int(HORIZON * 10)):
        at = number / 10
        outcome = next((bad for since, until, bad in gaps if since < at < until), good)
        found.append(Line(kind, outcome, ZERO + at, ZERO + at, 0.0, {"id": number}))
    return found


def told(lines: list[Line], decided: tuple[Record, ...] = ()) -> Timeline:
    off = Act(10.0, FaultKind.FAIL, ("db-1",), lambda scene: None, "power")
    known = Timeline("s", "r", "2026-01-05T09:00:00+00:00", HORIZON, 0, tuple(TOPOLOGY.services), decided)
    return timeline_of(lines, [Done(off, 10.05)], known, ZERO, TOPOLOGY)


def states(timeline: Timeline, service: str) -> list[tuple[float, str]]:
    return [(round(each.at, 3), each.state) for each in timeline.about(Kind.SERVICE, service)]


def test_records_are_down_from_the_fault_to_the_first_acknowledged_write() -> None:
    timeline = told(attempts("write", "acknowledged", [(10.05, 13.95, "unknown")]))

    assert states(timeline, "records") == [(10.05, "down"), (14.0, "up")]
    assert measure_service(timeline, "records", Objectives()).longest_outage_seconds == 14.0 - 10.05


def test_a_gap_between_one_attempt_and_the_next_is_no_outage() -> None:
    assert states(told(attempts("write", "acknowledged", [(20.0, 20.35, "failed")])), "records") == []


def test_lookups_answered_from_an_old_copy_are_stale_and_not_down() -> None:
    timeline = told(attempts("lookup", "fresh", [(10.95, 13.95, "stale")]))

    assert states(timeline, "lookup") == [(10.9, "stale"), (14.0, "up")]


def test_who_is_down_first_and_then_stale_is_both() -> None:
    timeline = told(attempts("lookup", "fresh", [(10.95, 12.05, "failed"), (12.05, 13.95, "stale")]))

    assert states(timeline, "lookup") == [(10.9, "down"), (12.1, "stale"), (14.0, "up")]


def test_an_outage_that_the_end_cuts_short_stays_one() -> None:
    timeline = told(attempts("write", "acknowledged", [(10.05, 99.0, "unknown")]))

    assert states(timeline, "records") == [(10.05, "down")]
    assert measure_service(timeline, "records", Objectives()).restored_at_seconds is None


def test_what_the_controller_decided_stands_between_the_fault_and_its_end() -> None:
    decided = (
        Record(0, 10.6, Kind.FAILOVER, "cases", "suspected", (), {"host": "db-1", "health": "silent"}),
        Record(1, 13.9, Kind.FAILOVER, "cases", "recovered", (0,), {"primary": "db-2", "run": 1}),
    )
    timeline = told(attempts("write", "acknowledged", [(10.05, 13.95, "unknown")]), decided)

    assert [(each.kind, each.state, each.because) for each in timeline.records] == [
        (Kind.FAULT, "fail", ()),
        (Kind.SERVICE, "down", (0,)),
        (Kind.FAILOVER, "suspected", (0,)),
        (Kind.FAILOVER, "recovered", (2,)),
        (Kind.SERVICE, "up", (3,)),
    ]
