"""How long the founding replay takes, from the start of the process to the report on disk, and how much of it is imports.

python -m benchmarks.replay
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 7
REPLAY = ["-m", "console.main", "replay", "five-server-outage", "--report"]
IMPORTS = "import console.main, simulator.replay, scenarios.load, report.page, console.replay_table, holidays"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        replay = _seconds([*REPLAY, str(Path(folder) / "report.html")])
        imports = _seconds(["-c", IMPORTS])
        bare = _seconds(["-c", "pass"])
    share = (imports - bare) / replay
    print(f"founding replay, process start to report written: {replay:.2f} s (median of {RUNS}; goal 1.5 s)")
    print(f"of that, imports: {imports - bare:.2f} s ({share:.0%}); the bare interpreter: {bare:.2f} s")


def _seconds(arguments: list[str]) -> float:
    """The median wall time of a process."""
    taken = []
    for _ in range(RUNS + 1):
        begins = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - begins)
    return statistics.median(taken[1:])  # the first warms the disk's cache


if __name__ == "__main__":
    main()
