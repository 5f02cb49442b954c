"""A person's explicit order is obeyed, forced ones with a reason alone, and every one leaves a trace."""

from failover.core.events import NEEDS_REASON, Ordered, OrderKind
from failover.core.notes import NoteKind
from failover.core.settings import APPROVAL_SECONDS
from failover.core.states import State
from simulator.checking.checker import Checker, Turned
from topology.model import Mode

_IDLE = frozenset({State.WATCHING, State.SUSPECT, State.WAITING})


class Obeyed(Checker):
    """What an order has to have is asked of it; no pause stands in its way."""

    invariant = "orders"

    def turned(self, turn: Turned) -> None:
        """Look at what became of an order."""
        order = turn.event
        if not isinstance(order, Ordered) or order.cluster != turn.name:
            return
        answers = [note.kind for note in turn.notes if note.kind in (NoteKind.ORDERED, NoteKind.ORDER_REFUSED)]
        if not answers:
            self.broken(turn.name, f"the order {order.kind} of '{order.operator}' has left no trace")
        elif NoteKind.ORDERED in answers:
            self._taken(turn, order)
        elif order.kind is OrderKind.FAILOVER and turn.before.state in _IDLE:
            self._refused(turn, order)

    def _taken(self, turn: Turned, order: Ordered) -> None:
        if order.kind in NEEDS_REASON and not order.reason.strip():
            self.broken(turn.name, f"{order.kind} was taken without a reason")
        if order.expected_primary not in (None, turn.before.primary):
            self.broken(turn.name, f"{order.kind} was taken, and was meant for another primary")
        typed = order.wall_seconds if order.typed_wall_seconds is None else order.typed_wall_seconds
        if order.kind is OrderKind.APPROVE and typed <= order.wall_seconds - APPROVAL_SECONDS:
            self.broken(turn.name, "a yes was taken that has expired")

    def _refused(self, turn: Turned, order: Ordered) -> None:
        settings = self.clusters.settings.clusters[turn.name]
        meant = order.expected_primary in (None, turn.before.primary) and order.reason.strip()
        known = order.host is None or order.host in settings.others(turn.before.primary)
        if settings.policy.mode is not Mode.OBSERVE and meant and known:
            self.broken(turn.name, f"the order of '{order.operator}' to fail over was refused while {turn.before.state.value}")
