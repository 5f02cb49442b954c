"""Minimal cut sets: the smallest combinations of failures that take something down, found from the leaves up.

What can fail is physical: sites, components and hosts. A node that needs all its inputs is cut by whatever cuts one of them; a
gate that bears some losses is cut by what cuts enough of its inputs at once. Sets larger than the order asked for are dropped
on the way, and a set that contains a smaller one is absorbed by it (Rauzy, "Mathematical foundations of minimal cutsets",
IEEE Transactions on Reliability 50, 2001). Within the order the result is exact.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from topology.gates import State

CutSet = frozenset[int]
"""Numbers of physical nodes that together cut another."""

SETS_MAX = 20_000
"""More cut sets than this of one node are not listed: they may be as many as there are pairs of hosts, and nobody reads them."""
STEPS_MAX = 3_000_000
"""More combinations than this are not tried for one gate, which bounds it to seconds."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Every minimal cut set of up to *complete_to_order* failures, the smallest first; larger ones are not listed."""

    sets: tuple[CutSet, ...]
    complete_to_order: int


class CutSets:
    """The minimal cut sets of the nodes of *state* that hold: which further failures would take them down.

    The first *physical* nodes are those that can fail themselves. The state must not change while this is in use.
    """

    def __init__(self, state: State, physical: int, order: int) -> None:
        self.order = order
        self._searches = [_Search(state, physical, each) for each in range(1, order + 1)]

    def of_any(self, nodes: Collection[int]) -> Listing:
        """Return what takes down at least one of *nodes*: up to the whole order, or a lower one where there is too much."""
        for search in reversed(self._searches):
            try:
                return Listing(search.of_any(nodes), search.order)
            except _TooMany:
                continue
        raise AssertionError("cut sets of one failure are never too many")

    def smallest(self, nodes: Collection[int]) -> Listing:
        """Return the smallest cut sets alone: none where only more than *complete_to_order* failures take down one of *nodes*."""
        for search in self._searches:
            try:
                sets = search.of_any(nodes)
            except _TooMany:
                return Listing((), search.order - 1)
            if sets:
                return Listing(sets, search.order)
        return Listing((), self.order)


class _TooMany(Exception):  # noqa: N818  # not an error: a lower order is tried
    """There are more cut sets than can be listed, or more combinations than can be tried."""


class _Alike(NamedTuple):
    """Inputs of a gate, so many *times*, that the same sets cut, and the nodes that occur in these."""

    cuts: tuple[CutSet, ...]
    nodes: CutSet
    times: int


class _Search:
    """Cut sets of up to one order, each node worked out once."""

    def __init__(self, state: State, physical: int, order: int) -> None:
        self.order = order
        self._state = state
        self._physical = physical
        self._found: dict[int, Sequence[CutSet]] = {}
        self._joined: dict[tuple[int, ...], Sequence[CutSet]] = {}
        self._given_up: set[int] = set()

    def of_any(self, nodes: Collection[int]) -> tuple[CutSet, ...]:
        for node in self._below(nodes):
            self._found[node] = self._cuts(node)
        return tuple(sorted(self._union(tuple(nodes)), key=lambda cut: (len(cut), sorted(cut))))

    def _below(self, nodes: Collection[int]) -> Iterator[int]:
        """Yield every node at or below *nodes* that is not worked out yet, inputs before what hangs on them."""
        children = self._state.structure.children
        stack = [(node, False) for node in nodes]
        while stack:
            node, inputs_done = stack.pop()
            if node in self._given_up:
                raise _TooMany
            if node in self._found:
                continue
            if inputs_done:
                yield node
            else:
                stack.append((node, True))
                stack.extend((child, False) for child in children[node] if child not in self._found)

    def _cuts(self, node: int) -> Sequence[CutSet]:
        structure, up = self._state.structure, self._state.up
        holding = tuple(child for child in structure.children[node] if up[child])
        own = 1 if node < structure.named else 0
        losses = own + len(holding) - structure.threshold[node] + 1
        try:
            cuts = self._union(holding) if losses == 1 else self._losing(losses, [self._found[child] for child in holding])
        except _TooMany:
            self._given_up.add(node)
            raise
        return (*cuts, frozenset((node,))) if node < self._physical else cuts

    def _union(self, nodes: tuple[int, ...]) -> Sequence[CutSet]:
        """Return what cuts any of *nodes*. Hosts of a kind have the same inputs, so this is kept for the next of them."""
        if nodes not in self._joined:
            self._joined[nodes] = self._absorbed({cut for node in nodes for cut in self._found[node]})
        return self._joined[nodes]

    def _losing(self, count: int, inputs: Sequence[Sequence[CutSet]]) -> Sequence[CutSet]:
        """Return what cuts *count* or more of *inputs*. What does so alone is set aside: no other minimal set contains it."""
        cut_by_one = Counter(node for cuts in inputs for cut in cuts if len(cut) == 1 for node in cut)
        enough = frozenset(node for node, lost in cut_by_one.items() if lost >= count)
        found = {frozenset((node,)) for node in enough}
        if self.order > 1:
            rest = [[cut for cut in cuts if cut.isdisjoint(enough)] for cuts in inputs]
            found |= self._combined(count, self._alike(count, rest))
        return self._absorbed(found)

    def _alike(self, count: int, inputs: Sequence[Sequence[CutSet]]) -> list[_Alike]:
        """Join those of *inputs* that the same sets cut, without the sets that can be no part of cutting *count* inputs.

        A node can only be part of it if it and others, none of which occurs in more inputs than the most frequent, occur in enough.
        """
        occurring = Counter(node for cuts in inputs for node in frozenset[int]().union(*cuts))
        most = max(occurring.values(), default=0)
        useful = frozenset(node for node, times in occurring.items() if times + (self.order - 1) * most >= count)
        alike = Counter(frozenset(cut for cut in cuts if cut <= useful) for cuts in inputs)
        return [_Alike(tuple(cuts), frozenset[int]().union(*cuts), times) for cuts, times in alike.items() if cuts]

    def _combined(self, count: int, inputs: Sequence[_Alike]) -> set[CutSet]:
        """Go through *inputs* one by one, keeping for each set of failures chosen so far how many of them it cuts.

        A set is given up once the rest cannot bring it to *count*: each failure can cut no more inputs than it occurs in.
        """
        still: Counter[int] = Counter()
        most = [0]
        for each in reversed(inputs):
            still.update(dict.fromkeys(each.nodes, each.times))
            most.append(max(most[-1], *(still[node] for node in each.nodes)))
        found: set[CutSet] = set()
        chosen: dict[CutSet, int] = {frozenset(): 0}
        steps = 0
        for number, each in enumerate(inputs, start=1):
            for node in each.nodes:
                still[node] -= each.times
            following: dict[CutSet, int] = {}
            steps += len(chosen) * (len(each.cuts) + 1)
            if steps > STEPS_MAX or len(found) > 10 * SETS_MAX:
                raise _TooMany
            for before, lost in chosen.items():
                for now, total in self._choices(before, lost, each):
                    if total >= count:
                        found.add(now)
                        continue
                    reach = total + (self.order - len(now)) * most[-1 - number]
                    for node in now:
                        reach += still[node]
                    if reach >= count and total >= following.get(now, 0):
                        following[now] = total
            chosen = following
        return found

    def _choices(self, chosen: CutSet, lost: int, inputs: _Alike) -> Iterator[tuple[CutSet, int]]:
        """Yield what can become of *chosen* at *inputs*: they are cut anyway, or spared, or cut by adding one of their sets."""
        if any(cut <= chosen for cut in inputs.cuts):
            yield chosen, lost + inputs.times
            return
        yield chosen, lost
        for cut in inputs.cuts:
            wider = chosen | cut
            if len(wider) <= self.order:
                yield wider, lost + inputs.times

    def _absorbed(self, sets: set[CutSet]) -> Sequence[CutSet]:
        """Return the minimal ones of *sets*."""
        if self.order > 1 and len(sets) > 10 * SETS_MAX:
            raise _TooMany
        single = frozenset(node for cut in sets if len(cut) == 1 for node in cut)
        kept = {frozenset((node,)) for node in single}
        for cut in sorted(sets, key=len):
            if cut.isdisjoint(single) and not _contains_one_of(kept, cut):
                kept.add(cut)
        if self.order > 1 and len(kept) > SETS_MAX:
            raise _TooMany
        return tuple(kept)


def _contains_one_of(kept: set[CutSet], cut: CutSet) -> bool:
    return any(frozenset(part) in kept for size in range(2, len(cut)) for part in combinations(cut, size))
