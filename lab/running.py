"""Programs of the machine, run to their end: what they print comes back, what they complain of becomes a LabError."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from lab.errors import LabError

PATIENCE_SECONDS = 120.0


def run(argv: Sequence[str | Path], stdin: str = "", timeout_seconds: float = PATIENCE_SECONDS) -> str:
    """Run *argv* with *stdin* and return what it prints, or raise LabError with the last of what it complained of."""
    program = Path(argv[0]).name
    try:
        ended = subprocess.run(list(argv), input=stdin, capture_output=True, text=True, timeout=timeout_seconds, check=False)
    except FileNotFoundError:
        raise LabError(f"{program} is not installed; `continuance lab doctor` says how to get it") from None
    except subprocess.TimeoutExpired:
        raise LabError(f"{program} did not end within {timeout_seconds:g} s: {' '.join(map(str, argv))}") from None
    if ended.returncode:
        complaint = "; ".join((ended.stderr.strip() or ended.stdout.strip()).splitlines()[-3:])
        raise LabError(f"{' '.join(map(str, argv))}: exit code {ended.returncode}: {complaint or 'no reason given'}")
    return ended.stdout
