"""How much is left of a life that has been going on for ever, in a form that both engines read: tables of its quantiles.

`topology.laws.remaining` finds it by bisection, to the last bit, in milliseconds; a run needs it once for everything that ages.
Here a smooth law is tabulated once, over w = −log(1 − p), at w = WIDEST · (j/PIECES)⁴, with the exact slope at each knot, and read
off by cubic interpolation; a recorded law is straight between its values, so its table is exact.
"""

import math
from bisect import bisect_right
from typing import Any, NamedTuple

from topology import portable
from topology.laws import Empirical, Exponential, Fixed, Law, Lognormal, Weibull, mean_seconds, quantile

PIECES = 512
WIDEST = 37.0
"""−log of less than the smallest distance that a draw keeps from 1."""


class Knot(NamedTuple):
    """At *at*, *seconds* are left, and *slope* more a unit of it. *at* is w of a smooth law, p of a recorded one."""

    at: float
    seconds: float
    slope: float


Ages = tuple[Knot, ...]


def ages_of(law: Law) -> Ages:
    """Return the table for *law*; an empty one where what is left follows from a draw without any."""
    match law:
        case Fixed() | Exponential():
            return ()
        case Empirical(values):
            return _straight(values)
        case Weibull() | Lognormal():
            return _smooth(law)


def remaining(law: Law, ages: Ages, p: float) -> float:
    """Return the quantile *p* of what is left of a life by *law*, whose table is *ages*."""
    match law:
        case Fixed(seconds):
            return p * seconds
        case Exponential():
            return quantile(law, p)
        case Empirical():
            begins = ages[bisect_right(ages, p, key=lambda knot: knot.at) - 1]
            return begins.seconds + begins.slope * (p - begins.at)
        case Weibull() | Lognormal():
            return _between(ages, -portable.log(1.0 - p))


def _between(ages: Ages, w: float) -> float:
    """Interpolate between the knots around *w*, by Hermite's cubic."""
    piece = min(int(PIECES * math.sqrt(math.sqrt(w / WIDEST))), PIECES - 1)
    begins, ends = ages[piece], ages[piece + 1]
    width = ends.at - begins.at
    t = (w - begins.at) / width
    rest = 1.0 - t
    first = rest * rest * ((1.0 + 2.0 * t) * begins.seconds + t * width * begins.slope)
    return first + t * t * ((3.0 - 2.0 * t) * ends.seconds - rest * width * ends.slope)


def _straight(values: tuple[float, ...]) -> Ages:
    """F(r) = (1/m) ∫₀ʳ P(X > t) dt, which has its corners at the values."""
    knots, p, since = [], 0.0, 0.0
    total = math.fsum(values)
    for number, value in enumerate(values):
        if value > since:
            slope = total / (len(values) - number)
            knots.append(Knot(p, since, slope))
            p += (value - since) / slope
            since = value
    return tuple(knots)


def _smooth(law: Weibull | Lognormal) -> Ages:
    import numpy as np  # half a second with scipy, which networks whose lives are exponential need not pay

    at = WIDEST * (np.arange(PIECES + 1) / PIECES) ** 4
    seconds, survivors_log = _weibull_left(law, at) if isinstance(law, Weibull) else _lognormal_left(law, at)
    slope = mean_seconds(law) * np.exp(-at - survivors_log)
    return tuple(Knot(*map(_rounded, row)) for row in zip(at, seconds, slope, strict=True))


def _weibull_left(law: Weibull, w: Any) -> tuple[Any, Any]:
    """Return the quantiles at *w* and the logarithm of P(X > them): e⁻ʷ = Γ(1/k, (r/s)ᵏ) / Γ(1/k)."""
    import numpy as np
    from scipy.special import gammainccinv, gammaincinv

    share = np.where(w < 1.0, -np.expm1(-w), np.exp(-w))
    x = np.where(w < 1.0, gammaincinv(1 / law.shape, share), gammainccinv(1 / law.shape, share))
    return law.scale_seconds * x ** (1 / law.shape), -x


def _lognormal_left(law: Lognormal, w: Any) -> tuple[Any, Any]:
    """Return the quantiles at *w* and the logarithm of P(X > them): e⁻ʷ = Φ(σ − z) − exp(σz − σ²/2) Φ(−z), by bisection."""
    import numpy as np
    from scipy.special import log_ndtr, ndtr

    sigma = law.sigma
    low = np.full_like(w, -60.0 - 60.0 / sigma)
    high = np.full_like(w, 60.0 + 60.0 / sigma)
    for _ in range(200):
        z = (low + high) / 2
        kept = np.exp(sigma * z - sigma * sigma / 2 + log_ndtr(-z))
        more = np.where(w < 1.0, kept + ndtr(z - sigma) < -np.expm1(-w), ndtr(sigma - z) - kept > np.exp(-w))
        low, high = np.where(more, z, low), np.where(more, high, z)
    seconds = np.exp(law.mu + sigma * high)
    seconds[0] = 0.0
    return seconds, log_ndtr(-high)


def _rounded(value: Any) -> float:
    """Twelve digits: fewer than the libraries of two machines agree in."""
    return float(f"{value:.12g}")
