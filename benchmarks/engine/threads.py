"""Part `threads`: how much sooner all processors together are done than one."""

import os
import time
from statistics import median

from benchmarks.engine.machines_model import plant_of, size_of
from benchmarks.engine.rounds import ROUNDS
from simulator.runs.carrying_out import Chunk, carry_out
from simulator.runs.engines import EngineName

RUNS, CHUNK_RUNS = 8_000, 250


def measure() -> None:
    """Measure and print."""
    plant = plant_of(size_of(100))
    chunks = [Chunk(first, CHUNK_RUNS) for first in range(0, RUNS, CHUNK_RUNS)]

    def seconds(workers: int) -> float:
        begun = time.perf_counter()
        for _ in carry_out(plant, EngineName.COMPILED, 0, iter(chunks), workers):
            pass
        return time.perf_counter() - begun

    processors = os.cpu_count() or 1
    seconds(1)
    times = median(seconds(1) / seconds(processors) for _ in range(ROUNDS))
    print(f"\nThreads: {processors} are {times:.2f} times as fast as one, in wall time, machine repair at N = 100\n", flush=True)
