"""The places that hosts are watched from. Every host is probed again and again; only what changes is told, and so simulated."""

import math
from typing import TYPE_CHECKING

from failover.core.events import Seen
from simulator.clusters.members import Process
from simulator.world import Scheduled, Step

if TYPE_CHECKING:
    from simulator.clusters.clusters import Clusters

EXACT = 1e-9
"""Phases closer than this share of a period are the same."""


class Vantage:
    """One place that probes every watched host at its own phase of each period, and what it saw last."""

    def __init__(self, clusters: "Clusters", name: str, number: int) -> None:
        self._clusters = clusters
        self._world = clusters.world
        self._network = clusters.network
        self.name = name
        self.number = number
        self._probing = clusters.world.topology.probing
        self.phase_seconds = self._probing.every_seconds * clusters.world.uniform(name, "probe phase")
        self.active = True
        """It runs."""
        self.seen: dict[str, Seen] = {host: self._sight(host) for host in clusters.watched}
        self.since: dict[str, float] = dict.fromkeys(clusters.watched, 0.0)
        """When it first saw that."""
        self._next: Scheduled | None = None

    def look(self, host: str) -> None:
        """Probe when it is time, if *host* no longer looks as it did."""
        if self._next is None and self.active and self.seen.get(host) is not self._sight(host):
            self._await_phase()

    def look_around(self) -> None:
        """Probe when it is time, if any host no longer looks as it did, or probes may be lost."""
        if self._next is not None or not self.active:
            return
        for host in self._clusters.watched:
            if self.seen.get(host) is not self._sight(host) or self._network.is_lossy(self.name, host):
                self._await_phase()
                return

    def turn(self, active: bool) -> None:
        """Stop, or begin again knowing nothing."""
        if active == self.active:
            return
        self.active = active
        self.seen = {}
        if self._next is not None:
            self._next.cancel()
            self._next = None
        if active:
            self._await_phase()

    def _await_phase(self) -> None:
        every_seconds = self._probing.every_seconds
        since_seconds = (self._world.now - self.phase_seconds) / every_seconds
        in_seconds = (math.floor(since_seconds + EXACT) + 1 - since_seconds) * every_seconds
        self._next = self._world.schedule(in_seconds, Step.OBSERVED, self.number, self._probe)

    def _sight(self, host: str) -> Seen:
        """What a probe sees of *host* now, if it is not lost."""
        if not self._network.answers(self.name, host):
            return Seen.NOTHING
        found = Seen.ANSWERS
        for member in self._clusters.members_on.get(host, ()):
            if member.process is not Process.RUNNING:
                return Seen.REFUSED
            if member.accepts:
                found = Seen.PRIMARY
            elif found is Seen.ANSWERS:
                found = Seen.STANDBY
        return found

    def _probe(self) -> None:
        """Probe every host once. What was seen is told at once, what was not only when the probe is given up."""
        self._next = None
        found: list[tuple[str, Seen]] = []
        missed: list[str] = []
        lossy = False
        may_lose = bool(self._network.lossy)
        for host in self._clusters.watched:
            sight = self._sight(host)
            if may_lose and self._network.is_lossy(self.name, host):
                lossy = True
                if self._network.loses_probe(self.name, host):
                    sight = Seen.NOTHING
            if self.seen.get(host) is not sight:
                if sight is Seen.NOTHING:
                    missed.append(host)
                else:
                    found.append((host, sight))
        self._note(found)
        if missed:
            self._next = self._world.schedule(
                self._probing.timeout_seconds, Step.OBSERVED, self.number, lambda: self._give_up(missed)
            )
        elif lossy:
            self._await_phase()

    def _give_up(self, missed: list[str]) -> None:
        self._next = None
        self._note([(host, Seen.NOTHING) for host in missed])
        self.look_around()

    def _note(self, found: list[tuple[str, Seen]]) -> None:
        """Take in what has changed, and tell whoever leads and can be reached."""
        if not found:
            return
        self.seen.update(found)
        for host, _ in found:
            self.since[host] = self._world.now
        for controller in self._clusters.leading():
            if controller.hearing is not None and self.heard_by(controller.name):
                controller.hearing.hear(self.name, found)

    def heard_by(self, controller: str) -> bool:
        """Say whether its reports arrive at *controller*."""
        return self.active and (controller == self.name or self._network.reaches(self.name, controller))
