"""That somebody cannot reach a host is not that it is dead: that takes several vantage points, and none that sees it well."""

from typing import TYPE_CHECKING

from failover.core.cluster import Controller as CoreState
from failover.core.controller import Decision
from failover.core.events import Event, Health, HealthChanged, LeaseGained, Seen
from failover.core.states import State
from simulator.checking.checker import Checker, Turned

if TYPE_CHECKING:
    from simulator.clusters.controllers import Controller

_LOST = frozenset({Health.SILENT, Health.PROCESS_DEAD})
_UNWELL = frozenset({Seen.NOTHING, Seen.REFUSED})
SLACK_SECONDS = 1.5
"""A probe is made each second, and its answer takes a moment."""

CATCHES_UP_SECONDS = 10.0
"""After a store was slow, so long what is written down may be of before."""


class SeveralSee(Checker):
    """No host counts as lost that fewer vantage points than the quorum have lost."""

    invariant = "vantages"

    def begin(self) -> None:
        """Remember whom the store does not answer: what those have to say is written down late, and no longer so."""
        self._late: set[str] = set()
        self._told: dict[str, Health] = {}
        """What this leader was told of each host last: that somebody sees a lost one again is no new loss."""
        self._slow_at = float("-inf")
        self._slow = False

    def changed(self) -> None:
        """Note who can write, and until when the store was slow."""
        if self._slow:
            self._slow_at = self.clusters.world.now
        self._slow = bool(self.clusters.store.slow_seconds)
        self._late = {each.name for each in self.clusters.controllers.values() if not each.in_contact}

    def journaled(self, controller: "Controller", event: Event, before: CoreState, decision: Decision) -> None:
        """Ask the vantage points about whoever counts as lost."""
        if isinstance(event, LeaseGained):
            self._told.clear()
        if not isinstance(event, HealthChanged) or self._told.get(event.host) is event.health:
            return
        self._told[event.host] = event.health
        if event.health not in _LOST or self._is_late(controller.name):
            return
        layout, host = self.clusters.layout, event.host
        lost = sum(vantage.seen.get(host, Seen.NOTHING) in _UNWELL for vantage in self.clusters.vantages.values())
        if lost < layout.quorum:
            self.broken("", f"'{host}' counts as {event.health} to {lost} vantage points, fewer than {layout.quorum}")

    def _is_late(self, controller: str) -> bool:
        """Say whether what *controller* writes down now may be of before."""
        store, now = self.clusters.store, self.clusters.world.now
        return controller in self._late or bool(store.slow_seconds) or now < self._slow_at + CATCHES_UP_SECONDS


class NoFalseFailover(Checker):
    """Automation does not fence a primary that a vantage point has been seeing well, and telling so, for a whole window."""

    invariant = "false-failover"

    def begin(self) -> None:
        """Remember which vantage points a leader does not hear."""
        self._unheard: dict[str, float] = {}
        self._unheard_now: list[str] = []

    def changed(self) -> None:
        """Note whose reports do not arrive, and until when they did not."""
        network = self.clusters.network
        if network.whole and not self._unheard_now:
            return
        for name in self._unheard_now:
            self._unheard[name] = self.clusters.world.now
        self._ask()

    def led(self, controller: object) -> None:
        """Note whose reports do not arrive at a new leader."""
        self._ask()

    def _ask(self) -> None:
        leaders = [each.name for each in self.clusters.controllers.values() if each.leading]
        self._unheard_now = [vantage.name for vantage in self.clusters.vantages.values() if not all(map(vantage.heard_by, leaders))]

    def turned(self, turn: Turned) -> None:
        """Ask the vantage points about the primary when it is about to be fenced."""
        if (State.PREFLIGHT, State.FENCING) not in turn.ways or self.ledger.accounts[turn.name].ordered:
            return
        host = turn.before.primary
        until = self.clusters.world.now - self.clusters.layout.windows[host] - SLACK_SECONDS
        for vantage in self.clusters.vantages.values():
            well = vantage.seen.get(host) is Seen.PRIMARY and vantage.since[host] <= until
            told = vantage.name not in self._unheard_now and self._unheard.get(vantage.name, 0.0) <= until
            if well and told:
                self.broken(turn.name, f"'{host}' is fenced while '{vantage.name}' sees it well")
