"""The time for which things were watched, cut into lives and repairs.

What has come back is as good as new: that is what the simulator makes of a law. So a life runs from one return to the next failure.
The first began nobody knows when, unless all was new when watching began; the last goes on when watching ends. A repair begins
while it is watched; what was down already tells nothing of repairs, as the longer ones are likelier to be met.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from topology.intake.fit_check import Windows
from topology.intake.fitting import Sample

Outage = tuple[float, float | None]
"""When something failed and when it was back, None while it is not; seconds since 1970."""


@dataclass(slots=True)
class Durations:
    """Durations as they come, by whether they ended and whether they had begun nobody knows when; for how long each was watched."""

    seconds: dict[tuple[bool, bool], list[float]] = field(default_factory=dict)
    watched: list[tuple[float, bool]] = field(default_factory=list)

    def add(self, seconds: float, ended: bool, old: bool) -> None:
        """Add one."""
        self.seconds.setdefault((ended, old), []).append(seconds)

    def sample(self) -> Sample:
        """Return them as they are fitted."""
        return Sample(*(np.array(self.seconds.get((ended, old), [])) for old in (False, True) for ended in (True, False)))

    def windows(self, renews: bool) -> Windows:
        """Return what they were seen through; *renews* where the next one begins as one ends."""
        return Windows(np.array([each for each, _ in self.watched]), np.array([old for _, old in self.watched], bool), renews)


@dataclass(slots=True)
class Watched:
    """The lives and repairs of the things of a kind, as they were seen between *since* and *until*."""

    since: float
    until: float
    failures: list[tuple[str, float]] = field(default_factory=list)
    lives: Durations = field(default_factory=Durations)
    repairs: Durations = field(default_factory=Durations)
    merged: int = 0
    """Incidents that began before the last one of the same thing was over."""
    instant: int = 0
    """Incidents that ended the moment they began."""

    def add(self, name: str, incidents: Sequence[Outage], new: bool) -> None:
        """Cut the time of the thing *name*; *incidents* in the order of time."""
        clock, old, up = self.since, not new, 0.0
        was_old = old
        for failed, back in self._outages(incidents):
            if failed > self.since:
                self.failures.append((name, failed))
                self.lives.add(failed - clock, ended=True, old=old)
                up += failed - clock
            else:
                was_old = False
            if failed >= self.since:
                self._repaired(failed, back)
            clock, old = (self.until if back is None else back), False
        if clock < self.until:
            self.lives.add(self.until - clock, ended=False, old=old)
            up += self.until - clock
        if up > 0:
            self.lives.watched.append((up, was_old))

    def _outages(self, incidents: Sequence[Outage]) -> list[Outage]:
        """The incidents without overlaps."""
        found: list[Outage] = []
        for failed, back in incidents:
            before = found[-1][1] if found else -1.0
            if not found or (before is not None and failed > before):
                found.append((failed, back))
                continue
            found[-1] = found[-1][0], None if before is None or back is None else max(before, back)
            self.merged += 1
        return found

    def _repaired(self, failed: float, back: float | None) -> None:
        if back == failed:
            self.instant += 1
            return
        lasted = (self.until if back is None else back) - failed
        if lasted > 0:
            self.repairs.add(lasted, ended=back is not None, old=False)
            self.repairs.watched.append((max(lasted, self.until - failed), False))
