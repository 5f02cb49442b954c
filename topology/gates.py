"""The structure function: who is up, given who has failed. Compiled once to counters, then kept up to date edge by edge.

Each name is a node that holds while it has not failed itself and all its inputs hold; a gate is a node that holds while enough
of its inputs do. A node keeps only the number of its inputs that hold, so one failure costs the edges it touches. The graph
is monotone: a failure can only take things down, a repair only bring them back, and each node changes at most once.
"""

from collections.abc import Iterable, Iterator
from enum import Enum
from graphlib import TopologicalSorter

from topology.model import Cluster, Entity, Gate, Service, Site, Topology


class View(Enum):
    """What a cluster hangs on."""

    AS_IT_STANDS = "as it stands"  # its primary
    AFTER_FAILOVER = "after a successful failover"  # any of its members
    ROUTED = "routed"  # nothing: a controller says when it has a live, routed primary


class Structure:
    """The compiled gates of a topology: nodes by number, names first, in the order of `Topology.entities`."""

    def __init__(self, topology: Topology, view: View) -> None:
        self.names: list[str] = [entity.name for entity in topology.entities()]
        self.index: dict[str, int] = {name: node for node, name in enumerate(self.names)}
        self.named = len(self.names)
        self.parents: list[list[int]] = [[] for _ in self.names]
        self.children: list[list[int]] = [[] for _ in self.names]
        self.threshold: list[int] = [0] * self.named
        self.gate: dict[int, int] = {}
        """The node of the `needs` gate of a named node that has one."""
        for entity in topology.entities():
            self._connect(self.index[entity.name], inputs(entity, view))

    def _connect(self, node: int, gates: Iterable[Gate | str]) -> None:
        for each in gates:
            if isinstance(each, Gate):
                gate = self._add(each)
                self.gate.setdefault(node, gate)
            else:
                gate = self.index[each]
            self._edge(gate, node)
        self.threshold[node] = len(self.children[node]) + 1

    def _add(self, gate: Gate) -> int:
        node = len(self.threshold)
        self.threshold.append(gate.at_least)
        self.parents.append([])
        self.children.append([])
        for each in gate.of:
            self._edge(self._add(each) if isinstance(each, Gate) else self.index[each], node)
        return node

    def _edge(self, child: int, parent: int) -> None:
        self.parents[child].append(parent)
        self.children[parent].append(child)

    def state(self, failed: Iterable[str] = ()) -> "State":
        """Return a state in which nothing has failed but the names in *failed*."""
        state = State(self)
        for name in failed:
            state.fail(self.index[name])
        return state

    def recompute(self, failed: Iterable[int]) -> list[bool]:
        """Return what holds when the named nodes in *failed* have failed, from nothing but the gates (the slow way)."""
        broken = set(failed)
        up: dict[int, bool] = {}
        for node in TopologicalSorter(dict(enumerate(self.children))).static_order():
            own = 1 if node < self.named and node not in broken else 0
            up[node] = own + sum(up[child] for child in self.children[node]) >= self.threshold[node]
        return [up[node] for node in range(len(self.threshold))]


class State:
    """Which nodes hold now. `up[node]` may be read, never written: `fail` and `repair` keep it true."""

    __slots__ = ("_counts", "failed", "structure", "up")

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        self.up = [True] * len(structure.threshold)
        self.failed: set[int] = set()
        self._counts = [len(children) for children in structure.children]
        for node in range(structure.named):
            self._counts[node] += 1

    def fail(self, node: int) -> list[int]:
        """Let *node* fail; return every node that thereby stopped holding, *node* before what hangs on it."""
        if node in self.failed:
            return []
        self.failed.add(node)
        self._counts[node] -= 1
        return self._spread(node) if self.up[node] else []

    def repair(self, node: int) -> list[int]:
        """Take back the failure of *node*; return every node that holds again because of it."""
        if node not in self.failed:
            return []
        self.failed.remove(node)
        self._counts[node] += 1
        return self._spread(node) if self._counts[node] >= self.structure.threshold[node] else []

    def _spread(self, node: int) -> list[int]:
        up, counts, parents, threshold = self.up, self._counts, self.structure.parents, self.structure.threshold
        holds = not up[node]
        step = 1 if holds else -1
        up[node] = holds
        changed = [node]
        for child in changed:
            for parent in parents[child]:
                counts[parent] += step
                if up[parent] != holds and (counts[parent] >= threshold[parent]) == holds:
                    up[parent] = holds
                    changed.append(parent)
        return changed


def inputs(entity: Entity, view: View) -> Iterator[Gate | str]:
    """Yield what *entity* hangs on: first the gate of its needs, then what it uses, then its site."""
    if isinstance(entity, Cluster):
        if view is View.AS_IT_STANDS:
            yield entity.primary
        elif view is View.AFTER_FAILOVER:
            yield Gate(1, entity.members)
        return
    if entity.needs is not None:
        yield entity.needs
    if not isinstance(entity, Service):
        yield from entity.uses
    if not isinstance(entity, (Service, Site)) and entity.site is not None:
        yield entity.site


def input_names(entity: Entity, view: View) -> set[str]:
    """Return every name among the inputs of *entity*, however deep in its gates."""
    return set(_listed(entity, view))


def _listed(entity: Entity, view: View) -> list[str]:
    found: list[str] = []
    for each in inputs(entity, view):
        if isinstance(each, Gate):
            found.extend(each.names())
        else:
            found.append(each)
    return found


def find_cycle(topology: Topology) -> list[str] | None:
    """Return the names along a cycle of needs, uses and reads, first and last the same, or None."""
    below = {entity.name: _listed(entity, View.AFTER_FAILOVER) for entity in topology.entities()}
    for service in topology.services.values():
        below[service.name].extend(service.reads)
    done: set[str] = set()
    for start in below:
        way = {start: iter(below[start])} if start not in done else {}
        while way:
            name, rest = next(reversed(way.items()))
            following = next((each for each in rest if each not in done), None)
            if following is None:
                done.add(name)
                del way[name]
            elif following in way:
                names = list(way)
                return [*names[names.index(following) :], following]
            else:
                way[following] = iter(below[following])
    return None
