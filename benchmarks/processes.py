"""Wall times of whole processes, taken turn by turn, so that a machine that slows down slows all of them down."""

import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

BARE = ("-c", "pass")
"""The arguments of an interpreter that does nothing."""


def median_seconds(processes: Mapping[str, Sequence[str]], rounds: int) -> dict[str, float]:
    """Return the median time of each of the *processes* (by name, the interpreter's arguments), run *rounds* times in turn.

    One round before that warms the disk's cache. A process that fails raises CalledProcessError.
    """
    taken: dict[str, list[float]] = {name: [] for name in processes}
    for number in range(rounds + 1):
        for name, arguments in processes.items():
            begins = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
            if number:
                taken[name].append(time.perf_counter() - begins)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}
