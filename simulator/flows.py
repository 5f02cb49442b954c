"""Rates that change with the calendar: how much has flowed between two times, and when a given amount will have."""

from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache

from simulator.calendars import open_spans
from topology.quantities import DAY
from topology.work import Flow


class Rate:
    """A rate that is constant between its corners and zero beyond the last; `total[i]` has flowed by `corners[i]`."""

    __slots__ = ("corners", "per_second", "total")

    def __init__(self, corners: list[float], per_second: list[float]) -> None:
        self.corners = corners
        self.per_second = per_second
        self.total = [0.0]
        for begins, ends, rate in zip(corners, corners[1:], per_second, strict=False):
            self.total.append(self.total[-1] + rate * (ends - begins))

    def until(self, at: float) -> float:
        """Return how much has flowed by *at*."""
        index = bisect_right(self.corners, at) - 1
        if index < 0:
            return 0.0
        if index >= len(self.corners) - 1:
            return self.total[-1]
        return self.total[index] + self.per_second[index] * (at - self.corners[index])

    def between(self, begins: float, ends: float) -> float:
        """Return how much flows from *begins* to *ends*."""
        return self.until(ends) - self.until(begins)

    def when(self, begins: float, amount: float) -> float:
        """Return the first time at which *amount* has flowed since *begins*; infinity if it never does."""
        goal = self.until(begins) + amount
        if amount <= 0:
            return begins
        if goal > self.total[-1]:
            return float("inf")
        low, high = 0, len(self.total) - 1
        while high - low > 1:
            middle = (low + high) // 2
            if self.total[middle] < goal:
                low = middle
            else:
                high = middle
        return max(begins, self.corners[low] + (goal - self.total[low]) / self.per_second[low])

    def minus(self, other: "Rate", scale: float = 1.0) -> "Rate":
        """Return what is left of this rate, times *scale*, after the *other*, never below zero."""
        corners = sorted({*self.corners, *other.corners})
        return Rate(corners, [max(0.0, self.at(t) * scale - other.at(t)) for t in corners[:-1]])

    def at(self, at: float) -> float:
        """Return the rate in the piece that begins at or contains *at*."""
        index = bisect_right(self.corners, at) - 1
        return self.per_second[index] if 0 <= index < len(self.corners) - 1 else 0.0


NOTHING = Rate([0.0], [])


@lru_cache(maxsize=256)
def rate_of(flows: tuple[Flow, ...], start: str, horizon_seconds: float) -> Rate:
    """Return the sum of *flows* as a rate from second 0 (the wall time *start*) to the horizon.

    A flow with a calendar spreads its day's amount evenly over the open hours; a holiday's amount does not come at all.
    """
    steps: dict[float, float] = {0.0: 0.0, horizon_seconds: 0.0}
    for flow in flows:
        for opens, closes, per_second in _pieces(flow, start, horizon_seconds):
            since, until = max(opens, 0.0), min(closes, horizon_seconds)
            steps[since] = steps.get(since, 0.0) + per_second
            steps[until] = steps.get(until, 0.0) - per_second
    corners = sorted(steps)
    rates: list[float] = []
    rate = 0.0
    for corner in corners[:-1]:
        rate += steps[corner]
        rates.append(rate if rate > 1e-15 else 0.0)  # what remains of a sum that ought to be zero
    return Rate(corners, rates)


def _pieces(flow: Flow, start: str, horizon_seconds: float) -> Iterator[tuple[float, float, float]]:
    """Yield when *flow* runs, and how fast: a day on which the clock changes has the same amount in another number of hours."""
    if flow.calendar is None:
        yield 0.0, horizon_seconds, flow.amount_per_day / DAY
    else:
        for opens, closes in open_spans(flow.calendar, start, horizon_seconds):
            yield opens, closes, flow.amount_per_day / (closes - opens)
