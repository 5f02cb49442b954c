"""Laws: how long something takes, or how long it lives. Each is a frozen value with a quantile function, in seconds.

A draw is the quantile of a uniform number (inversion), so one uniform makes one duration and nothing is rejected: the n-th
duration of an entity is the same in every engine and under every change elsewhere. `remaining` is the law of what is left of a
life that has been going on for ever (the stationary excess), by bisection on its distribution function.
"""

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from topology import portable

Z95 = 1.6448536269514722
"""The 95 % quantile of the standard normal distribution."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always the same *seconds*."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Exponential:
    """Memoryless, with the given mean."""

    mean_seconds: float


@dataclass(frozen=True, slots=True)
class Weibull:
    """Weibull with characteristic life *scale_seconds*; wear-out above shape 1, early failures below."""

    scale_seconds: float
    shape: float

    @classmethod
    def from_mean(cls, mean_seconds: float, shape: float) -> "Weibull":
        """Return the law with this mean: scale = mean / Γ(1 + 1/shape)."""
        return cls(mean_seconds / math.gamma(1 + 1 / shape), shape)


@dataclass(frozen=True, slots=True)
class Lognormal:
    """The exponential of a normal with *mu* and *sigma* (of the logarithm of seconds)."""

    mu: float
    sigma: float

    @classmethod
    def from_median(cls, median_seconds: float, p95_seconds: float) -> "Lognormal":
        """Return the law with this median and 95 % quantile."""
        return cls(portable.log(median_seconds), portable.log(p95_seconds / median_seconds) / Z95)


@dataclass(frozen=True, slots=True)
class Empirical:
    """Each of the recorded *values_seconds* (ascending) equally likely."""

    values_seconds: tuple[float, ...]


Law = Fixed | Exponential | Weibull | Lognormal | Empirical


def quantile(law: Law, p: float) -> float:
    """Return the seconds that *law* stays below with probability 0 < *p* < 1."""
    match law:
        case Fixed(seconds):
            return seconds
        case Exponential(mean_seconds):
            return -portable.log(1.0 - p) * mean_seconds
        case Weibull(scale_seconds, shape):
            return scale_seconds * portable.power(-portable.log(1.0 - p), 1.0 / shape)
        case Lognormal(mu, sigma):
            return portable.exp(mu + sigma * portable.normal_quantile(p))
        case Empirical(values):
            return values[min(int(p * len(values)), len(values) - 1)]
        case _:
            assert_never(law)


def mean_seconds(law: Law) -> float:
    """Return the mean of *law*."""
    match law:
        case Fixed(seconds):
            return seconds
        case Exponential(mean):
            return mean
        case Weibull(scale_seconds, shape):
            return scale_seconds * math.gamma(1 + 1 / shape)
        case Lognormal(mu, sigma):
            return portable.exp(mu + sigma * sigma / 2)
        case Empirical(values):
            return math.fsum(values) / len(values)
        case _:
            assert_never(law)


def remaining(law: Law, p: float) -> float:
    """Return the quantile *p* of the stationary excess of *law*: F(r) = (1/m) ∫₀ʳ P(X > t) dt, m the mean."""
    match law:
        case Fixed(seconds):
            return p * seconds
        case Exponential():
            return quantile(law, p)
        case Weibull() | Lognormal() | Empirical():
            mean = mean_seconds(law)
            return _bisect(lambda r: _integrated_survival(law, r) / mean, p, mean) if mean > 0 else 0.0
        case _:
            assert_never(law)


def _integrated_survival(law: Weibull | Lognormal | Empirical, r: float) -> float:
    """∫₀ʳ P(X > t) dt = r·P(X > r) + E[X; X ≤ r]."""
    match law:
        case Weibull(scale_seconds, shape):
            x = portable.power(r / scale_seconds, shape)
            return r * portable.exp(-x) + mean_seconds(law) * _gamma_share(1 + 1 / shape, x)
        case Lognormal(mu, sigma):
            if r <= 0.0:
                return 0.0
            z = (portable.log(r) - mu) / sigma
            return r * _normal_share(-z) + mean_seconds(law) * _normal_share(z - sigma)
        case Empirical(values):
            below = bisect_right(values, r)
            return (math.fsum(values[:below]) + r * (len(values) - below)) / len(values)
        case _:
            assert_never(law)


def _bisect(rises: Callable[[float], float], target: float, guess: float) -> float:
    """Return x ≥ 0 with rises(x) = target for an increasing function, to the last bit."""
    low, high = 0.0, guess
    while rises(high) < target:
        low, high = high, high * 2
    while (middle := (low + high) / 2) not in (low, high):
        if rises(middle) < target:
            low = middle
        else:
            high = middle
    return high


def _normal_share(z: float) -> float:
    """The standard normal distribution function."""
    return 0.5 * math.erfc(-z / math.sqrt(2))


def _gamma_share(a: float, x: float) -> float:
    """The regularised lower incomplete gamma function P(a, x): series below a + 1, continued fraction above.

    Source: Press et al., Numerical Recipes, 3rd edition, section 6.2.
    """
    if x <= 0.0:
        return 0.0
    front = portable.exp(-x + a * portable.log(x) - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        n = a
        while term > total * 1e-17:
            n += 1
            term *= x / n
            total += term
        return min(1.0, front * total)
    tiny = 1e-300
    b = x + 1 - a
    c, d = 1 / tiny, 1 / b
    fraction = d
    for i in range(1, 10_000):
        step = -i * (i - a)
        b += 2
        d = 1 / (step * d + b or tiny)
        c = b + step / c or tiny
        fraction *= d * c
        if abs(d * c - 1) < 1e-16:
            break
    return max(0.0, 1.0 - front * fraction)
