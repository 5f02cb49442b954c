import pytest

from report.moments import TICKS_MAX, Clock
from topology.quantities import DAY, HOUR

CLOCK = Clock("2014-04-12T00:00-04:00")


def test_a_moment_is_shown_in_the_zone_of_the_start() -> None:
    assert CLOCK.moment(892 * HOUR) == "Mon 19 May 2014, 04:00"
    assert CLOCK.in_words(892 * HOUR) == "Monday 19 May 2014 at 04:00"
    assert CLOCK.zone == "UTC−04:00"


def test_seconds_are_shown_only_where_there_are_any() -> None:
    assert CLOCK.time(3) == "00:00:03"
    assert CLOCK.time(60) == "00:01"


def test_a_start_without_offset_names_no_zone() -> None:
    assert Clock("2014-04-12T00:00").zone == ""
    assert Clock("2014-04-12T00:00+00:00").zone == "UTC"


@pytest.mark.parametrize("until", [20.0, 90.0, HOUR, 5 * HOUR, DAY, 3 * DAY, 66 * DAY, 400 * DAY, 5000 * DAY])
def test_an_axis_has_a_few_ticks_within_it(until: float) -> None:
    ticks = Clock("2014-04-12T09:17-04:00").ticks(until)
    assert all(0 <= tick.at_percent <= 97 for tick in ticks)
    if until < 2000 * DAY:
        assert 1 <= len(ticks) <= TICKS_MAX + 1


def test_ticks_of_days_stand_at_midnight() -> None:
    ticks = Clock("2014-04-12T09:00-04:00").ticks(10 * DAY)
    assert ticks[0].at_percent == pytest.approx(100 * 15 / 240)
    assert ticks[0].label == "13 Apr"
