"""What the core has to know of a topology before anything happens: its clusters, and whom to watch for them."""

from typing import NamedTuple

from failover.core.candidates import FailureDomains
from topology.model import Cluster, Policy, ReplicationMode, Topology

GRACE_SECONDS = 2.0
"""How much longer than a detection window a controller that has just gained the lease only looks."""
CLOSELY_SECONDS = 10.0
"""How far behind a standby may be that a planned switchover goes to: it has to catch up while nobody can write."""
FENCES_A_LEVEL = 2
"""How often a host is fenced at one level while it is seen to be on."""
APPROVAL_SECONDS = 900.0
"""How long a person's yes is good for."""
RETRY_SECONDS = 30.0
"""How long what did not work rests before it is tried again by itself, where that harms nobody; twice as long each time."""
RETRY_SECONDS_MAX = 6 * 3600.0


class ClusterSettings(NamedTuple):
    """One cluster as the core sees it. `routes` are its proxies; without any of its own, one that bears the cluster's name."""

    cluster: Cluster
    routes: tuple[str, ...]
    levels: tuple[str, ...]
    """The levels of fencing that commands can reach, in order; an operator is asked after the last."""
    synchronous: bool
    group_of: tuple[tuple[int, tuple[str, ...]], ...]
    """The safety groups it belongs to: how many may be in recovery at once, and of which clusters."""

    @property
    def name(self) -> str:
        """Return the cluster's name."""
        return self.cluster.name

    @property
    def policy(self) -> Policy:
        """Return the cluster's policy."""
        return self.cluster.policy

    def others(self, host: str) -> tuple[str, ...]:
        """Return every member but *host*, in the order of the topology."""
        return tuple(member for member in self.cluster.members if member != host)


class Settings:
    """Everything the core has to know of *topology*; made once, never changed."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self.domains = FailureDomains(topology)
        self.clusters = {each.name: _settings_of(each, topology) for each in topology.clusters.values()}
        self.concerns = self._concerns()

    def _concerns(self) -> dict[str, tuple[str, ...]]:
        """Return whom a change of each watched host concerns: host → names of clusters."""
        found: dict[str, list[str]] = {}
        for settings in self.clusters.values():
            proxies = [proxy for proxy in settings.routes if proxy in self.topology.hosts]
            below = [host for member in settings.cluster.members for host in self.domains.hosts_below(member)]
            for host in dict.fromkeys((*settings.cluster.members, *proxies, *below)):
                found.setdefault(host, []).append(settings.name)
        return {host: tuple(names) for host, names in found.items()}

    @property
    def hosts(self) -> tuple[str, ...]:
        """Return every host that has to be watched: members, proxies, and the hosts that members hang on."""
        return tuple(self.concerns)

    def windows(self) -> dict[str, float]:
        """Return how long each watched host has to be silent before it counts as lost: the shortest window of its clusters."""
        return {
            host: min(self.clusters[name].policy.detection_window_seconds for name in names)
            for host, names in self.concerns.items()
        }


def _settings_of(cluster: Cluster, topology: Topology) -> ClusterSettings:
    groups = [each for each in topology.safety.values() if cluster.name in each.clusters]
    return ClusterSettings(
        cluster=cluster,
        routes=cluster.routes or (f"{cluster.name}/route",),
        levels=tuple(level.kind.value for level in cluster.fence if level.kind.value != "operator"),
        synchronous=cluster.replication.mode is ReplicationMode.SYNCHRONOUS,
        group_of=tuple((each.at_most, tuple(each.clusters)) for each in groups),
    )
