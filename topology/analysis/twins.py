"""Cut sets of interchangeable things, folded: ten pairs of five servers of a kind are "any 2 of" those five.

Two nodes are twins when they hang on the same inputs and the same nodes hang on them. Exchanging twins changes nothing, so with
one cut set every other choice of as many of them is one too.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from topology.analysis.cutsets import CutSet
from topology.gates import Structure


@dataclass(frozen=True, slots=True)
class Pattern:
    """Cut sets that differ only in which twins are chosen: from each group any so many of its nodes, all groups together."""

    groups: tuple[tuple[int, tuple[int, ...]], ...]
    first: CutSet
    """One of them."""


def fold(structure: Structure, sets: Sequence[CutSet]) -> list[Pattern]:
    """Return the patterns of *sets*, which must be all minimal cut sets of some node up to some order."""
    kind = {node: _kind(structure, node) for cut in sets for node in cut}
    twins: dict[tuple[tuple[int, ...], ...], list[int]] = {}
    for node in sorted(kind):
        twins.setdefault(kind[node], []).append(node)
    alike: dict[tuple[tuple[int, int], ...], CutSet] = {}
    for cut in sets:
        chosen = Counter(twins[kind[node]][0] for node in cut)
        alike.setdefault(tuple(sorted(chosen.items())), cut)
    return [Pattern(tuple((count, tuple(twins[kind[node]])) for node, count in chosen), first) for chosen, first in alike.items()]


def _kind(structure: Structure, node: int) -> tuple[tuple[int, ...], ...]:
    return tuple(sorted(structure.children[node])), tuple(sorted(structure.parents[node]))
