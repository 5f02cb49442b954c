"""Part `crews`: the kernel beside RePyability's compiled engine, on what both express: few hands, spares that never run out."""

from collections.abc import Callable
from importlib import import_module
from math import sqrt
from typing import Any

from benchmarks.engine.machines_model import DAYS, ENOUGH, GROUP, LIFE_DAYS, REPAIR_DAYS, Size, plant_of, size_of
from benchmarks.engine.rounds import Contestant, amount, show, take_turns
from simulator.kernel.running import Kernel
from simulator.plant.columns import Column, columns

MACHINES, RUNS = 100, 4_000
Z95 = 1.96
Estimate = Callable[[int], tuple[float, float]]
"""Simulates with a seed; returns the availability, with the half width of its interval of 95 %."""


def measure() -> None:
    """Measure and print, or say that RePyability is not installed."""
    size = size_of(MACHINES)
    try:
        block_diagram = _block_diagram(size)
    except ImportError:
        print("\nCrews: RePyability is not installed; pip install 'continuance[exact]'\n")
        return
    estimates = {"kernel": _kernel(size), "RePyability": _repyability(block_diagram)}
    found = {name: estimate(0) for name, estimate in estimates.items()}
    speeds = take_turns({name: _contestant(estimate) for name, estimate in estimates.items()})
    show(
        f"Unlimited spares, {size.crew} crew, N = {size.machines}: runs a second of processor time (goal: 5 × RePyability)",
        ("engine", "runs/s", "kernel is so many times as fast", "availability of all groups"),
        [
            (name, amount(speeds.of(name)), f"{speeds.times('kernel', name):.1f} ×", f"{mean:.6f} ± {half_width:.6f}")
            for name, (mean, half_width) in found.items()
        ],
    )


def _contestant(estimate: Estimate) -> Contestant:
    def run(turn: int) -> float:
        estimate(turn + 1)
        return RUNS

    return run


def _kernel(size: Size) -> Estimate:
    plant = plant_of(size, spares_run_out=False)
    kernel = Kernel(plant)
    availability = columns(plant.names).index(Column("services", "all", "availability"))

    def estimate(seed: int) -> tuple[float, float]:
        found = kernel.run(seed, 0, RUNS)[:, availability]
        return float(found.mean()), Z95 * float(found.std(ddof=1)) / sqrt(RUNS)

    return estimate


def _repyability(block_diagram: Any) -> Estimate:
    """Simulate plainly, as the kernel does, and keep no curve over time, which is the least that RePyability can be asked for."""
    plainly = {"engine": "numba", "control_variate": False, "conditional": False, "curve_points": 1}

    def estimate(seed: int) -> tuple[float, float]:
        found = block_diagram.availability(DAYS, mc_samples=RUNS, seed=seed, **plainly).mean_availability_interval()
        return found.estimate, Z95 * found.standard_error

    return estimate


def _block_diagram(size: Size) -> Any:
    """Return the groups in series, each of whose vertices needs so many of its components. Raises ImportError."""
    repyability, surpyval = import_module("repyability"), import_module("surpyval")
    unit = {
        "reliability": surpyval.Exponential.from_params([1 / LIFE_DAYS]),
        "repairability": surpyval.Exponential.from_params([1 / REPAIR_DAYS]),
    }
    edges: list[tuple[str, str]] = []
    components: dict[str, Any] = {}
    before = "in"
    groups = {f"group-{first}": range(first, first + GROUP) for first in range(0, size.machines, GROUP)}
    for group, machines in groups.items():
        for machine in (f"machine-{number}" for number in machines):
            edges += [(before, machine), (machine, group)]
            components[machine] = unit
        components[group] = repyability.PerfectReliability
        before = group
    edges.append((before, "out"))
    return repyability.RepairableRBD(edges, components, k=dict.fromkeys(groups, ENOUGH), repair_crews=size.crew)
