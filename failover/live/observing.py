"""What a controller may touch: nothing of a cluster whose policy only observes, not even to make ready for commands."""

from collections.abc import Collection
from dataclasses import replace

from failover.core.candidates import FailureDomains
from failover.core.cluster import ClusterState, Controller
from failover.core.progress import settled
from failover.core.states import RESTING
from failover.core.steps import SETTLED
from playbooks.equipment import Equipment
from topology.model import Mode, Topology


def acted_on(equipment: Equipment, topology: Topology, looked_at: Collection[str] = ()) -> Equipment:
    """Return *equipment* without whatever belongs to observed clusters alone: nobody logs in there, and nothing is installed.

    Of the clusters that are *looked_at* something is under way from the time before they were only observed.
    """
    clusters = topology.clusters.items()
    observed = {name for name, each in clusters if each.policy.mode is Mode.OBSERVE and name not in looked_at}
    if not observed:
        return equipment
    if len(observed) == len(topology.clusters):
        return Equipment()
    domains = FailureDomains(topology)
    served = [domains.without([name]) for name, _ in clusters if name not in observed]
    members = {host for name, cluster in clusters if name not in observed for host in cluster.members}
    return replace(
        equipment,
        databases=tuple(each for each in equipment.databases if each.cluster not in observed),
        proxies=tuple(each for each in equipment.proxies if each.cluster not in observed),
        clients=tuple(each for each in equipment.clients if each.cluster not in observed),
        power=tuple(each for each in equipment.power if each.host in members),
        pages=tuple(each for each in equipment.pages if not all(holds(each.service) for holds in served)),
    )


def still_looked_at(state: Controller) -> frozenset[str]:
    """Return the clusters in which something is under way: what became of it is looked at, whatever their policies say by now."""
    return frozenset(name for name, c in state.clusters.items() if not _is_over(c))


def _is_over(c: ClusterState) -> bool:
    """Say whether of all that was ever ordered for *c* nothing is left to be looked at."""
    return c.state in RESTING and not c.pending and settled(c) and all(each.status in SETTLED for each in c.page.values())
