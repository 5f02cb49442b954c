"""A layered layout: a block of services and clusters above, below it one block a site, none in another's way.

Within a block a box stands below everything that hangs on it. Long edges get a dummy in every row they pass, so that they run
between boxes and not through them. Boxes move towards the mean of their neighbours, row by row, and never overlap.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from itertools import pairwise
from typing import NamedTuple

GAP_X, GAP_Y = 22.0, 44.0
BLOCK_GAP, BLOCK_PADDING, BLOCK_HEADING = 28.0, 18.0, 26.0
ROW_WIDTH_MAX = 1180.0
DUMMY_WIDTH = 8.0
ROUNDS = 12

TOP = "top"


@dataclass(slots=True)
class Cell:
    """A box to place, or a dummy that keeps room for an edge. `x` is its centre, `y` its top edge."""

    id: str
    block: str
    width: float
    height: float
    row: int = 0
    x: float = 0.0
    y: float = 0.0


class Frame(NamedTuple):
    """Where a block stands."""

    block: str
    x: float
    y: float
    width: float
    height: float


@dataclass(slots=True)
class Layout:
    """Where everything stands. `routes` leads each edge through the cells that it passes, ends included."""

    cells: dict[str, Cell]
    frames: list[Frame] = field(default_factory=list)
    routes: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    width: float = 0.0
    height: float = 0.0


def lay_out(cells: Sequence[Cell], edges: Sequence[tuple[str, str]]) -> Layout:
    """Place *cells*, whose *edges* lead from above to below and make no cycle."""
    layout = Layout({cell.id: cell for cell in cells})
    blocks: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        blocks[cell.block].append(cell)
    rows_of = {name: _rows(members, edges) for name, members in blocks.items()}
    _route(layout, rows_of, edges)
    neighbours = _neighbours(layout)
    for rows in rows_of.values():
        _pack(rows)
    below = [name for name in rows_of if name != TOP]
    for _ in range(3):
        for name in below:
            _settle(rows_of[name], neighbours)
        _place_below(layout, rows_of, below)
        if TOP in rows_of:
            _settle(rows_of[TOP], neighbours)
    _fit(layout, rows_of.get(TOP, []), below)
    return layout


def _rows(members: Sequence[Cell], edges: Sequence[tuple[str, str]]) -> list[list[Cell]]:
    """Sort *members* into rows, each below what hangs on it; a row too wide for the page becomes several."""
    inside = {cell.id: cell for cell in members}
    above: dict[str, set[str]] = {name: set() for name in inside}
    for upper, lower in edges:
        if upper in inside and lower in inside:
            above[lower].add(upper)
    depth: dict[str, int] = {}
    for name in TopologicalSorter(above).static_order():
        depth[name] = max((depth[each] + 1 for each in above[name]), default=0)
    rows: list[list[Cell]] = []
    for level in range(max(depth.values(), default=-1) + 1):
        width = ROW_WIDTH_MAX + 1
        for cell in members:
            if depth[cell.id] == level:
                if width + cell.width > ROW_WIDTH_MAX:
                    rows.append([])
                    width = 0.0
                rows[-1].append(cell)
                width += cell.width + GAP_X
    for number, row in enumerate(rows):
        for cell in row:
            cell.row = number
    return rows


def _route(layout: Layout, rows_of: Mapping[str, list[list[Cell]]], edges: Sequence[tuple[str, str]]) -> None:
    """Lead every edge through a dummy in each row that it passes, in the block it leaves and in the block it enters."""

    def passing(name: str, block: str, row: int) -> str:
        key = f"{name}|{block}|{row}"
        if key not in layout.cells:
            layout.cells[key] = Cell(key, block, DUMMY_WIDTH, 0.0, row)
            rows_of[block][row].append(layout.cells[key])
        return key

    for upper, lower in edges:
        here, there = layout.cells[upper], layout.cells[lower]
        if here.block == there.block:
            between = [passing(f"{upper}>{lower}", here.block, row) for row in range(here.row + 1, there.row)]
        elif here.block == TOP:
            between = [passing(f"{upper}>", TOP, row) for row in range(here.row + 1, len(rows_of[TOP]))]
            between += [passing(f">{lower}", there.block, row) for row in range(there.row)]
        else:
            between = []
        layout.routes[upper, lower] = [upper, *between, lower]


def _neighbours(layout: Layout) -> dict[str, list[Cell]]:
    found: dict[str, list[Cell]] = defaultdict(list)
    for route in layout.routes.values():
        for one, other in pairwise(route):
            found[one].append(layout.cells[other])
            found[other].append(layout.cells[one])
    return found


def _pack(rows: Sequence[list[Cell]]) -> None:
    for row in rows:
        x = 0.0
        for cell in row:
            cell.x = x + cell.width / 2
            x += cell.width + GAP_X
        for cell in row:
            cell.x -= x / 2


def _settle(rows: Sequence[list[Cell]], neighbours: Mapping[str, list[Cell]]) -> None:
    """Order each row by where its neighbours are, then move its cells there as far as they do not overlap."""
    for number in range(ROUNDS):
        for row in rows if number % 2 == 0 else reversed(rows):
            wanted = {}
            for cell in row:
                near = neighbours.get(cell.id, [])
                wanted[cell.id] = sum(each.x for each in near) / len(near) if near else cell.x
            if number < ROUNDS - 4:
                row.sort(key=lambda cell: wanted[cell.id])
            _resolve(row, wanted)


def _resolve(row: Sequence[Cell], wanted: Mapping[str, float]) -> None:
    """Place *row* in its order as near to *wanted* as it goes: half way between pushing everything right and everything left."""
    right: list[float] = []
    for number, cell in enumerate(row):
        least = right[-1] + _distance(row[number - 1], cell) if number else wanted[cell.id]
        right.append(max(wanted[cell.id], least))
    left: list[float] = []
    for number in range(len(row) - 1, -1, -1):
        cell = row[number]
        most = left[-1] - _distance(cell, row[number + 1]) if left else wanted[cell.id]
        left.append(min(wanted[cell.id], most))
    for cell, one, other in zip(row, right, reversed(left), strict=True):
        cell.x = (one + other) / 2


def _distance(one: Cell, other: Cell) -> float:
    return (one.width + other.width) / 2 + GAP_X


def _place_below(layout: Layout, rows_of: Mapping[str, list[list[Cell]]], below: Sequence[str]) -> None:
    """Put the blocks of the sites side by side, in as many bands as the width of the page asks for."""
    top_height = _heights(rows_of.get(TOP, []), 0.0)
    layout.frames.clear()
    x, y, band_height = 0.0, top_height + GAP_Y if TOP in rows_of else 0.0, 0.0
    for name in below:
        members = [cell for row in rows_of[name] for cell in row]
        left = min(cell.x - cell.width / 2 for cell in members)
        width = max(cell.x + cell.width / 2 for cell in members) - left + 2 * BLOCK_PADDING
        if x and x + width > ROW_WIDTH_MAX + 200:
            x, y, band_height = 0.0, y + band_height + BLOCK_GAP, 0.0
        bottom = _heights(rows_of[name], y + BLOCK_HEADING + BLOCK_PADDING)
        for cell in members:
            cell.x += x + BLOCK_PADDING - left
        height = bottom - y + BLOCK_PADDING
        layout.frames.append(Frame(name, x, y, width, height))
        x += width + BLOCK_GAP
        band_height = max(band_height, height)


def _heights(rows: Sequence[list[Cell]], y: float) -> float:
    """Give each row its height, from *y* down; return where the last one ends."""
    for number, row in enumerate(rows):
        height = max((cell.height for cell in row), default=0.0)
        for cell in row:
            cell.y = y
            if not cell.height:
                cell.height = height  # an edge passes the whole row
        y += height + (GAP_Y if number < len(rows) - 1 else 0.0)
    return y


def _fit(layout: Layout, top: Sequence[list[Cell]], below: Sequence[str]) -> None:
    """Move everything so that nothing stands left of 0, and measure the whole."""
    lefts = [cell.x - cell.width / 2 for row in top for cell in row] + [frame.x for frame in layout.frames]
    shift = -min(lefts, default=0.0)
    for cell in layout.cells.values():
        cell.x += shift
    layout.frames[:] = [Frame(each.block, each.x + shift, each.y, each.width, each.height) for each in layout.frames]
    rights = [cell.x + cell.width / 2 for cell in layout.cells.values()] + [each.x + each.width for each in layout.frames]
    bottoms = [cell.y + cell.height for cell in layout.cells.values()] + [each.y + each.height for each in layout.frames]
    layout.width, layout.height = max(rights, default=0.0), max(bottoms, default=0.0)
