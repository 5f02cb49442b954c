"""The policies that schedules are played under, and the topologies that have them: made once, for thousands of schedules."""

from dataclasses import replace

from simulator.fuzzing.luck import Luck
from topology.laws import Fixed, Law
from topology.model import Mode, Policy, Topology

AUTOMATIC, MANUAL, OBSERVE = Mode.AUTOMATIC, Mode.MANUAL, Mode.OBSERVE
MINUTE = 60.0

POLICIES: dict[Policy, float] = {
    Policy(AUTOMATIC, 3.0, 10.0, attempts=3, within_seconds=15 * MINUTE): 25,
    Policy(AUTOMATIC, 5.0, 3.0, attempts=2, within_seconds=5 * MINUTE, restart_seconds=10.0): 15,
    Policy(AUTOMATIC, 3.0, 60.0, attempts=1, within_seconds=15 * MINUTE, restart_seconds=0.0): 10,
    Policy(AUTOMATIC, 3.0, 5.0, attempts=2, within_seconds=10 * MINUTE, vantage_quorum=3): 10,
    Policy(Mode.APPROVE, 3.0, 10.0, approvals=1, attempts=2, within_seconds=10 * MINUTE): 10,
    Policy(Mode.APPROVE, 3.0, 5.0, approvals=2, attempts=2, within_seconds=15 * MINUTE, restart_seconds=10.0): 14,
    Policy(MANUAL, 3.0, 10.0): 8,
    Policy(OBSERVE, 3.0, 10.0): 3,
}
"""Each with how often it is drawn, where as many vantage points are as it needs. A policy is that of every cluster."""


class Policies:
    """One *topology* under each policy."""

    def __init__(self, topology: Topology) -> None:
        self._under: dict[Policy, Topology] = {}
        watching = len(topology.vantage_points())
        self._weights = {policy: weight for policy, weight in POLICIES.items() if policy.vantage_quorum <= watching}
        for policy in self._weights:
            clusters = {name: replace(cluster, policy=policy) for name, cluster in topology.clusters.items()}
            self._under[policy] = replace(topology, clusters=clusters)

    def draw(self, luck: Luck) -> tuple[Policy, Topology]:
        """Draw a policy; return it, and the topology under it."""
        policy = luck.weighted(self._weights, "policy", "which")
        return policy, self._under[policy]


def draw_operator(luck: Luck) -> Law | None:
    """Draw how long a person takes to answer; None where nobody ever comes."""
    if luck.chance(0.4, "operator", "never"):
        return None
    return Fixed(luck.between(4.0, 120.0, "operator", "answers"))
