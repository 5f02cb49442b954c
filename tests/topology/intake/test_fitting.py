"""Fits find the laws that durations were drawn from, and their intervals hold what they promise."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import CensoredData, lognorm, weibull_min

from tests.topology.intake.drawing import NOTHING, complete, law, renewals
from topology.intake.fitting import Family, Sample, fitted, log_likelihood, mean_of, quantile_of, shape_of
from topology.laws import Exponential, Weibull, mean_seconds

DAY = 86400.0


@settings(max_examples=8, deadline=None)
@given(st.sampled_from((Family.WEIBULL, Family.LOGNORMAL)), st.floats(0.3, 1.5), st.floats(1e-2, 1e8), st.integers(0, 999))
def test_the_numbers_of_a_law_are_found_again(family: Family, sigma: float, mean: float, seed: int) -> None:
    truth = law(family, mean, sigma)
    found = fitted(family, renewals(truth, things=400, seconds=3 * mean, seed=seed))

    assert mean_seconds(found.law) == pytest.approx(mean, rel=0.25)
    assert found.sigma == pytest.approx(sigma, rel=0.15)


def test_with_ended_and_running_durations_alone_the_fit_is_that_of_scipy() -> None:
    sample = renewals(law(Family.WEIBULL, 100.0, 0.6), things=20, seconds=300.0, seed=1, old=False)
    data = CensoredData(sample.ended, right=sample.running)

    shape, _, scale = weibull_min.fit(data, floc=0)
    weibull = fitted(Family.WEIBULL, sample)
    assert (1 / weibull.sigma, np.exp(weibull.mu)) == pytest.approx((shape, scale), rel=1e-3)

    sigma, _, median = lognorm.fit(data, floc=0)
    lognormal = fitted(Family.LOGNORMAL, sample)
    assert (lognormal.sigma, np.exp(lognormal.mu)) == pytest.approx((sigma, median), rel=1e-3)


def test_what_never_ages_is_as_likely_whatever_its_age_was() -> None:
    old = renewals(law(Family.EXPONENTIAL, 10.0, 1.0), things=30, seconds=8.0, seed=2)
    new = Sample(np.concatenate((old.ended, old.rest_ended)), np.concatenate((old.running, old.rest_running)), NOTHING, NOTHING)

    assert log_likelihood(Family.WEIBULL, old, 2.0, 1.0) == pytest.approx(log_likelihood(Family.WEIBULL, new, 2.0, 1.0))
    plain = fitted(Family.EXPONENTIAL, old).law
    assert isinstance(plain, Exponential)
    assert plain.mean_seconds == pytest.approx(old.total_seconds / old.count)


@pytest.mark.parametrize("family", [Family.WEIBULL, Family.LOGNORMAL])
def test_the_shares_of_rests_that_end_and_that_go_on_make_up_all(family: Family) -> None:
    """The density of a rest that ends is minus the slope of the share that goes on."""
    at, step = 3.0, 1e-5
    on = [log_likelihood(family, Sample(NOTHING, NOTHING, NOTHING, np.array([t])), 0.7, 0.8) for t in (at - step, at + step)]
    ended = log_likelihood(family, Sample(NOTHING, NOTHING, np.array([at]), NOTHING), 0.7, 0.8)

    assert (np.exp(on[0]) - np.exp(on[1])) / (2 * step) == pytest.approx(np.exp(ended), rel=1e-5)


def test_who_leaves_out_what_still_runs_takes_lives_for_shorter_than_they_are() -> None:
    truth = law(Family.WEIBULL, 100.0, 0.5)
    sample = renewals(truth, things=60, seconds=120.0, seed=3, old=False)

    whole = mean_of(fitted(Family.WEIBULL, sample), sample)
    without = replace(sample, running=NOTHING)
    assert whole.low < 100 < whole.high
    assert mean_of(fitted(Family.WEIBULL, without), without).high < 100


def test_who_takes_old_things_for_new_sees_early_failures_where_there_is_wear() -> None:
    truth = law(Family.WEIBULL, 100.0, 0.35)
    sample = renewals(truth, things=80, seconds=90.0, seed=4)
    as_new = Sample(np.concatenate((sample.ended, sample.rest_ended)), np.concatenate((sample.running, sample.rest_running)), *(
        NOTHING, NOTHING
    ))  # fmt: skip

    shape = shape_of(fitted(Family.WEIBULL, sample), sample)
    assert shape.low < 1 / 0.35 < shape.high
    assert shape_of(fitted(Family.WEIBULL, as_new), as_new).high < 1 / 0.35


SEEDS = 40
"""Of so many intervals of 95 %, fewer than 33 hold the truth once in a thousand times."""


def test_intervals_of_lives_hold_the_truth_as_often_as_they_say() -> None:
    truth = law(Family.WEIBULL, 100.0, 0.5)
    means = shapes = 0
    for seed in range(SEEDS):
        sample = renewals(truth, things=10, seconds=150.0, seed=seed)
        fit = fitted(Family.WEIBULL, sample)
        mean, shape = mean_of(fit, sample), shape_of(fit, sample)
        means += mean.low <= 100.0 <= mean.high
        shapes += shape.low <= 2.0 <= shape.high

    assert means >= 33
    assert shapes >= 33


@pytest.mark.parametrize(("family", "sigma"), [(Family.LOGNORMAL, 0.9), (Family.EXPONENTIAL, 1.0)])
def test_intervals_of_few_repairs_hold_the_truth_as_often_as_they_say(family: Family, sigma: float) -> None:
    truth = law(family, 100.0, sigma)
    median = 100.0 * (np.log(2) if family is Family.EXPONENTIAL else np.exp(-sigma * sigma / 2))
    hits = 0
    for seed in range(SEEDS):
        sample = complete(truth, 8, seed)
        found = quantile_of(fitted(family, sample), sample, 0.5)
        hits += found.low <= median <= found.high

    assert hits >= 33


def test_the_interval_of_a_lognormal_median_is_students() -> None:
    sample = Sample(np.exp(np.array([1.0, 2.0, 4.0])), NOTHING, NOTHING, NOTHING)
    median = quantile_of(fitted(Family.LOGNORMAL, sample), sample, 0.5)
    reach = 4.302653 * np.std([1.0, 2.0, 4.0], ddof=1) / np.sqrt(3)

    assert np.log([median.low, median.high]) == pytest.approx([7 / 3 - reach, 7 / 3 + reach], abs=1e-3)


def test_what_fails_like_a_clock_has_a_shape_without_an_upper_bound() -> None:
    sample = Sample(np.full(12, 30 * DAY), NOTHING, NOTHING, NOTHING)
    fit = fitted(Family.WEIBULL, sample)

    assert isinstance(fit.law, Weibull)
    assert fit.law.shape == pytest.approx(50, rel=1e-3)
    assert shape_of(fit, sample).high == np.inf
