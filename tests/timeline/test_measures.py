import pytest
from hypothesis import given

from scenarios.load import find_scenario, library_names, load_scenario
from simulator.replay import replay
from tests.timeline.histories import HORIZON, History, close, repaired, timelines
from timeline.measures import intervals, measure_service, outages, spent_on
from timeline.record import Kind, ServiceState, Timeline
from topology.model import Objectives


def turned(*turns: tuple[float, str], horizon: float = HORIZON) -> Timeline:
    """A timeline in which the service `orders` turns to these states."""
    history = History()
    for at, state in turns:
        history.add(at, Kind.SERVICE, "orders", state)
    return history.timeline(horizon=horizon)


def test_a_service_nobody_speaks_of_was_up_throughout() -> None:
    measured = measure_service(turned(), "orders", Objectives())
    assert (measured.availability, measured.outages, measured.restored_at_seconds) == (1.0, 0, None)
    assert measured.downtime_seconds == measured.longest_outage_seconds == sum(measured.stages_seconds.values()) == 0.0


def test_time_is_counted_by_state() -> None:
    timeline = turned((100, "down"), (200, "stale"), (350, "backlogged"), (400, "up"), (900, "down"))
    measured = measure_service(timeline, "orders", Objectives())
    assert (measured.downtime_seconds, measured.stale_seconds, measured.backlogged_seconds) == (200.0, 150.0, 50.0)
    assert measured.availability == 0.65
    assert (measured.outages, measured.longest_outage_seconds) == (2, 250.0)
    assert measured.restored_at_seconds is None


def test_an_outage_ends_with_an_old_copy_where_that_is_accepted() -> None:
    timeline = turned((100, "down"), (200, "stale"), (350, "up"))
    accepted = measure_service(timeline, "orders", Objectives(accepts_stale=True))
    refused = measure_service(timeline, "orders", Objectives())
    assert (accepted.longest_outage_seconds, accepted.restored_at_seconds) == (100.0, 200.0)
    assert (refused.longest_outage_seconds, refused.restored_at_seconds) == (250.0, 350.0)
    assert accepted.availability == refused.availability == 0.75


def test_an_outage_that_is_stale_first_and_then_down_begins_when_it_is_down() -> None:
    timeline = turned((100, "stale"), (200, "down"), (350, "up"))
    (outage,) = outages(timeline, "orders", accepts_stale=True)
    assert (outage.begins, outage.ends) == (200.0, 350.0)


def test_turns_at_the_same_moment_leave_no_empty_interval() -> None:
    timeline = turned((0, "down"), (0, "up"), (500, "down"), (500, "stale"), (HORIZON, "up"))
    assert [(each.state, each.begins, each.ends) for each in intervals(timeline, "orders")] == [
        (ServiceState.UP, 0.0, 500.0),
        (ServiceState.STALE, 500.0, HORIZON),
    ]


def test_the_time_of_an_outage_goes_to_the_stages_it_waited_for() -> None:
    history = History()
    repaired(history)
    measured = measure_service(history.timeline(), "orders", Objectives())
    spent = {stage: seconds for stage, seconds in measured.stages_seconds.items() if seconds}
    assert spent == {"wait": 50.0, "part": 200.0, "work": 30.0}
    assert measured.longest_outage_seconds == 280.0


def test_of_two_repairs_side_by_side_the_later_one_counts() -> None:
    history = History()
    fault = history.add(0.0, Kind.FAULT, "a leak", "fail")
    down = history.add(0.0, Kind.SERVICE, "orders", "down", fault)
    slow = history.add(0.0, Kind.STAGE, "db-1", "started", fault, stage="restore")
    quick = history.add(0.0, Kind.STAGE, "db-2", "started", fault, stage="wait")
    quick = history.add(10.0, Kind.STAGE, "db-2", "done", quick, stage="wait")
    slow = history.add(70.0, Kind.STAGE, "db-1", "done", slow, stage="restore")
    history.add(70.0, Kind.SERVICE, "orders", "up", down, quick, slow)
    (outage,) = outages(history.timeline(), "orders")
    assert spent_on(history.timeline(), outage) == [("restore", 70.0)]


def test_what_had_begun_before_the_outage_counts_from_its_beginning() -> None:
    history = History()
    fault = history.add(0.0, Kind.FAULT, "a leak", "fail")
    started = history.add(0.0, Kind.STAGE, "db-1", "started", fault, stage="part")
    history.add(40.0, Kind.SERVICE, "orders", "down", fault)
    done = history.add(100.0, Kind.STAGE, "db-1", "done", started, stage="part")
    history.add(100.0, Kind.SERVICE, "orders", "up", done)
    (outage,) = outages(history.timeline(), "orders")
    assert spent_on(history.timeline(), outage) == [("part", 60.0)]


@pytest.mark.parametrize(
    ("horizon", "spent"),
    [
        (120.0, {"wait": 20.0}),
        (200.0, {"wait": 50.0, "part": 50.0}),
        (360.0, {"wait": 50.0, "part": 200.0, "work": 10.0}),
    ],
)
def test_an_outage_that_the_horizon_cuts_short_counts_what_was_still_going_on(horizon: float, spent: dict[str, float]) -> None:
    history = History()
    repaired(history)
    history.records = [record for record in history.records if record.at < horizon]
    measured = measure_service(history.timeline(horizon=horizon), "orders", Objectives())
    assert {stage: seconds for stage, seconds in measured.stages_seconds.items() if seconds} == spent
    assert measured.restored_at_seconds is None


def test_an_outage_that_nobody_mends_goes_to_nothing_in_particular() -> None:
    measured = measure_service(turned((100, "down")), "orders", Objectives())
    assert {stage: seconds for stage, seconds in measured.stages_seconds.items() if seconds} == {"other": 900.0}


@given(timelines())
def test_the_stages_add_up_to_the_outages_and_the_states_to_the_horizon(timeline: Timeline) -> None:
    for accepts_stale in (False, True):
        measured = measure_service(timeline, "orders", Objectives(accepts_stale=accepts_stale))
        found = outages(timeline, "orders", accepts_stale)
        assert close(sum(measured.stages_seconds.values()), sum(outage.seconds for outage in found))
        assert min(measured.stages_seconds.values()) >= 0
        lost = measured.downtime_seconds + measured.stale_seconds
        assert close(lost + measured.availability * timeline.horizon_seconds, timeline.horizon_seconds)
        assert all(0 <= outage.begins < outage.ends <= timeline.horizon_seconds for outage in found)


@pytest.mark.parametrize("name", library_names())
def test_the_stages_of_what_is_shipped_add_up_too(name: str) -> None:
    for response in replay(load_scenario(find_scenario(name))).responses:
        for service, measured in response.services.items():
            accepts_stale = response.topology.services[service].objectives.accepts_stale
            found = outages(response.timeline, service, accepts_stale)
            assert close(sum(measured.stages_seconds.values()), sum(outage.seconds for outage in found))
