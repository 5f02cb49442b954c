"""Which times without an acknowledgement an incident made."""

from benchmarks.failover.measuring import gaps
from lab.load.record import Line, Outage


def write(outcome: str, ended: float) -> Line:
    return Line("write", outcome, ended - 0.01, ended, 0.0, {"id": int(ended * 10)})


def load(moment: str, at: float) -> Line:
    return Line("load", moment, at, at, 0.0)


LINES = [
    load("began", 0.0),
    *(write("acknowledged", each) for each in (0.1, 0.2, 1.0, 1.1, 1.2)),
    write("failed", 2.0),
    *(write("acknowledged", each) for each in (4.2, 4.3)),
    load("ended", 4.4),
]


def test_a_gap_counts_from_the_last_acknowledgement_before_it_to_the_first_after() -> None:
    assert gaps(LINES, moment=1.15) == [Outage(1.2, 4.2)]


def test_a_gap_that_was_over_before_the_incident_is_none_of_its() -> None:
    assert Outage(0.2, 1.0) not in gaps(LINES, moment=1.15)


def test_writes_that_never_come_back_are_a_gap_without_an_end() -> None:
    assert gaps([*LINES[:7], load("ended", 9.0)], moment=1.15) == [Outage(1.2, 9.0, over=False)]
