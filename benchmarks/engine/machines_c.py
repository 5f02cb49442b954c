"""Machine repair with spares in C, by hand: what a general engine is measured against."""

import ctypes
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.engine.machines_model import DAYS, LEAD_DAYS, LIFE_DAYS, REPAIR_DAYS, Size

PORTABLE_LOG = ("-DPORTABLE_LOG", "-ffp-contract=off")
"""With the kernel's logarithm instead of the C library's, operation by operation."""

InC = Callable[[Size, int, int], int]
"""Runs a size with a seed so many times and returns the events."""


def compile_c(*flags: str) -> InC:
    """Compile `machines.c` with *flags*; return what runs it. Raises CalledProcessError or FileNotFoundError without gcc."""
    source = Path(__file__).with_name("machines.c")
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "machines.so"
        subprocess.run(["gcc", "-O3", "-march=native", *flags, "-shared", "-fPIC", "-o", library, source, "-lm"], check=True)
        batch = ctypes.CDLL(str(library)).batch
    batch.restype = ctypes.c_int64

    def run(size: Size, seed: int, runs: int) -> int:
        results = (ctypes.c_double * (3 * runs))()
        times = (ctypes.c_double(each) for each in (LEAD_DAYS, DAYS, LIFE_DAYS, REPAIR_DAYS))
        numbers = (ctypes.c_uint64(seed), ctypes.c_int64(0), ctypes.c_int64(runs))
        return int(batch(size.machines, size.stock, size.crew, *times, *numbers, results, None))

    return run
