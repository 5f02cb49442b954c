import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.topology.strategies import PROBABILITIES, laws
from topology.draws import Stream, run_key
from topology.laws import Empirical, Exponential, Fixed, Law, Lognormal, Weibull, mean_seconds, quantile, remaining

DAY = 86400.0


def survival(law: Law, t: float) -> float:
    """P(X > t), written down anew."""
    match law:
        case Fixed(seconds):
            return float(t < seconds)
        case Exponential(mean):
            return math.exp(-t / mean)
        case Weibull(scale, shape):
            return math.exp(-((t / scale) ** shape))
        case Lognormal(mu, sigma):
            return 1.0 if t <= 0 else 0.5 * math.erfc((math.log(t) - mu) / sigma / math.sqrt(2))
        case Empirical(values):
            return sum(value > t for value in values) / len(values)


def integral(law: Law, end: float, steps: int = 20_000) -> float:
    """∫₀ᵉⁿᵈ P(X > t) dt by the midpoint rule."""
    width = end / steps
    return math.fsum(survival(law, (step + 0.5) * width) for step in range(steps)) * width


@given(laws(), PROBABILITIES, PROBABILITIES)
def test_quantiles_rise_and_are_never_negative(law: Law, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= quantile(law, low) <= quantile(law, high) * (1 + 1e-12)


@given(laws(), st.floats(0.001, 0.999))
def test_a_quantile_is_passed_with_the_probability_left(law: Law, p: float) -> None:
    assume(not isinstance(law, (Fixed, Empirical)))
    assert survival(law, quantile(law, p)) == pytest.approx(1 - p, rel=1e-9)


def test_the_exponential_has_its_known_quantiles() -> None:
    law = Exponential(90 * DAY)
    assert quantile(law, 0.5) == pytest.approx(90 * DAY * math.log(2), rel=1e-15)
    assert quantile(law, 1 - math.exp(-1)) == pytest.approx(90 * DAY, rel=1e-14)


def test_the_lognormal_passes_through_its_median_and_95_percent() -> None:
    law = Lognormal.from_median(4 * 3600, 12 * 3600)
    assert quantile(law, 0.5) == pytest.approx(4 * 3600, rel=1e-14)
    assert quantile(law, 0.95) == pytest.approx(12 * 3600, rel=1e-13)


def test_a_weibull_of_shape_1_is_exponential_and_of_shape_2_has_the_mean_of_rayleigh() -> None:
    assert quantile(Weibull(100.0, 1.0), 0.3) == pytest.approx(quantile(Exponential(100.0), 0.3), rel=1e-14)
    assert mean_seconds(Weibull(100.0, 2.0)) == pytest.approx(100 * math.sqrt(math.pi) / 2, rel=1e-14)


@given(st.floats(1.0, 1e9), st.floats(0.1, 100))
def test_a_weibull_has_the_mean_it_was_given(mean: float, shape: float) -> None:
    assert mean_seconds(Weibull.from_mean(mean, shape)) == pytest.approx(mean, rel=1e-12)


def test_recorded_values_come_each_as_often() -> None:
    law = Empirical((1.0, 2.0, 4.0, 9.0))
    assert [quantile(law, p) for p in (0.01, 0.24, 0.26, 0.51, 0.99)] == [1.0, 1.0, 2.0, 4.0, 9.0]
    assert mean_seconds(law) == 4.0


@pytest.mark.parametrize(
    "law",
    [Exponential(100.0), Weibull.from_mean(100.0, 1.4), Weibull.from_mean(100.0, 0.7), Lognormal.from_median(50.0, 300.0)],
    ids=str,
)
def test_draws_have_the_mean_of_their_law(law: Law) -> None:
    stream = Stream(run_key(11, 0), "host", "fails")
    drawn = [quantile(law, stream.next()) for _ in range(40_000)]
    mean = math.fsum(drawn) / len(drawn)
    spread = math.sqrt(math.fsum((each - mean) ** 2 for each in drawn) / len(drawn))
    assert mean == pytest.approx(mean_seconds(law), abs=4 * spread / math.sqrt(len(drawn)))


@pytest.mark.parametrize("p", [0.01, 0.3, 0.5, 0.9, 0.99])
@pytest.mark.parametrize(
    "law",
    [
        Fixed(100.0),
        Exponential(100.0),
        Weibull.from_mean(100.0, 1.4),
        Weibull.from_mean(100.0, 0.7),
        Weibull.from_mean(100.0, 5.0),
        Lognormal.from_median(50.0, 300.0),
        Lognormal.from_median(80.0, 90.0),
        Empirical((1.0, 2.0, 4.0, 50.0)),
    ],
    ids=str,
)
def test_what_remains_of_a_life_agrees_with_the_integral_of_its_survival(law: Law, p: float) -> None:
    assert integral(law, remaining(law, p)) / mean_seconds(law) == pytest.approx(p, rel=2e-3)


@given(laws(), PROBABILITIES, PROBABILITIES)
def test_what_remains_rises_with_the_probability(law: Law, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= remaining(law, low) <= remaining(law, high) * (1 + 1e-9)


def test_what_remains_has_its_closed_forms() -> None:
    assert remaining(Fixed(100.0), 0.25) == 25.0  # uniform over the life
    assert remaining(Exponential(100.0), 0.25) == quantile(Exponential(100.0), 0.25)  # memoryless
    assert remaining(Weibull(100.0, 1.0), 0.25) == pytest.approx(quantile(Exponential(100.0), 0.25), rel=1e-12)
    assert remaining(Empirical((100.0,)), 0.25) == pytest.approx(25.0, rel=1e-15)


def test_wear_out_leaves_less_than_its_mean_and_early_failure_leaves_more() -> None:
    def mean_left(law: Law) -> float:
        return math.fsum(remaining(law, (n + 0.5) / 500) for n in range(500)) / 500

    assert mean_left(Weibull.from_mean(100.0, 3.0)) < 100.0 < mean_left(Weibull.from_mean(100.0, 0.8))


def test_nothing_remains_of_what_takes_no_time() -> None:
    assert remaining(Empirical((0.0, 0.0)), 0.5) == 0.0
    assert remaining(Fixed(0.0), 0.5) == 0.0
