"""What came before second 0: one controller leads, has seen every host, and knows what it wants to know of a cluster that is well.

An incident strikes what has been running for long. What a fresh controller would find out first is therefore journaled before.
"""

from typing import TYPE_CHECKING, NamedTuple

from failover.core.cluster import Controller as CoreState
from failover.core.commands import Command, Epoch, Outcome
from failover.core.controller import Decision, begin, step
from failover.core.events import CommandEnded, Event, Health, HealthChanged, LeaseGained, Seen, Woken
from simulator.clusters.flights import Flight

if TYPE_CHECKING:
    from simulator.clusters.clusters import Clusters

LED_BEFORE_SECONDS = 3600.0
"""How long the first controller has led at second 0."""
SETTLES_AFTER = 200
"""Events after which a cluster that is well must have nothing left to do."""

_HEALTH = {Seen.PRIMARY: Health.PRIMARY, Seen.STANDBY: Health.STANDBY, Seen.ANSWERS: Health.ANSWERS}


class Warmth(NamedTuple):
    """A warm start: what stands in the journal, what it leads to, and what targets have seen of it."""

    journal: tuple[Event, ...]
    state: CoreState
    guards: dict[tuple[str, str], Epoch]
    wake_at: float | None


class _Warming:
    """Plays the hour before second 0, in which every question is answered at once."""

    def __init__(self, clusters: "Clusters") -> None:
        self._clusters = clusters
        self._controller = next(iter(clusters.controllers.values()))
        self._now = self._controller.clock.monotonic()
        self._at = self._now - LED_BEFORE_SECONDS
        self.journal: list[Event] = []
        self.state = begin(clusters.settings)
        self.guards: dict[tuple[str, str], Epoch] = {}
        self._wake_at: float | None = None

    def play(self) -> Warmth:
        wall_seconds = self._controller.clock.wall() - LED_BEFORE_SECONDS
        pending: list[Event] = [LeaseGained(self._at, wall_seconds, 1, self._controller.name)]
        vantages = tuple(sorted(self._clusters.vantages))
        for host, seen in self._clusters.vantages[self._controller.name].seen.items():
            if seen in _HEALTH:
                pending.append(HealthChanged(self._at, wall_seconds, host, _HEALTH[seen], vantages))
        for event in pending:
            decision = self._apply(event)
            pending += [self._answer(command, wall_seconds) for command in decision.commands]
            assert len(pending) < SETTLES_AFTER, "a cluster that is well goes on doing something"
            if event is pending[-1] and self._wake_at is not None and self._wake_at <= self._now:
                wall_seconds += self._wake_at - self._at
                self._at = self._wake_at
                pending.append(Woken(self._at, wall_seconds))
        return Warmth(tuple(self.journal), self.state, self.guards, self._wake_at)

    def _apply(self, event: Event) -> Decision:
        decision = step(self.state, event)
        self.journal.append(event)
        self.state, self._wake_at = decision.state, decision.wake_at
        return decision

    def _answer(self, command: Command, wall_seconds: float) -> Event:
        """Carry *command* out at once."""
        clusters = self._clusters
        flight = Flight(command, self._controller, command.target, clusters.member(command.id.cluster, command.target), 0.0)
        if flight.guarded is None:
            flight.guarded = clusters.proxies.get((command.id.cluster, command.target))
        self.guards[command.id.cluster, command.target] = command.epoch
        result = clusters.targets.acts.finish(flight)
        assert result is not None and result.outcome is Outcome.SUCCEEDED, f"{command} fails in a cluster that is well"
        return CommandEnded(self._at, wall_seconds, command.id, result.outcome, result.evidence)


def warm_up(clusters: "Clusters") -> None:
    """Let the first controller of *clusters* lead as if it always had."""
    warmths = clusters.layout.warmths
    warmth = warmths.get(clusters.world.start)
    if warmth is None:
        warmth = warmths[clusters.world.start] = _Warming(clusters).play()
    store, controller = clusters.store, next(iter(clusters.controllers.values()))
    store.journal = [(1, event) for event in warmth.journal]
    store.written_at = [-LED_BEFORE_SECONDS] * len(warmth.journal)
    store.term, store.holder = 1, controller.name
    store.applied(warmth.state)
    for (cluster, name), guard in warmth.guards.items():
        guarded = clusters.member(cluster, name) or clusters.proxies.get((cluster, name))
        if guarded is not None:
            guarded.guard = guard
    controller.resume(1, warmth.state, warmth.wake_at)
