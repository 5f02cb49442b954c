"""Where a controller only observes: what it would have done, beside what people did, from its journal.

An occasion begins when the primary is lost and ends when somebody is primary again. Who is primary is taken from what was seen, so
that a cluster which people have failed over is watched on.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from failover.core.cluster import ClusterState, Controller
from failover.core.controller import Decision
from failover.core.events import Health
from failover.core.stages import health_of
from failover.live.imagining import Intent, LastWell, foreseen
from failover.live.journal_file import Written
from failover.live.waited_for import Said
from topology.model import Mode


class Agreement(StrEnum):
    """How that compares with what happened."""

    AGREED = "agreed"
    DIFFERED = "differed"
    NOBODY_TOOK_OVER = "nobody took over"  # it would have failed over; the primary runs again where it was, or is lost still
    WOULD_NOT_HAVE_ACTED = "would not have acted"


@dataclass
class Occasion:
    """One loss of the primary of a cluster. Times are in seconds since 1970."""

    cluster: str
    primary: str
    lost_seconds: float
    health: Health
    """What the primary was seen to be."""
    intent: Intent = Intent.NOTHING
    candidate: str | None = None
    """Whom it would have promoted."""
    would_seconds: float | None = None
    """When it would have begun; None if it would not have."""
    why_not: str = ""
    """What held it back, or why nobody could have taken over."""
    refused: tuple[tuple[str, str], ...] = ()
    assumes: tuple[str, ...] = ()
    """For whom it assumed that commits waited."""
    became: str | None = None
    """Who is primary now; None while nobody is."""
    became_seconds: float | None = None

    @property
    def agreement(self) -> Agreement:
        """Compare."""
        if self.intent is Intent.NOTHING:
            return Agreement.WOULD_NOT_HAVE_ACTED
        wanted = self.primary if self.intent is Intent.RESTART else self.candidate
        if self.became == wanted:
            return Agreement.AGREED
        return Agreement.NOBODY_TOOK_OVER if self.became in (None, self.primary) else Agreement.DIFFERED


def occasions(
    journal: Iterable[tuple[Written, Decision]], cluster: str | None = None, said: Iterable[Said] = ()
) -> Iterator[Occasion]:
    """Yield the occasions of *cluster*, or of all, that were observed; the last may not be over.

    *said* is what primaries said meanwhile of whom commits wait for.
    """
    watches: dict[str, _Watch] = {}
    known: dict[str, dict[str, str]] = defaultdict(dict)
    unheard = deque(said)
    for line, decision in journal:
        while unheard and unheard[0].event <= line.number:
            each = unheard.popleft()
            known[each.cluster][each.host] = each.names
        for name, c in decision.state.clusters.items():
            if cluster not in (None, name) or decision.state.settings.clusters[name].policy.mode is not Mode.OBSERVE:
                watches.pop(name, None)
                continue
            watch = watches.setdefault(name, _Watch(LastWell(c.primary, said=known[name])))
            yield from watch.take(decision.state, c, line.event.wall_seconds)
    for watch in watches.values():
        if watch.occasion is not None:
            yield watch.occasion


class _Watch:
    """Who is really primary of one cluster, and the occasion that is not over."""

    def __init__(self, last_well: LastWell) -> None:
        self._last_well = last_well
        self.occasion: Occasion | None = None

    def take(self, state: Controller, c: ClusterState, wall_seconds: float) -> Iterator[Occasion]:
        """Take in what is known now; yield an occasion that is over."""
        primary, health = self._last_well.primary, health_of(c, self._last_well.primary)
        self._last_well.take(c)
        replaced = self._last_well.primary != primary
        if health is Health.PRIMARY:
            yield from self._over(primary, wall_seconds)
        elif replaced or health is not None:
            self.occasion = self.occasion or Occasion(c.name, primary, wall_seconds, health or Health.STANDBY)
            if replaced:
                yield from self._over(self._last_well.primary, wall_seconds)
            elif health is not None:
                self._imagine(self.occasion, state, health, wall_seconds)

    def _over(self, primary: str, wall_seconds: float) -> Iterator[Occasion]:
        if self.occasion is not None:
            self.occasion.became, self.occasion.became_seconds = primary, wall_seconds
            yield self.occasion
            self.occasion = None

    def _imagine(self, occasion: Occasion, state: Controller, health: Health, wall_seconds: float) -> None:
        """Decide what it would do now, unless that has been decided; a restart is given up for a failover when its host is lost."""
        if occasion.intent is Intent.FAILOVER or (occasion.intent is Intent.RESTART and health is Health.PROCESS_DEAD):
            return
        found = foreseen(state, occasion.cluster, self._last_well)
        occasion.health, occasion.why_not, occasion.assumes = health, found.why_not, found.assumes
        if found.plan is not None:
            occasion.refused, occasion.candidate = found.plan.refused, found.plan.candidate
        if found.intent is not Intent.NOTHING:
            occasion.intent = found.intent
            occasion.would_seconds = occasion.would_seconds or wall_seconds
