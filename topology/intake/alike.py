"""Whether the failures of a kind may share one law: not more of them as time goes on, and not most of them on one thing."""

import math
from collections import Counter
from collections.abc import Sequence

from scipy.stats import binom

HARDLY_CHANCE = 0.01
"""Below this something is said: these tests are made of every kind, and one in twenty would speak up without cause."""
ENOUGH = 5


def trend(failed: Sequence[float], since: float, until: float) -> float:
    """Return Laplace's statistic: standard normal if nothing changes, above 0 if the moments *failed* lie late.

    Their mean is normal about the middle, with variance width² / 12 n (Ascher and Feingold, Repairable Systems Reliability, 1984).
    """
    n = len(failed)
    return (math.fsum(failed) / n - (since + until) / 2) / ((until - since) / math.sqrt(12 * n))


def most_often(names: Sequence[str], count: int) -> tuple[str, int, float]:
    """Return which of *count* things failed most often in *names*, how often, and at most how probable that is by chance alone.

    Each failure falls on each thing alike; the bound is Bonferroni's.
    """
    ((name, times),) = Counter(names).most_common(1)
    return name, times, min(1.0, count * float(binom.sf(times - 1, len(names), 1 / count)))


def cautions(failures: Sequence[tuple[str, float]], count: int, since: float, until: float) -> list[str]:
    """Say what speaks against one law for *failures* (name, moment) of *count* things watched from *since* to *until*."""
    if len(failures) < ENOUGH:
        return []
    found = []
    off = trend([at for _, at in failures], since, until)
    if math.erfc(abs(off) / math.sqrt(2)) < HARDLY_CHANCE:
        way = "more frequent (they age together, or were new when watching began: --new)" if off > 0 else "rarer"
        found.append(f"failures became {way}, by Laplace's test: the law averages over better and worse times")
    name, times, chance = most_often([each for each, _ in failures], count)
    if chance < HARDLY_CHANCE:
        found.append(
            f"{name} had {times} of the {len(failures)} failures, hardly by chance: with a role or laws of its own it would not "
            "make the others look worse"
        )
    return found
