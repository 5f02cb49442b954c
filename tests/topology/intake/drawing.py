"""Samples drawn from known laws, as watching would have met them."""

import numpy as np

from topology.intake.fit_check import Windows, redrawn
from topology.intake.fitting import Family, Fit, Sample, mean_offset

NOTHING = np.array([])


def law(family: Family, mean: float, sigma: float) -> Fit:
    """The law of *family* with this mean and *sigma* (a Weibull's shape is 1/σ)."""
    return Fit(family, float(np.log(mean)) - mean_offset(family, sigma), sigma, 0.0)


def renewals(truth: Fit, things: int, seconds: float, seed: int, old: bool = True) -> Sample:
    """Lives of *things* that were watched for *seconds* each, of unknown age (*old*) or new when that began."""
    windows = Windows(np.full(things, seconds), np.full(things, old), renews=True)
    return redrawn(truth, windows, np.random.default_rng(seed))


def complete(truth: Fit, count: int, seed: int) -> Sample:
    """*count* durations that all ended."""
    windows = Windows(np.full(count, np.inf), np.full(count, False), renews=False)
    return redrawn(truth, windows, np.random.default_rng(seed))
