"""How pressed the machine is: without it no time that was measured on a shared machine says anything.

Lines have the outcome `sampled`, and for each of `cpu`, `memory` and `io` the share of the time since the line before in which some
task waited for it (the kernel's pressure stall information).
"""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path

from lab.load.attempts import Ended

RESOURCES = ("cpu", "memory", "io")


def waited_seconds(folder: Path = Path("/proc/pressure")) -> Mapping[str, float]:
    """Seconds in which some task has waited for each resource since the machine's start; none where its kernel does not tell."""
    waited = {}
    for resource in RESOURCES:
        try:
            some = (folder / resource).read_text().splitlines()[0]
        except OSError:
            continue
        waited[resource] = int(some.rpartition("total=")[2]) / 1e6
    return waited


class Pressure:
    """The machine's pressure between one look and the next."""

    def __init__(self) -> None:
        self._at, self._waited = time.monotonic(), waited_seconds()

    async def attempt(self) -> Ended:
        """Wait a second, and say how pressed the machine was in it."""
        await asyncio.sleep(1.0)
        now, waited = time.monotonic(), waited_seconds()
        shares = {each: round((seconds - self._waited[each]) / (now - self._at), 4) for each, seconds in waited.items()}
        self._at, self._waited = now, waited
        return Ended("sampled", shares)
