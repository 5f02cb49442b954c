"""Whether the controller can go on writing down what it does: without its journal it does nothing."""

import os
from pathlib import Path

from failover.live.readiness.checking import Check, Found
from failover.live.readiness.verdict import Lack

EVERY_SECONDS = 60.0
FREE_BYTES_MIN = 128 * 1024**2
FREE_FILES_MIN = 1000


def show_bytes(number: int) -> str:
    """Write `1.5 GiB`, `12 MiB`."""
    return f"{number / 1024**3:.1f} GiB" if number >= 1024**3 else f"{number / 1024**2:.0f} MiB"


def disk_check(*folders: Path) -> Check:
    """Return the check that there is room in *folders*."""
    subject = "the disk of this controller"

    async def look() -> Found:
        for folder in dict.fromkeys(folders):
            found = os.statvfs(folder)
            free = found.f_bavail * found.f_frsize
            few_files = found.f_files > 0 and found.f_favail < FREE_FILES_MIN
            if free < FREE_BYTES_MIN or few_files:
                left = "room for hardly any file" if few_files else f"only {show_bytes(free)}"
                return {
                    subject: Lack(f"'{folder}' has {left} left, and nothing is done that cannot be journaled", "make room there")
                }
        return {subject: None}

    return Check(subject, EVERY_SECONDS, look)
