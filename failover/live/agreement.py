"""Where a controller only observes: what it would have done, beside what people did, from its journal.

An occasion begins when the primary is lost and ends when somebody is primary again. Who is primary is taken from what was seen, so
that a cluster which people have failed over is watched on.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from failover.core.cluster import ClusterState, Controller
from failover.core.controller import Decision
from failover.core.events import Health
from failover.core.planner import plan
from failover.live.imagining import acquainted, asked_anew, held_anyway, standing_by
from failover.live.journal_file import Written
from topology.model import Mode


class Intent(StrEnum):
    """What the controller would have done."""

    NOTHING = "nothing"
    RESTART = "restart"  # start the database where it was
    FAILOVER = "failover"


class Agreement(StrEnum):
    """How that compares with what happened."""

    AGREED = "agreed"
    DIFFERED = "differed"
    NOBODY_ACTED = "nobody acted"  # it would have, and nobody did: the primary came back, or is lost still
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
        return Agreement.NOBODY_ACTED if self.became in (None, self.primary) else Agreement.DIFFERED


def occasions(journal: Iterable[tuple[Written, Decision]], cluster: str | None = None) -> Iterator[Occasion]:
    """Yield the occasions of *cluster*, or of all, that were observed; the last may not be over."""
    watches: dict[str, _Watch] = {}
    for line, decision in journal:
        for name, c in decision.state.clusters.items():
            if cluster not in (None, name) or decision.state.settings.clusters[name].policy.mode is not Mode.OBSERVE:
                watches.pop(name, None)
                continue
            watch = watches.setdefault(name, _Watch(c.primary))
            yield from watch.take(decision.state, c, line.event.wall_seconds)
    for watch in watches.values():
        if watch.occasion is not None:
            yield watch.occasion


class _Watch:
    """Who is really primary of one cluster, and the occasion that is not over."""

    def __init__(self, primary: str) -> None:
        self._primary = primary
        self._standbys: frozenset[str] = frozenset()
        """Who was a standby while the primary was last seen well."""
        self.occasion: Occasion | None = None

    def take(self, state: Controller, c: ClusterState, wall_seconds: float) -> Iterator[Occasion]:
        """Take in what is known now; yield an occasion that is over."""
        sighting = c.health.get(self._primary)
        health = None if sighting is None else sighting.health
        others = [host for host, seen in c.health.items() if seen.health is Health.PRIMARY and host != self._primary]
        if health is Health.PRIMARY:
            self._standbys = standing_by(c, self._primary)
            yield from self._over(self._primary, wall_seconds)
        elif health is None and not others:
            return
        else:
            self.occasion = self.occasion or Occasion(c.name, self._primary, wall_seconds, health or Health.STANDBY)
            if others:
                yield from self._over(others[0], wall_seconds)
                self._primary, self._standbys = others[0], standing_by(c, others[0])
            elif health is not None:
                self._imagine(state, health, wall_seconds)

    def _over(self, primary: str, wall_seconds: float) -> Iterator[Occasion]:
        if self.occasion is not None:
            self.occasion.became, self.occasion.became_seconds = primary, wall_seconds
            yield self.occasion
            self.occasion = None

    def _imagine(self, state: Controller, health: Health, wall_seconds: float) -> None:
        """Decide what it would do now, unless that has been decided; a restart is given up for a failover when its host is lost."""
        occasion = self.occasion
        assert occasion is not None
        decided = occasion.intent is Intent.FAILOVER or (occasion.intent is Intent.RESTART and health is Health.PROCESS_DEAD)
        if decided:
            return
        occasion.health = health
        imagined = acquainted(state, occasion.cluster, self._primary, self._standbys)
        held = held_anyway(imagined, imagined.clusters[occasion.cluster])
        if held is not None:
            occasion.why_not = held
            return
        foreseen = plan(asked_anew(imagined, occasion.cluster), occasion.cluster)
        occasion.refused, occasion.candidate = foreseen.refused, foreseen.candidate
        if health is Health.PROCESS_DEAD:
            occasion.intent = Intent.RESTART
        elif foreseen.candidate is not None:
            occasion.intent = Intent.FAILOVER
        else:
            occasion.why_not = str(foreseen.halt.value) if foreseen.halt is not None else "nobody could take over"
            return
        occasion.why_not = ""
        occasion.would_seconds = occasion.would_seconds or wall_seconds
