import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.runs.histogram import RELATIVE_ERROR, Histogram

VALUES = st.lists(st.just(0.0) | st.floats(1e-9, 1e15), min_size=1, max_size=60)


def histogram_of(*parts: list[float]) -> Histogram:
    histogram = Histogram()
    for part in parts:
        histogram.add(np.array(part, np.float64))
    return histogram


@given(VALUES, st.sampled_from([0.01, 0.5, 0.95, 0.99, 1.0]))
def test_a_quantile_is_wrong_by_no_more_than_it_says(values: list[float], share: float) -> None:
    exact = float(np.quantile(values, share, method="inverted_cdf"))

    assert histogram_of(values).quantile(share) == pytest.approx(exact, rel=RELATIVE_ERROR)


@given(VALUES, VALUES)
def test_the_order_of_the_values_and_of_their_parts_is_forgotten(first: list[float], second: list[float]) -> None:
    assert histogram_of(first, second).counts == histogram_of(second[::-1], first[::-1]).counts


def test_what_is_exceeded_ends_with_nothing() -> None:
    assert [above for _, above in histogram_of([0.0, 0.0, 5.0, 7.0]).exceeded()] == [2, 1, 0]


def test_a_histogram_of_nothing_has_no_quantiles() -> None:
    with pytest.raises(ValueError, match="of nothing"):
        Histogram().quantile(0.5)
