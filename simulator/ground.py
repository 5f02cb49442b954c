"""What is the same in every history of a topology: worked out once, and shared by thousands of worlds."""

from collections.abc import Callable
from typing import Generic, TypeVar

from timeline.record import Kind
from topology.gates import Structure, View
from topology.model import Topology

Slot = tuple[str, str, int]
"""A place for one unit: host, part, number."""

T = TypeVar("T")

KEPT_MAX = 64
"""Of how many topologies something is remembered at once."""


class PerTopology(Generic[T]):
    """Something that *make* works out from a topology, remembered by the identity of the topology."""

    def __init__(self, make: Callable[[Topology], T]) -> None:
        self._make = make
        self._kept: dict[int, tuple[Topology, T]] = {}

    def of(self, topology: Topology) -> T:
        """Return it for *topology*, made at the first call. What is kept keeps its topology, so no identity comes back."""
        kept = self._kept.get(id(topology))
        if kept is None:
            if len(self._kept) >= KEPT_MAX:
                del self._kept[next(iter(self._kept))]
            kept = self._kept[id(topology)] = (topology, self._make(topology))
        return kept[1]


class Ground:
    """The compiled gates of a topology, the kinds of its nodes, and the numbers of its units. Never changed."""

    def __init__(self, topology: Topology) -> None:
        self.structure = Structure(topology, View.ROUTED)
        self.kinds: list[Kind | None] = [
            *(Kind.SITE for _ in topology.sites),
            *(Kind.COMPONENT for _ in topology.components),
            *(Kind.HOST for _ in topology.hosts),
            *(Kind.CLUSTER for _ in topology.clusters),
            *(None for _ in topology.services),
        ]
        """The kind of each named node's records; None for services, which speak for themselves."""
        slots = (
            (host.name, part, slot)
            for host in topology.hosts.values()
            for part, fitting in host.parts.items()
            for slot in range(fitting.installed)
        )
        self.unit_numbers: dict[Slot, int] = {slot: self.structure.named + number for number, slot in enumerate(slots)}
        """Units are numbered after the nodes, in the order of the file."""
        self.named_below: list[tuple[int, ...]] = [self._below(node) for node in range(self.structure.named)]
        """The named nodes that each named node hangs on directly, gates between them aside."""

    def _below(self, node: int) -> tuple[int, ...]:
        structure = self.structure
        names: list[int] = []
        pending = list(structure.children[node])
        while pending:
            child = pending.pop()
            if child < structure.named:
                names.append(child)
            else:
                pending.extend(structure.children[child])
        return tuple(sorted(set(names)))


GROUNDS = PerTopology(Ground)
