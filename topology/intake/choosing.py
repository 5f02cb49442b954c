"""Which law is taken for lives and for repairs, and why, in a sentence that a person can read."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

from scipy.special import chdtrc, gammaincinv

from topology.intake.fit_check import Check, Windows, checked
from topology.intake.fitting import Estimate, Family, Fit, Sample, fitted, mean_of, quantile_of, shape_of
from topology.laws import Fixed, Law

ENOUGH = 10
"""Durations that ended below which the simplest law is taken: a test of the shape would see little, and see it wrongly."""
AIC_REAL = 2.0
"""A difference of AICs that says something."""
NAMES = {Family.EXPONENTIAL: "exponential", Family.WEIBULL: "Weibull", Family.LOGNORMAL: "lognormal"}
REPAIRS_MIN = 3
"""Repairs below which nothing is said of how long they take."""
SIGNIFICANT = 0.05
CLOCK = 0.05
"""Laws with less spread (a Weibull of shape 20, a lognormal with 5 %) go like a clock."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A law, what it means, why it was taken, its numbers with their intervals, and how well it fits where that can be told."""

    law: Law
    meaning: str
    why: str
    estimates: Mapping[str, Estimate]
    check: Check | None = None

    @property
    def misfits(self) -> bool:
        """Whether what was recorded speaks against the law."""
        return self.check is not None and self.check.p <= SIGNIFICANT


class Meanings(NamedTuple):
    """What each law says of a life or of a repair."""

    exponential: str
    like_a_clock: str
    above_1: str
    below_1: str
    lognormal: str

    def of(self, fit: Fit) -> str:
        """Return what *fit* says."""
        if fit.family is Family.EXPONENTIAL:
            return self.exponential
        if fit.sigma < CLOCK:
            return self.like_a_clock
        if fit.family is Family.LOGNORMAL:
            return self.lognormal
        return self.above_1 if fit.sigma < 1 else self.below_1


LIFE = Meanings(
    exponential="does not age: an old one fails as often as a new one",
    like_a_clock="fails like a clock, as planned work does",
    above_1="wears out",
    below_1="fails early: what has lasted goes on lasting",
    lognormal="likeliest to fail some time after it came back, less so before and later",
)
REPAIR = Meanings(
    exponential="however long it has taken, it takes as much longer on average",
    like_a_clock="nearly always the same",
    above_1="what has taken long is nearly done",
    below_1="most are short, and what has taken long takes longer still",
    lognormal="many near the median, a few far longer",
)


def learned_life(sample: Sample, windows: Windows) -> Learned:
    """Return the law of lives: exponential, unless there are enough failures and another law is really likelier."""
    if sample.count < ENOUGH:
        fit, meaning, why = fitted(Family.EXPONENTIAL, sample), "too few failures to tell ageing from chance", ""
    else:
        fit, why = _likelier_life(sample)
        meaning = LIFE.of(fit)
    if fit.family is Family.EXPONENTIAL:
        estimates = {"mean_seconds": _mean_by_count(sample)}
    else:
        estimates = {"mean_seconds": mean_of(fit, sample)}
    if fit.family is Family.WEIBULL:
        estimates["shape"] = shape_of(fit, sample)
    return Learned(fit.law, meaning, why, estimates, _checked(fit, sample, windows))


def _likelier_life(sample: Sample) -> tuple[Fit, str]:
    """The Weibull or the lognormal with the smaller AIC, and why; the exponential, unless that one is likelier by more than chance.

    The measure is the likelihood-ratio test of a Weibull's shape against 1 (Meeker and Escobar, chapter 8), and the same for a
    lognormal, which has as many numbers. Its probability is doubled, as the better of two laws is tested (Bonferroni).
    """
    plain, *others = (fitted(family, sample) for family in Family)
    best, other = sorted(others, key=lambda fit: fit.aic)
    p = min(1.0, 2 * float(chdtrc(1, max(0.0, 2 * (best.log_likelihood - plain.log_likelihood)))))
    if p > SIGNIFICANT:
        return plain, f"no other law is likelier by more than chance: p {probability(p)}"
    return best, f"{_gain(best, other)}, {_gain(best, plain)}; p {probability(p)}"


def learned_repair(sample: Sample, windows: Windows) -> Learned | None:
    """Return the law of repairs, or None where there are too few: lognormal, unless there are enough and another is likelier."""
    if sample.count < REPAIRS_MIN:
        return None
    longest = float(sample.ended.max())
    if sample.ended.min() == longest >= sample.running.max(initial=0.0):
        always = Estimate(longest, longest, longest)
        estimates = {"median_seconds": always, "p95_seconds": always}
        return Learned(Fixed(longest), "all took equally long, as if somebody had rounded", "", estimates)
    if sample.count < ENOUGH:
        fit, meaning, why = fitted(Family.LOGNORMAL, sample), "as repairs usually are, too few of them to choose", ""
    else:
        fit, why = _likelier_repair(sample)
        meaning = REPAIR.of(fit)
    estimates = {"median_seconds": quantile_of(fit, sample, 0.5), "p95_seconds": quantile_of(fit, sample, 0.95)}
    return Learned(fit.law, meaning, why, estimates, _checked(fit, sample, windows))


def _likelier_repair(sample: Sample) -> tuple[Fit, str]:
    """The law with the smallest AIC, and why; the lognormal, unless that one's is really smaller.

    Where AICs differ by less than 2 there is much to be said for both (Burnham and Anderson, Model Selection and Multimodel
    Inference, 2002, chapter 2).
    """
    best, second, third = sorted((fitted(family, sample) for family in Family), key=lambda fit: fit.aic)
    usual = next(fit for fit in (best, second, third) if fit.family is Family.LOGNORMAL)
    if usual is not best and usual.aic - best.aic < AIC_REAL:
        return usual, f"as repairs usually are; the AIC of the {NAMES[best.family]} is only {usual.aic - best.aic:.1f} smaller"
    return best, f"{_gain(best, second)}, {_gain(best, third)}"


def _gain(best: Fit, other: Fit) -> str:
    return f"AIC {other.aic - best.aic:.1f} better than {NAMES[other.family]}"


def _checked(fit: Fit, sample: Sample, windows: Windows) -> Check | None:
    return checked(fit, sample, windows) if sample.count >= ENOUGH else None


def _mean_by_count(sample: Sample) -> Estimate:
    """The mean of an exponential life; its interval is that of the mean of a Poisson count (Garwood 1936)."""
    fewest, most = float(gammaincinv(sample.count, 0.025)), float(gammaincinv(sample.count + 1, 0.975))
    total = sample.total_seconds
    return Estimate(total / sample.count, total / most, total / fewest if fewest else inf)


def probability(p: float) -> str:
    """Write a probability: 0.42, 0.003, `below 0.001`."""
    return "below 0.001" if p < 0.001 else f"{p:.1g}" if p < 0.01 else f"{p:.2f}"
