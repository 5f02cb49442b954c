import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.flows import NOTHING, Rate, rate_of
from topology.quantities import DAY, HOUR
from topology.work import Calendar, Flow

WEEKDAYS = Calendar("mon-fri", frozenset(range(5)))
WEEKEND = Calendar("sat-sun", frozenset({5, 6}))
COURT = Calendar("court", frozenset(range(5)), 8 * HOUR, 17 * HOUR, holidays="US")
MONDAY = "2026-01-05T00:00+00:00"


def test_weekdays_and_weekends_add_up_to_the_week() -> None:
    calls = rate_of((Flow(WEEKDAYS, 5000), Flow(WEEKEND, 1000)), MONDAY, 14 * DAY)

    assert calls.between(0, 7 * DAY) == pytest.approx(27_000)
    assert calls.between(4 * DAY, 6 * DAY) == pytest.approx(6_000)
    assert calls.until(14 * DAY) == pytest.approx(54_000)


def test_a_day_of_work_comes_in_its_open_hours() -> None:
    hearings = rate_of((Flow(COURT, 900),), MONDAY, 7 * DAY)

    assert hearings.until(8 * HOUR) == 0
    assert hearings.between(8 * HOUR, 9 * HOUR) == pytest.approx(100)
    assert hearings.between(17 * HOUR, DAY) == 0


def test_the_work_of_a_holiday_does_not_come_at_all() -> None:
    week_of_the_fourth_of_july = rate_of((Flow(COURT, 900),), "2014-06-30T00:00+00:00", 7 * DAY)

    assert week_of_the_fourth_of_july.until(7 * DAY) == pytest.approx(4 * 900)


def test_without_a_calendar_work_comes_day_and_night() -> None:
    assert rate_of((Flow(None, 24),), MONDAY, 2 * DAY).between(3 * HOUR, 30 * HOUR) == pytest.approx(27)


def test_nothing_flows_before_the_start_and_beyond_the_horizon() -> None:
    rate = rate_of((Flow(None, 24),), MONDAY, DAY)

    assert rate.until(-1) == 0
    assert rate.between(DAY, 5 * DAY) == 0
    assert rate.at(DAY) == 0
    assert rate.when(0, 24.001) == float("inf")


def test_what_is_left_of_a_rate_is_never_less_than_nothing() -> None:
    left = Rate([0, 10, 20], [3, 1]).minus(Rate([5, 15], [2]))

    assert [left.at(t) for t in (0, 5, 10, 15)] == [3, 1, 0, 1]
    assert NOTHING.minus(left).until(100) == 0


@given(
    st.lists(st.tuples(st.floats(0.5, 100), st.sampled_from([0.0, 0.0, 0.25, 1.0, 7.0])), min_size=1, max_size=6),
    st.floats(0, 1),
    st.floats(0.01, 1),
)
def test_when_is_the_inverse_of_between(pieces: list[tuple[float, float]], start: float, share: float) -> None:
    corners = [0.0]
    for length, _ in pieces:
        corners.append(corners[-1] + length)
    rate = Rate(corners, [each for _, each in pieces])
    begins = start * corners[-1]
    amount = share * rate.between(begins, corners[-1])
    if amount < 1e-6:
        return

    at = rate.when(begins, amount)

    assert rate.between(begins, at) == pytest.approx(amount)
    assert rate.between(begins, at - 1e-3) < amount


def test_a_day_on_which_the_clock_changes_brings_what_a_day_brings() -> None:
    sundays = Calendar("sundays", frozenset({6}), timezone="Europe/Berlin")
    rate = rate_of((Flow(sundays, 2400.0),), "2026-03-29T00:00+01:00", 2 * DAY)  # of 23 hours, the first of them a Sunday
    assert rate.until(2 * DAY) == pytest.approx(2400)


def test_an_amount_has_flowed_when_the_last_of_it_came_and_not_after_the_pause_that_follows() -> None:
    rate = Rate([0.0, 10.0, 20.0, 30.0, 40.0], [1.0, 0.0, 0.0, 1.0])
    assert rate.when(0.0, 10.0) == 10.0
