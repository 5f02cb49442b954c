"""What the journal leads to: the latest snapshot, and the events since, decided by the rules by which they were decided then.

Rules are the topology with its policies. Where they have changed since, the state is carried over and goes on by the new ones: an
order that the old ones refused is not taken afterwards because the new ones would have, and no step is taken that nobody took.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from failover.core.cluster import ClusterState
from failover.core.cluster import Controller as CoreState
from failover.core.controller import Decision, begin, step
from failover.core.events import Event
from failover.core.settings import Settings
from failover.core.states import RESTING
from failover.live.encoding import EncodingError, decoded, encoded
from failover.live.journal_file import Snapshot, StoreError, Written, lines, opened_for_reading, snapshots
from failover.live.store import Store
from topology.model import Cluster, Policy


def state_text(state: CoreState) -> str:
    """Return *state* as a snapshot keeps it. Raises EncodingError."""
    return encoded(replace(state, settings=None))  # type: ignore[arg-type]


def folded(state: CoreState, events: Iterable[Event]) -> CoreState:
    """Return the state that *events* lead to from *state* on."""
    for event in events:
        state = step(state, event).state
    return state


def resumed(settings: Settings, store: Store) -> CoreState:
    """Return the state that the journal of *store* leads to, to go on by *settings*. Raises StoreError."""
    snapshot = store.snapshot()
    try:
        if snapshot is None:
            before = begin(settings)
            begin_rules(store, before, since=0)
            return folded(before, store.history())
        known = Settings(decoded(snapshot.topology))
        if known.topology == settings.topology:
            return folded(_restored(snapshot, settings), store.history(snapshot.number))
        state = carried(folded(_restored(snapshot, known), store.history(snapshot.number)), settings)
        begin_rules(store, state)
        return state
    except EncodingError as error:
        raise StoreError(f"the snapshot in the journal is of another version of this program: {error}") from None


def begin_rules(store: Store, state: CoreState, since: int | None = None) -> None:
    """Let everything from now on, or *since* an event, be decided from *state* on by its settings. Raises StoreError."""
    try:
        store.begin_rules(encoded(state.settings.topology), state_text(state), since)
    except EncodingError as error:
        raise StoreError(f"the rules cannot be written into the journal: {error}") from None


def carried(state: CoreState, settings: Settings) -> CoreState:
    """Return *state* as it goes on by *settings*. Raises StoreError where what is under way was begun on another footing.

    A cluster whose primary is no member any more is looked at as a new one; its numbers go on.
    """
    clusters = {}
    for name, new in begin(settings).clusters.items():
        known = state.clusters.get(name)
        if known is None:
            clusters[name] = new
            continue
        before, after = state.settings.clusters[name].cluster, settings.clusters[name].cluster
        if known.state not in RESTING and _footing(before) != _footing(after):
            raise StoreError(
                f"a {known.goal.value if known.goal else 'recovery'} of '{name}' is under way ({known.state.value}), and the "
                f"topology says something else of that cluster than when it began; put it back until it is over"
            )
        clusters[name] = known if known.primary in after.members else _renewed(new, known)
    return replace(state, settings=settings, clusters=clusters)


def _footing(cluster: Cluster) -> Cluster:
    """Return what a recovery stands on: all of a cluster but its policy and its title."""
    return replace(cluster, policy=Policy(), title="")


def _renewed(new: ClusterState, known: ClusterState) -> ClusterState:
    return replace(new, run=known.run, epoch=known.epoch, commands=known.commands, paused_by=known.paused_by)


def decisions(path: Path) -> Iterator[tuple[Written, Decision]]:
    """Yield every line of the journal at *path* with what was decided then, by the rules of then. Raises StoreError.

    Whoever has the journal open goes on; a journal of the first format has none, and is refused.
    """
    with opened_for_reading(path) as database:
        kept = {each.number: each for each in snapshots(database, path)}
        begins = {since for (since,) in database.execute("SELECT since FROM rules")}
        state: CoreState | None = None
        for line in lines(database, path):
            if line.number in begins:
                try:
                    state = _restored(kept[line.number], Settings(decoded(kept[line.number].topology)))
                except EncodingError as error:
                    raise StoreError(f"{path}: {error}") from None
            if state is None:
                raise StoreError(f"{path}: nothing is known of the rules of its first events")
            decision = step(state, line.event)
            state = decision.state
            yield line, decision


def _restored(snapshot: Snapshot, settings: Settings) -> CoreState:
    state: CoreState = decoded(snapshot.state)
    return replace(state, settings=settings)
