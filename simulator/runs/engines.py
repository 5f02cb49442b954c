"""The two engines behind one face: so many histories from a number on, a row each, the same bits from both."""

from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.plant.plant import Plant
from topology.laws import Law, mean_seconds

Measured = NDArray[np.float64]
COMPILED_FROM = 50_000
"""Transitions in all from which the kernel, which takes a second to load, is quicker."""
PER_FAILURE = 3
"""Transitions a failure brings about, about."""


class EngineName(StrEnum):
    """What `--engine` takes."""

    AUTO = "auto"
    SIMPY = "simpy"
    COMPILED = "compiled"


class Engine(Protocol):
    """What makes histories."""

    def run(self, seed: int, first: int, runs: int) -> Measured:
        """Return what so many histories from number *first* come to."""
        ...


class Reference:
    """The reference engine, on SimPy."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant

    def run(self, seed: int, first: int, runs: int) -> Measured:
        """Return what so many histories from number *first* come to."""
        from simulator.reference.measuring import measure_history

        rows = [measure_history(self._plant.plan, self._plant.names.pools, seed, run)[0] for run in range(first, first + runs)]
        return np.array(rows, np.float64)


def engine_for(plant: Plant, name: EngineName) -> Engine:
    """Return a new engine, for one thread."""
    if name is EngineName.SIMPY:
        return Reference(plant)
    from simulator.kernel.running import Kernel

    return Kernel(plant)


def expected_transitions(plant: Plant) -> float:
    """Return about how many transitions one history has."""
    topology = plant.plan.topology
    lives: list[tuple[Law | None, int]] = [(site.fails, 1) for site in topology.sites.values()]
    lives += [(component.fails, 1) for component in topology.components.values()]
    lives += [(host.fails, 1) for host in topology.hosts.values()]
    lives += [
        (topology.parts[part].life, fitting.installed) for host in topology.hosts.values() for part, fitting in host.parts.items()
    ]
    lives += [(cause.law, sum(cause.fails.values())) for cause in topology.common_causes.values()]
    rate = sum(count / max(mean_seconds(law), 1e-9) for law, count in lives if law is not None)
    return 1 + PER_FAILURE * rate * plant.plan.horizon_seconds
