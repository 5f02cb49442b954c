"""Whom a drawn fault strikes: a primary more often than not, for that is what failover is about."""

from scenarios.kinds import RULES, Strikes
from scenarios.model import CLIENTS, LEADER, STORE, FaultKind, power_of
from simulator.fuzzing.luck import Luck
from topology.model import Cluster, Topology

_OF_CANDIDATES = frozenset(
    {
        FaultKind.PROMOTE_SAYS_FAILED,
        FaultKind.PROMOTE_SAYS_DONE,
        FaultKind.PROMOTE_HANGS,
        FaultKind.CANDIDATE_DIES,
        FaultKind.PROMOTE_BY_HAND,
        FaultKind.PAUSE_REPLAY,
        FaultKind.FOREIGN_TIMELINE,
        FaultKind.LAG,
    }
)
"""Faults that standbys suffer."""
_OF_PRIMARIES = frozenset(
    {
        FaultKind.FAIL,
        FaultKind.FLAP,
        FaultKind.FREEZE,
        FaultKind.KILL_PROCESS,
        FaultKind.HANG_PROCESS,
        FaultKind.CUT,
    }
)
"""Faults that lose a primary which they strike."""

Struck = tuple[tuple[str, ...], tuple[str, ...]]
"""The targets of a fault and, of a cut or lossy network, its other ends."""


class Striking:
    """Draws whom faults strike on one topology."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self.clusters: tuple[Cluster, ...] = tuple(topology.clusters.values())
        self.members = tuple(dict.fromkeys(member for cluster in self.clusters for member in cluster.members))
        self._controllers = topology.controller_names()
        self._linked = tuple(site for site in topology.sites if any(site in each.links for each in topology.components.values()))

    def possible(self, kind: FaultKind) -> bool:
        """Say whether there is anything that a fault of *kind* can strike."""
        match kind:
            case FaultKind.PARTITION:
                return bool(self._linked)
            case FaultKind.DELAY:
                return bool(self.topology.parts)
            case FaultKind.FENCE_HITS:
                return len(self.members) > 1
            case _:
                return bool(self.clusters)

    def of_primary(self, kind: FaultKind, cluster: Cluster) -> Struck | None:
        """Return what a fault of *kind* strikes to lose the primary of *cluster*; None where it strikes something else."""
        return ((cluster.primary,), ()) if kind in _OF_PRIMARIES else None

    def draw(self, kind: FaultKind, luck: Luck, name: str, cluster: Cluster) -> Struck:
        """Draw the targets of the fault called *name*, most often in *cluster*."""
        strikes = RULES[kind].strikes
        match strikes:
            case Strikes.THINGS:
                return self._things(luck, name, cluster), ()
            case Strikes.SITES:
                return (self._site(luck, name, cluster),), ()
            case Strikes.PARTS:
                return (luck.one_of(tuple(self.topology.parts), name, "part"),), ()
            case Strikes.MEMBERS:
                return self._members(kind, luck, name, cluster), ()
            case Strikes.HOSTS_AND_CONTROLLERS:
                return (self._host_or_controller(luck, name, cluster),), ()
            case Strikes.CONTROLLERS:
                return (self._controller(luck, name),), ()
            case Strikes.STORE:
                return (STORE,), ()
            case Strikes.PROXIES:
                return luck.some_of(cluster.proxies(), name, "proxies"), ()
            case Strikes.COMMANDED:
                return luck.some_of((*cluster.members, *cluster.proxies()), name, "commanded"), ()
            case Strikes.CLUSTER:
                return (cluster.name,), ()
            case Strikes.ENDPOINTS:
                return self._ends(luck, name, cluster)

    def _member(self, luck: Luck, name: str, cluster: Cluster) -> str:
        """Draw the first primary of *cluster*, or any of its members."""
        if luck.chance(0.6, name, "primary"):
            return cluster.primary
        return luck.one_of(cluster.members, name, "member")

    def _members(self, kind: FaultKind, luck: Luck, name: str, cluster: Cluster) -> tuple[str, ...]:
        if kind in _OF_CANDIDATES and luck.chance(0.8, name, "standby"):
            standbys = tuple(member for member in cluster.members if member != cluster.primary)
            if kind in (FaultKind.PROMOTE_BY_HAND, FaultKind.FOREIGN_TIMELINE):
                return (luck.one_of(standbys or cluster.members, name, "standby"),)
            return luck.some_of(standbys or cluster.members, name, "standbys")
        return (self._member(luck, name, cluster),)

    def _things(self, luck: Luck, name: str, cluster: Cluster) -> tuple[str, ...]:
        share = luck.share(name, "thing")
        topology = self.topology
        if share < 0.75:
            return (self._member(luck, name, cluster),)
        if share < 0.85:
            return (luck.one_of(tuple(topology.hosts), name, "host"),)
        if share < 0.95 and topology.components:
            return (luck.one_of(tuple(topology.components), name, "component"),)
        if topology.sites:
            return (luck.one_of(tuple(topology.sites), name, "site"),)
        return (self._member(luck, name, cluster),)

    def _site(self, luck: Luck, name: str, cluster: Cluster) -> str:
        home = self.topology.hosts[cluster.primary].site
        if home in self._linked and luck.chance(0.7, name, "home"):
            return home
        return luck.one_of(self._linked, name, "site")

    def _controller(self, luck: Luck, name: str) -> str:
        return LEADER if luck.chance(0.6, name, "leader") else luck.one_of(self._controllers, name, "controller")

    def _host_or_controller(self, luck: Luck, name: str, cluster: Cluster) -> str:
        if luck.chance(0.4, name, "is a controller"):
            return self._controller(luck, name)
        return self._member(luck, name, cluster)

    def _ends(self, luck: Luck, name: str, cluster: Cluster) -> Struck:
        """Draw one of the ways to divide a network that failover has to stand."""
        member = self._member(luck, name, cluster)
        others = tuple(each for each in cluster.members if each != member)
        watching = tuple(each for each in self.topology.vantage_points() if each != member)
        controller = self._controller(luck, name)
        splits: dict[Struck, float] = {
            ((member,), ()): 4,
            ((member,), watching): 5,
            ((member,), watching[:1]): 3,
            ((member,), others): 4,
            ((member,), (CLIENTS, *cluster.routes)): 2,
            ((member,), (STORE,)): 2,
            ((controller,), ()): 3,
            ((controller,), (STORE,)): 4,
            ((controller,), tuple(each for each in cluster.members if each not in self._controllers)): 2,
            ((power_of(member),), ()): 4,
            (tuple(cluster.proxies())[:1], (CLIENTS,)): 1 if cluster.routes else 0,
            (watching[-1:], (LEADER,)): 0 if watching[-1:] == (controller,) else 1,
        }
        site = self.topology.hosts[member].site
        here = tuple(host.name for host in self.topology.hosts.values() if host.site == site)
        splits[here, tuple(host for host in self.topology.hosts if host not in here)] = (
            3 if len(here) < len(self.topology.hosts) else 0
        )
        possible = {struck: weight for struck, weight in splits.items() if struck[0] and not set(struck[0]) & set(struck[1])}
        return luck.weighted(possible, name, "split")
