"""The driver around the core: it gains and loses the lease, journals events, and applies them.

Each event is journaled first and applied only if that worked; what the core orders is sent afterwards.
"""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from failover.core.cluster import Controller as CoreState
from failover.core.controller import step
from failover.core.events import Event, HealthChanged, LeaseGained, Ordered, Woken
from simulator.clusters.clock import Clock
from simulator.clusters.hearing import A_MOMENT_SECONDS, Hearing
from simulator.clusters.outbox import Outbox
from simulator.clusters.store import LEASE_SECONDS, RENEWED_EVERY_SECONDS
from simulator.world import Scheduled, Step

if TYPE_CHECKING:
    from simulator.clusters.clusters import Clusters

Tell = Callable[..., Event]
"""A kind of event, still without its times."""


class Controller:
    """One controller: a process, on a host or in a place of its own."""

    def __init__(self, clusters: "Clusters", name: str, number: int, wall_start_seconds: float) -> None:
        self._clusters = clusters
        self._world = clusters.world
        self._store = clusters.store
        self.name = name
        self.number = number
        self.clock = Clock(clusters.world, wall_start_seconds, 100_000.0 * (number + 1))

        # Its process.
        self.up = True
        self.frozen = 0
        self.session = 0
        """Which life of it this is: what an earlier one waited for does not concern it."""
        self.disk_full = 0
        self.torn = 0
        """How many of its next writes will be cut short."""

        # Its disk, which survives it.
        self.remembered = 0
        """How long the longest journal was that it has seen."""
        self.remembered_term = 0

        # What it believes.
        self.in_contact = True
        """The store answers it."""
        self.leading = False
        self.term = 0
        self.state: CoreState | None = None
        self.hearing: Hearing | None = None
        self.outbox = Outbox(clusters, self)
        self._index = 0
        self._led_at = 0.0
        self._inbox: deque[tuple[Tell, tuple[Any, ...]]] = deque()
        self._writing = False
        self._wake: Scheduled | None = None
        self._expire: Scheduled | None = None

    @property
    def active(self) -> bool:
        """Whether its process does anything now."""
        return self.up and not self.frozen

    @property
    def may_lead(self) -> bool:
        """Whether it tries to gain a lease that is free."""
        return self.active and not self.leading and not self.disk_full

    # Its lease.

    def since_renewal_seconds(self) -> float:
        """Return how long ago it last renewed its lease."""
        return (self._world.now - self._led_at) % RENEWED_EVERY_SECONDS

    def holds_lease(self) -> bool:
        """Say whether the store has it for the leader, under the term that it knows."""
        return self._store.holder == self.name and self._store.term == self.term

    def note_contact(self, reached: bool) -> None:
        """Note whether the store can be *reached*. A leader that cannot renew its lease stands down when it has run out."""
        in_contact = reached and self.active
        if in_contact == self.in_contact:
            return
        self.in_contact = in_contact
        if not in_contact:
            self.remember()
            self._await_expiry()
            return
        if self._expire is not None:
            self._expire.cancel()
            self._expire = None
        if self.leading:
            self.renew_soon()
            self.outbox.in_contact()
            self._write_on()

    def _await_expiry(self) -> None:
        if self.leading and not self.frozen:
            seconds = (LEASE_SECONDS - self.since_renewal_seconds()) / self.clock.rate
            self._expire = self._world.schedule(seconds, Step.LEASE_TURNS, 10 + self.number, self.stand_down)

    def renew_soon(self) -> None:
        """Renew the lease when it is next time for that, and learn if it is gone."""
        if self.leading:
            seconds = RENEWED_EVERY_SECONDS * self._world.uniform(self.name, "renewal")
            session = self.session
            self._world.schedule(seconds, Step.LEASE_TURNS, 20 + self.number, lambda: self._renew(session))

    def _renew(self, session: int) -> None:
        if session == self.session and self.in_contact and not self.holds_lease():
            self.stand_down()

    def lead(self, term: int) -> None:
        """Decide from now on, under *term*: take over what the journal says, and look at every host anew."""
        store = self._store
        behind = self.remembered > len(store.journal)
        self.leading, self.term = True, term
        self._led_at = self._world.now
        self.state = store.state
        self._index = len(store.journal)
        for watcher in self._clusters.watchers:
            watcher.led(self)
        self.hearing = Hearing(self._clusters, self)
        self.tell(LeaseGained, term, self.name, behind)
        if self.hearing is not None:
            self.hearing.begin()
        self._clusters.operators.heard()

    def resume(self, term: int, state: CoreState, wake_at: float | None) -> None:
        """Have led all along, at second 0."""
        self.leading, self.term, self.state = True, term, state
        self._index = len(self._store.journal)
        self.remember()
        self.hearing = Hearing(self._clusters, self)
        self.hearing.trust({host: each for c in state.clusters.values() for host, each in c.health.items()})
        self._wake_up(wake_at)

    def stand_down(self) -> None:
        """Decide no longer. What is under way at its targets goes on there."""
        if not self.leading:
            return
        self.leading = False
        self.state = None
        if self.hearing is not None:
            self.hearing.end()
            self.hearing = None
        self.outbox.clear()
        self._inbox.clear()
        self._cancel_timers()
        for watcher in self._clusters.watchers:
            watcher.stood_down(self)
        self._clusters.lease.review()

    def _cancel_timers(self) -> None:
        for timer in (self._wake, self._expire):
            if timer is not None:
                timer.cancel()
        self._wake = self._expire = None

    # Its process.

    def remember(self) -> None:
        """Note on its disk how far it has seen the journal grow."""
        if not self.disk_full:
            self.remembered = max(self.remembered, len(self._store.journal))
            self.remembered_term = max(self.remembered_term, self._store.term)

    def die(self) -> None:
        """Stop at once, wherever it is. What it remembers is on its disk."""
        if self.up:
            self.up = False
            self.session += 1
            if self.frozen:
                self.frozen = 0
                self.clock.go_on()
            self.stand_down()

    def restart(self) -> None:
        """Begin again, knowing only what is on its disk."""
        self.up = True

    def freeze(self) -> None:
        """Stand still."""
        self.frozen += 1
        if self.frozen == 1:
            self.clock.stand_still()
            self._cancel_timers()

    def thaw(self) -> None:
        """Go on as if no time had passed: what was about to be done is done, and only then is anything learned."""
        self.frozen -= 1
        if self.frozen:
            return
        self.clock.go_on()
        self.outbox.thaw()
        self._await_expiry()
        if self.hearing is not None:
            self.hearing.begin()
            self.tell(Woken)

    # What it is told.

    def tell(self, event: Tell, *arguments: Any) -> None:
        """Let the core know of something, once the store has it."""
        if self.leading:
            self._inbox.append((event, arguments))
            self._write_on()

    def _write_on(self) -> None:
        """Take what has come in, one after the other."""
        if self._writing:
            return
        self._writing = True
        while self._inbox and self.leading and self.in_contact and not self.frozen:
            if self._store.slow_seconds:
                self._world.schedule(self._store.slow_seconds, Step.CONTROLLER, self.number, self._slowly)
                return
            self._take()
        self._writing = False

    def _slowly(self) -> None:
        """Take one event that a slow store has had the time to write."""
        if self._inbox and self.leading and self.in_contact and not self.frozen:
            self._take()
        self._writing = False
        self._write_on()

    def _next(self) -> tuple[Tell, tuple[Any, ...]]:
        """Take what has come in. How hosts are goes first: where much has waited for the store, the rest is stale."""
        if len(self._inbox) > 1 and self._inbox[0][0] is not LeaseGained:
            for place, told in enumerate(self._inbox):
                if told[0] is HealthChanged:
                    del self._inbox[place]
                    return told
        return self._inbox.popleft()

    def _take(self) -> None:
        """Journal the next event, and apply it only if that worked."""
        tell, arguments = self._next()
        event = tell(self.clock.monotonic(), self.clock.wall(), *arguments)
        if not self._write(event):
            self.stand_down()
            return
        before = self.state
        assert before is not None
        decision = step(before, event)
        self.state = decision.state
        self._store.applied(decision.state)
        clusters = self._clusters
        clusters.notes.tell(event, decision.notes)
        for watcher in clusters.watchers:
            if isinstance(event, Ordered):
                watcher.ordered(self, event)
            watcher.journaled(self, event, before, decision)
        self._wake_up(decision.wake_at)
        if self.hearing is not None and decision.forgotten:
            self.hearing.renew(decision.forgotten)
        for command in decision.commands:
            self.outbox.send(command)
        if isinstance(event, LeaseGained):
            clusters.boot.ask_again()
        clusters.operators.read(decision.notes)

    def _wake_up(self, at: float | None) -> None:
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        if at is not None:
            seconds = self.clock.world_seconds(at) + A_MOMENT_SECONDS
            self._wake = self._world.schedule(seconds, Step.CONTROLLER, self.number, lambda: self.tell(Woken))

    def _write(self, event: Event) -> bool:
        """Append *event* to the journal. A write that is cut short may or may not be there, and its writer cannot tell."""
        if self.disk_full:
            return False
        if self.torn:
            self.torn -= 1
            if self._world.uniform(self.name, "torn write") < 0.5:
                self._store.append(self.name, self.term, self._index, event)
            return False
        if not self._store.append(self.name, self.term, self._index, event):
            return False
        self._index += 1
        self.remember()
        return True
