"""Part `features`: the kernel on a network with everything, beside SimPy's own way to write it."""

from math import sqrt
from statistics import fmean, stdev

import numpy as np

from benchmarks.engine.features_model import plant_of
from benchmarks.engine.features_simpy import History, design
from benchmarks.engine.rounds import amount, show, take_turns
from simulator.kernel.running import Kernel
from simulator.plant.columns import EVENTS, columns
from topology.quantities import HOUR

SIZES = (20, 100, 1_000, 10_000)
FAST_TRANSITIONS, SLOW_TRANSITIONS = 2_000_000, 50_000
"""In a round, of the kernel and of SimPy."""


def measure() -> None:
    """Measure and print; what both say of the same network stands beside their speeds."""
    rows = [_row(count) for count in SIZES]
    show(
        "Everything at once: transitions a second of processor time (goals: 5 M at 1,000 servers; 50 × SimPy)",
        ("servers", "kernel", "idiomatic SimPy", "times", "transitions a run", "by SimPy", "hours down a run", "by SimPy"),
        rows,
    )


def _row(count: int) -> tuple[str, ...]:
    plant = plant_of(count)
    kernel = Kernel(plant)
    found = columns(plant.names)
    events = found.index(EVENTS)
    downtimes = [number for number, column in enumerate(found) if column.measure == "downtime_seconds"]
    per_run = kernel.run(0, 0, 1)[0, events]
    runs, few = max(1, int(FAST_TRANSITIONS / per_run)), max(1, int(SLOW_TRANSITIONS / per_run))
    prepared = design(plant.plan)
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []

    def compiled(turn: int) -> float:
        measured = kernel.run(turn, 0, runs)
        ours.extend(zip(measured[:, events], measured[:, downtimes].sum(axis=1) / HOUR, strict=True))
        return float(np.sum(measured[:, events]))

    def idiomatic(turn: int) -> float:
        histories = [History(prepared, turn * few + number) for number in range(few)]
        for history in histories:
            history.run()
        theirs.extend((history.events, history.down_seconds / HOUR) for history in histories)
        return sum(history.events for history in histories)

    speeds = take_turns({"kernel": compiled, "SimPy": idiomatic})
    means = (_mean(each) for column in zip(zip(*ours, strict=True), zip(*theirs, strict=True), strict=True) for each in column)
    return (
        f"{count:,}",
        amount(speeds.of("kernel")),
        amount(speeds.of("SimPy")),
        f"{speeds.times('kernel', 'SimPy'):,.0f} ×",
        *means,
    )


def _mean(values: tuple[float, ...]) -> str:
    """Return the mean of *values* with the half width of its interval of 95 %."""
    return f"{fmean(values):,.0f} ± {1.96 * stdev(values) / sqrt(len(values)):,.0f}"
