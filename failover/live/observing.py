"""What a controller may touch: nothing of a cluster whose policy only observes, not even to make ready for commands."""

from dataclasses import replace

from playbooks.equipment import Equipment
from topology.model import Mode, Topology


def acted_on(equipment: Equipment, topology: Topology) -> Equipment:
    """Return *equipment* without whatever belongs to observed clusters alone: nobody logs in there, and nothing is installed."""
    observed = {name for name, cluster in topology.clusters.items() if cluster.policy.mode is Mode.OBSERVE}
    members = {host for name, cluster in topology.clusters.items() if name not in observed for host in cluster.members}
    if len(observed) == len(topology.clusters):
        return Equipment()
    return replace(
        equipment,
        databases=tuple(each for each in equipment.databases if each.cluster not in observed),
        proxies=tuple(each for each in equipment.proxies if each.cluster not in observed),
        clients=tuple(each for each in equipment.clients if each.cluster not in observed),
        power=tuple(each for each in equipment.power if each.host in members),
    )
