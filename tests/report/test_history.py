from dataclasses import replace

from report.history import log_of
from report.moments import Clock
from tests.report.examples import START, History, founding_case
from timeline.record import Kind
from topology.quantities import HOUR

RESULT = founding_case()


def said(number: int) -> list[tuple[str, str, str]]:
    return [(entry.elapsed, entry.what, entry.why) for entry in log_of(RESULT.responses[number], Clock(START))]


def test_what_is_alike_at_one_moment_is_one_line() -> None:
    assert [what for _, what, _ in said(0) if what.endswith(": down")][:4] == [
        "fc-srv-1…5: down",
        "fc-storage: down",
        "fc-registration-data: down",
        "fc-db-1…2: down",
    ]


def test_a_line_names_its_latest_cause() -> None:
    assert ("23d", "storage-drive: arrived", "storage-drive: ordered") in said(0)
    assert ("0s", "Electronic records: down", "case-db: no working primary") in said(0)


def test_a_stage_that_is_done_says_what_it_was_for() -> None:
    assert any(what == "fc-storage: data rebuilt by specialists, done" for _, what, _ in said(0))


def test_a_failover_is_told_step_by_step() -> None:
    told = [what for _, what, _ in said(3) if what.startswith("case-db: ")]
    assert told == [
        "case-db: no working primary",
        "case-db: the primary does not answer",
        "case-db: fc-db-2 may not take over (hangs on 'fc-storage', which failed)",
        "case-db: rs-db-1 is being promoted",
        "case-db: rs-db-1 is the primary",
        "case-db: served by rs-db-1",
    ]


def test_what_people_wrote_may_hold_braces() -> None:
    history = History()
    history.add(0, Kind.STAGE, "fc-srv-1", "started", stage="wait", reason="see {ticket} {0}")
    first = RESULT.responses[0]
    (entry,) = log_of(replace(first, timeline=history.timeline(first.name, first.topology)), Clock(START))
    assert entry.what == "fc-srv-1: see {ticket} {0}, begun"


def test_a_stage_that_is_done_takes_its_reason_from_the_record_that_began_it() -> None:
    history = History()
    begun = history.add(0, Kind.STAGE, "fc-srv-1", "started", stage="wait", reason="diagnosis")
    history.add(HOUR, Kind.STAGE, "fc-srv-1", "done", begun, stage="wait")
    first = RESULT.responses[0]
    entries = log_of(replace(first, timeline=history.timeline(first.name, first.topology)), Clock(START))
    assert [entry.what for entry in entries] == ["fc-srv-1: diagnosis, begun", "fc-srv-1: diagnosis, done"]
