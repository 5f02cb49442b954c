"""Which member of a cluster may be promoted, and for each of the others the one reason why not.

Pure: what is known of the world comes in, verdicts go out, the best candidate first.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from topology.gates import Structure, View
from topology.model import Cluster, Topology
from topology.quantities import show_duration


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known when a candidate is chosen.

    `domains` are the failure domains of the topology; `holds` tells of any name whether it is up, gates and all; `failed` are the
    names that failed themselves, not through others;
    `lag_seconds` is how far each member is behind, None where nobody knows; `unreachable` and `quarantined` are names of hosts.
    """

    domains: "FailureDomains"
    holds: Callable[[str], bool]
    failed: Collection[str]
    lag_seconds: Mapping[str, float | None]
    unreachable: Collection[str] = ()
    quarantined: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """One member: fit to be promoted when *refusal* is None, else refused for that reason; *lags* when that is what it lacks."""

    host: str
    refusal: str | None
    lags: bool = False


def assess(cluster: Cluster, primary: str | None, situation: Situation) -> tuple[Verdict, ...]:
    """Judge every member of *cluster* but its lost *primary*, if one is known: the fit, least behind first, then the refused."""
    suspects = _shared_by_failed_hosts(cluster, situation)
    members = [member for member in cluster.members if member != primary]
    verdicts = [_judge(member, cluster, situation, suspects) for member in members]
    fit = [verdict for verdict in verdicts if verdict.refusal is None]
    fit.sort(key=lambda verdict: _known_lag_seconds(verdict.host, situation))  # stable: members' order breaks ties
    return (*fit, *(verdict for verdict in verdicts if verdict.refusal is not None))


def _judge(member: str, cluster: Cluster, situation: Situation, suspects: Collection[str]) -> Verdict:
    refusal = _refusal(member, situation, suspects)
    lag_seconds, limit_seconds = situation.lag_seconds.get(member), cluster.policy.rpo_seconds
    if refusal is None and limit_seconds is not None and lag_seconds is not None and lag_seconds > limit_seconds:
        lags = f"lags {show_duration(lag_seconds)}, more than the RPO of {show_duration(limit_seconds)}"
        return Verdict(member, lags, lags=True)
    return Verdict(member, refusal)


def _refusal(member: str, situation: Situation, suspects: Collection[str]) -> str | None:
    """Failure domains come before reachability: a standby that shares the fault must not be promoted in its last moments."""
    if member in situation.quarantined:
        return "quarantined: it was primary, or may have been, and has not been rejoined"
    hangs_on = situation.domains.of(member)
    down = [domain for domain in hangs_on if not situation.holds(domain)]
    if down:
        return f"hangs on '{_root(down, situation)}', which failed"
    for domain in suspects:
        if domain in hangs_on:
            return f"hangs on '{domain}', as do all hosts that failed"
    if member in situation.failed:
        return "is down itself"
    if not situation.holds(member):
        return "its own needs are not met"
    if member in situation.unreachable:
        return "cannot be reached"
    return None


def _known_lag_seconds(member: str, situation: Situation) -> float:
    lag_seconds = situation.lag_seconds.get(member)
    return float("inf") if lag_seconds is None else lag_seconds


class FailureDomains:
    """What the things of a topology cannot run without: every component and site whose loss alone takes them down."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self._structure = Structure(topology, View.ROUTED)
        self._may_be_lost = {*topology.components, *topology.sites}
        self._known: dict[str, tuple[str, ...]] = {}

    def of(self, name: str) -> tuple[str, ...]:
        """Return the components and sites without which *name* cannot run, nearest first."""
        if name not in self._known:
            structure = self._structure
            node = structure.index[name]
            below = (structure.names[each] for each in self._below(node) if each < structure.named)
            self._known[name] = tuple(each for each in below if each in self._may_be_lost and not structure.state([each]).up[node])
        return self._known[name]

    def hosts_below(self, name: str) -> tuple[str, ...]:
        """Return the hosts that *name* hangs on in any way, nearest first."""
        names = (self._structure.names[each] for each in self._below(self._structure.index[name]) if each < self._structure.named)
        return tuple(each for each in names if each in self.topology.hosts)

    def without(self, hosts: Iterable[str]) -> Callable[[str], bool]:
        """Return what holds when *hosts* are lost: a question to be asked of any name."""
        state, index = self._structure.state(hosts), self._structure.index
        return lambda name: state.up[index[name]]

    def _below(self, node: int) -> list[int]:
        """Everything that *node* hangs on, however far down, nearest first."""
        found: list[int] = []
        seen = {node}
        pending = [node]
        for each in pending:
            following = [child for child in dict.fromkeys(self._structure.children[each]) if child not in seen]
            seen.update(following)
            pending.extend(following)
            found.extend(following)
        return found


def _shared_by_failed_hosts(cluster: Cluster, situation: Situation) -> list[str]:
    """What two or more failed hosts all hang on may be what is failing them.

    A site counts only where the cluster has a member elsewhere: within a single site the suspicion would forbid every failover.
    """
    domains, topology = situation.domains, situation.domains.topology
    failed_hosts = [name for name in topology.hosts if name in situation.failed]
    if len(failed_hosts) < 2:
        return []
    shared = set(domains.of(failed_hosts[0]))
    for host in failed_hosts[1:]:
        shared.intersection_update(domains.of(host))
    if len({topology.hosts[member].site for member in cluster.members}) == 1:
        shared.difference_update(topology.sites)
    return sorted(shared)


def _root(down: list[str], situation: Situation) -> str:
    """Return of what is *down*, nearest first, the furthest that failed itself: the others are down because of it."""
    return ([each for each in down if each in situation.failed] or down)[-1]
