"""What hangs on what, as boxes and edges: hosts that are alike share a box, and what follows from other edges is left out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from report.wording import counted, listed, name_ranges
from topology.model import Cluster, Component, Entity, Gate, Host, Service, Site, Topology

CHIPS_MAX = 12
"""More hosts than this in a box are not drawn one by one: it says how many there are and how many are up."""
LARGE_NETWORK_HOSTS, LARGE_NETWORK_CHIPS_MAX, BOXES_MAX = 60, 4, 24
"""In a network of more hosts, boxes collapse sooner; with more boxes of hosts than that, hosts are grouped by role alone."""


class Box(NamedTuple):
    """A service, a cluster, a component, or hosts that are alike. `site` is empty for what stands in none."""

    id: str
    kind: str
    title: str
    site: str
    members: tuple[str, ...]
    collapsed: bool = False


class Edge(NamedTuple):
    """*upper* hangs on *lower*; `kind` is needs, uses, reads or member.

    It holds while `least` of what is in the lower box is well; `label` says `2 of 3` where not all are needed.
    """

    upper: str
    lower: str
    kind: str
    label: str
    least: int


class Graph(NamedTuple):
    """The network under all responses together."""

    entities: Mapping[str, Entity]
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]


Link = tuple[str, str, str, int]
"""(target, kind, label, how many targets like it may fail)"""


def draw_together(topologies: Iterable[Topology]) -> Graph:
    """Return everything that exists in any of *topologies*; what the first says of a name counts, later ones add to it."""
    entities: dict[str, Entity] = {}
    links: dict[str, dict[str, Link]] = defaultdict(dict)
    for topology in topologies:
        for entity in topology.entities():
            entities.setdefault(entity.name, entity)
            for link in _links(entity):
                links[entity.name].setdefault(link[0], link)
    boxes = _boxes(entities, links)
    owner = {member: box.id for box in boxes for member in box.members}
    return Graph(entities, tuple(boxes), tuple(_reduced(_edges(links, owner))))


def _edges(links: Mapping[str, Mapping[str, Link]], owner: Mapping[str, str]) -> list[Edge]:
    between: dict[tuple[str, str], dict[str, Link]] = defaultdict(dict)
    for name, targets in links.items():
        for link in targets.values():
            upper, lower = owner.get(name, ""), owner.get(link[0], "")
            if upper and lower and upper != lower:
                between[upper, lower].setdefault(link[0], link)
    edges = []
    for (upper, lower), found in between.items():
        _, kind, label, spare = next(iter(found.values()))
        edges.append(Edge(upper, lower, kind, label, max(1, len(found) - spare)))
    return edges


def about(entity: Entity) -> str:
    """Say in words what *entity* hangs on."""
    phrases = []
    if isinstance(entity, Cluster):
        phrases.append(f"members {listed(name_ranges(entity.members))}, first primary {entity.primary}")
    else:
        if entity.needs is not None:
            phrases.append(f"needs {_gate_words(entity.needs)}")
        if isinstance(entity, Service) and entity.reads:
            phrases.append(f"reads {listed(entity.reads)}")
        if not isinstance(entity, Service) and entity.uses:
            phrases.append(f"uses {listed(entity.uses)}")
    return "; ".join(phrases)


def _gate_words(gate: Gate) -> str:
    inner = name_ranges(each for each in gate.of if isinstance(each, str))
    inner += [f"({_gate_words(each)})" for each in gate.of if isinstance(each, Gate)]
    if gate.at_least == len(gate.of):
        return listed(inner)
    return f"{'any' if gate.at_least == 1 else gate.at_least} of {listed(inner)}"


def _links(entity: Entity) -> list[Link]:
    if isinstance(entity, Cluster):
        return [(member, "member", "", 0) for member in entity.members]
    found = list(_gate_links(entity.needs)) if entity.needs is not None else []
    if isinstance(entity, Service):
        return found + [(name, "reads", "", 0) for name in entity.reads]
    return found + [(name, "uses", "", 0) for name in entity.uses]


def _gate_links(gate: Gate) -> Iterable[Link]:
    label = "" if gate.at_least == len(gate.of) else f"{gate.at_least} of {len(gate.of)}"
    for each in gate.of:
        if isinstance(each, Gate):
            yield from _gate_links(each)
        else:
            yield each, "needs", label, len(gate.of) - gate.at_least


def _boxes(entities: Mapping[str, Entity], links: Mapping[str, Mapping[str, Link]]) -> list[Box]:
    boxes = [
        Box(f"n-{entity.name}", _kind(entity), entity.title or entity.name, _site(entity), (entity.name,))
        for entity in entities.values()
        if not isinstance(entity, (Site, Host))
    ]
    hosts = [entity for entity in entities.values() if isinstance(entity, Host)]
    groups = _alike(hosts, links)
    if len(groups) > BOXES_MAX:
        groups = _by_role(hosts)
    chips_max = CHIPS_MAX if len(hosts) <= LARGE_NETWORK_HOSTS else LARGE_NETWORK_CHIPS_MAX
    for number, group in enumerate(groups):
        names = tuple(host.name for host in group)
        what = group[0].role or listed(name_ranges(names)[:2])
        title = what if len(names) == 1 else f"{what} ×{len(names)}"
        boxes.append(Box(f"g-{number}", "hosts", title, group[0].site or "", names, len(names) > chips_max))
    return boxes


def _alike(hosts: Sequence[Host], links: Mapping[str, Mapping[str, Link]]) -> list[list[Host]]:
    """Group hosts of one site and role that hang on the same things, and on which the same things hang."""
    above: dict[str, set[str]] = defaultdict(set)
    for name, targets in links.items():
        for target in targets:
            above[target].add(name)
    groups: dict[tuple[object, ...], list[Host]] = defaultdict(list)
    for host in hosts:
        key = (host.site, host.role, frozenset(links.get(host.name, {}).values()), frozenset(above[host.name]))
        groups[key].append(host)
    return list(groups.values())


def _by_role(hosts: Sequence[Host]) -> list[list[Host]]:
    groups: dict[tuple[str | None, str], list[Host]] = defaultdict(list)
    for host in hosts:
        groups[host.site, host.role].append(host)
    return list(groups.values())


def _kind(entity: Entity) -> str:
    match entity:
        case Service():
            return "service"
        case Cluster():
            return "cluster"
        case _:
            return "component"


def _site(entity: Entity) -> str:
    return entity.site or "" if isinstance(entity, (Component, Host)) else ""


def _reduced(edges: list[Edge]) -> list[Edge]:
    """Leave out the edges that close a cycle (grouping by role can make one) and those that a longer path implies."""
    below: dict[str, set[str]] = defaultdict(set)
    kept: list[Edge] = []
    for edge in edges:
        below[edge.upper].add(edge.lower)
        try:
            TopologicalSorter(below).prepare()
        except CycleError:
            below[edge.upper].remove(edge.lower)
            continue
        kept.append(edge)
    reach: dict[str, set[str]] = {}
    for node in TopologicalSorter(below).static_order():
        reach[node] = set().union(*(reach[child] | {child} for child in below.get(node, ())))
    return [edge for edge in kept if not any(edge.lower in reach[each] for each in below[edge.upper] if each != edge.lower)]


def members_shown(box: Box) -> str:
    """Name what a collapsed box holds: `web-1…40, 40 hosts`."""
    return f"{listed(name_ranges(box.members)[:4])}, {counted(len(box.members), 'host', 'hosts')}"
