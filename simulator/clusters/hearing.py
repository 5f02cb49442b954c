"""How a leader hears what the vantages see, and makes up its mind."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from failover.core.cluster import Sighting
from failover.core.detector import Detector
from failover.core.events import HealthChanged, Seen
from simulator.world import Scheduled, Step

if TYPE_CHECKING:
    from simulator.clusters.clusters import Clusters
    from simulator.clusters.controllers import Controller

REPORTS_MISSED_SECONDS = 3.0
"""A vantage that has not reported for so long is no longer counted on."""
A_MOMENT_SECONDS = 1e-6
"""So much later than due a timer comes, that no rounding makes it early."""


class Hearing:
    """The detector of one leader, and which vantages it hears."""

    def __init__(self, clusters: "Clusters", controller: "Controller") -> None:
        self._clusters = clusters
        self._world = clusters.world
        self._controller = controller
        self.detector = Detector(clusters.layout.windows, clusters.layout.quorum)
        self.heard: set[str] = set()
        """The vantages whose reports arrive."""
        self._timer: Scheduled | None = None

    def begin(self) -> None:
        """Be told by every vantage what it saw last."""
        for vantage in self._clusters.vantages.values():
            if vantage.heard_by(self._controller.name):
                self._take_all(vantage.name)
        self.conclude()

    def trust(self, health: Mapping[str, Sighting]) -> None:
        """Have heard every vantage for long, and have told all of it."""
        for vantage in self._clusters.vantages.values():
            self._take_all(vantage.name)
        told = self.detector.conclude(self._controller.clock.monotonic())
        assert all(health[host].health is each for host, each, _ in told), "a vantage sees what the journal does not say"

    def hear(self, vantage: str, found: Iterable[tuple[str, Seen]]) -> None:
        """Take in what *vantage* has just seen differently."""
        if not self._controller.frozen:
            at = self._controller.clock.monotonic()
            for host, seen in found:
                self.detector.heard(at, vantage, host, seen)
            self.conclude()

    def renew(self, hosts: Iterable[str]) -> None:
        """Make up the mind about *hosts* anew."""
        for host in hosts:
            self.detector.renew(self._controller.clock.monotonic(), host)
        self.conclude()

    def review(self) -> None:
        """Find out anew whose reports arrive. What fell silent is missed only after a while."""
        fell_silent: list[str] = []
        for vantage in self._clusters.vantages.values():
            heard = vantage.heard_by(self._controller.name)
            if heard and vantage.name not in self.heard:
                self._take_all(vantage.name)
                self.conclude()
            elif not heard and vantage.name in self.heard:
                self.heard.discard(vantage.name)
                fell_silent.append(vantage.name)
        if fell_silent:
            number = self._clusters.vantages[fell_silent[0]].number
            self._world.schedule(REPORTS_MISSED_SECONDS, Step.OBSERVED, number, partial(self._miss, fell_silent))

    def conclude(self) -> None:
        """Tell what has changed in the controller's mind, and when it may change next by time alone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        controller = self._controller
        if controller.frozen or controller.hearing is not self:
            return
        changed = self.detector.conclude(controller.clock.monotonic())
        if len(changed) > 1 and controller.state is not None:  # of what is lost with it, a primary is told last
            primaries = {c.primary for c in controller.state.clusters.values()}
            changed.sort(key=lambda change: change[0] in primaries)
        for host, health, seen_by in changed:
            controller.tell(HealthChanged, host, health, seen_by, self.detector.back(host))
        due = self.detector.due()
        if due is not None and controller.hearing is self:
            seconds = controller.clock.world_seconds(due) + A_MOMENT_SECONDS
            self._timer = self._world.schedule(seconds, Step.CONTROLLER, controller.number, self.conclude)

    def end(self) -> None:
        """Hear nothing more."""
        if self._timer is not None:
            self._timer.cancel()

    def _take_all(self, vantage: str) -> None:
        self.heard.add(vantage)
        at = self._controller.clock.monotonic()
        for host, seen in self._clusters.vantages[vantage].seen.items():
            self.detector.heard(at, vantage, host, seen)

    def _miss(self, vantages: Iterable[str]) -> None:
        """Count no longer on *vantages* that fell silent together: no mind is made up by what only some of them said."""
        missed = [vantage for vantage in vantages if vantage not in self.heard]
        if missed and self._controller.hearing is self:
            for vantage in missed:
                self.detector.lost(self._controller.clock.monotonic(), vantage)
            self.conclude()
