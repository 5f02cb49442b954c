"""Failures that do not share one law are told of."""

import pytest

from topology.intake.alike import cautions, most_often, trend

MONTHS = [float(each) for each in range(1, 13)]
EARLY, LATE = [each**3 for each in MONTHS], [each**0.3 for each in MONTHS]


def failures(moments: list[float], things: int) -> list[tuple[str, float]]:
    return [(f"srv-{number % things + 1}", at) for number, at in enumerate(moments)]


def test_failures_spread_over_time_and_things_give_no_caution() -> None:
    assert cautions(failures(MONTHS, 4), 4, 0.0, 13.0) == []


def test_laplaces_statistic_is_that_of_the_formula() -> None:
    assert trend([6.0, 8.0, 10.0], 0.0, 12.0) == pytest.approx(2.0 / (12.0 / 36.0**0.5))


@pytest.mark.parametrize(("moments", "way"), [(LATE, "more frequent"), (EARLY, "rarer")])
def test_failures_that_crowd_at_one_end_are_a_trend(moments: list[float], way: str) -> None:
    (said,) = cautions(failures(moments, 4), 4, 0.0, max(moments) * 1.05)
    assert said.startswith(f"failures became {way}")


def test_one_thing_that_fails_most_often_is_named() -> None:
    names = ["bad"] * 9 + ["srv-1", "srv-2", "srv-3"]
    (said,) = cautions(list(zip(names, MONTHS, strict=True)), 10, 0.0, 13.0)

    assert said.startswith("bad had 9 of the 12 failures, hardly by chance")


def test_a_thing_by_itself_has_all_failures_and_that_is_no_surprise() -> None:
    assert most_often(["srv"] * 20, 1) == ("srv", 20, 1.0)
