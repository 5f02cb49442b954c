"""How long the founding replay takes, from the start of the process to the report on disk, and how much of it is imports.

python -m benchmarks.replay
"""

import tempfile
from pathlib import Path

from benchmarks.processes import BARE, median_seconds

ROUNDS = 9
GOAL_SECONDS = 1.5
_REPLAY = ("-m", "console.main", "replay", "five-server-outage", "--report")
_IMPORTS = "import console.main, simulator.replay, scenarios.load, report.page, console.replay_table, holidays"


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        report = str(Path(folder) / "report.html")
        seconds = median_seconds({"replay": (*_REPLAY, report), "imports": ("-c", _IMPORTS), "bare": BARE}, ROUNDS)
    imports = seconds["imports"] - seconds["bare"]
    print(
        f"founding replay, process start to report written: {seconds['replay']:.2f} s (median of {ROUNDS}; goal {GOAL_SECONDS} s), "
        f"of which imports {imports:.2f} s, {imports / seconds['replay']:.0%}, and the bare interpreter {seconds['bare']:.2f} s"
    )


if __name__ == "__main__":
    main()
