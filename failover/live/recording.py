"""The timeline of what the controller decided, from its journal: so it is whole however often the controller was killed.

Where second 0 is, whoever asks says: of a drill it is the moment at which the fault was injected.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from failover.core.controller import begin, step
from failover.core.notes import Note
from failover.core.settings import Settings
from failover.core.telling import OVER, record_of
from failover.live.store import Written, read_journal
from timeline.record import FailoverState, Kind, Record, Timeline
from topology.model import Topology


def timeline_of(
    journal: Path, topology: Topology, *, scenario: str, response: str, zero_wall_seconds: float, horizon_seconds: float
) -> Timeline:
    """Return what the journal at *journal* tells of the time from *zero_wall_seconds* on. Raises StoreError.

    *topology* is the one the controller was started with, its policy included.
    """
    records = failover_records(read_journal(journal), Settings(topology), zero_wall_seconds, horizon_seconds)
    start = datetime.fromtimestamp(zero_wall_seconds, UTC).isoformat(timespec="milliseconds")
    return Timeline(scenario, response, start, horizon_seconds, 0, tuple(topology.services), records)


def failover_records(
    journal: Iterable[Written], settings: Settings, zero_wall_seconds: float, horizon_seconds: float
) -> tuple[Record, ...]:
    """Return the records of failovers between second 0 and the horizon, each because of the one before it in its cluster."""
    telling = _Telling(settings)
    state = begin(settings)
    term, since_seconds, at = -1, 0.0, 0.0
    for line in journal:
        if line.term != term:  # a clock that only goes on stands for nothing beyond its own term
            term, since_seconds = line.term, line.event.wall_seconds - line.event.at - zero_wall_seconds
        at = max(at, since_seconds + line.event.at)
        decision = step(state, line.event)
        state = decision.state
        if since_seconds + line.event.at >= 0 and at <= horizon_seconds:
            for note in decision.notes:
                telling.tell(note, round(at, 6))
    return tuple(telling.records)


class _Telling:
    """Turns notes into records."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._latest: dict[str, int] = {}
        self.records: list[Record] = []

    def tell(self, note: Note, at: float) -> None:
        if not note.cluster:
            return
        told = record_of(note, self._settings.clusters[note.cluster].policy.mode)
        if told is None:
            return
        state, data = told
        before = self._latest.get(note.cluster)
        because = () if before is None else (before,)
        self.records.append(Record(len(self.records), at, Kind.FAILOVER, note.cluster, state.value, because, _plain(data)))
        if state is not FailoverState.REFUSED:
            self._latest[note.cluster] = len(self.records) - 1
        if note.kind in OVER:
            self._latest.pop(note.cluster, None)


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    """Return *data* as files have it."""
    return {"stage": "failover", **{key: list(value) if isinstance(value, tuple) else value for key, value in data.items()}}
