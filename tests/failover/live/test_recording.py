from pathlib import Path

from failover.core.events import Event, LeaseGained, Ordered, OrderKind
from failover.live.recording import failover_records, timeline_of
from failover.live.store import Written
from tests.failover.live.stage import awaited, on_duty, trio, until
from timeline.files import load_timelines, save_timelines
from timeline.record import Kind


def written(*events: tuple[int, Event]) -> list[Written]:
    return [Written(number, term, event) for number, (term, event) in enumerate(events)]


def led(term: int, at: float, wall: float) -> tuple[int, Event]:
    return term, LeaseGained(at, wall, term, "controller-1")


def paused(term: int, at: float, wall: float, operator: str) -> tuple[int, Event]:
    return term, Ordered(at, wall, "db", OrderKind.PAUSE, operator)


def test_second_0_is_where_it_is_said_to_be_and_what_came_before_is_not_told() -> None:
    orders = [paused(1, at, 1000.0 + at, operator) for at, operator in ((20.0, "early"), (32.5, "anna"), (90.0, "late"))]
    records = failover_records(written(led(1, 10.0, 1010.0), *orders), trio(), zero_wall_seconds=1030.0, horizon_seconds=30.0)
    (record,) = records
    assert (record.id, record.at, record.subject, record.state, record.data["operator"]) == (0, 2.5, "db", "ordered", "anna")


def test_a_clock_that_is_set_within_a_term_moves_nothing() -> None:
    journal = written(led(1, 10.0, 1010.0), paused(1, 20.0, 4620.0, "anna"), paused(1, 21.0, 1021.0, "bob"))
    assert [each.at for each in failover_records(journal, trio(), 1010.0, 60.0)] == [10.0, 11.0]


def test_another_term_has_another_clock_and_time_never_goes_back() -> None:
    journal = written(led(1, 10.0, 1010.0), paused(1, 20.0, 1020.0, "anna"), led(2, 5.0, 1019.0), paused(2, 5.5, 1019.5, "bob"))
    assert [each.at for each in failover_records(journal, trio(), 1010.0, 60.0)] == [10.0, 10.0]


@awaited
async def test_a_failover_is_told_as_a_replay_tells_it(tmp_path: Path) -> None:
    settings = trio()
    async with on_duty(tmp_path, settings=settings) as duty:
        await until(duty.calm)
        zero = duty.clock.wall()
        duty.lose("db-1")
        await until(lambda: duty.db.primary == "db-2" and duty.db.state.value == "watching")
    journal = tmp_path / "journal.db"
    timeline = timeline_of(
        journal, settings.topology, scenario="drill", response="as-is", zero_wall_seconds=zero, horizon_seconds=600.0
    )
    turns = ("suspected", "held", "decided", "fenced", "chose", "promoting", "promoted", "recovered")
    assert [each.state for each in timeline.records if each.state in turns] == [turn for turn in turns if turn != "held"]
    assert {each.kind for each in timeline.records} == {Kind.FAILOVER}
    assert {each.data["stage"] for each in timeline.records} == {"failover"}
    recovered = timeline.records[-1]
    assert recovered.because, "it says what came before"
    save_timelines([timeline], tmp_path / "timeline.jsonl")
    assert load_timelines(tmp_path / "timeline.jsonl") == [timeline]
