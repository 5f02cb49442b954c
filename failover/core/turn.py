"""One turn of the core: the new state while it is being made, and what comes of it."""

from typing import Any

from failover.core.cluster import ClusterState, Controller
from failover.core.commands import READ_ONLY, TOLD, Command, CommandId, CommandKind, Epoch
from failover.core.events import Event, LeaseGained, OrderKind
from failover.core.notes import Note, NoteKind
from failover.core.settings import ClusterSettings


class Turn:
    """What one event makes of a state. The state before is never altered."""

    __slots__ = ("_before", "commands", "event", "forgotten", "notes", "state", "touched")

    def __init__(self, before: Controller, event: Event) -> None:
        self._before = before
        self.event = event
        self.state = before.copy()
        self.commands: list[Command] = []
        self.notes: list[Note] = []
        self.forgotten: list[str] = []
        self.touched: dict[str, ClusterState] = {}
        if not isinstance(event, LeaseGained):  # the time between two leases is on no clock
            self.state.clock += max(0.0, event.at - before.told_at)
        self.state.told_at = event.at
        self.state.wall_seconds = event.wall_seconds

    @property
    def clock(self) -> float:
        """Seconds during which somebody led."""
        return self.state.clock

    def cluster(self, name: str) -> ClusterState:
        """Return the state of the cluster called *name*, to be changed."""
        found = self.touched.get(name)
        if found is None:
            found = self.touched[name] = self.state.clusters[name] = self.state.clusters[name].copy()
        return found

    def settings(self, c: ClusterState) -> ClusterSettings:
        """Return the settings of *c*."""
        return self.state.settings.clusters[c.name]

    def note(self, c: ClusterState, kind: NoteKind, **data: Any) -> None:
        """Tell people something of *c*."""
        self.notes.append(Note(c.name, kind, data))

    def send(self, c: ClusterState, kind: CommandKind, target: str, details: dict[str, Any]) -> CommandId:
        """Order something under the epoch of now."""
        c.commands += 1
        command = Command(CommandId(c.name, c.commands), c.run, kind, target, c.epoch, details)
        self.commands.append(command)
        if kind not in READ_ONLY and kind not in TOLD:
            self.note(c, NoteKind.COMMANDED, id=str(command.id), command=kind.value, target=target, epoch=list(c.epoch))
        if kind is CommandKind.HOOK:
            c.hooks = {**c.hooks, command.id: command}
        return command.id

    def tell(self, c: ClusterState, text: str, *orders: OrderKind) -> None:
        """Notify whoever is on call, with the orders that lead on."""
        self.send(c, CommandKind.NOTIFY, c.name, {"text": text, "orders": tuple(order.value for order in orders)})

    def bump(self, c: ClusterState) -> None:
        """Begin a new epoch: whatever was sent before and comes late is refused by those who have seen this one."""
        c.epoch = Epoch(max(c.epoch.term, self.state.term), c.epoch.number + 1)
