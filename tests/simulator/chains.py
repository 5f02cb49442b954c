"""Birth-death chains solved by hand: what the simulator must agree with, computed without any of its code."""

import math
from collections.abc import Sequence


def average_occupancy(births: Sequence[float], deaths: Sequence[float], horizon: float, steps: int) -> list[float]:
    """Return the share of the time from 0 to *horizon* in each state, from state 0: the forward equations by Runge-Kutta.

    *births[k]* leads from k to k + 1, *deaths[k]* from k to k - 1; *steps* must be many for the fastest of them.
    """
    size = len(births)
    width = horizon / steps
    p = [1.0] + [0.0] * (size - 1)
    total = [0.0] * size

    def change(p: Sequence[float]) -> list[float]:
        flow = [births[k] * p[k] - deaths[k + 1] * p[k + 1] for k in range(size - 1)]
        return [(flow[k - 1] if k else 0.0) - (flow[k] if k < size - 1 else 0.0) for k in range(size)]

    for _ in range(steps):
        a = change(p)
        b = change([x + width / 2 * y for x, y in zip(p, a, strict=True)])
        c = change([x + width / 2 * y for x, y in zip(p, b, strict=True)])
        d = change([x + width * y for x, y in zip(p, c, strict=True)])
        after = [x + width / 6 * (i + 2 * j + 2 * k + m) for x, i, j, k, m in zip(p, a, b, c, d, strict=True)]
        total = [x + width / 2 * (y + z) for x, y, z in zip(total, p, after, strict=True)]
        p = after
    return [each / horizon for each in total]


def stationary(births: Sequence[float], deaths: Sequence[float]) -> list[float]:
    """Return the share of the time in each state in the long run."""
    weights = [1.0]
    for k in range(1, len(births)):
        weights.append(weights[-1] * births[k - 1] / deaths[k])
    return [each / sum(weights) for each in weights]


def machine_repair(machines: int, crews: int, life: float, repair: float, horizon: float, steps: int, most: int) -> float:
    """Return the average share of *machines* that are down, from all up; no more than *most* at a time are reckoned with."""
    births = [(machines - k) / life if k < most else 0.0 for k in range(most + 1)]
    deaths = [min(k, crews) / repair for k in range(most + 1)]
    shares = average_occupancy(births, deaths, horizon, steps)
    return sum(k * share for k, share in enumerate(shares)) / machines


def missing_units(slots: int, base_stock: int, life: float, lead_time: float) -> list[float]:
    """Return how likely it is, in the long run, that 0, 1, … units are missing from *slots*.

    As many orders are under way as units have failed and not been replaced in the stores. Orders do not wait for each other, so
    their number depends on the lead time only through its mean (insensitivity), and a fixed one is as good as an exponential one.
    """
    most = slots + base_stock
    births = [min(slots, most - k) / life for k in range(most + 1)]
    deaths = [k / lead_time for k in range(most + 1)]
    under_way = stationary(births, deaths)
    return [sum(under_way[: base_stock + 1]), *under_way[base_stock + 1 :]]


def group_unavailability(missing: Sequence[float], slots: int, group: int, required: int) -> float:
    """Return how likely a group of *group* of the *slots* has fewer than *required* units: whichever are missing is pure chance."""
    down = 0.0
    for count, share in enumerate(missing):
        ways = math.comb(slots, count)
        few = range(group - required + 1, min(group, count) + 1)
        down += share * sum(math.comb(group, lost) * math.comb(slots - group, count - lost) for lost in few) / ways
    return down
