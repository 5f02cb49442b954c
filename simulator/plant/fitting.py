"""Fits the switchovers of clusters from the failover core's own runs: it loses each primary again and again, class by class.

What is lost comes back only where that is what is measured, and nothing else fails meanwhile; so a run ends with a standby that
serves, or with none: held back by its policy, halted, or waiting for a person who never comes.
"""

import math
from collections.abc import Iterator
from dataclasses import replace

from scenarios.model import Fault, FaultKind, Response, Scenario
from simulator.plant.switchover import Switchover
from simulator.run import Run
from timeline.record import Kind
from topology.laws import Empirical, Fixed, Law
from topology.model import Cluster, Mode, Stage, StageKind, Topology
from topology.quantities import DAY

LOST_AT_SECONDS = 100.0
HORIZON_SECONDS = 30 * DAY
"""After this long without a standby that serves, there never is one."""
SAMPLES = 60
ENOUGH_IN_VAIN = 6
"""So many samples in which nobody took over, and no others, mean that nobody ever does."""
AWAY_SECONDS = DAY


def fit_switchovers(topology: Topology, operator: Law | None, start: str) -> dict[str, Switchover]:
    """Return the switchovers of all clusters of *topology*, where an *operator* answers by that law, or never."""
    return {cluster.name: _fit(topology, cluster, operator, start) for cluster in topology.clusters.values()}


def _fit(topology: Topology, cluster: Cluster, operator: Law | None, start: str) -> Switchover:
    quiet = replace(topology, workloads={})

    def sampled(faults: tuple[Fault, ...]) -> Empirical:
        return Empirical(tuple(sorted(_samples(quiet, cluster, operator, start, faults))))

    unfenced = Fault(0.0, FaultKind.FENCE_UNPOWERED, (cluster.primary,))
    host = _loss(cluster.primary)
    alone = sampled((host,)), sampled((unfenced, host))
    shared = _shared(topology, cluster)
    together = alone if shared is None else (sampled((_loss(shared),)), sampled((unfenced, _loss(shared))))
    return Switchover((*alone, *together), _returns(quiet, cluster, start))


def _loss(name: str) -> Fault:
    return Fault(LOST_AT_SECONDS, FaultKind.FAIL, (name,), recover=())


def _shared(topology: Topology, cluster: Cluster) -> str | None:
    """Return what the primary's host hangs on directly and another member's does not: its loss leaves somebody to take over."""
    primary, *others = (topology.hosts[name] for name in (cluster.primary, *(m for m in cluster.members if m != cluster.primary)))
    below = [*primary.uses, *([primary.site] if primary.site else [])]
    return next((name for name in below if any(name not in (*other.uses, other.site) for other in others)), None)


def _samples(topology: Topology, cluster: Cluster, operator: Law | None, start: str, faults: tuple[Fault, ...]) -> Iterator[float]:
    """Yield how long the cluster was without service, run after run."""
    served = False
    for run in range(SAMPLES):
        down, up = _outage(topology, cluster, operator, start, faults, run)
        served = served or up < math.inf
        yield up - down
        if not served and run + 1 == ENOUGH_IN_VAIN:
            return


def _outage(
    topology: Topology, cluster: Cluster, operator: Law | None, start: str, faults: tuple[Fault, ...], run: int
) -> tuple[float, float]:
    """Return when the cluster was lost, and when it served again."""
    response = Response("fitted", "", topology, operator)
    scenario = Scenario("fit", "", "", topology, start, HORIZON_SECONDS, faults, (response,))
    timeline, _ = Run(scenario, response, seed=0, run=run).finish()
    told = timeline.about(Kind.CLUSTER, cluster.name)
    down = next((record.at for record in told if record.state == "down"), LOST_AT_SECONDS)
    return down, next((record.at for record in told if record.state == "up" and record.at >= down), math.inf)


def _returns(topology: Topology, cluster: Cluster, start: str) -> Empirical:
    """Return how long after its host is back the primary serves again, where nobody has taken over."""
    watching = replace(cluster, policy=replace(cluster.policy, mode=Mode.OBSERVE))
    topology = replace(topology, clusters={**topology.clusters, cluster.name: watching})
    away = (Stage(StageKind.WAIT, Fixed(AWAY_SECONDS)),)
    faults = (Fault(LOST_AT_SECONDS, FaultKind.FAIL, (cluster.primary,), recover=away),)
    found = []
    for run in range(ENOUGH_IN_VAIN):
        _, up = _outage(topology, watching, None, start, faults, run)
        found.append(up - LOST_AT_SECONDS - AWAY_SECONDS)
    return Empirical(tuple(sorted(found)))
