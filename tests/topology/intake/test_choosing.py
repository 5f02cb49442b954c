"""The simplest law stands until what was recorded speaks for another."""

import numpy as np
import pytest

from tests.topology.intake.drawing import NOTHING, complete, law, renewals
from topology.intake.choosing import learned_life, learned_repair
from topology.intake.fit_check import Windows
from topology.intake.fitting import Family, Fit, Sample
from topology.laws import Exponential, Fixed, Lognormal, Weibull


def watched(sample: Sample) -> Windows:
    """Each duration in a window of its own, as repairs are."""
    seconds = np.concatenate((sample.ended * 100, sample.running))
    return Windows(seconds, np.full(len(seconds), False), renews=False)


def lives(truth: Fit, things: int, seconds: float, seed: int) -> tuple[Sample, Windows]:
    return renewals(truth, things, seconds, seed), Windows(np.full(things, seconds), np.full(things, True), renews=True)


def test_wear_is_found_and_said() -> None:
    learned = learned_life(*lives(law(Family.WEIBULL, 100.0, 0.4), 20, 300.0, seed=1))

    assert isinstance(learned.law, Weibull)
    assert learned.meaning == "wears out"
    assert learned.estimates["shape"].low < 2.5 < learned.estimates["shape"].high
    assert not learned.misfits


def test_nine_failures_are_too_few_to_tell_ageing_whatever_they_look_like() -> None:
    sample = Sample(np.linspace(99.0, 101.0, 9), NOTHING, NOTHING, NOTHING)
    learned = learned_life(sample, watched(sample))

    assert isinstance(learned.law, Exponential)
    assert learned.law.mean_seconds == pytest.approx(100.0)
    assert learned.meaning == "too few failures to tell ageing from chance"
    assert learned.check is None


def test_without_ageing_the_exponential_is_kept_nearly_always() -> None:
    truth = law(Family.EXPONENTIAL, 100.0, 1.0)
    other = 0
    for seed in range(20):
        sample = complete(truth, 12, seed)
        one_window = Windows(NOTHING, np.array([], bool), renews=False)
        other += not isinstance(learned_life(sample, one_window).law, Exponential)

    assert other <= 4


def test_lognormal_repairs_are_told_from_exponential_ones() -> None:
    sample = complete(law(Family.LOGNORMAL, 100.0, 0.6), 60, seed=5)
    learned = learned_repair(sample, watched(sample))

    assert learned is not None
    assert isinstance(learned.law, Lognormal)
    assert "AIC" in learned.why


def test_a_repair_that_is_still_open_makes_the_law_longer() -> None:
    ended = complete(law(Family.LOGNORMAL, 100.0, 0.6), 8, seed=6).ended
    closed, with_open = (learned_repair(each, watched(each)) for each in (
        Sample(ended, NOTHING, NOTHING, NOTHING), Sample(ended, np.array([5_000.0]), NOTHING, NOTHING)
    ))  # fmt: skip

    assert closed is not None
    assert with_open is not None
    assert with_open.estimates["p95_seconds"].value > closed.estimates["p95_seconds"].value


def test_repairs_of_two_sorts_fit_no_law() -> None:
    luck = np.random.default_rng(7)
    sample = Sample(np.concatenate((luck.normal(45, 3, 30), luck.normal(2000, 100, 15))), NOTHING, NOTHING, NOTHING)
    learned = learned_repair(sample, watched(sample))

    assert learned is not None
    assert learned.misfits


def test_repairs_of_one_law_fit_it_nearly_always() -> None:
    truth = law(Family.LOGNORMAL, 100.0, 0.8)
    misfits = 0
    for seed in range(6):
        sample = complete(truth, 12, seed)
        learned = learned_repair(sample, watched(sample))
        assert learned is not None
        misfits += learned.misfits

    assert misfits <= 2


def test_repairs_that_all_took_equally_long_are_taken_so() -> None:
    sample = Sample(np.full(5, 3600.0), np.array([60.0]), NOTHING, NOTHING)
    learned = learned_repair(sample, watched(sample))

    assert learned is not None
    assert learned.law == Fixed(3600.0)


@pytest.mark.parametrize("ended", [[], [3600.0], [3600.0, 7200.0]], ids=len)
def test_of_too_few_repairs_nothing_is_said(ended: list[float]) -> None:
    sample = Sample(np.array(ended), np.array([1.0, 2.0, 3.0]), NOTHING, NOTHING)

    assert learned_repair(sample, watched(sample)) is None


def test_one_failure_makes_a_mean_with_a_wide_interval() -> None:
    sample = Sample(NOTHING, NOTHING, np.array([50.0]), np.array([150.0]))
    mean = learned_life(sample, Windows(np.array([200.0]), np.array([True]), renews=True)).estimates["mean_seconds"]

    assert (mean.value, mean.low, mean.high) == pytest.approx((200.0, 200 / 5.5716, 200 / 0.025318), rel=1e-4)


def test_lives_that_are_all_equal_are_said_to_go_like_a_clock() -> None:
    sample = Sample(np.full(12, 30.0), NOTHING, NOTHING, NOTHING)
    learned = learned_life(sample, watched(sample))

    assert learned.meaning == "fails like a clock, as planned work does"
    assert np.isfinite([learned.estimates["mean_seconds"].low, learned.estimates["mean_seconds"].high]).all()
