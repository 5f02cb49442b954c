"""That somebody cannot reach a host is not that it is dead: that takes several vantage points, and none that sees it well."""

from typing import TYPE_CHECKING

from failover.core.cluster import Controller as CoreState
from failover.core.controller import Decision
from failover.core.events import Event, Health, HealthChanged, LeaseGained, Seen
from failover.core.states import State
from simulator.checking.checker import Checker, Turned
from simulator.clusters.hearing import REPORTS_MISSED_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.clusters.clusters import Clusters
    from simulator.clusters.controllers import Controller
    from simulator.clusters.vantages import Vantage

_LOST = frozenset({Health.SILENT, Health.PROCESS_DEAD})
_UNWELL = frozenset({Seen.NOTHING, Seen.REFUSED})
SLACK_SECONDS = 1.5
"""A probe is made each second, and its answer takes a moment."""

CATCHES_UP_SECONDS = 10.0
"""After a store was slow, so long what is written down may be of before."""


class Unheard:
    """The vantage points whose reports do not arrive at every leader."""

    def __init__(self, clusters: "Clusters") -> None:
        self._clusters = clusters
        self._now: dict[str, tuple[float, Mapping[str, Seen]]] = {}
        """Since when, and what they had told by then."""
        self._until: dict[str, float] = {}

    def review(self) -> None:
        """Ask the network, after something has changed."""
        if self._clusters.network.whole and not self._now:
            return
        for name in self._now:
            self._until[name] = self._clusters.world.now
        self._ask(self._clusters.world.now)

    def led(self) -> None:
        """Ask the network for a new leader, who was told nothing by whom it does not hear."""
        self._now.clear()
        self._ask(float("-inf"))

    def hears(self, vantage: "Vantage", since: float) -> bool:
        """Say whether all that *vantage* has told after second *since* arrived."""
        return vantage.name not in self._now and self._until.get(vantage.name, 0.0) <= since

    def last_word(self, vantage: "Vantage", host: str) -> Seen | None:
        """Return what *vantage* had told of *host* when it fell silent; None if it has not, or is missed by now."""
        since, told = self._now.get(vantage.name, (float("-inf"), {}))
        return told.get(host) if self._clusters.world.now <= since + REPORTS_MISSED_SECONDS else None

    def _ask(self, since: float) -> None:
        leaders = [each.name for each in self._clusters.controllers.values() if each.leading]
        self._now = {
            vantage.name: self._now.get(vantage.name, (since, dict(vantage.seen)))
            for vantage in self._clusters.vantages.values()
            if not all(map(vantage.heard_by, leaders))
        }


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
        self._unheard = Unheard(self.clusters)

    def changed(self) -> None:
        """Note who is heard, who can write, and until when the store was slow."""
        self._unheard.review()
        if self._slow:
            self._slow_at = self.clusters.world.now
        self._slow = bool(self.clusters.store.slow_seconds)
        self._late = {each.name for each in self.clusters.controllers.values() if not each.in_contact}

    def led(self, controller: object) -> None:
        """Note who is heard by a new leader."""
        self._unheard.led()

    def journaled(self, controller: "Controller", event: Event, before: CoreState, decision: Decision) -> None:
        """Ask the vantage points about whoever counts as lost: what they see, or have told last."""
        if isinstance(event, LeaseGained):
            self._told.clear()
        if not isinstance(event, HealthChanged) or self._told.get(event.host) is event.health:
            return
        self._told[event.host] = event.health
        if event.health not in _LOST or self._is_late(controller.name):
            return
        layout, host = self.clusters.layout, event.host
        lost = sum(
            vantage.seen.get(host, Seen.NOTHING) in _UNWELL or self._unheard.last_word(vantage, host) in _UNWELL
            for vantage in self.clusters.vantages.values()
        )
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
        self._unheard = Unheard(self.clusters)

    def changed(self) -> None:
        """Note whose reports do not arrive, and until when they did not."""
        self._unheard.review()

    def led(self, controller: object) -> None:
        """Note whose reports do not arrive at a new leader."""
        self._unheard.led()

    def turned(self, turn: Turned) -> None:
        """Ask the vantage points about the primary when it is about to be fenced."""
        if (State.PREFLIGHT, State.FENCING) not in turn.ways or self.ledger.accounts[turn.name].ordered:
            return
        host = turn.before.primary
        until = self.clusters.world.now - self.clusters.layout.windows[host] - SLACK_SECONDS
        for vantage in self.clusters.vantages.values():
            well = vantage.seen.get(host) is Seen.PRIMARY and vantage.since[host] <= until
            if well and self._unheard.hears(vantage, until):
                self.broken(turn.name, f"'{host}' is fenced while '{vantage.name}' sees it well")
