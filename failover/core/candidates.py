"""Which member of a cluster may be promoted, and for each of the others the one reason why not.

Pure: what is known of the world comes in, verdicts go out, the best candidate first.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from topology.gates import View, inputs
from topology.model import Cluster, Gate, Topology
from topology.quantities import show_duration


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known when a candidate is chosen.

    `holds` tells of any name whether it is up, gates and all; `failed` are the names that failed themselves, not through others;
    `lag_seconds` is how far each member is behind, None where nobody knows; `unreachable` and `quarantined` are names of hosts.
    """

    topology: Topology
    holds: Callable[[str], bool]
    failed: Collection[str]
    lag_seconds: Mapping[str, float | None]
    unreachable: Collection[str] = ()
    quarantined: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """One member: fit to be promoted when *refusal* is None, else refused for that reason."""

    host: str
    refusal: str | None


def assess(cluster: Cluster, primary: str, situation: Situation) -> tuple[Verdict, ...]:
    """Judge every member of *cluster* but its lost *primary*: the fit ones first, least behind first, then the refused."""
    members = [member for member in cluster.members if member != primary]
    verdicts = [Verdict(member, _refusal(member, cluster, situation)) for member in members]
    fit = [verdict for verdict in verdicts if verdict.refusal is None]
    fit.sort(key=lambda verdict: _known_lag_seconds(verdict.host, situation))  # stable: members' order breaks ties
    return (*fit, *(verdict for verdict in verdicts if verdict.refusal is not None))


def _refusal(member: str, cluster: Cluster, situation: Situation) -> str | None:
    """Failure domains come before reachability: a standby that shares the fault must not be promoted in its last moments."""
    if member in situation.quarantined:
        return "quarantined: it was primary before and has not been rejoined"
    domains = essential(situation.topology, member)
    down = [domain for domain in domains if not situation.holds(domain)]
    if down:
        return f"hangs on '{_root(down, situation)}', which failed"
    for domain in _shared_by_failed_hosts(cluster, situation):
        if domain in domains:
            return f"hangs on '{domain}', as do all hosts that failed"
    if member in situation.failed:
        return "is down itself"
    if not situation.holds(member):
        return "its own needs are not met"
    if member in situation.unreachable:
        return "cannot be reached"
    lag_seconds = situation.lag_seconds.get(member)
    limit_seconds = cluster.policy.rpo_seconds
    if limit_seconds is not None and lag_seconds is not None and lag_seconds > limit_seconds:
        return f"lags {show_duration(lag_seconds)}, more than the RPO of {show_duration(limit_seconds)}"
    return None


def _known_lag_seconds(member: str, situation: Situation) -> float:
    lag_seconds = situation.lag_seconds.get(member)
    return float("inf") if lag_seconds is None else lag_seconds


def essential(topology: Topology, name: str) -> list[str]:
    """Return every component and site without which *name* cannot run, nearest first: through all that is not redundant."""
    found: list[str] = []
    pending = [name]
    seen = {name}
    while pending:
        each = pending.pop(0)
        for below in _required(topology, each):
            if below not in seen:
                seen.add(below)
                pending.append(below)
                if below in topology.components or below in topology.sites:
                    found.append(below)
    return found


def _required(topology: Topology, name: str) -> list[str]:
    entity = topology.hosts.get(name) or topology.components.get(name) or topology.sites.get(name)
    if entity is None:
        return []
    required: list[str] = []
    pending: list[Gate | str] = list(inputs(entity, View.ROUTED))
    while pending:
        each = pending.pop(0)
        if isinstance(each, str):
            required.append(each)
        elif each.at_least == len(each.of):
            pending.extend(each.of)
    return required


def _shared_by_failed_hosts(cluster: Cluster, situation: Situation) -> list[str]:
    """What two or more failed hosts all hang on may be what is failing them.

    A site counts only where the cluster has a member elsewhere: within a single site the suspicion would forbid every failover.
    """
    topology = situation.topology
    failed_hosts = [name for name in topology.hosts if name in situation.failed]
    if len(failed_hosts) < 2:
        return []
    shared = set(essential(topology, failed_hosts[0]))
    for host in failed_hosts[1:]:
        shared.intersection_update(essential(topology, host))
    if len({topology.hosts[member].site for member in cluster.members}) == 1:
        shared.difference_update(topology.sites)
    return sorted(shared)


def _root(down: list[str], situation: Situation) -> str:
    """Return of what is *down*, nearest first, the furthest that failed itself: the others are down because of it."""
    return ([each for each in down if each in situation.failed] or down)[-1]
