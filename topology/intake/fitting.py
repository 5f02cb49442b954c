"""Laws fitted to durations by maximum likelihood, where some had not ended yet and some had begun nobody knows when.

A law is given by μ and σ of the logarithm of seconds: a lognormal's own, and for a Weibull the logarithm of its scale and the
inverse of its shape (Meeker and Escobar, Statistical Methods for Reliability Data, 1998, chapter 4). Its likelihood is made of

    a duration that ended              f(t)
    one that goes on (censored)        S(t)
    the rest of one, of unknown age    S(t) / m                 m: the mean of the law
    the rest of one, and it goes on    ∫ S(u) du / m from t on

The last two say that everything has been running for ever, which is how a simulation begins, too (the forward recurrence time of
a renewal process: Cox, Renewal Theory, 1962; its use in fits: Zhu, Yashchin and Hosking, Technometrics 56, 2014).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize, minimize_scalar
from scipy.special import gammaincc, gammaln, log_ndtr, ndtri, stdtrit

from topology.laws import Exponential, Lognormal, Weibull

Seconds = NDArray[np.float64]

SIGMA_MIN, SIGMA_MAX = 0.02, 5.0
"""Fits stop there (Weibull shapes 50 and 0.2): closer to a fixed time, and more spread, than anything that fails or is repaired."""
REACH = 12.0
"""How far from the estimate a bound is looked for, in logarithms; what is farther does not bound."""


class Family(StrEnum):
    """The laws that are fitted. An exponential is a Weibull of shape 1."""

    EXPONENTIAL = "exponential"
    WEIBULL = "weibull"
    LOGNORMAL = "lognormal"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval of 95 %; `low` is 0 and `high` infinite where nothing bounds it."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Sample:
    """Durations in seconds, all above 0: those that ended, those that go on, and the rests of some whose age nobody knew."""

    ended: Seconds
    running: Seconds
    rest_ended: Seconds
    rest_running: Seconds

    @cached_property
    def count(self) -> int:
        """How many ended."""
        return len(self.ended) + len(self.rest_ended)

    @cached_property
    def total_seconds(self) -> float:
        """How long all of them lasted together."""
        return float(sum(each.sum() for each in (self.ended, self.running, self.rest_ended, self.rest_running)))

    @cached_property
    def logs(self) -> tuple[Seconds, Seconds, Seconds, Seconds]:
        """The logarithms of all four."""
        return np.log(self.ended), np.log(self.running), np.log(self.rest_ended), np.log(self.rest_running)


@dataclass(frozen=True, slots=True)
class Fit:
    """A law of a family, and how likely it makes what was seen."""

    family: Family
    mu: float
    sigma: float
    log_likelihood: float

    @property
    def aic(self) -> float:
        """Akaike's information criterion: the smaller, the better; 2 for each number that was fitted."""
        return 2 * (1 if self.family is Family.EXPONENTIAL else 2) - 2 * self.log_likelihood

    @property
    def law(self) -> Exponential | Weibull | Lognormal:
        """The law, as a topology knows it."""
        match self.family:
            case Family.EXPONENTIAL:
                return Exponential(math.exp(self.mu))
            case Family.WEIBULL:
                return Weibull(math.exp(self.mu), 1 / self.sigma)
            case Family.LOGNORMAL:
                return Lognormal(self.mu, self.sigma)


def fitted(family: Family, sample: Sample) -> Fit:
    """Return the law of *family* that makes *sample* likeliest; something in it must have ended."""
    start = math.log(sample.total_seconds / sample.count)
    if family is Family.EXPONENTIAL:
        return Fit(family, start, 1.0, log_likelihood(family, sample, start, 1.0))
    found = minimize(
        lambda at: -log_likelihood(family, sample, at[0], math.exp(at[1])),
        (start, 0.0),
        method="Nelder-Mead",
        bounds=((start - REACH, start + REACH), (math.log(SIGMA_MIN), math.log(SIGMA_MAX))),
        options={"initial_simplex": ((start, 0.0), (start - 0.7, 0.0), (start, -0.7)), "xatol": 1e-5, "fatol": 1e-7},
    )
    return Fit(family, float(found.x[0]), math.exp(found.x[1]), -float(found.fun))


def log_likelihood(family: Family, sample: Sample, mu: float, sigma: float) -> float:
    """Return the logarithm of the likelihood of *sample* under the law of *family* with *mu* and *sigma*."""
    ended, running, rest_ended, rest_running = ((logs - mu) / sigma for logs in sample.logs)
    known = len(ended) * math.log(sigma) + float(sample.logs[0].sum())
    rests = len(rest_ended) * (mu + mean_offset(family, sigma))
    if family is Family.LOGNORMAL:
        density = -0.5 * float((ended * ended).sum()) - 0.5 * len(ended) * math.log(2 * math.pi)
    else:
        density = float(ended.sum()) - float(_power(ended).sum())
    survivals = _log_survival(family, running).sum() + _log_survival(family, rest_ended).sum()
    return density - known + float(survivals) - rests + float(_log_rest(family, rest_running, sigma).sum())


def survival(fit: Fit, seconds: Seconds) -> Any:
    """Return the share that *fit* lets last longer than each of *seconds*."""
    return np.exp(_log_survival(fit.family, (np.log(seconds) - fit.mu) / fit.sigma))


def rest_survival(fit: Fit, seconds: Seconds) -> Any:
    """Return the share of what has been going on for ever that *fit* lets last longer than each of *seconds* from now."""
    return np.exp(_log_rest(fit.family, (np.log(seconds) - fit.mu) / fit.sigma, fit.sigma))


def _power(z: Seconds) -> Seconds:
    """The cumulative hazard of a Weibull, (t / scale) to its shape, short of overflow."""
    return np.exp(np.minimum(z, 600.0))


def _log_survival(family: Family, z: Seconds) -> Any:
    return log_ndtr(-z) if family is Family.LOGNORMAL else -_power(z)


def _log_rest(family: Family, z: Seconds, sigma: float) -> Any:
    """The logarithm of ∫ S(u) du / m: Γ(σ, eᶻ) / Γ(σ) for a Weibull, Φ(σ − z) − exp(σz − σ²/2) Φ(−z) for a lognormal."""
    if family is not Family.LOGNORMAL:
        return np.log(np.maximum(gammaincc(sigma, _power(z)), 1e-300))
    beyond = log_ndtr(sigma - z)
    share = np.exp(np.minimum(sigma * z - sigma * sigma / 2 + log_ndtr(-z) - beyond, 0.0))
    return beyond + np.log1p(-np.minimum(share, 1 - 1e-15))


def mean_offset(family: Family, sigma: float) -> float:
    """Return how far the logarithm of the mean lies above μ."""
    return sigma * sigma / 2 if family is Family.LOGNORMAL else float(gammaln(1 + sigma))


def quantile_offset(family: Family, sigma: float, p: float) -> float:
    """Return how far the logarithm of the quantile *p* lies above μ."""
    return sigma * (float(ndtri(p)) if family is Family.LOGNORMAL else math.log(-math.log1p(-p)))


def mean_of(fit: Fit, sample: Sample) -> Estimate:
    """Return the mean of *fit* in seconds, with its interval."""
    return _profiled(fit, sample, lambda sigma: mean_offset(fit.family, sigma))


def quantile_of(fit: Fit, sample: Sample, p: float) -> Estimate:
    """Return the quantile *p* of *fit* in seconds, with its interval."""
    return _profiled(fit, sample, lambda sigma: quantile_offset(fit.family, sigma, p))


def shape_of(fit: Fit, sample: Sample) -> Estimate:
    """Return the shape of a Weibull *fit*, with its interval; it is infinite or 0 where the fit's own limits are met."""

    def at(log_sigma: float) -> float:
        def of(mu: float) -> float:
            return -log_likelihood(fit.family, sample, mu, math.exp(log_sigma))

        return -float(minimize_scalar(of, bounds=(fit.mu - REACH, fit.mu + REACH), method="bounded").fun)

    low, high = _bounds(at, math.log(fit.sigma), fit, sample, (math.log(SIGMA_MIN), math.log(SIGMA_MAX)))
    return Estimate(1 / fit.sigma, math.exp(-high), math.exp(-low))


def _profiled(fit: Fit, sample: Sample, offset: Callable[[float], float]) -> Estimate:
    """The quantity whose logarithm is μ + *offset*(σ), with its interval: for each value of it, σ is the likeliest."""

    def at(log_value: float) -> float:
        def of(log_sigma: float) -> float:
            sigma = math.exp(log_sigma)
            return -log_likelihood(fit.family, sample, log_value - offset(sigma), sigma)

        if fit.family is Family.EXPONENTIAL:
            return -of(0.0)
        return -float(minimize_scalar(of, bounds=(math.log(SIGMA_MIN), math.log(SIGMA_MAX)), method="bounded").fun)

    middle = fit.mu + offset(fit.sigma)
    low, high = _bounds(at, middle, fit, sample, (middle - REACH, middle + REACH))
    return Estimate(math.exp(middle), math.exp(low), math.exp(high))


def _bounds(
    at: Callable[[float], float], middle: float, fit: Fit, sample: Sample, limits: tuple[float, float]
) -> tuple[float, float]:
    """Where the profile likelihood *at* falls below what 95 % allow; infinitely far off where it never does within *limits*.

    Source: Meeker and Escobar, chapter 8. The chi-square limit 3.84 is replaced by n log(1 + t² / (n − 1)), t Student's, which it
    is for large n and which makes the interval of a lognormal's median exact when everything has ended.
    """
    n = max(sample.count, 2)
    drop = 0.5 * n * math.log1p(float(stdtrit(n - 1, 0.975)) ** 2 / (n - 1))

    def over(x: float) -> float:
        return at(x) - fit.log_likelihood + drop

    found = []
    for limit in limits:
        step = 0.1
        while abs(limit - middle) > step and over(middle + math.copysign(step, limit - middle)) > 0:
            step *= 2
        end = middle + math.copysign(min(step, abs(limit - middle)), limit - middle)
        found.append(float(brentq(over, middle, end, xtol=1e-5)) if over(end) <= 0 else math.copysign(math.inf, limit - middle))
    return found[0], found[1]
