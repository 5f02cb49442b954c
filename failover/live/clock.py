"""The clocks of the real world. Whoever needs time is given one of these, so that a test can give another."""

import asyncio
import time
from collections.abc import Callable


class Clock:
    """One clock that only goes on, by which everything is timed, and one that tells the time of day, for people and for audit."""

    def monotonic(self) -> float:
        """Return seconds that never go back and stand for nothing but their differences."""
        return time.monotonic()

    def wall(self) -> float:
        """Return seconds since 1970. Somebody may set them."""
        return time.time()

    def call_later(self, seconds: float, then: Callable[[], object]) -> asyncio.TimerHandle:
        """Let *then* be called after so many *seconds*."""
        return asyncio.get_running_loop().call_later(max(0.0, seconds), then)

    async def sleep(self, seconds: float) -> None:
        """Let so many *seconds* pass."""
        await asyncio.sleep(max(0.0, seconds))
