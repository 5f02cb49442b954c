"""Many schedules played, in as many processes as are wanted; what comes of them depends on their numbers alone."""

import gc
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from typing import NamedTuple

from scenarios.model import FaultKind
from simulator.fuzzing.playing import Edge, play
from simulator.fuzzing.schedule import Schedules
from topology.model import Topology

CHUNK = 50
"""Schedules that a process is given at a time."""


class Found(NamedTuple):
    """The first violation of an invariant in schedule *number*."""

    invariant: str
    seed: int
    number: int
    cluster: str
    at_seconds: float
    text: str


@dataclass(slots=True)
class Tally:
    """What came of a range of schedules."""

    schedules: int = 0
    steps: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    edges: Counter[Edge] = field(default_factory=Counter)
    violations: list[Found] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Add what came of the schedules that follow."""
        self.schedules += other.schedules
        self.steps += other.steps
        self.faults += other.faults
        self.edges += other.edges
        self.violations += other.violations


class Campaign(NamedTuple):
    """Which schedules are played: so many from number *first* of *seed*, with faults of *kinds* alone if any are given."""

    topology: Topology
    seed: int = 0
    first: int = 0
    schedules: int = 1
    kinds: frozenset[FaultKind] = frozenset()

    def parts(self, schedules: int) -> "Iterator[Campaign]":
        """Yield it in parts of at most so many *schedules*, in the order of their numbers."""
        last = self.first + self.schedules
        for first in range(self.first, last, schedules):
            yield self._replace(first=first, schedules=min(schedules, last - first))

    def drawn(self) -> Schedules:
        """Return what draws its schedules."""
        return Schedules(self.topology, self.seed, self.kinds)


def run_campaign(campaign: Campaign, workers: int = 1, told: Callable[[int], None] = lambda played: None) -> Tally:
    """Play a *campaign* with so many *workers*. *told* is called with how many schedules have been played since the last call."""
    tally = Tally()
    for part in _parts(campaign, workers):
        tally.add(part)
        told(part.schedules)
    return tally


def first_violation(campaign: Campaign, invariants: Collection[str]) -> Found | None:
    """Play a *campaign* until any of *invariants* is violated; return that."""
    drawn = campaign.drawn()
    for number in range(campaign.first, campaign.first + campaign.schedules):
        for found in play_range(drawn, range(number, number + 1)).violations:
            if found.invariant in invariants:
                return found
    return None


def play_range(schedules: Schedules, numbers: Collection[int]) -> Tally:
    """Play the schedules called *numbers*, one after the other."""
    tally = Tally(schedules=len(numbers))
    for number in numbers:
        played = play(schedules.draw(number))
        tally.steps += played.steps
        tally.faults += played.faults
        tally.edges += played.edges
        broken = {each.invariant: each for each in reversed(played.violations)}
        for each in dict.fromkeys(each.invariant for each in played.violations):
            first = broken[each]
            tally.violations.append(Found(each, schedules.seed, number, first.cluster, round(first.at, 3), first.text))
    return tally


def _parts(campaign: Campaign, workers: int) -> Iterator[Tally]:
    """Yield what came of each chunk, in the order of their numbers."""
    last = campaign.first + campaign.schedules
    chunks = [range(start, min(start + CHUNK, last)) for start in range(campaign.first, last, CHUNK)]
    if workers == 1 or len(chunks) == 1:
        yield from map(partial(play_range, campaign.drawn()), chunks)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_begin, initargs=(campaign,)) as pool:
        yield from pool.map(_play_chunk, chunks)


_DRAWN: list[Schedules] = []
"""What draws the schedules of this process, once it has begun."""


def _begin(campaign: Campaign) -> None:
    _DRAWN.append(campaign.drawn())
    gc.freeze()  # a world is a cycle, and a short-lived one: looking for dead ones as often as usual takes a third of the time
    gc.set_threshold(20_000, 50)


def _play_chunk(numbers: range) -> Tally:
    return play_range(_DRAWN[-1], numbers)
