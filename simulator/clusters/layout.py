"""What is the same of the clusters in every history of a topology. Never changed."""

from typing import TYPE_CHECKING

from failover.core.commands import CommandKind
from failover.core.deadlines import promote_deadline_seconds
from failover.core.settings import Settings
from simulator.ground import PerTopology
from topology.model import FenceKind, Topology
from topology.timing import Timed

if TYPE_CHECKING:
    from simulator.clusters.warmth import Warmth


class Layout:
    """Which hosts matter to the clusters of a topology, and how."""

    def __init__(self, topology: Topology) -> None:
        clusters = topology.clusters.values()
        self.settings = Settings(topology)
        self.windows = self.settings.windows()
        self.quorum = max((cluster.policy.vantage_quorum for cluster in clusters), default=2)
        self.controllers = topology.controller_names()
        self.vantages = topology.vantage_points()
        self.members: tuple[str, ...] = tuple(dict.fromkeys(host for cluster in clusters for host in cluster.members))
        proxies = [proxy for cluster in clusters for proxy in cluster.proxies()]
        named = dict.fromkeys((*self.settings.hosts, *self.members, *proxies, *self.controllers, *self.vantages))
        self.machines: tuple[str, ...] = tuple(name for name in named if name in topology.hosts)
        self.promote_deadline_seconds = {cluster.name: promote_deadline_seconds(cluster) for cluster in clusters}
        self.durations = {CommandKind(each.value): law for each, law in topology.durations.items() if each is not Timed.UNREACHABLE}
        """How long commands take, of which that was measured."""
        self.unreachable = topology.durations.get(Timed.UNREACHABLE)
        self.level_uses = {
            (cluster.name, level.kind.value): level.uses for cluster in clusters for level in cluster.fence if level.uses
        }
        """What each level of fencing goes through."""
        self.self_fencing: dict[str, tuple[str, ...]] = {}
        """The hosts with an agent that stops their databases, and for which clusters."""
        for cluster in clusters:
            if any(level.kind is FenceKind.SELF for level in cluster.fence):
                for host in cluster.members:
                    self.self_fencing[host] = (*self.self_fencing.get(host, ()), cluster.name)
        self.warmths: dict[str, Warmth] = {}
        """What came before second 0, by the wall time of that."""
        self.power_sites: dict[str, tuple[str, ...]] = {}
        """The hosts whose fence devices stand on each site."""
        for host in self.members:
            if (site := topology.hosts[host].site) is not None:
                self.power_sites[site] = (*self.power_sites.get(site, ()), host)


LAYOUTS = PerTopology(Layout)
