"""What goes down with what: the services that a loss takes with it, directly or through the services they read."""

from collections.abc import Iterable

from topology.gates import Structure, View, input_names
from topology.model import Topology


class Blast:
    """Answers for one topology, as it stands: a cluster hangs on its primary."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        structure = Structure(topology, View.AS_IT_STANDS)
        self._structure = structure
        self._state = structure.state()
        self._inputs = {entity.name: input_names(entity, View.AFTER_FAILOVER) for entity in topology.entities()}

    def services_without(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the services that are down, or read one that is, when all of *names* have failed; in the order of the file."""
        nodes = [self._structure.index[name] for name in names]
        for node in nodes:
            self._state.fail(node)
        down = {name for name in self._topology.services if not self._state.up[self._structure.index[name]]}
        for node in nodes:
            self._state.repair(node)
        return self.readers_of(down)

    def readers_of(self, services: set[str]) -> tuple[str, ...]:
        """Return *services* and those that read them, however indirectly; in the order of the file."""
        found = set(services)
        grown = True
        while grown:
            more = {each.name for each in self._topology.services.values() if found & set(each.reads)}
            grown = not more <= found
            found |= more
        return tuple(name for name in self._topology.services if name in found)

    def hangs_on(self, name: str) -> set[str]:
        """Return everything that *name* uses, needs or stands in, however indirectly, but not itself."""
        found: set[str] = set()
        ahead = [name]
        while ahead:
            below = self._inputs[ahead.pop()] - found
            found |= below
            ahead += below
        return found
