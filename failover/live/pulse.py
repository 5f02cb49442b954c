"""Notices that this process stood still: it was stopped, its machine was, or there was no time for it.

What was seen before may no longer be so, and nobody can say what happened meanwhile. Whoever stood still only briefly looks anew;
whoever stood still for longer than a lease lasts has to gain it again, and begins with a period of grace.
"""

from collections.abc import Callable

from failover.live.clock import Clock

BEATS_EVERY_SECONDS = 0.25
STALE_SECONDS = 1.5
"""After so long without a beat, what was seen before is looked at again."""
LEASE_SECONDS = 10.0
"""After so long without one, somebody else could have led."""


class Pulse:
    """Beats while the process runs; *stood_still* is called when it did not for STALE_SECONDS."""

    def __init__(self, clock: Clock, stood_still: Callable[[float], None]) -> None:
        self._clock = clock
        self._stood_still = stood_still
        self.lagged: Callable[[float], None] = lambda seconds: None
        """Is told by how much each beat came late."""
        self._beat_at = clock.monotonic()

    def feel(self) -> float:
        """Return for how long the process has just stood still, and tell of it if that is long."""
        now = self._clock.monotonic()
        gap_seconds, self._beat_at = now - self._beat_at, now
        if gap_seconds >= STALE_SECONDS:
            self._stood_still(gap_seconds)
        return gap_seconds

    async def run(self) -> None:
        """Beat, until cancelled."""
        self._beat_at = self._clock.monotonic()
        while True:
            due = self._clock.monotonic() + BEATS_EVERY_SECONDS
            await self._clock.sleep(BEATS_EVERY_SECONDS)
            self.lagged(max(0.0, self._clock.monotonic() - due))
            self.feel()
