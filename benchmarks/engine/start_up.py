"""Part `start-up`: what whole processes take, from start to exit, turn by turn."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.engine.machines_model import document, size_of
from benchmarks.engine.rounds import show

ROUNDS, MACHINES = 7, 10
TYPER, HELP = "python -c 'import typer'", "continuance --help"
_COMMAND = ("-c", "from console.main import main; main()")


class Taken(NamedTuple):
    """Seconds of one process."""

    processor: float
    wall: float


def measure() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "small.yaml"
        path.write_text(document(size_of(MACHINES)), encoding="utf-8")
        simulate = (*_COMMAND, "simulate", str(path))
        compiled = (*simulate, "--runs", "100", "--engine", "compiled")
        processes: dict[str, Sequence[str]] = {
            "python -c pass": ("-c", "pass"),
            TYPER: ("-c", "import typer"),
            HELP: (*_COMMAND, "--help"),
            "simulate --runs 100, on SimPy": (*simulate, "--runs", "100", "--engine", "simpy"),
            "simulate --runs 100, on the kernel": compiled,
        }
        taken = _take_turns(processes)
        taken["the same, compiling it first"] = [_taken(compiled, {"NUMBA_CACHE_DIR": folder})]
    show(
        f"Whole processes, medians of {ROUNDS}, of the last one alone (goal: --help within 3 × importing typer)",
        ("process", "processor time", "wall time", "times importing typer"),
        [(name, *_row(seconds, taken[TYPER])) for name, seconds in taken.items()],
    )


def _take_turns(processes: Mapping[str, Sequence[str]]) -> dict[str, list[Taken]]:
    """Run all *processes* in turn; the first round only warms the disk's cache."""
    rounds = [{name: _taken(arguments, {}) for name, arguments in processes.items()} for _ in range(ROUNDS + 1)]
    return {name: [each[name] for each in rounds[1:]] for name in processes}


def _taken(arguments: Sequence[str], environment: Mapping[str, str]) -> Taken:
    """Run the interpreter with *arguments*. One that fails raises CalledProcessError."""
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL, env={**os.environ, **environment})
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return Taken(usage.ru_utime + usage.ru_stime, wall)


def _row(taken: Sequence[Taken], beside: Sequence[Taken]) -> tuple[str, str, str]:
    processor, wall = (median(column) for column in zip(*taken, strict=True))
    times = median(each.processor for each in taken) / median(each.processor for each in beside)
    return f"{processor:.2f} s", f"{wall:.2f} s", f"{times:.1f} ×"
