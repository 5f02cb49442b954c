"""What one more of each thing would be worth: every change simulated on the same luck as the network as it stands, run by run.

A draw is decided by seed, run, entity, cause and index, so a change alters nothing but its consequences, and the difference of two
runs of one number is far surer than the two themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.plant.columns import columns
from simulator.plant.compiling import compile_plant
from simulator.plant.fitting import fit_switchovers
from simulator.plant.plant import Plant
from simulator.plant.switchover import Switchover
from simulator.runs.carrying_out import carry_out, chunks_of
from simulator.runs.changes import Change, changes_of
from simulator.runs.engines import EngineName
from simulator.runs.summary import Moments
from topology.laws import Law
from topology.model import Topology
from topology.quantities import HOUR

Measured = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Worth:
    """What a change saves in a run, with its interval of 95 %: in the network's currency, or where nothing costs, in seconds."""

    title: str
    saved: float
    half_width: float
    saved_by_service: dict[str, float]
    """Seconds not available that each service is spared."""

    @property
    def certain(self) -> bool:
        """Whether the interval leaves no doubt that it helps."""
        return self.saved > self.half_width


@dataclass(frozen=True, slots=True)
class Trial:
    """How the changes are tried: *runs* of the network as it stands, and of each change."""

    plant: Plant
    operator: Law | None
    runs: int
    seed: int
    engine: EngineName
    workers: int


def weigh_changes(trial: Trial, told: Callable[[str], None] = lambda title: None) -> list[Worth]:
    """Return what every change is worth, the best first; *told* of each before it is tried."""
    found = []
    for change in changes_of(trial.plant.plan.topology):
        told(change.title)
        found.append(_weigh(trial, change))
    return sorted(found, key=lambda worth: (-worth.saved, worth.title))


def _weigh(trial: Trial, change: Change) -> Worth:
    plan = trial.plant.plan
    changed = compile_plant(change.topology, plan.start, plan.horizon_seconds, _switchovers(trial, change.topology))
    prices = _prices(plan.topology)
    moments: Moments | None = None
    chunks = list(chunks_of(trial.plant, trial.runs))
    before = carry_out(trial.plant, trial.engine, trial.seed, iter(chunks), trial.workers)
    after = carry_out(changed, trial.engine, trial.seed, iter(chunks), trial.workers)
    for old, new in zip(before, after, strict=True):
        spared = _unavailable(trial.plant, old) - _unavailable(changed, new)
        chunk = Moments.of(np.column_stack([spared @ prices, spared]))
        if moments is None:
            moments = chunk
        else:
            moments.add(chunk)
    assert moments is not None
    by_service = dict(zip(plan.topology.services, moments.mean[1:].tolist(), strict=True))
    return Worth(change.title, float(moments.mean[0]), float(moments.half_widths()[0]), by_service)


def _switchovers(trial: Trial, topology: Topology) -> dict[str, Switchover]:
    """Those of the network as it stands; fitted anew for a cluster that has other members now."""
    plan = trial.plant.plan
    same = all(cluster.members == plan.topology.clusters[name].members for name, cluster in topology.clusters.items())
    return plan.switchovers if same else fit_switchovers(topology, trial.operator, plan.start)


def _unavailable(plant: Plant, measured: Measured) -> Measured:
    """Return for how many seconds each service was not available, run by run."""
    wanted = [number for number, column in enumerate(columns(plant.names)) if column.measure == "availability"]
    found: Measured = (1.0 - measured[:, wanted]) * plant.plan.horizon_seconds
    return found


def _prices(topology: Topology) -> Measured:
    """Return what a second without each service costs; where nothing has a cost, each second of each counts as one."""
    costs = [service.cost_per_hour.amount / HOUR if service.cost_per_hour else 0.0 for service in topology.services.values()]
    return np.array(costs if any(costs) else [1.0] * len(costs))
