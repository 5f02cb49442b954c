"""Every engine on the same model, interleaved: `python -m benchmarks.engine`. Trust the ratios, not the absolute figures."""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

from benchmarks.engine.model import Size, c_engine, idiomatic_simpy, plant_of, size_of
from simulator.kernel.running import Kernel
from simulator.reference.measuring import measure_history
from simulator.runs.carrying_out import Chunk, carry_out
from simulator.runs.engines import EngineName

ROUNDS = 3
EVENTS_A_ROUND = 2_000_000
SLOW_EVENTS = 30_000


def measure(engines: dict[str, Callable[[int], float]]) -> dict[str, float]:
    """Return events a second of each engine: the median of interleaved rounds. Each is given the round and returns its events."""
    speeds: dict[str, list[float]] = {name: [] for name in engines}
    for turn in range(ROUNDS):
        for name, engine in engines.items():
            begun = time.process_time()
            events = engine(turn)
            speeds[name].append(events / (time.process_time() - begun))
    return {name: median(found) for name, found in speeds.items()}


def engines_for(size: Size, in_c: Callable[[Size, int, int], int]) -> dict[str, Callable[[int], float]]:
    """Return all engines on the model of one size."""
    plant = plant_of(size)
    kernel = Kernel(plant)
    kernel.run(0, 0, 1)
    per_run = in_c(size, 0, 50) / 50
    runs = max(1, int(EVENTS_A_ROUND / per_run))
    few = max(1, int(SLOW_EVENTS / per_run))

    def compiled(turn: int) -> float:
        kernel.run(turn, 0, runs)
        return per_run * runs

    def ours_on_simpy(turn: int) -> float:
        for run in range(few):
            measure_history(plant.plan, plant.names.pools, turn, run)
        return per_run * few

    return {
        "kernel": compiled,
        "C": lambda turn: in_c(size, turn, runs),
        "our SimPy": ours_on_simpy,
        "idiomatic SimPy": lambda turn: sum(idiomatic_simpy(size, turn * few + run) for run in range(few)),
    }


def threads() -> float:
    """Return how much sooner all processors together are done than one."""
    plant = plant_of(size_of(100))
    chunks = [Chunk(first, 250) for first in range(0, 8_000, 250)]

    def seconds(workers: int) -> float:
        begun = time.perf_counter()
        for _ in carry_out(plant, EngineName.COMPILED, 0, iter(chunks), workers):
            pass
        return time.perf_counter() - begun

    seconds(1)
    return median(seconds(1) for _ in range(3)) / median(seconds(os.cpu_count() or 1) for _ in range(3))


def memory_mib(runs: int) -> float:
    """Return the largest resident size of a process that simulates so many runs of ten components."""
    code = (
        "from benchmarks.engine.model import *; from simulator.runs.simulation import *;"
        "from simulator.runs.engines import EngineName;"
        f"simulate(Request(plant_of(size_of(10)), None, {runs}, engine=EngineName.COMPILED));"
        "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(done.stdout) / 1024


def main() -> None:
    """Print everything."""
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    in_c = c_engine()
    for count in (10, 100, 1_000, 10_000):
        speeds = measure(engines_for(size_of(count), in_c))
        ours = speeds["kernel"]
        others = ", ".join(f"{ours / speed:,.2f} × {name}" for name, speed in speeds.items() if name != "kernel")
        print(f"N = {count:>6,}: kernel {ours / 1e6:5.2f} M events/s; {others}", flush=True)
    print(f"threads: {threads():.2f} × one, on {os.cpu_count()} processors")
    for runs in (10_000, 100_000, 1_000_000):
        print(f"memory: {memory_mib(runs):,.0f} MiB at {runs:,} runs", flush=True)


if __name__ == "__main__":
    main()
