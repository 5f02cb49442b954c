"""What holds automation back does hold it back: kept by an account of its own of who said what, and of every attempt."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

from failover.core.cluster import ClusterState, Goal
from failover.core.cluster import Controller as CoreState
from failover.core.commands import Command
from failover.core.controller import Decision
from failover.core.events import Event, Health, HealthChanged, LeaseGained, Ordered, OrderKind
from failover.core.notes import Note, NoteKind
from failover.core.settings import APPROVAL_SECONDS, GRACE_SECONDS
from failover.core.states import RESTING, State
from simulator.checking.checker import Checker, Turned
from simulator.checking.ledger import CHANGING
from topology.model import Mode

_TOUCHING = frozenset({State.RESTARTING, State.FENCING, State.DEMOTING})
_BEGINNING = frozenset({State.RESTARTING, State.PREFLIGHT})


@dataclass(slots=True)
class Said:
    """What people have said of one cluster, and what was tried."""

    paused: bool = False
    declined: bool = False
    approvals: dict[str, float] = field(default_factory=dict)
    maintenance: dict[str, float] = field(default_factory=dict)
    attempts: list[float] = field(default_factory=list)
    counted: int = 0
    """The latest run that counts as an attempt."""

    @classmethod
    def by(cls, c: ClusterState) -> Self:
        """Take it from what the journal leads to."""
        return cls(
            paused=c.paused_by is not None,
            declined=c.declined_by is not None,
            approvals=dict(c.approvals),
            maintenance=dict(c.maintenance),
            attempts=list(c.attempts),
            counted=c.run if c.touched else 0,
        )


class Held(Checker):
    """Automation begins nothing under a pause, a no, maintenance, too many attempts, in grace, or beside too many others."""

    invariant = "policy"

    def begin(self) -> None:
        """Begin with nothing said."""
        self._said = {name: Said() for name in self.clusters.databases}
        self._restored = 0
        self._length = len(self.clusters.store.journal)
        self._crowded: set[str] = set()
        known = self.clusters.store.state  # somebody has led before second 0
        self._clock, self._told_at, self._grace_until = known.clock, known.told_at, known.grace_until

    def journaled(self, controller: object, event: Event, before: CoreState, decision: Decision) -> None:
        """Keep the time during which somebody led."""
        if isinstance(event, LeaseGained):
            if self._journal_differs():
                self._clock = before.clock
                self._said = {name: Said.by(c) for name, c in before.clusters.items()}
            windows = [each.policy.detection_window_seconds for each in self.clusters.settings.clusters.values()]
            self._grace_until = self._clock + max(windows, default=0.0) + GRACE_SECONDS
        else:
            self._clock += max(0.0, event.at - self._told_at)
        self._told_at, self._length = event.at, len(self.clusters.store.journal)
        self._crowded = set(self._too_many(before, decision.notes)) if decision.notes else set()

    def _journal_differs(self) -> bool:
        """Say whether a new leader finds other events than were applied: a store went back, or an event was its writer's last."""
        store = self.clusters.store
        differs = store.restored != self._restored or len(store.journal) > self._length + 1
        self._restored = store.restored
        return differs

    def _too_many(self, before: CoreState, notes: Sequence[Note]) -> Iterator[str]:
        """Yield the clusters whose recovery began while as many others of their group were in one as may be."""
        states = {name: c.state for name, c in before.clusters.items()}
        for note in notes:
            if note.kind is not NoteKind.ENTERED:
                continue
            name = note.cluster
            was, states[name] = states[name], State(note.data["state"])
            if was in RESTING and states[name] not in RESTING:
                for at_most, group in self.clusters.settings.clusters[name].group_of:
                    if sum(states[each] not in RESTING for each in group) > at_most:
                        yield name

    def turned(self, turn: Turned) -> None:
        """Take what was said; then hold every beginning against it."""
        said = self._said[turn.name]
        if turn.order is not None:
            self._hear(turn, said, turn.order)
        if self._is_back(turn):
            said.declined, said.approvals = False, {}
        for before, after in turn.ways:
            if before in RESTING and after not in RESTING and turn.order is None:
                self._begins(turn, said, before, after)
            if after in _TOUCHING and said.counted < turn.after.run:
                said.counted = turn.after.run
                said.attempts.append(self._clock)
        if turn.begins:
            said.approvals = {}
        if turn.after.primary != turn.before.primary:
            said.declined = False

    def _is_back(self, turn: Turned) -> bool:
        """Say whether the primary was seen well while its cluster rested: what was said of its loss is over then.

        So it is where it was called off with the primary known to be well: it rests from that moment on.
        """
        event, primary = turn.event, turn.before.primary
        if isinstance(event, Ordered) and event.kind in (OrderKind.ABORT, OrderKind.REJECT):
            sighting = turn.after.health.get(primary)
            return turn.after.state is State.WATCHING and sighting is not None and sighting.health is Health.PRIMARY
        seen = isinstance(event, HealthChanged) and event.host == primary and event.health is Health.PRIMARY
        return seen and turn.before.state in (State.WATCHING, State.SUSPECT, State.WAITING)

    def _hear(self, turn: Turned, said: Said, order: Ordered) -> None:
        match order.kind:
            case OrderKind.PAUSE:
                said.paused = True
            case OrderKind.RESUME:
                said.paused = False
            case OrderKind.ABORT | OrderKind.REJECT if turn.before.goal is not Goal.SWITCHOVER:
                said.declined, said.approvals = True, {}  # to take back a switchover says nothing of a failover
            case OrderKind.FAILOVER | OrderKind.START | OrderKind.ADOPT | OrderKind.RETRY:
                said.declined = False
            case OrderKind.APPROVE:
                typed = order.wall_seconds if order.typed_wall_seconds is None else order.typed_wall_seconds
                said.approvals[order.operator] = typed
            case OrderKind.MAINTENANCE if order.host is not None:
                said.maintenance[order.host] = order.wall_seconds + order.for_seconds
            case OrderKind.ACKNOWLEDGE:
                said.attempts = []
            case _:
                pass

    def _begins(self, turn: Turned, said: Said, before: State, after: State) -> None:
        """A recovery of *turn* begins, or goes on from a halt, and nobody has ordered that now."""
        gives_back = after is State.RESTORING  # to the same primary what was withdrawn from it: nobody has to agree to that
        reason = self._stops(said, gives_back)
        if not self.ledger.accounts[turn.name].ordered:
            if not gives_back and (before is not State.HALTED or after in _BEGINNING):
                reason = reason or self._forbids(turn, said, before)
            if turn.name in self._crowded:
                reason = reason or "too many of its safety group are in recovery"
        if reason is not None:
            self.broken(turn.name, f"{before.value} → {after.value} by itself, although {reason}")

    def _stops(self, said: Said, gives_back: bool) -> str | None:
        """Say what stops automation anywhere."""
        if self._clock < self._grace_until:
            return "the controller has only just taken over"
        if said.paused:
            return "automation is paused"
        return "somebody declined it" if said.declined and not gives_back else None

    def _forbids(self, turn: Turned, said: Said, before: State) -> str | None:
        """Say what forbids a new recovery."""
        policy, wall_seconds = self.clusters.settings.clusters[turn.name].policy, turn.event.wall_seconds
        if policy.mode in (Mode.OBSERVE, Mode.MANUAL):
            return f"the policy is {policy.mode.value}"
        if said.maintenance.get(turn.before.primary, 0.0) > wall_seconds:
            return "its primary is under maintenance"
        lately = sum(each > self._clock - policy.within_seconds for each in said.attempts)
        if said.counted < turn.after.run and lately >= policy.attempts:  # what has begun is not held back by its own attempt
            return f"it was tried {policy.attempts} times lately"
        if policy.mode is Mode.APPROVE and before is not State.HALTED:
            valid = sum(each > wall_seconds - APPROVAL_SECONDS for each in said.approvals.values())
            if valid < policy.approvals:
                return f"{valid} of {policy.approvals} persons have said yes"
        return None

    def decided(self, turn: Turned, command: Command) -> None:
        """See that a policy that only observes orders nothing."""
        if command.kind in CHANGING and self.clusters.settings.clusters[turn.name].policy.mode is Mode.OBSERVE:
            self.broken(turn.name, f"{command.kind} at '{command.target}', although the policy only observes")


class NoFailback(Checker):
    """Nothing goes back, steps down, is rejoined or adopted without a person's order."""

    invariant = "failback"

    def noted(self, turn: Turned, note: Note) -> None:
        """Look at what kind of recovery begins."""
        if note.kind is NoteKind.DECIDED and note.data["goal"] != "failover" and turn.order is None:
            self.broken(turn.name, f"a {note.data['goal']} that nobody ordered")
