from hypothesis import given
from hypothesis import strategies as st

from simulator.calendars import open_spans, working_end
from topology.quantities import DAY, HOUR
from topology.work import Calendar

WEEKDAYS = frozenset(range(5))
OFFICE = Calendar("office", WEEKDAYS, 8 * HOUR, 17 * HOUR)


def test_an_office_is_open_in_its_hours_on_weekdays() -> None:
    spans = open_spans(OFFICE, "2026-01-09T00:00+00:00", 4 * DAY)  # a Friday

    assert spans == ((8 * HOUR, 17 * HOUR), (3 * DAY + 8 * HOUR, 3 * DAY + 17 * HOUR))


def test_hours_are_local_on_both_sides_of_a_change_of_the_clock() -> None:
    berlin = Calendar("office", WEEKDAYS, 8 * HOUR, 17 * HOUR, timezone="Europe/Berlin")

    friday, monday = open_spans(berlin, "2026-03-27T00:00+00:00", 4 * DAY)

    assert friday == (7 * HOUR, 16 * HOUR)
    assert monday == (3 * DAY + 6 * HOUR, 3 * DAY + 15 * HOUR)


def test_a_day_of_the_local_calendar_that_began_the_day_before_counts() -> None:
    always = Calendar("fridays", frozenset({4}), timezone="Pacific/Auckland")

    (friday,) = open_spans(always, "2026-01-08T12:00+00:00", DAY)  # already Friday there, since an hour

    assert friday == (-HOUR, 23 * HOUR)


def test_public_holidays_are_closed() -> None:
    courts = Calendar("courts", WEEKDAYS, 8 * HOUR, 17 * HOUR, holidays="US")

    spans = open_spans(courts, "2014-07-03T00:00+00:00", 5 * DAY)  # Thursday; Friday is the Fourth of July

    assert [begins // DAY for begins, _ in spans] == [0, 4]


def test_spans_that_reach_beyond_the_start_or_the_horizon_are_told_whole() -> None:
    assert open_spans(OFFICE, "2026-01-05T12:00+00:00", 21 * HOUR) == ((-4 * HOUR, 5 * HOUR), (20 * HOUR, 29 * HOUR))


def test_work_that_begins_on_friday_afternoon_ends_on_monday() -> None:
    spans = open_spans(OFFICE, "2026-01-09T00:00+00:00", 7 * DAY)

    assert working_end(spans, 15 * HOUR, 4 * HOUR) == 3 * DAY + 10 * HOUR


def test_work_that_begins_at_night_waits_for_the_morning() -> None:
    spans = open_spans(OFFICE, "2026-01-05T00:00+00:00", 7 * DAY)

    assert working_end(spans, 2 * HOUR, HOUR) == 9 * HOUR
    assert working_end(spans, 17 * HOUR, HOUR) == DAY + 9 * HOUR


def test_work_for_which_there_is_not_enough_time_never_ends() -> None:
    assert working_end(((0.0, 10.0), (20.0, 25.0)), 5.0, 10.5) == float("inf")
    assert working_end(((0.0, 10.0), (20.0, 25.0)), 5.0, 10.0) == 25.0


@given(st.floats(0, 6 * DAY), st.floats(1, 20 * HOUR))
def test_work_takes_its_time_in_open_hours(begins: float, work: float) -> None:
    spans = open_spans(OFFICE, "2026-01-05T00:00+00:00", 21 * DAY)

    ends = working_end(spans, begins, work)

    done = sum(max(0.0, min(closes, ends) - max(opens, begins)) for opens, closes in spans)
    assert abs(done - work) < 1e-6
