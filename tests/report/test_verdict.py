from dataclasses import replace

from report.verdict import gone, objectives_met, same_length, shown_seconds
from tests.report.examples import HORIZON, History, founding_case
from timeline.record import Kind
from timeline.results import ReplayResult
from topology.quantities import DAY, HOUR

RESULT = founding_case()


def told(*turns: tuple[float, str]) -> ReplayResult:
    """Return the first response alone, with a timeline in which the main service turns at these times to these states."""
    history = History()
    for at, state in turns:
        history.add(at, Kind.SERVICE, RESULT.main_service, state)
    first = RESULT.responses[0]
    response = replace(first, timeline=history.timeline(first.name, first.topology))
    return replace(RESULT, responses=(response,))


def test_lengths_within_a_hundredth_of_each_other_are_the_same() -> None:
    assert same_length(100 * DAY, 99.5 * DAY)
    assert not same_length(100 * DAY, 98 * DAY)
    assert same_length(0.0, 0.0)


def test_an_outage_that_came_back_is_written_without_over() -> None:
    first = gone(told((0, "down"), (HOUR, "up")).responses[0], RESULT.main_service)
    last = gone(told((0, "down")).responses[0], RESULT.main_service)
    assert (first.shown, last.shown) == ("1h", "over 120d")


def test_the_axis_reaches_the_horizon_while_a_service_is_not_up() -> None:
    for state in ("down", "stale", "backlogged"):
        assert shown_seconds(told((0, "down"), (HOUR, state))) == HORIZON


def test_objectives_met_are_counted_over_all_services() -> None:
    assert [objectives_met(response) for response in RESULT.responses] == [(1, 5), (1, 5), (1, 5), (5, 5)]
