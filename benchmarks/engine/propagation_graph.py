"""Graphs of random gates, and names in them that fail and are repaired at random until all is well again."""

from collections.abc import Iterator
from random import Random

from topology.model import Component, Gate, Topology

INPUTS, FREE_SHARE, DOWN_SHARE = 3, 5, 100
NODES_A_NAME = 1.8
"""Four names in five have a gate."""

Event = tuple[int, bool]
"""The number of a name, and whether it fails; if not, it is repaired."""


def graph(nodes: int) -> Topology:
    """Return about so many *nodes*: each name needs all, any or two of three earlier ones; the first fifth needs nothing."""
    random = Random(nodes)
    names = [f"name-{number}" for number in range(round(nodes / NODES_A_NAME))]

    def gate(number: int) -> Gate | None:
        if number < len(names) // FREE_SHARE:
            return None
        return Gate(random.randint(1, INPUTS), tuple(names[below] for below in random.sample(range(number), INPUTS)))

    return Topology("graph", components={name: Component(name, needs=gate(number)) for number, name in enumerate(names)})


def events(names: int, count: int) -> Iterator[Event]:
    """Yield *count* events, an even number, after which all is well; up to one name in a hundred is down by itself meanwhile."""
    random = Random(count)
    most = max(1, names // DOWN_SHARE)
    down: list[int] = []
    failed = [False] * names
    for left in range(count, 0, -1):
        if down and (len(down) in (left, most) or random.random() < 0.5):
            place = random.randrange(len(down))
            down[place], down[-1] = down[-1], down[place]
            name = down.pop()
        else:
            name = next(name for name in iter(lambda: random.randrange(names), None) if not failed[name])
            down.append(name)
        failed[name] = not failed[name]
        yield name, failed[name]
