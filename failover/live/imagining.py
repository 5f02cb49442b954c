"""What the controller would do if its policy let it: the one answer for status, plan, history, readiness and agreement alike.

For whom commits wait in a synchronous cluster, who only observes knows from what the primary said last to its probes. Where no
primary has said it in names of members, it assumes that they wait for those who stood by when the primary was last well; whoever
shows what rests on that says so, and does not promise that nothing is lost.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple

from failover.core.cluster import ClusterState, Controller
from failover.core.events import Health
from failover.core.notes import Note, NoteKind
from failover.core.planner import Plan, plan
from failover.core.policy import held
from failover.core.settings import ClusterSettings
from failover.core.stages import LOST, health_of
from failover.live.waited_for import waited_for
from topology.model import Mode


@dataclass
class LastWell:
    """Who is really primary of a cluster that people fail over themselves, who stood by when that one was last well, and what
    each that was primary *said* last of whom commits wait for.
    """

    primary: str
    standbys: frozenset[str] = frozenset()
    said: Mapping[str, str] = field(default_factory=dict)
    lost: bool = False
    """Whether that one is lost now, and nobody has taken over from it."""

    def take(self, c: ClusterState) -> None:
        """Take in how the hosts of *c* are seen now."""
        health = health_of(c, self.primary)
        if health is not Health.PRIMARY:
            others = [host for host, seen in c.health.items() if seen.health is Health.PRIMARY]
            if not others:
                self.lost = self.lost if health is None else health in LOST  # a new leader has yet to see it
                return
            self.primary = others[0]
        self.lost = False
        standing_by = (host for host, seen in c.health.items() if seen.health is Health.STANDBY)
        self.standbys = frozenset(standing_by) - {self.primary}

    def waited_for(self, settings: ClusterSettings) -> frozenset[str] | None:
        """Return on which standbys every commit is, one at least; None where the primary has not said it in names of members."""
        names = self.said.get(self.primary)
        return None if names is None else waited_for(names, self.primary, settings.cluster.members)


class Imagined(NamedTuple):
    """A state to plan by, and for whom it *assumes* that commits of the cluster wait; nobody where nothing is assumed."""

    state: Controller
    assumes: tuple[str, ...] = ()


def imagined(state: Controller, name: str, last_well: LastWell | None) -> Imagined:
    """Return *state* as if it knew of the cluster *name* what a controller that may look has learned."""
    settings, known = state.settings.clusters[name], state.clusters[name]
    if settings.policy.mode is not Mode.OBSERVE or last_well is None:
        return Imagined(state)
    c = known.copy()
    c.primary, c.distrusted = last_well.primary, False
    assumes: frozenset[str] = frozenset()
    if settings.synchronous:
        said = last_well.waited_for(settings)
        if said is not None:
            c.synchronous = (said,)
        elif not c.synchronous or c.primary != known.primary:
            assumes = last_well.standbys
            c.synchronous = (assumes,) if assumes else ()
    knowing = state.copy()
    knowing.clusters[name] = c
    return Imagined(knowing, tuple(sorted(assumes)))


class Intent(StrEnum):
    """What the controller would do of itself."""

    NOTHING = "nothing"
    RESTART = "restart"  # start the database where it is
    FAILOVER = "failover"


class Foreseen(NamedTuple):
    """What the controller would do if its policy let it; *plan* is None where something would hold it back anyhow."""

    intent: Intent
    plan: Plan | None
    why_not: str = ""
    """Why it would do nothing."""
    assumes: tuple[str, ...] = ()


def foreseen(state: Controller, name: str, last_well: LastWell | None) -> Foreseen:
    """Return what would be done of itself about the cluster called *name*, whose primary is lost."""
    knowing, assumes = imagined(state, name, last_well)
    c = knowing.clusters[name]
    if (held_back := held_anyway(knowing, c)) is not None:
        return Foreseen(Intent.NOTHING, None, held_back)
    planned = plan(knowing, name)
    if health_of(c, c.primary) is Health.PROCESS_DEAD:
        return Foreseen(Intent.RESTART, planned, assumes=assumes)
    if planned.candidate is None:
        return Foreseen(Intent.NOTHING, planned, planned.halt.value if planned.halt else "nobody could take over", assumes)
    return Foreseen(Intent.FAILOVER, planned, assumes=assumes)


def foreseen_document(found: Foreseen) -> dict[str, Any]:
    """Return what would be done, as data."""
    return {
        "intent": found.intent.value,
        "promote": found.plan.candidate if found.plan is not None else None,
        "why_not": found.why_not or None,
        "assumes_that_commits_waited_for": list(found.assumes),
    }


def as_known(notes: Iterable[Note], state: Controller, last_well: Mapping[str, LastWell]) -> Iterator[Note]:
    """Yield *notes* with what the core cannot know of clusters that are only observed: what would be done if it might act."""
    for note in notes:
        known = last_well.get(note.cluster)
        if known is None or note.kind not in (NoteKind.REFUSED, NoteKind.FORESEEN, NoteKind.HELD):
            yield note
            continue
        found = foreseen(state, note.cluster, known)
        if note.kind is NoteKind.HELD:
            yield note._replace(data={**note.data, "would": foreseen_document(found)})
        elif note.kind is NoteKind.FORESEEN:
            planned = found.plan
            for host, reason in () if planned is None else planned.refused:
                yield Note(note.cluster, NoteKind.REFUSED, {"host": host, "reason": reason})
            lost_seconds = None if planned is None or found.assumes else planned.lost_seconds
            candidate = None if planned is None else planned.candidate
            yield note._replace(data={**note.data, "host": candidate, "lost_seconds": lost_seconds})


def as_automatic(settings: ClusterSettings) -> ClusterSettings:
    """Return *settings* with a policy that waits for nobody."""
    policy = replace(settings.policy, mode=Mode.AUTOMATIC)
    return settings._replace(cluster=replace(settings.cluster, policy=policy))


def held_anyway(state: Controller, c: ClusterState) -> str | None:
    """Say what would hold a failover of *c* back even if the controller might act of itself; None where nothing would."""
    return held(state, as_automatic(state.settings.clusters[c.name]), c)
