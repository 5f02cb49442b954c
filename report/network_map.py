"""The network as a drawing: boxes, hosts in them, frames of sites, curves; and the states that move through it."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from report.graph import Box, Edge, Graph, about, draw_together, members_shown
from report.layout import TOP, Cell, Layout, lay_out
from report.moments import Clock
from report.tracks import ABSENT, UP, Track, state_at, tracks, worst_moment
from report.verdict import as_happened
from report.wording import titled
from timeline.results import ReplayResult
from topology.model import Cluster

LETTER = 7.0
BOX_HEIGHT, CHIP_HEIGHT, CHIP_GAP, PADDING, HEADING = 42.0, 24.0, 6.0, 10.0, 22.0
BOX_WIDTH_MIN, CHIP_WIDTH_MIN, WIDTH_MAX = 96.0, 74.0, 250.0
CHIPS_IN_COLUMN = 3
GLYPH = 22.0
HURT, WELL = frozenset({"down", "stale"}), frozenset({"up", "backlogged"})
NOWHERE = "nowhere"
"""The block of what stands in no site."""


class Node(NamedTuple):
    """Something with a state that can be focused. `x`, `y` is its upper left corner; `members` is for collapsed boxes."""

    id: str
    name: str
    kind: str
    title: str
    state: str
    hit: bool
    about: str
    x: float
    y: float
    width: float
    height: float
    members: tuple[str, ...] = ()
    note: str = ""


class Group(NamedTuple):
    """The frame around hosts that are alike."""

    title: str
    x: float
    y: float
    width: float
    height: float


class SiteFrame(NamedTuple):
    """The frame of a site; without a name it holds what stands in none."""

    id: str
    name: str
    title: str
    state: str
    x: float
    y: float
    width: float
    height: float


class Curve(NamedTuple):
    """An edge, with the names at either end; broken when what hangs on it is hurt and fewer than *least* below it are well."""

    path: str
    kind: str
    state: str
    upper: tuple[str, ...]
    lower: tuple[str, ...]
    least: int


class Label(NamedTuple):
    """How many of the hosts in the box below are needed."""

    text: str
    x: float
    y: float


class NetworkMap(NamedTuple):
    """Everything that is drawn, and `data` for the script that moves it."""

    width: float
    height: float
    sites: tuple[SiteFrame, ...]
    groups: tuple[Group, ...]
    nodes: tuple[Node, ...]
    curves: tuple[Curve, ...]
    labels: tuple[Label, ...]
    moment: str
    data: dict[str, Any]


def network_map(result: ReplayResult, clock: Clock, until_seconds: float) -> NetworkMap:
    """Draw the network under all responses, in the state of the worst moment as it happened."""
    graph = draw_together([result.topology, *(response.topology for response in result.responses)])
    cells = [_cell(box) for box in graph.boxes]
    layout = lay_out(cells, [(edge.upper, edge.lower) for edge in graph.edges])
    names = list(graph.entities)
    moved = {each.name: tracks(each.timeline, each.topology, names) for each in result.responses}
    first = as_happened(result)
    worst = worst_moment(moved[first.name], list(first.timeline.services))
    states = {name: state_at(track, worst) for name, track in moved[first.name].items()}
    painter = _Painter(graph, layout, states, frozenset(result.hit))
    return NetworkMap(
        width=layout.width,
        height=layout.height,
        sites=tuple(painter.sites()),
        groups=tuple(painter.groups()),
        nodes=tuple(painter.nodes()),
        curves=tuple(painter.curves()),
        labels=tuple(painter.labels()),
        moment=f"{titled(first)}, {clock.moment(worst)}",
        data={
            "epoch": clock.epoch_seconds,
            "until": until_seconds,
            "at": worst,
            "response": first.name,
            "tracks": {name: _changing(found) for name, found in moved.items()},
        },
    )


def _changing(found: Mapping[str, Track]) -> Mapping[str, Track]:
    """Leave out what is up throughout: the script takes that for granted."""
    return {name: track for name, track in found.items() if track != [(0.0, "up")]}


def _cell(box: Box) -> Cell:
    block = TOP if box.kind in ("service", "cluster") else box.site or NOWHERE
    if box.kind != "hosts" or box.collapsed:
        longest = max(len(box.title), 0 if box.collapsed else len(box.members[0]))
        width = min(max(BOX_WIDTH_MIN, longest * LETTER + GLYPH + 2 * PADDING), WIDTH_MAX)
        return Cell(box.id, block, width, BOX_HEIGHT)
    columns, rows = _grid(box)
    width = max(columns * (_chip_width(box) + CHIP_GAP) - CHIP_GAP + 2 * PADDING, len(box.title) * LETTER + 2 * PADDING)
    return Cell(box.id, block, width, HEADING + rows * (CHIP_HEIGHT + CHIP_GAP) - CHIP_GAP + PADDING)


def _grid(box: Box) -> tuple[int, int]:
    columns = -(-len(box.members) // CHIPS_IN_COLUMN)
    return columns, -(-len(box.members) // columns)


def _chip_width(box: Box) -> float:
    return min(max(CHIP_WIDTH_MIN, max(map(len, box.members)) * LETTER + GLYPH + 8), WIDTH_MAX)


class _Painter:
    """Turns places into what is drawn."""

    def __init__(self, graph: Graph, layout: Layout, states: Mapping[str, str], hit: frozenset[str]) -> None:
        self.graph = graph
        self.layout = layout
        self.states = states
        self.hit = hit
        self.boxes = {box.id: box for box in graph.boxes}
        self.ports = _Ports(layout)

    def sites(self) -> list[SiteFrame]:
        found = []
        for frame in self.layout.frames:
            entity = self.graph.entities.get(frame.block)
            title = (entity.title or entity.name) if entity else ""
            name = entity.name if entity else ""
            state = self.states.get(frame.block, "up")
            found.append(SiteFrame(f"n-{name}", name, title, state, frame.x, frame.y, frame.width, frame.height))
        return found

    def groups(self) -> list[Group]:
        found = []
        for box in self.graph.boxes:
            if box.kind == "hosts" and not box.collapsed:
                cell = self.layout.cells[box.id]
                found.append(Group(box.title, cell.x - cell.width / 2, cell.y, cell.width, cell.height))
        return found

    def nodes(self) -> list[Node]:
        found: list[Node] = []
        for box in self.graph.boxes:
            cell = self.layout.cells[box.id]
            left = cell.x - cell.width / 2
            if box.kind == "hosts" and not box.collapsed:
                found.extend(self._chips(box, left, cell.y))
            elif box.collapsed:
                up = sum(self.states[name] == UP for name in box.members)
                state = UP if up == len(box.members) else "partly" if up else "down"
                found.append(
                    Node(
                        box.id, box.title, "hosts", box.title, state, not self.hit.isdisjoint(box.members), members_shown(box),
                        left, cell.y, cell.width, cell.height, box.members, f"{up} up",
                    )
                )  # fmt: skip
            else:
                found.append(self._node(box.members[0], box.kind, box.title, left, cell.y, cell.width, cell.height))
        return sorted(found, key=lambda node: (node.y, node.x))

    def _chips(self, box: Box, left: float, top: float) -> list[Node]:
        columns, _ = _grid(box)
        cell = self.layout.cells[box.id]
        width = (cell.width - 2 * PADDING + CHIP_GAP) / columns - CHIP_GAP
        found = []
        for number, name in enumerate(box.members):
            row, column = divmod(number, columns)
            x = left + PADDING + column * (width + CHIP_GAP)
            y = top + HEADING + row * (CHIP_HEIGHT + CHIP_GAP)
            found.append(self._node(name, "host", name, x, y, width, CHIP_HEIGHT))
        return found

    def _node(self, name: str, kind: str, title: str, x: float, y: float, width: float, height: float) -> Node:
        entity = self.graph.entities[name]
        note = "" if kind == "host" else name if name != title else kind
        if isinstance(entity, Cluster):
            note = f"primary {entity.primary}"
        words = f"{kind}; {about(entity)}" if about(entity) else kind
        hit = name in self.hit
        return Node(f"n-{name}", name, kind, title, self.states[name], hit, words, x, y, width, height, (), note)

    def curves(self) -> list[Curve]:
        return [self._curve(edge) for edge in self.graph.edges]

    def labels(self) -> list[Label]:
        """Write what edges into one box have in common only once, where they enter."""
        entering: dict[tuple[str, str], list[float]] = {}
        for edge in self.graph.edges:
            if edge.label:
                route = self.layout.routes[edge.upper, edge.lower]
                entering.setdefault((edge.lower, edge.label), []).append(self.ports.into[edge.lower, route[-2]])
        return [
            Label(label, sum(xs) / len(xs), self.layout.cells[lower].y - 7) for (lower, label), xs in entering.items()
        ]  # fmt: skip

    def _curve(self, edge: Edge) -> Curve:
        route = [self.layout.cells[each] for each in self.layout.routes[edge.upper, edge.lower]]
        points = self.ports.through(route)
        path = [f"M{points[0][0]:.1f},{points[0][1]:.1f}"]
        for (x1, y1), (x2, y2) in pairwise(points):
            bend = (y2 - y1) / 2
            path.append(f"C{x1:.1f},{y1 + bend:.1f} {x2:.1f},{y2 - bend:.1f} {x2:.1f},{y2:.1f}")
        upper, lower = self.boxes[edge.upper], self.boxes[edge.lower]
        state = self._edge_state(upper, lower, edge.least)
        return Curve(" ".join(path), edge.kind, state, upper.members, lower.members, edge.least)

    def _edge_state(self, upper: Box, lower: Box, least: int) -> str:
        above, below = ([self.states[name] for name in box.members] for box in (upper, lower))
        if set(above) == {ABSENT} or set(below) == {ABSENT}:
            return ABSENT
        well = sum(state in WELL for state in below)
        return "broken" if well < least and not HURT.isdisjoint(above) else "whole"


class _Ports:
    """Where edges leave and enter a box: spread along its edge in the order of where they come from."""

    def __init__(self, layout: Layout) -> None:
        self.out: dict[tuple[str, str], float] = {}
        self.into: dict[tuple[str, str], float] = {}
        leaving: dict[str, list[Cell]] = {}
        entering: dict[str, list[Cell]] = {}
        for route in layout.routes.values():
            leaving.setdefault(route[0], []).append(layout.cells[route[1]])
            entering.setdefault(route[-1], []).append(layout.cells[route[-2]])
        for ports, found in ((self.out, leaving), (self.into, entering)):
            for name, others in found.items():
                cell = layout.cells[name]
                unique = sorted({other.id: other for other in others}.values(), key=lambda other: other.x)
                for number, other in enumerate(unique):
                    share = (number + 1) / (len(unique) + 1) - 0.5
                    ports[name, other.id] = cell.x + share * cell.width * 0.8

    def through(self, route: list[Cell]) -> list[tuple[float, float]]:
        """Return the points along *route*: out of the first box, straight through every dummy, into the last box."""
        first, last = route[0], route[-1]
        points = [(self.out[first.id, route[1].id], first.y + first.height)]
        for cell in route[1:-1]:
            points += [(cell.x, cell.y), (cell.x, cell.y + cell.height)]
        points.append((self.into[last.id, route[-2].id], last.y))
        return points
