"""The controllers' store: the journal, and the lease of who may write it.

A holder renews its lease every two seconds. Nothing is simulated of that while it can: only when contact is lost does the lease
begin to run out, from the latest renewal before.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from failover.core.cluster import Controller as CoreState
from failover.core.controller import fold
from failover.core.events import Event
from failover.core.settings import Settings
from scenarios.model import STORE
from simulator.clusters.network import Network
from simulator.world import Scheduled, Step, World

if TYPE_CHECKING:
    from simulator.clusters.controllers import Controller

LEASE_SECONDS = 10.0
RENEWED_EVERY_SECONDS = 2.0
CAMPAIGN_SECONDS = 0.5
"""A controller that watches the lease tries to gain it at most so long after it is free."""


class Store:
    """The store as it truly is."""

    def __init__(self, world: World, network: Network, settings: Settings) -> None:
        self._world = world
        self._network = network
        self._settings = settings
        self.journal: list[tuple[int, Event]] = []
        self.written_at: list[float] = []
        self.term = 0
        self.holder: str | None = None
        self.renewed_until = float("inf")
        """When the holder's lease runs out; infinity while it renews it."""
        self.down = 0
        self.leaderless = 0
        self.slow_seconds = 0.0
        self.restored = 0
        """How often it was restored from an old copy."""
        self._state: CoreState | None = None
        self._state_length = 0

    @property
    def available(self) -> bool:
        """Whether it grants and takes anything."""
        return not self.down and not self.leaderless

    @property
    def led(self) -> bool:
        """Whether somebody holds the lease who has taken over what the journal says."""
        return self.holder is not None and self.state.term == self.term

    def reached_by(self, endpoint: str) -> bool:
        """Say whether *endpoint* can use it now."""
        return self.available and self.slow_seconds < LEASE_SECONDS and self._network.answers(endpoint, STORE)

    def append(self, controller: str, term: int, index: int, event: Event) -> bool:
        """Write *event* if *controller* still holds the lease and knows the whole journal; say whether it was written."""
        if self.holder != controller or self.term != term or len(self.journal) != index:
            return False
        self.journal.append((term, event))
        self.written_at.append(self._world.now)
        return True

    def applied(self, state: CoreState) -> None:
        """Take note of the *state* that the whole journal leads to, which its writer knows anyway."""
        self._state, self._state_length = state, len(self.journal)

    @property
    def state(self) -> CoreState:
        """What the journal leads to."""
        if self._state is None or self._state_length != len(self.journal):
            self.applied(fold(self._settings, (event for _, event in self.journal)))
        assert self._state is not None
        return self._state

    def restore(self, older_than: float) -> None:
        """Go back to the copy that was made at *older_than*: what was written since is gone, and terms may come again."""
        kept = sum(each <= older_than for each in self.written_at)
        del self.journal[kept:], self.written_at[kept:]
        self.term = self.journal[-1][0] if self.journal else 0
        self.restored += 1
        self._state = None


class Lease:
    """Who gets the lease when, as contact between store and controllers comes and goes."""

    def __init__(self, world: World, store: Store, controllers: Mapping[str, "Controller"]) -> None:
        self._world = world
        self._store = store
        self._controllers = controllers
        self._runs_out: Scheduled | None = None
        self._campaign: Scheduled | None = None

    def review(self) -> None:
        """Find out anew, after anything changed between them, whether the lease is renewed, and whether somebody can gain it."""
        store = self._store
        for controller in self._controllers.values():
            controller.note_contact(store.reached_by(controller.name))
        holder = self._controllers[store.holder] if store.holder is not None else None
        if holder is not None and holder.in_contact and holder.leading and holder.term == store.term:
            self._renewed()
        elif holder is not None and self._runs_out is None and store.available:
            self._begins_to_run_out(holder)
        if store.holder is None and store.available:
            self._open()

    def take(self) -> None:
        """Let the lease be free at once; whoever thinks that he holds it learns of that when he renews it."""
        self._renewed()
        self._store.holder = None
        for controller in self._controllers.values():
            controller.renew_soon()
        if self._store.available:
            self._open()

    def _renewed(self) -> None:
        self._store.renewed_until = float("inf")
        if self._runs_out is not None:
            self._runs_out.cancel()
            self._runs_out = None

    def _begins_to_run_out(self, holder: "Controller") -> None:
        in_seconds = LEASE_SECONDS - holder.since_renewal_seconds()
        self._store.renewed_until = self._world.now + in_seconds
        self._runs_out = self._world.schedule(in_seconds, Step.LEASE_TURNS, 0, self._ran_out)

    def _ran_out(self) -> None:
        self._runs_out = None
        if self._store.available:
            self._store.holder = None
            self._open()

    def _open(self) -> None:
        """Let the quickest of those who can gain it, gain it."""
        if self._campaign is not None:
            return
        able = [each for each in self._controllers.values() if each.in_contact and each.may_lead]
        if able:
            world = self._world
            delays = [(CAMPAIGN_SECONDS * world.uniform(each.name, "campaign"), number) for number, each in enumerate(able)]
            in_seconds, number = min(delays)
            self._campaign = world.schedule(in_seconds, Step.LEASE_TURNS, 1 + number, lambda: self._gain(able[number]))

    def _gain(self, controller: "Controller") -> None:
        self._campaign = None
        store = self._store
        if store.holder is not None or not store.available:
            return
        if not controller.in_contact or not controller.may_lead:
            self._open()
            return
        store.term = max(store.term, controller.remembered_term) + 1
        store.holder = controller.name
        self._renewed()
        controller.lead(store.term)
