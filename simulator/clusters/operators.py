"""People on call. They answer what waits for them after their time, and what an incident lets them type they type.

A person who attests that a host is off has made sure of it with his own hands.
"""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from failover.core.cluster import ClusterState
from failover.core.commands import Outcome
from failover.core.events import Ordered, OrderKind
from failover.core.notes import Note, NoteKind
from failover.core.states import HaltReason, State
from scenarios.model import Order
from simulator.clusters.flights import Flight, Progress
from simulator.world import Step
from topology.laws import Law
from topology.model import Mode

if TYPE_CHECKING:
    from simulator.clusters.clusters import Clusters

SEEN_OFF_SECONDS = 5.0
"""After a host was switched off by hand, and its detection window, so much more until he says so."""
REASON = "on call"


class Operators:
    """Everybody who may order something; *law* is how long the one on call takes to answer, None for never."""

    def __init__(self, clusters: "Clusters", law: Law | None) -> None:
        self._clusters = clusters
        self._world = clusters.world
        self._law = law
        self._called: set[str] = set()
        """Clusters for which somebody is already on his way."""
        self._unheard: list[Order] = []
        """Typed while nobody led; typed again until somebody does."""

    @property
    def ever_come(self) -> bool:
        """Whether anybody answers at all."""
        return self._law is not None

    def leave(self) -> None:
        """Let nobody be on call from now on: what is typed is typed by others."""
        self._law = None

    # What an incident lets people type.

    def type(self, order: Order) -> None:
        """Let *order* arrive when it does, twice if it is sent twice."""
        for _ in range(2 if order.twice else 1):
            number = self._clusters.databases[order.cluster].number
            self._world.schedule(order.delayed_seconds, Step.OPERATOR_ANSWERS, number, partial(self._arrive, order))

    def _arrive(self, order: Order) -> None:
        leading = self._clusters.leading()
        if not leading:
            self._unheard.append(order)
            return
        if order.kind is OrderKind.CONFIRM_FENCED and order.host is not None:
            state = leading[0].state
            if state is not None and self._asked_whether_off(state.clusters[order.cluster], order.host):
                self._clusters.switch_off(order.host, order.cluster)
        for controller in leading:
            controller.tell(
                Ordered,
                order.cluster,
                order.kind,
                order.operator,
                order.host,
                order.reason,
                order.expected_primary,
                order.for_seconds,
                None,
                order.service,
            )

    def heard(self) -> None:
        """Somebody leads: type again what nobody took."""
        unheard, self._unheard = self._unheard, []
        for order in unheard:
            self._arrive(order)

    def _asked_whether_off(self, c: ClusterState, host: str) -> bool:
        return c.state is State.HALTED and c.halted is HaltReason.NOT_FENCED and host in c.suspects and host not in c.off

    # Who is on call.

    def ask(self, flight: Flight) -> None:
        """Do what a command asks of a person, in a person's time."""
        if self._law is None:
            return
        seconds = self._world.draw(self._law, flight.command.target, "asked")
        self._world.schedule(seconds, Step.OPERATOR_ANSWERS, flight.command.id.number, partial(self._answer, flight))

    def _answer(self, flight: Flight) -> None:
        flight.progress = Progress.DONE
        self._clusters.targets.under_way.pop(flight, None)
        self._clusters.targets.tell(flight, Outcome.SUCCEEDED, {"by": "on-call"})

    def read(self, notes: Iterable[Note]) -> None:
        """Come if any of *notes* calls for a person."""
        if self._law is None:
            return
        for note in notes:
            if note.kind in _CALLS and note.cluster not in self._called:
                self._called.add(note.cluster)
                seconds = self._world.draw(self._law, note.cluster, "operator")
                self._come(note.cluster, seconds)

    def _come(self, cluster: str, in_seconds: float) -> None:
        number = self._clusters.databases[cluster].number
        self._world.schedule(in_seconds, Step.OPERATOR_ANSWERS, number, partial(self._look, cluster))

    def _look(self, cluster: str) -> None:
        """See how things are now, and order what leads on."""
        self._called.discard(cluster)
        leading = self._clusters.leading()
        if self._law is None or not leading or leading[0].state is None:
            return
        c = leading[0].state.clusters[cluster]
        mode = self._world.topology.clusters[cluster].policy.mode
        if c.state is State.SUSPECT and mode is Mode.MANUAL:
            self._order(cluster, OrderKind.FAILOVER)
        elif c.state is State.WAITING:
            for number in range(len(c.approvals), self._world.topology.clusters[cluster].policy.approvals):
                self._order(cluster, OrderKind.APPROVE, operator=f"on-call-{number + 1}")
        elif c.state is State.HALTED and c.halted is not None:
            self._resolve(cluster, c, c.halted)

    def _resolve(self, cluster: str, c: ClusterState, halted: HaltReason) -> None:
        """Do about a halt what a person can do; most of them end only when something comes back."""
        database = self._clusters.databases[cluster]
        primary = database.members[c.primary]
        match halted:
            case HaltReason.NOT_FENCED:
                for host in c.suspects:
                    if self._asked_whether_off(c, host):
                        self._confirm_off(cluster, host)
            case HaltReason.WOULD_LOSE | HaltReason.NO_CANDIDATE | HaltReason.NOT_STARTED if primary.machine.on:
                self._order(cluster, OrderKind.START)
            case HaltReason.TWO_PRIMARIES | HaltReason.STALE_JOURNAL | HaltReason.NOT_PRIMARY:
                accepting = [member for member in database.members.values() if member.accepts]
                best = max(accepting, key=lambda member: (member.reign, -database.lost_seconds(member.host)), default=None)
                if best is not None:
                    self._order(cluster, OrderKind.ADOPT, host=best.host)
            case _:
                pass

    def _confirm_off(self, cluster: str, host: str) -> None:
        self._clusters.switch_off(host, cluster)
        window = self._world.topology.clusters[cluster].policy.detection_window_seconds
        number = self._clusters.databases[cluster].number
        then = partial(self._order, cluster, OrderKind.CONFIRM_FENCED, host=host)
        self._world.schedule(window + SEEN_OFF_SECONDS, Step.OPERATOR_ANSWERS, number, then)

    def _order(self, cluster: str, kind: OrderKind, host: str | None = None, operator: str = "on-call") -> None:
        self._arrive(Order(kind, cluster, operator, host, REASON))


_CALLS = frozenset({NoteKind.HELD, NoteKind.WAITING, NoteKind.HALTED})
