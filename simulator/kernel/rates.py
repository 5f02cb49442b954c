"""Rates that change with the calendar, as in `simulator.flows`."""

import math

from simulator.kernel.compiled import compiled
from simulator.kernel.reaching import Root, corner_at, rate_at


@compiled
def until(w: Root, rate: int, at: float) -> float:
    """Return how much has flowed by *at*."""
    r = rate_at(w, rate)
    low, high = r.corners, r.corners_end
    while low < high:
        middle = (low + high) // 2
        if at < corner_at(w, middle).at:
            high = middle
        else:
            low = middle + 1
    if low == r.corners:
        return 0.0
    corner = corner_at(w, low - 1)
    if low == r.corners_end:
        return corner.total
    return corner.total + corner.per_second * (at - corner.at)


@compiled
def between(w: Root, rate: int, begins: float, ends: float) -> float:
    """Return how much flows from *begins* to *ends*."""
    return until(w, rate, ends) - until(w, rate, begins)


@compiled
def when(w: Root, rate: int, begins: float, amount: float) -> float:
    """Return the first time at which *amount* has flowed since *begins*; infinity if it never does."""
    goal = until(w, rate, begins) + amount
    if amount <= 0:
        return begins
    r = rate_at(w, rate)
    if goal > corner_at(w, r.corners_end - 1).total:
        return math.inf
    low, high = r.corners, r.corners_end - 1
    while high - low > 1:
        middle = (low + high) // 2
        if corner_at(w, middle).total < goal:
            low = middle
        else:
            high = middle
    corner = corner_at(w, low)
    return max(begins, corner.at + (goal - corner.total) / corner.per_second)
