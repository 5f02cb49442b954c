"""Who is up, for processes of SimPy: nodes that count their inputs, and an event for whoever waits for one to turn."""

import simpy

from topology.gates import Structure


class Node:
    """Up while *enough* of its *inputs* are, one of which is that it has not failed itself."""

    __slots__ = ("above", "count", "enough", "environment", "reasons", "turned", "up")

    def __init__(self, environment: simpy.Environment, inputs: int, enough: int) -> None:
        self.environment = environment
        self.count = inputs
        self.enough = enough
        self.above: list[Node] = []
        self.up = True
        self.reasons = 0
        self.turned: simpy.Event | None = None

    def turns(self) -> simpy.Event:
        """Return what happens when it next goes down or comes up."""
        if self.turned is None:
            self.turned = self.environment.event()
        return self.turned

    def hang_on(self, other: "Node") -> None:
        """Need one input more."""
        self.count += 1
        self.enough += 1
        other.above.append(self)

    def fail(self) -> None:
        """Give it one more reason to have failed itself."""
        self.reasons += 1
        if self.reasons == 1:
            self._add(-1)

    def mend(self) -> None:
        """Take one of these reasons away."""
        self.reasons -= 1
        if self.reasons == 0:
            self._add(1)

    def _add(self, more: int) -> None:
        """Count one input more or less, and tell whatever hangs on this node if it turns."""
        self.count += more
        if self.up == (self.count >= self.enough):
            return
        self.up = not self.up
        if self.turned is not None:
            self.turned.succeed()
            self.turned = None
        for node in self.above:
            node._add(1 if self.up else -1)


def nodes_of(structure: Structure, environment: simpy.Environment) -> list[Node]:
    """Return a node for each of *structure*, by its number."""
    nodes = [
        Node(environment, len(children) + (number < structure.named), enough)
        for number, (children, enough) in enumerate(zip(structure.children, structure.threshold, strict=True))
    ]
    for node, parents in zip(nodes, structure.parents, strict=True):
        node.above = [nodes[parent] for parent in parents]
    return nodes
