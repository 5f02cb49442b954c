"""Part `memory`: the largest resident size of a process that simulates, by the number of runs.

It is read from /proc: what `getrusage` says of a new process begins with the size of the one that started it.
"""

import subprocess
import sys

from benchmarks.engine.rounds import show

COUNTS = (10_000, 100_000, 1_000_000)
_CODE = """
from pathlib import Path
from benchmarks.engine.machines_model import plant_of, size_of
from simulator.runs.engines import EngineName
from simulator.runs.simulation import Request, simulate
simulate(Request(plant_of(size_of(10)), None, {runs}, engine=EngineName.COMPILED))
print(next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")).split()[1])
"""


def measure() -> None:
    """Measure and print."""
    rows = [(f"{runs:,}", f"{_largest_mib(runs):,.0f} MiB") for runs in COUNTS]
    show("Memory of a process that simulates machine repair at N = 10 (goal: flat)", ("runs", "largest resident size"), rows)


def _largest_mib(runs: int) -> float:
    done = subprocess.run([sys.executable, "-c", _CODE.format(runs=runs)], capture_output=True, text=True, check=True)
    return int(done.stdout) / 1024
