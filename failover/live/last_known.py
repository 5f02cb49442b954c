"""How things stand by the journal, for whoever asks without being the controller: it may be on duty, or gone."""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from failover.core.cluster import Controller as CoreState
from failover.core.controller import begin
from failover.core.settings import Settings
from failover.live.encoding import EncodingError, decoded
from failover.live.journal_file import StoreError, lines, opened_for_reading, snapshots
from failover.live.resuming import carried, folded


class LastKnown(NamedTuple):
    """The state that the journal leads to; without one that can be read, the state of the topology, and *why_not*."""

    state: CoreState
    why_not: str = ""


def last_known(journal: Path, settings: Settings) -> LastKnown:
    """Return how things stand by *journal*, by the rules of *settings*."""
    try:
        with opened_for_reading(journal) as database:
            kept = snapshots(database, journal)
            if not kept:
                return LastKnown(folded(begin(settings), (line.event for line in lines(database, journal))))
            latest = kept[-1]
            before: CoreState = replace(decoded(latest.state), settings=Settings(decoded(latest.topology)))
            state = folded(before, (line.event for line in lines(database, journal, latest.number)))
        return LastKnown(carried(state, settings))
    except (StoreError, EncodingError) as error:
        return LastKnown(begin(settings), str(error))
