"""How long a plan takes: its graph sampled, step by step, from what such steps took before.

Percentiles of steps are never added up: what runs side by side waits for the slowest, and not every step is slow at once.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

from failover.core.planner import Plan, PlannedStep
from topology.draws import Stream, run_key
from topology.laws import Law, quantile


class Span(NamedTuple):
    """The middle and the nearly worst of many samples, in seconds."""

    p50: float
    p95: float


class Forecast(NamedTuple):
    """How long the whole takes, and each step by its id."""

    total: Span
    steps: dict[str, Span]


def forecast(plan: Plan, law_of: Callable[[PlannedStep], Law], samples: int = 1000, seed: int = 0) -> Forecast:
    """Sample *plan* so many times: a step begins when the last of its predecessors ends.

    Raises ValueError for a plan of no steps.
    """
    if not plan.steps:
        raise ValueError(f"there is nothing to forecast: nobody can take over in '{plan.cluster}'")
    totals: list[float] = []
    taken: dict[str, list[float]] = {step.id: [] for step in plan.steps}
    laws = {step.id: law_of(step) for step in plan.steps}
    for number in range(samples):
        run = run_key(seed, number)
        ends: dict[str, float] = {}
        for step in plan.steps:
            seconds = quantile(laws[step.id], Stream(run, step.id, "forecast").next())
            taken[step.id].append(seconds)
            ends[step.id] = max((ends[each] for each in step.after), default=0.0) + seconds
        totals.append(max(ends.values()))
    return Forecast(_span(totals), {key: _span(values) for key, values in taken.items()})


def _span(values: list[float]) -> Span:
    ordered = sorted(values)
    return Span(_percentile(ordered, 0.50), _percentile(ordered, 0.95))


def _percentile(ordered: list[float], share: float) -> float:
    """The smallest value that at least *share* of all do not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
