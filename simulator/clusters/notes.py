"""From what the core tells to records of the timeline, each with what it happened because of."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from failover.core.commands import Command
from failover.core.events import Event, HealthChanged
from failover.core.notes import Note, NoteKind
from failover.core.telling import OVER, record_of
from timeline.record import FailoverState, Kind
from topology.model import Mode

if TYPE_CHECKING:
    from simulator.clusters.clusters import Clusters
    from simulator.clusters.database import Database

_PHYSICAL = frozenset({Kind.SITE, Kind.COMPONENT, Kind.HOST, Kind.CLUSTER})
NO_PRIMARY = "no primary"
"""The reason in the world for which a cluster is down."""


class Notes:
    """Writes down what the core tells."""

    def __init__(self, clusters: "Clusters") -> None:
        self._clusters = clusters
        self._world = clusters.world
        self.latest: dict[str, int] = {}
        """The latest record of the failover under way, by cluster."""
        self._commanded: dict[str, int] = {}
        self._served_by: dict[str, str | None] = {}
        self._news: dict[str, int] = {}
        """The latest record of the host that was heard of last, by cluster."""

    def served(self, database: "Database", host: str | None) -> None:
        """Clients of a cluster are served by *host* from now on, or by nobody."""
        before, self._served_by[database.name] = self._served_by.get(database.name, database.cluster.primary), host
        if host is None:
            self._world.break_(database.name, NO_PRIMARY, self._because_of(before, "down", database.name))
        else:
            self._world.mend(database.name, NO_PRIMARY, self._because_of(host, "up", database.name), primary=host)

    def _because_of(self, host: str | None, state: str, cluster: str) -> tuple[int, ...]:
        """What became of the primary explains it, if anything did just now."""
        world = self._world
        last = world.last_record(world.node(host)) if host is not None else -1
        if last >= 0 and world.records[last].state == state and world.records[last].at == world.now:
            return (last,)
        return self.because(state, cluster)

    def because(self, state: str, cluster: str = "") -> tuple[int, ...]:
        """Return the record that explains why something is up or down now; a failure explains no return, nor the other way."""
        records = self._world.records
        for number in (self._clusters.cause, self.latest.get(cluster, -1)):
            if number >= 0 and (records[number].kind not in _PHYSICAL or records[number].state == state):
                return (number,)
        return ()

    def explain_by(self, command: Command) -> None:
        """What changes now changes because *command* was ordered."""
        number = self._commanded.get(str(command.id))
        if number is not None:
            self._clusters.cause = number

    def tell(self, event: Event, notes: Iterable[Note]) -> None:
        """Write down *notes*, which *event* led to."""
        if isinstance(event, HealthChanged):
            for cluster in self._clusters.settings.concerns.get(event.host, ()):
                self._news[cluster] = self._world.last_record(self._world.node(event.host))
        for note in notes:
            mode = self._world.topology.clusters[note.cluster].policy.mode if note.cluster else Mode.OBSERVE
            told = record_of(note, mode, somebody_comes=self._clusters.operators.ever_come)
            if told is not None:
                self._write(note, *told)

    def _write(self, note: Note, state: FailoverState, data: dict[str, Any]) -> None:
        if note.kind is NoteKind.PROMOTED:
            data["lost_seconds"] = self._lost_seconds(note.cluster, data["host"])
        number = self._world.record(Kind.FAILOVER, note.cluster, state.value, self._because(note.cluster), stage="failover", **data)
        if note.kind is NoteKind.COMMANDED:
            self._commanded[data["id"]] = number
        if state is not FailoverState.REFUSED:
            self.latest[note.cluster] = number
        if note.kind in OVER:
            self.latest.pop(note.cluster, None)

    def _because(self, cluster: str) -> list[int]:
        """The record before it, and what has happened since to the cluster, and to the host that was heard of last."""
        world = self._world
        before = self.latest.get(cluster, -1)
        found = [before, world.last_record(world.node(cluster)), self._news.get(cluster, -1)]
        found = [each for each in found if each >= max(before, 0)]
        return found or ([self._clusters.cause] if self._clusters.cause >= 0 else [])

    def _lost_seconds(self, cluster: str, host: str) -> float | None:
        """How much of what clients were promised is really gone; None where nobody said how far the standby trails."""
        database = self._clusters.databases[cluster]
        lost = database.write_off(host)
        return lost if database.members[host].lag_known else None
