"""Looks at hosts again and again, and tells what is seen differently than before. One probe that got no answer tells nothing."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from failover.core.events import Seen
from failover.live.clock import Clock
from failover.live.probes import DatabaseProbe, Look, Probe

_DATABASES = {Look.PRIMARY: Seen.PRIMARY, Look.STANDBY: Seen.STANDBY}
_WELL = frozenset({Seen.PRIMARY, Seen.STANDBY, Seen.ANSWERS})
Looked = Callable[[Seen | None, float], None]
Waits = Callable[[str, str], None]
"""Is told of a primary, and for whom its commits wait."""
SPREAD_SECONDS = 0.005
"""First looks come no closer together than this: connecting to a database takes milliseconds of the processor, and all at once they
would look as if they had no answer."""
REMEMBERED = 3
"""So many rounds that were in vain are remembered, one after the other: if the host answered in any of them, it is there."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a host is looked at, how long a look may take, and how many in a row must be in vain before one is told of.

    One is enough, because a cluster's `detection_window` is what tells a blip from a loss.
    """

    period_seconds: float = 0.2
    timeout_seconds: float = 0.3
    misses: int = 1


class Watch:
    """One host, seen from here: its database if it has to have one, and other things on it that tell whether it is there."""

    def __init__(self, database: DatabaseProbe | None, others: Sequence[Probe], misses: int) -> None:
        self.database = database
        self.others = others
        self.why = ""
        """What spoke against it in the latest round."""
        self.seen: Seen | None = None
        """What is told of it; None while nothing can be."""
        self._misses = misses
        self._in_vain: deque[Seen] = deque(maxlen=max(misses, REMEMBERED))
        """What the latest rounds saw, as far as they were in vain one after the other."""
        self._waited_for: str | None = None

    async def look(self, timeout_seconds: float) -> Seen | None:
        """Look once; return what is to be told if that has changed, else None."""
        return self.take(await self._round(timeout_seconds))

    def take(self, found: Seen | None) -> Seen | None:
        """Take in what a round found, None being a database that runs and does not say what it is; return what is new of it."""
        if found is None and (self.seen is None or self.seen in _WELL):
            self._in_vain.clear()
            return None
        if found in _WELL:
            self._in_vain.clear()
            verdict = found
        else:
            self._in_vain.append(found or Seen.REFUSED)  # what does not say what it is, is there at least
            if len(self._in_vain) < self._misses:
                return None
            verdict = Seen.REFUSED if Seen.REFUSED in self._in_vain else Seen.NOTHING
        if verdict is self.seen:
            return None
        self.seen = verdict
        return verdict

    def waits_anew(self) -> str | None:
        """Return for whom commits wait, where that has changed since it was last asked; else None."""
        now = None if self.database is None else self.database.waits_for
        if now is None or now == self._waited_for:
            return None
        self._waited_for = now
        return now

    async def _round(self, timeout_seconds: float) -> Seen | None:
        """Probe what has to be probed. While its database answers, nothing else of a member needs to be asked."""
        if self.database is None:
            looks = await asyncio.gather(*(each.look(timeout_seconds) for each in self.others))
            self._note(self.others)
            return Seen.NOTHING if all(look is Look.SILENT for look in looks) else Seen.ANSWERS
        others = self.others if self._in_vain or self.seen not in _WELL else ()
        look, *looks = await asyncio.gather(*(each.look(timeout_seconds) for each in (self.database, *others)))
        self._note((self.database, *others))
        if look is Look.ALIVE:
            return None
        silent = look is Look.SILENT and not any(each in (Look.WELL, Look.REFUSED) for each in looks)
        return _DATABASES.get(look, Seen.NOTHING if silent else Seen.REFUSED)

    def _note(self, probes: Iterable[Probe]) -> None:
        self.why = "; ".join(dict.fromkeys(each.why for each in probes if each.why))

    def close(self) -> None:
        """Let go of what the probes keep."""
        for probe in (self.database, *self.others):
            if probe is not None:
                probe.close()


class Prober:
    """Looks at every host of *watches*, each in its own phase, and tells *changed*: host, what is seen, and why."""

    def __init__(self, watches: Mapping[str, Watch], pace: Pace, changed: Callable[[str, Seen, str], None], clock: Clock) -> None:
        self.looked: Looked = lambda seen, took_seconds: None
        """Is told of every look: what is told of the host after it, and how long it took."""
        self.waits: Waits = lambda host, names: None
        """Is told when a primary says differently for whom commits wait."""
        self._watches = watches
        self._pace = pace
        self._changed = changed
        self._clock = clock

    async def run(self) -> None:
        """Look, until cancelled."""
        phase_seconds = max(SPREAD_SECONDS, self._pace.period_seconds / max(1, len(self._watches)))
        try:
            async with asyncio.TaskGroup() as group:
                for number, host in enumerate(self._watches):
                    group.create_task(self._keep_looking(host, number * phase_seconds), name=f"watch {host}")
        finally:
            for watch in self._watches.values():
                watch.close()

    async def _keep_looking(self, host: str, phase_seconds: float) -> None:
        await self._clock.sleep(phase_seconds)
        watch, pace = self._watches[host], self._pace
        while True:
            began = self._clock.monotonic()
            seen = await watch.look(pace.timeout_seconds)
            self.looked(watch.seen, self._clock.monotonic() - began)
            if (names := watch.waits_anew()) is not None:
                self.waits(host, names)
            if seen is not None:
                self._changed(host, seen, watch.why)
            await self._clock.sleep(began + pace.period_seconds - self._clock.monotonic())
