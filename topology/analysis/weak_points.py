"""Where a network is weak: what takes a service down alone or in combination, what standbys share, what must come back first."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

from topology.analysis.cutsets import CutSet, CutSets
from topology.analysis.impact import physical_count
from topology.analysis.reading import conditions, sources_first
from topology.analysis.twins import Pattern, fold
from topology.errors import Problem, TopologyError, did_you_mean
from topology.gates import Structure, View
from topology.model import Cluster, Service, Topology


@dataclass(frozen=True, slots=True)
class Weakness:
    """Things whose loss, all together, takes a service down: for good, or until it is stale where that is not None."""

    things: tuple[str, ...]
    stale_after_seconds: float | None


@dataclass(frozen=True, slots=True)
class WeakPattern:
    """Weaknesses that differ only in which of some interchangeable things are lost: so many of each group, all together."""

    groups: tuple[tuple[int, tuple[str, ...]], ...]
    stale_after_seconds: float | None


@dataclass(frozen=True, slots=True)
class ServiceWeakPoints:
    """The weak points of one service, with those of the services it reads. Complete for up to *complete_to_order* losses."""

    service: str
    single: tuple[Weakness, ...]
    combined: tuple[Weakness, ...]
    patterns: tuple[WeakPattern, ...]
    """The combined ones in short."""
    complete_to_order: int
    recovery_order: tuple[tuple[str, ...], ...]
    """All it hangs on, itself last: each layer must be back before the next; within one, everything at the same time."""


@dataclass(frozen=True, slots=True)
class SharedDomains:
    """For each standby of a cluster, everything whose loss takes both it and the primary."""

    cluster: str
    primary: str
    shared: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class WeakPoints:
    """The weak points in one view."""

    view: View
    services: tuple[ServiceWeakPoints, ...]
    clusters: tuple[SharedDomains, ...]


def find_service(topology: Topology, name: str) -> str:
    """Return *name* if a service has it. Raises TopologyError otherwise."""
    if name not in topology.services:
        hint = did_you_mean(name, topology.services)
        raise TopologyError([Problem(name, 0, "", f"there is no service '{name}' in {topology.name}{hint}")])
    return name


def find_weak_points(topology: Topology, view: View, order: int, services: Sequence[str] | None = None) -> WeakPoints:
    """Find the weak points of *services* (None: of all) in *view*, with combinations of up to *order* losses."""
    return _Search(topology, view, order).result(topology.services if services is None else services)


class _Search:
    def __init__(self, topology: Topology, view: View, order: int) -> None:
        self.topology = topology
        self.view = view
        self.structure = Structure(topology, view)
        self.state = self.structure.state()
        """Nothing has failed in it, but for the moment in which an effect is tried."""
        physical = physical_count(topology)
        self.cut_sets = CutSets(self.structure.state(), physical, order)
        self.single_cuts = CutSets(self.structure.state(), physical, 1)
        self.depths = _depths(topology, self.structure)
        self.lost_needs: dict[CutSet, frozenset[str]] = {}

    def result(self, services: Collection[str]) -> WeakPoints:
        weak = [self._service(name) for name in services]
        hung_on = {name for each in weak for layer in each.recovery_order for name in layer}
        clusters = [cluster for cluster in self.topology.clusters.values() if cluster.name in hung_on]
        return WeakPoints(self.view, tuple(weak), tuple(self._shared(cluster) for cluster in clusters))

    def _service(self, name: str) -> ServiceWeakPoints:
        reading = sources_first(self.topology, [name])
        nodes = [self.structure.index[each.name] for each in reading]
        listing = self.cut_sets.of_any(nodes)
        found = [Weakness(self._names(cut), self._stale_after(reading, name, cut)) for cut in listing.sets]
        return ServiceWeakPoints(
            name,
            tuple(each for each in found if len(each.things) == 1),
            tuple(each for each in found if len(each.things) > 1),
            tuple(self._pattern(each, reading, name) for each in fold(self.structure, listing.sets) if len(each.first) > 1),
            listing.complete_to_order,
            self._layers(nodes),
        )

    def _pattern(self, pattern: Pattern, reading: Sequence[Service], name: str) -> WeakPattern:
        groups = tuple((count, self._names(nodes)) for count, nodes in pattern.groups)
        return WeakPattern(groups, self._stale_after(reading, name, pattern.first))

    def _names(self, nodes: Collection[int]) -> tuple[str, ...]:
        return tuple(self.structure.names[node] for node in sorted(nodes))

    def _stale_after(self, reading: Sequence[Service], name: str, cut: CutSet) -> float | None:
        """Let the things of *cut* fail for a moment; many services share them, so what that does to needs is kept."""
        if not any(service.fallback for service in reading):
            return None
        if cut not in self.lost_needs:
            lost = [node for each in cut for node in self.state.fail(each)]
            self.lost_needs[cut] = frozenset(self.structure.names[node] for node in lost if self._is_service(node))
            for each in cut:
                self.state.repair(each)
        lost_needs = self.lost_needs[cut]
        return conditions(reading, lambda each: each not in lost_needs)[name].stale_after_seconds

    def _is_service(self, node: int) -> bool:
        return self.structure.named - len(self.topology.services) <= node < self.structure.named

    def _layers(self, nodes: Collection[int]) -> tuple[tuple[str, ...], ...]:
        seen = set(nodes)
        pending = list(nodes)
        while pending:
            for child in self.structure.children[pending.pop()]:
                if child not in seen:
                    seen.add(child)
                    pending.append(child)
        layers: dict[int, list[int]] = {}
        for node in sorted(seen):
            if node < self.structure.named:
                layers.setdefault(self.depths[node], []).append(node)
        return tuple(self._names(layers[depth]) for depth in sorted(layers))

    def _shared(self, cluster: Cluster) -> SharedDomains:
        primary = self._alone(cluster.primary)
        shared = {member: self._names(primary & self._alone(member)) for member in cluster.members if member != cluster.primary}
        return SharedDomains(cluster.name, cluster.primary, shared)

    def _alone(self, host: str) -> frozenset[int]:
        """Return what takes *host* down by itself."""
        return frozenset(node for cut in self.single_cuts.of_any([self.structure.index[host]]).sets for node in cut)


def _depths(topology: Topology, structure: Structure) -> list[int]:
    """Return for each node in which layer of recovery it comes back: after all that it hangs on and, a service, all it reads."""
    below = {node: list(children) for node, children in enumerate(structure.children)}
    for service in topology.services.values():
        below[structure.index[service.name]] += [structure.index[source] for source in service.reads]
    depths = [0] * len(below)
    for node in TopologicalSorter(below).static_order():
        own = 1 if node < structure.named else 0
        depths[node] = own + max((depths[child] for child in below[node]), default=0)
    return depths
