"""What clusters, and the controllers that watch them, must be: made of hosts that exist, and fenced by what outlives them."""

from collections.abc import Iterable

from topology.checks import Checker, Path, names_with_state
from topology.errors import did_you_mean, shown
from topology.gates import Structure, View
from topology.model import Cluster, Topology


def check_clusters(checker: Checker, topology: Topology) -> None:
    """Report what does not fit in the clusters of *topology*, their proxies, their safety groups, and what watches them."""
    known = names_with_state(topology)
    for cluster in topology.clusters.values():
        path = ("clusters", cluster.name)
        _hosts(checker, topology, cluster.members, (*path, "members"))
        _hosts(checker, topology, cluster.routes, (*path, "routes"))
        if cluster.primary not in cluster.members:
            hint = did_you_mean(cluster.primary, cluster.members)
            checker.report((*path, "primary"), f"'{cluster.primary}' is not among the members{hint}")
        for level in cluster.fence:
            checker.used(known, level.uses, (*path, "fence"))
    for key, names in (("controllers", topology.controllers), ("vantages", topology.vantages)):
        _hosts(checker, topology, names, (key,))
    _safety(checker, topology)
    for cluster in topology.clusters.values():
        check_quorum(checker, topology, cluster.policy.vantage_quorum, ("clusters", cluster.name, "policy", "quorum"))


def check_quorum(checker: Checker, topology: Topology, quorum: int, path: Path) -> None:
    """Report that *quorum* vantage points can never agree because there are not so many; at *path*, if it is written there."""
    points = topology.vantage_points()
    if len(points) < quorum:
        message = f"{quorum} vantage points must agree, but hosts are watched from {len(points)} only ({', '.join(points)})"
        checker.report(path if checker.is_written(path) else ("controllers",), f"{message}; name more in `vantages`")


def _hosts(checker: Checker, topology: Topology, names: tuple[str, ...], path: Path) -> None:
    checker.expect("host", names, topology.hosts, path)
    if twice := _named_twice(names):
        checker.report(path, f"{shown(twice)} is named twice", word=twice)


def _named_twice(names: Iterable[str]) -> str | None:
    seen: set[str] = set()
    return next((name for name in names if name in seen or seen.add(name)), None)  # type: ignore[func-returns-value]


def _safety(checker: Checker, topology: Topology) -> None:
    for name, group in topology.safety.items():
        path = ("safety", name)
        checker.expect("cluster", group.clusters, topology.clusters, (*path, "clusters"))
        if twice := _named_twice(group.clusters):
            checker.report((*path, "clusters"), f"{shown(twice)} is named twice", word=twice)
        elif group.at_most >= len(group.clusters):
            message = f"at most {group.at_most} of {len(group.clusters)} holds nothing back; name more clusters, or allow fewer"
            checker.report((*path, "at_most"), message)


def check_fences(checker: Checker, topology: Topology) -> None:
    """Report what fences a member and is lost with it, or with its cluster. Every name in *topology* must be defined."""
    fenced = [cluster for cluster in topology.clusters.values() if any(level.uses for level in cluster.fence)]
    structure = Structure(topology, View.ROUTED) if fenced else None
    for cluster in fenced:
        assert structure is not None
        for lost in (*cluster.members, cluster.name):
            up = structure.state([lost]).up
            for level in cluster.fence:
                for name in level.uses:
                    if not up[structure.index[name]]:
                        _lost_together(checker, cluster, level.kind, name, lost)


def _lost_together(checker: Checker, cluster: Cluster, kind: str, name: str, lost: str) -> None:
    together = "is what it fences" if name == lost else f"is lost with '{lost}', which it fences"
    message = f"'{kind}' hangs on '{name}', which {together}; it must outlive what it fences"
    checker.report(("clusters", cluster.name, "fence"), message, word=name)
