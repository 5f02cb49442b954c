"""A histogram that forgets the order: the same values give the same counts, however they were shared out and put together again.

Each value above 0 falls into one of 128 bins an octave, so a quantile read off it is wrong by at most RELATIVE_ERROR of itself; 0
has a bin of its own. It grows with the range of the values, not with their number.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

BINS_PER_OCTAVE = 128
RELATIVE_ERROR = 1 / (2 * BINS_PER_OCTAVE)
ZERO = -(1 << 40)
"""The bin of 0."""


class Histogram:
    """Counts of values that are 0 or more, by bin."""

    def __init__(self) -> None:
        self.counts: dict[int, int] = {}
        self.total = 0

    def add(self, values: NDArray[np.float64]) -> None:
        """Count *values*."""
        fraction, exponent = np.frexp(values)
        bins = exponent.astype(np.int64) * BINS_PER_OCTAVE + ((fraction - 0.5) * (2 * BINS_PER_OCTAVE)).astype(np.int64)
        found, counts = np.unique(np.where(values > 0.0, bins, ZERO), return_counts=True)
        for each, count in zip(found.tolist(), counts.tolist(), strict=True):
            self.counts[each] = self.counts.get(each, 0) + count
        self.total += len(values)

    def quantile(self, share: float) -> float:
        """Return the value that *share* of all stay at or below, from the middle of its bin."""
        below = 0
        for each, count in sorted(self.counts.items()):
            below += count
            if below >= share * self.total:
                return middle_of(each)
        raise ValueError("a histogram of nothing has no quantiles")

    def exceeded(self) -> Iterator[tuple[float, int]]:
        """Yield each value that occurs, and how many are greater."""
        above = self.total
        for each, count in sorted(self.counts.items()):
            above -= count
            yield middle_of(each), above


def middle_of(each: int) -> float:
    """Return the value in the middle of a bin."""
    if each == ZERO:
        return 0.0
    exponent, place = divmod(each, BINS_PER_OCTAVE)
    return float(np.ldexp(0.5 + (place + 0.5) / (2 * BINS_PER_OCTAVE), exponent))
