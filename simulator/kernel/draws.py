"""The draws of `topology.draws` and the laws of `topology.laws`, for the compiler: the same bits."""

import math

import numpy as np

from simulator.kernel.compiled import compiled, inlined, word
from simulator.kernel.elementary import exp, log, normal_quantile, power
from simulator.kernel.reaching import Root, age_at, law_at, origin_at, stream_at, value_at
from simulator.plant.ages import PIECES, WIDEST
from simulator.plant.tables import LawKind

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
CHAIN = np.uint64(0xD1342543DE82EF95)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _12, _1 = (np.uint64(bits) for bits in (30, 27, 31, 12, 1))
UNUSED = np.uint64(0)
_PIECES = float(PIECES)
FIXED, EXPONENTIAL, WEIBULL, LOGNORMAL = (
    word(kind) for kind in (LawKind.FIXED, LawKind.EXPONENTIAL, LawKind.WEIBULL, LawKind.LOGNORMAL)
)


@inlined
def mix(z: np.uint64) -> np.uint64:
    """Scramble 64 bits: the finaliser of SplitMix64."""
    z = (z ^ (z >> _30)) * _FIRST
    z = (z ^ (z >> _27)) * _SECOND
    return z ^ (z >> _31)


@compiled
def run_key(seed: np.uint64, run: np.uint64) -> np.uint64:
    """Return the key of history number *run*."""
    return mix(mix(seed + GOLDEN) + (run + _1) * CHAIN)


@inlined
def uniform(w: Root, stream: int) -> float:
    """Return the next draw of *stream* in (0, 1)."""
    s = stream_at(w, stream)
    state = s.state
    if state == UNUSED:
        origin = origin_at(w, stream)
        state = mix(mix(w.run + (origin.entity + _1) * CHAIN) + (origin.cause + _1) * CHAIN)
    state += GOLDEN
    s.state = state
    bits = mix(state)
    return (np.float64(bits >> _12) + 0.5) * 2.220446049250313e-16


@inlined
def quantile(w: Root, law: int, p: float) -> float:
    """Return the seconds that *law* stays below with probability *p*."""
    x = law_at(w, law)
    if x.kind == FIXED:
        return x.a
    if x.kind == EXPONENTIAL:
        return -log(1.0 - p) * x.a
    return _curved(w, law, p)


@compiled
def _curved(w: Root, law: int, p: float) -> float:
    """Return what `quantile` does by laws that take so much code that it would be in the way of the others."""
    x = law_at(w, law)
    if x.kind == WEIBULL:
        return x.a * power(-log(1.0 - p), x.b)
    if x.kind == LOGNORMAL:
        return exp(x.a + x.b * normal_quantile(p))
    count = x.values_end - x.values
    return value_at(w, x.values + min(int(p * count), count - 1)).seconds


@inlined
def draw(w: Root, law: int, stream: int) -> float:
    """Return the next duration that *stream* draws from *law*. What is fixed needs no luck."""
    if law_at(w, law).kind == FIXED:
        return law_at(w, law).a
    return quantile(w, law, uniform(w, stream))


@compiled
def remaining(w: Root, law: int, p: float) -> float:
    """Return what is left of a life by *law*, as `plant.ages.remaining` does."""
    x = law_at(w, law)
    if x.kind == FIXED:
        return p * x.a
    if x.kind == EXPONENTIAL:
        return quantile(w, law, p)
    if x.kind == WEIBULL or x.kind == LOGNORMAL:
        return _between(w, x.ages, -log(1.0 - p))
    low, high = x.ages, x.ages_end
    while high - low > 1:
        middle = (low + high) // 2
        if age_at(w, middle).at <= p:
            low = middle
        else:
            high = middle
    return age_at(w, low).seconds + age_at(w, low).slope * (p - age_at(w, low).at)


@compiled
def _between(w: Root, first: int, left: float) -> float:
    piece = first + min(int(_PIECES * math.sqrt(math.sqrt(left / WIDEST))), PIECES - 1)
    begins, ends = age_at(w, piece), age_at(w, piece + 1)
    width = ends.at - begins.at
    t = (left - begins.at) / width
    rest = 1.0 - t
    early = rest * rest * ((1.0 + 2.0 * t) * begins.seconds + t * width * begins.slope)
    return early + t * t * ((3.0 - 2.0 * t) * ends.seconds - rest * width * ends.slope)
