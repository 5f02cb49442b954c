"""What many histories come to: for each measure its mean with an interval, quantiles and the largest; chunk after chunk."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.plant.columns import Column
from simulator.runs.histogram import Histogram

Measured = NDArray[np.float64]
Z975 = 1.959963984540054
"""The 97.5 % quantile of the standard normal distribution."""
BEYOND_MIN = 10
"""So many runs must lie beyond a quantile for it to be told without a warning."""
DIFFERENT_MIN = 30
"""So many runs must have had the event at all for the interval of its mean to be trusted."""


@dataclass
class Moments:
    """Mean and spread of every measure, added up in the order of the runs: the same to the last bit however they were computed."""

    runs: int
    mean: Measured
    squares: Measured
    """Σ (value − mean)²."""
    largest: Measured
    occurred: NDArray[np.int64]
    """In how many runs it was not 0."""

    @classmethod
    def of(cls, measured: Measured) -> "Moments":
        """Return those of one chunk."""
        runs = len(measured)
        mean = _total(measured) / runs
        return cls(runs, mean, _total((measured - mean) ** 2), measured.max(axis=0), np.count_nonzero(measured, axis=0))

    def add(self, other: "Moments") -> None:
        """Add those of the chunk that follows."""
        runs = self.runs + other.runs
        apart = other.mean - self.mean
        self.squares = self.squares + other.squares + apart * apart * (self.runs * other.runs / runs)
        self.mean = self.mean + apart * (other.runs / runs)
        self.largest = np.maximum(self.largest, other.largest)
        self.occurred = self.occurred + other.occurred
        self.runs = runs

    def half_widths(self) -> Measured:
        """Return how far the interval of 95 % reaches from each mean, to either side."""
        return Z975 * np.sqrt(self.squares / max(1, self.runs - 1) / self.runs)


def _total(measured: Measured) -> Measured:
    """Add up row after row: unlike numpy's sum, in the same order on every machine."""
    total: Measured = np.add.accumulate(measured, axis=0)[-1]
    return total


class Summary:
    """Everything that is told of many histories. Add the chunks in the order of their runs."""

    def __init__(self, columns: list[Column]) -> None:
        self.columns = columns
        self.moments: Moments | None = None
        self.histograms = {number: Histogram() for number, column in enumerate(columns) if column.measure in DISTRIBUTED}
        self._numbers = {column: number for number, column in enumerate(columns)}

    @property
    def runs(self) -> int:
        """How many histories it is made of."""
        return self.moments.runs if self.moments else 0

    def add(self, measured: Measured) -> None:
        """Add a chunk."""
        moments = Moments.of(measured)
        if self.moments is None:
            self.moments = moments
        else:
            self.moments.add(moments)
        for number, histogram in self.histograms.items():
            histogram.add(measured[:, number])

    def mean(self, column: Column) -> float:
        """Return the mean of a measure."""
        assert self.moments is not None
        return float(self.moments.mean[self._numbers[column]])

    def half_width(self, column: Column) -> float:
        """Return how far its interval of 95 % reaches to either side."""
        assert self.moments is not None
        return float(self.moments.half_widths()[self._numbers[column]])

    def largest(self, column: Column) -> float:
        """Return the largest value of all runs."""
        assert self.moments is not None
        return float(self.moments.largest[self._numbers[column]])

    def occurred(self, column: Column) -> int:
        """Return in how many runs it was not 0."""
        assert self.moments is not None
        return int(self.moments.occurred[self._numbers[column]])

    def quantile(self, column: Column, share: float) -> float:
        """Return a quantile of a measure that has a histogram."""
        return min(self.histograms[self._numbers[column]].quantile(share), self.largest(column))

    def exceedance(self, column: Column) -> list[tuple[float, float]]:
        """Return (value, share of runs above it), from the smallest value on."""
        return [(value, above / self.runs) for value, above in self.histograms[self._numbers[column]].exceeded()]


DISTRIBUTED = frozenset({"downtime_seconds", "longest_outage_seconds", "stale_seconds", "lost", "manual", "backlog_peak"})
"""The measures whose quantiles are told."""


def too_few(runs: int, share: float) -> bool:
    """Say whether *runs* are too few to speak of what *share* of them stay below."""
    return runs * (1 - share) < BEYOND_MIN


def runs_for(share: float) -> int:
    """Return how many runs it takes to speak of what *share* of them stay below."""
    return math.ceil(BEYOND_MIN / (1 - share) - 1e-9)
