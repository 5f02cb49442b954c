import pytest
from hypothesis import given

from scenarios.load import find_scenario, library_names, load_scenario
from simulator.replay import replay
from tests.timeline.histories import History, repaired, timelines
from timeline.causes import explain, going_on, latest
from timeline.record import Kind, Timeline


@pytest.mark.parametrize("name", library_names())
def test_because_always_points_backwards(name: str) -> None:
    for response in replay(load_scenario(find_scenario(name))).responses:
        records = response.timeline.records
        assert [record.id for record in records] == list(range(len(records)))
        assert [record.at for record in records] == sorted(record.at for record in records)
        for record in records:
            assert all(cause < record.id for cause in record.because)


@pytest.mark.parametrize("name", library_names())
def test_everything_that_goes_down_goes_back_to_a_fault(name: str) -> None:
    for response in replay(load_scenario(find_scenario(name))).responses:
        down = [record for record in response.timeline.records if record.state == "down"]
        assert down
        for record in down:
            roots = [cause.record.kind for cause in explain(response.timeline, record) if not cause.record.because]
            assert set(roots) == {Kind.FAULT}


def test_an_explanation_goes_nearest_first_and_tells_each_cause_once() -> None:
    history = History()
    fault = history.add(0.0, Kind.FAULT, "a leak", "fail")
    one = history.add(0.0, Kind.HOST, "one", "down", fault)
    two = history.add(0.0, Kind.HOST, "two", "down", one)
    down = history.add(0.0, Kind.SERVICE, "orders", "down", one, two)
    told = list(explain(history.timeline(), history.records[down]))
    assert [(cause.depth, cause.record.id, cause.repeated) for cause in told] == [
        (0, down, False),
        (1, one, False),
        (2, fault, False),
        (1, two, False),
        (2, one, True),
    ]


@given(timelines())
def test_an_explanation_ends_and_never_goes_forward(timeline: Timeline) -> None:
    for record in timeline.records:
        told = list(explain(timeline, record))
        assert told[0].record == record
        assert all(cause.record.id <= record.id for cause in told)
        assert len([cause for cause in told if not cause.repeated]) <= 3 * len(timeline.records) + 1


@pytest.mark.parametrize(("at", "state"), [(99.0, None), (100.0, "down"), (379.9, "down"), (380.0, "up"), (9e9, "up")])
def test_the_latest_record_is_the_one_that_holds(at: float, state: str | None) -> None:
    history = History()
    repaired(history)
    found = latest(history.timeline(), Kind.SERVICE, "orders", at)
    assert (found.state if found else None) == state


@pytest.mark.parametrize(("at", "stage"), [(100.0, "wait"), (149.0, "wait"), (200.0, "part"), (360.0, "work"), (380.0, None)])
def test_what_is_going_on_is_the_stage_under_way(at: float, stage: str | None) -> None:
    history = History()
    repaired(history)
    timeline = history.timeline()
    began = latest(timeline, Kind.SERVICE, "orders", 100.0)
    assert began is not None
    assert [record.data["stage"] for record in going_on(timeline, began, at)] == ([stage] if stage else [])


def test_what_goes_on_elsewhere_is_not_waited_for() -> None:
    history = History()
    repaired(history)
    fault = history.add(500.0, Kind.FAULT, "another", "fail")
    other = history.add(500.0, Kind.HOST, "other", "down", fault)
    history.add(500.0, Kind.STAGE, "other", "started", other, stage="wait")
    timeline = history.timeline()
    began = latest(timeline, Kind.SERVICE, "orders", 100.0)
    assert began is not None
    assert going_on(timeline, began, 600.0) == []


def test_a_cause_without_causes_of_its_own_hides_nothing_when_it_is_told_again() -> None:
    history = History()
    fault = history.add(0.0, Kind.FAULT, "a leak", "fail")
    one = history.add(0.0, Kind.HOST, "one", "down", fault)
    two = history.add(0.0, Kind.HOST, "two", "down", fault)
    down = history.add(0.0, Kind.SERVICE, "orders", "down", one, two)
    told = explain(history.timeline(), history.records[down])
    assert [(cause.record.id, cause.repeated) for cause in told if cause.record.id == fault] == [(fault, False), (fault, False)]


@pytest.mark.parametrize(
    ("at", "state"),
    [(5.0, None), (10.0, "suspected"), (12.0, "waiting"), (20.0, "promoting"), (30.0, "failed"), (40.0, None)],
)
@pytest.mark.parametrize("end", ["recovered", "withdrawn"])
def test_a_failover_is_waited_for_until_it_is_over_and_a_refusal_is_not(at: float, state: str | None, end: str) -> None:
    history = History()
    fault = history.add(0.0, Kind.FAULT, "a leak", "fail")
    host = history.add(0.0, Kind.HOST, "db-1", "down", fault)
    cluster = history.add(0.0, Kind.CLUSTER, "db", "down", host)
    down = history.add(0.0, Kind.SERVICE, "orders", "down", cluster)
    before = host
    for when, turn in ((10.0, "suspected"), (12.0, "waiting"), (20.0, "promoting"), (30.0, "failed"), (40.0, end)):
        before = history.add(when, Kind.FAILOVER, "db", turn, before, stage="failover")
        history.add(when, Kind.FAILOVER, "db", "refused", before, stage="failover", host="db-2", reason="lags")
    awaited = going_on(history.timeline(), history.records[down], at)
    assert [record.state for record in awaited] == ([state] if state else [])
