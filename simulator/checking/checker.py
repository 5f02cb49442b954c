"""What every checker is: somebody who looks on at one invariant, and says when and where it was broken."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from failover.core.cluster import ClusterState
from failover.core.cluster import Controller as CoreState
from failover.core.commands import Command
from failover.core.events import Event, Ordered
from failover.core.notes import Note, NoteKind
from failover.core.states import State
from simulator.clusters.watching import Watcher

if TYPE_CHECKING:
    from simulator.checking.ledger import Ledger
    from simulator.clusters.clusters import Clusters
    from simulator.clusters.controllers import Controller


class Violation(NamedTuple):
    """An *invariant*, by its short name, that did not hold of *cluster* (empty: of all) at second *at*."""

    invariant: str
    cluster: str
    at: float
    text: str

    def __str__(self) -> str:
        return f"{self.invariant}{f' of {self.cluster}' if self.cluster else ''} at second {self.at:.3f}: {self.text}"


@dataclass(slots=True)
class Turned:
    """What one journaled event made of one cluster."""

    controller: "Controller"
    event: Event
    name: str
    before: ClusterState
    after: ClusterState
    notes: Sequence[Note]
    """Of this cluster alone."""
    commands: Sequence[Command]
    """Of this cluster alone, in the order in which they will be sent."""
    state: CoreState
    """Of all clusters, afterwards."""
    ways: Sequence[tuple[State, State]] = ()
    """The edges taken, in their order."""
    begins: bool = False
    """A recovery was decided on."""
    order: Ordered | None = None
    """The event, if it is an order to this cluster that the core took."""

    def __post_init__(self) -> None:
        """Read the notes once for all who look at them."""
        if self.notes:
            kinds = {note.kind for note in self.notes}
            entered = [note.data for note in self.notes if note.kind is NoteKind.ENTERED]
            self.ways = [(State(data["before"]), State(data["state"])) for data in entered]
            self.begins = NoteKind.DECIDED in kinds
            if NoteKind.ORDERED in kinds and isinstance(self.event, Ordered) and self.event.cluster == self.name:
                self.order = self.event


class Checker(Watcher):
    """Looks on at one invariant, by what truly is and by the order of what happens; what the core claims is not enough."""

    invariant = ""
    """The short name of what it sees to."""
    clusters: "Clusters"
    ledger: "Ledger"
    violations: list[Violation]

    def join(self, clusters: "Clusters", ledger: "Ledger", violations: list[Violation]) -> None:
        """Look on at *clusters* from second 0; what is broken is added to *violations*."""
        self.clusters, self.ledger, self.violations = clusters, ledger, violations
        self.begin()

    def begin(self) -> None:
        """Prepare what is remembered of these clusters."""

    def turned(self, turn: Turned) -> None:
        """An event was journaled and applied, and has changed what the core knows of a cluster."""

    def decided(self, turn: Turned, command: Command) -> None:
        """The core has ordered *command* in *turn*; it has not been sent."""

    def noted(self, turn: Turned, note: Note) -> None:
        """The core has told *note* in *turn*."""

    def finish(self) -> None:
        """The history is over."""

    def broken(self, cluster: str, text: str) -> None:
        """Tell that the invariant does not hold of *cluster* now."""
        self.violations.append(Violation(self.invariant, cluster, self.clusters.world.now, text))
