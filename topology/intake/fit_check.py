"""Whether a fitted law is borne out: the Kolmogorov–Smirnov distance, and how often chance alone makes it as large."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import CensoredData, ecdf

from topology.intake.fitting import Family, Fit, Sample, Seconds, fitted, rest_survival, survival

REDRAWS = 199
AS_FAR_MAX = 10
"""After so many redraws that lie as far off, 5 % can no longer be met, and drawing stops."""


@dataclass(frozen=True, slots=True)
class Windows:
    """For how long each thing was watched: whether of unknown age when that began, and whether it begins anew after its end."""

    seconds: Seconds
    old: NDArray[np.bool_]
    renews: bool


@dataclass(frozen=True, slots=True)
class Check:
    """How far the recorded shares lie from the law's, at most, and how often chance alone takes them so far."""

    distance: float
    p: float


def checked(fit: Fit, sample: Sample, windows: Windows) -> Check:
    """Hold *fit* against *sample*: draw from it through the same *windows*, fit, and count how often the distance is as large.

    A parametric bootstrap, as the law's numbers come from the data (D'Agostino and Stephens, Goodness-of-Fit Techniques, 1986,
    chapter 4), stopped early (Besag and Clifford, Biometrika 78, 1991). The luck is always the same.
    """
    luck = np.random.default_rng(0)
    own = distance(fit, sample)
    as_far = drawn = 0
    while drawn < REDRAWS and as_far < AS_FAR_MAX:
        drawn += 1
        other = redrawn(fit, windows, luck)
        as_far += other.count > 0 and distance(fitted(fit.family, other), other) >= own
    return Check(own, (as_far + 1) / (drawn + 1))


def distance(fit: Fit, sample: Sample) -> float:
    """Return the largest distance between the shares that ended by each time (Kaplan and Meier's) and those that *fit* foretells.

    Each duration is turned into the share that the law foretells to have ended by it; if the law is right, these are uniform.
    """
    ended, running, rest_ended, rest_running = (
        1 - of(fit, seconds)
        for of, seconds in (
            (survival, sample.ended),
            (survival, sample.running),
            (rest_survival, sample.rest_ended),
            (rest_survival, sample.rest_running),
        )
    )
    shares = ecdf(CensoredData(np.concatenate((ended, rest_ended)), right=np.concatenate((running, rest_running)))).cdf
    before = np.concatenate(([0.0], shares.probabilities[:-1]))
    off = np.maximum(shares.probabilities - shares.quantiles, shares.quantiles - before)
    return float(off[shares.probabilities > before].max())


def redrawn(fit: Fit, windows: Windows, luck: np.random.Generator) -> Sample:
    """Return what would be seen through *windows* if *fit* were the law."""
    old, left = windows.old, windows.seconds
    first = np.where(old, _rests(fit, len(left), luck), _durations(fit, len(left), luck))
    over = first < left
    rest_ended, rest_running = first[over & old], left[~over & old]
    ended, running = [first[over & ~old]], [left[~over & ~old]]
    left = (left - first)[over] if windows.renews else left[:0]
    while len(left):
        new = _durations(fit, len(left), luck)
        over = new < left
        ended.append(new[over])
        running.append(left[~over])
        left = (left - new)[over]
    return Sample(np.concatenate(ended), np.concatenate(running), rest_ended, rest_running)


def _durations(fit: Fit, count: int, luck: np.random.Generator) -> Seconds:
    logs = luck.standard_normal(count) if fit.family is Family.LOGNORMAL else np.log(luck.standard_exponential(count))
    return np.exp(fit.mu + fit.sigma * logs)


def _rests(fit: Fit, count: int, luck: np.random.Generator) -> Seconds:
    """Draw what is left at a moment: it falls into long durations as they are long, and anywhere within them."""
    if fit.family is Family.LOGNORMAL:
        logs = fit.sigma + luck.standard_normal(count)
    else:
        logs = np.log(luck.standard_gamma(1 + fit.sigma, count))
    return luck.random(count) * np.exp(fit.mu + fit.sigma * logs)
