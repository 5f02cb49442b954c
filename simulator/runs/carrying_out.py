"""Many histories in chunks of consecutive numbers, shared among threads; they come back in the order of their numbers.

The chunks depend on the plant and on nothing else, and so does what is added up from them: however many threads, the same bytes.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import local
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.plant.plant import Plant
from simulator.runs.engines import Engine, EngineName, engine_for, expected_transitions

Measured = NDArray[np.float64]
CHUNK_TRANSITIONS = 1_000_000
CHUNK_RUNS_MAX = 10_000
AHEAD = 2
"""Chunks under way for each thread."""


class Chunk(NamedTuple):
    """So many *runs* from number *first*."""

    first: int
    runs: int


def chunks_of(plant: Plant, runs: int) -> Iterator[Chunk]:
    """Yield all *runs* in chunks of a fraction of a second."""
    size = max(1, min(CHUNK_RUNS_MAX, int(CHUNK_TRANSITIONS / expected_transitions(plant))))
    for first in range(0, runs, size):
        yield Chunk(first, min(size, runs - first))


def carry_out(plant: Plant, name: EngineName, seed: int, chunks: Iterator[Chunk], workers: int) -> Iterator[Measured]:
    """Yield what each of *chunks* comes to. SimPy holds the interpreter, so more threads would not help it."""
    if workers == 1 or name is EngineName.SIMPY:
        engine = engine_for(plant, name)
        for chunk in chunks:
            yield engine.run(seed, *chunk)
        return
    mine = local()

    def run(chunk: Chunk) -> Measured:
        if not hasattr(mine, "engine"):
            mine.engine = engine_for(plant, name)
        engine: Engine = mine.engine
        return engine.run(seed, *chunk)

    with ThreadPoolExecutor(workers) as pool:
        yield from in_order(lambda chunk: pool.submit(run, chunk), chunks, AHEAD * workers)


def in_order(submit: "Callable[[Chunk], Future[Measured]]", chunks: Iterator[Chunk], ahead: int) -> Iterator[Measured]:
    """Yield the results of *chunks*, with up to so many submitted *ahead*; what is not begun when the reader stops never is."""
    under_way: deque[Future[Measured]] = deque()
    try:
        for chunk in chunks:
            under_way.append(submit(chunk))
            if len(under_way) > ahead:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        for each in under_way:
            each.cancel()
