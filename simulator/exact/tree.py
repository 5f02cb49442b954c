"""The fault tree of a service: its top event is that the service is not up, its basic events are that things fail by themselves.

A cluster is up while its primary is, or in the other view while a member is; and while one of its routes is, where it names any.
A service that reads others is up while they all are; an old copy does not count.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple

from simulator.exact.jobs import Thing, things_called
from topology.analysis.reading import sources_first
from topology.gates import Structure, View
from topology.model import Topology

TOP = "not up"

Vote = tuple[str, int, list[Hashable]]
"""A gate of RePyability: it occurs when so many of its inputs occur."""


class Tree(NamedTuple):
    """Gates by name, TOP among them; the things whose failures are its basic events, and the clusters on the way."""

    gates: dict[Hashable, Vote]
    things: tuple[Thing, ...]
    clusters: tuple[str, ...]

    @property
    def names(self) -> set[str]:
        """Every site, component, host and cluster in it."""
        return {thing.name for thing in self.things} | set(self.clusters)


class Trees:
    """The fault trees of a topology's services in one view."""

    def __init__(self, topology: Topology, view: View) -> None:
        self._topology = topology
        self._structure = Structure(topology, view)

    def of(self, service: str) -> Tree:
        """Return the fault tree of *service*."""
        topology, structure = self._topology, self._structure
        reading = [structure.index[each.name] for each in sources_first(topology, [service])]
        pending = [node for node in reading if structure.children[node]]
        gates: dict[Hashable, Vote] = {}
        _add(gates, TOP, 1, pending)
        things: dict[Thing, None] = {}
        clusters: list[str] = []
        seen = set(pending)
        while pending:
            node = pending.pop()
            below = list(structure.children[node])
            inputs: list[Hashable] = list(below)
            name = structure.names[node] if node < structure.named else None
            if name is None:
                _add(gates, node, len(below) - structure.threshold[node] + 1, inputs)
            else:
                if name in topology.clusters:
                    clusters.append(name)
                    routes = [structure.index[route] for route in topology.clusters[name].routes]
                    if routes:
                        _add(gates, (name, "routes"), len(routes), routes)
                        inputs.append((name, "routes"))
                        below += routes
                elif name not in topology.services:
                    own = things_called(topology, name)
                    things |= dict.fromkeys(own)
                    inputs += own
                _add(gates, node, 1, inputs)
            pending += [each for each in dict.fromkeys(below) if each not in seen]
            seen.update(below)
        return Tree(gates, tuple(things), tuple(clusters))


def _add(gates: dict[Hashable, Vote], name: Hashable, failures: int, inputs: Sequence[Hashable]) -> None:
    """Add a gate; what it names twice counts twice, and needs a name of its own each time."""
    met: Counter[Hashable] = Counter()
    named: list[Hashable] = []
    for each in inputs:
        met[each] += 1
        if met[each] == 1:
            named.append(each)
        else:
            again = (name, each, met[each])
            gates[again] = ("vote", 1, [each])
            named.append(again)
    gates[name] = ("vote", failures, named)
