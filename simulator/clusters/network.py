"""Who reaches whom: sites and what links them, cuts, loss. One way at a time, for packets go one way.

An endpoint is a name: a host, a proxy, a controller, `clients`, `store`, `HOST/power`. What stands on no site is outside. Sites
reach each other over links that hold, through other sites too; when they fall apart, the outside stays with the part that was not
cut off on purpose, and of such with the one that has most hosts.
"""

from collections.abc import Iterable
from typing import NamedTuple

from scenarios.model import CLIENTS, STORE, power_of
from simulator.ground import PerTopology
from simulator.world import World
from topology.model import Topology

RESEND_SECONDS = 0.2
"""How long a packet that was lost is waited for, the first time; then twice as long each time."""
RESENT_MAX = 6
JITTER_MIN_SECONDS = 0.0005
JITTER_MAX_SECONDS = 0.0015
"""How long a packet travels where nothing is wrong."""


class Loss(NamedTuple):
    """A lossy way: the share of packets lost, and by how much the others may be late."""

    share: float
    jitter_seconds: float


class Places:
    """Where every endpoint of a topology stands, and what links the sites. Never changed."""

    def __init__(self, topology: Topology) -> None:
        self.site: dict[str, str | None] = {host.name: host.site for host in topology.hosts.values()}
        self.site |= {power_of(host.name): host.site for host in topology.hosts.values()}
        self.site |= dict.fromkeys((CLIENTS, STORE))
        for name in topology.vantage_points():
            self.site.setdefault(name, None)
        for cluster in topology.clusters.values():
            for proxy in cluster.proxies():
                self.site.setdefault(proxy, None)
        self.links: dict[str, tuple[str, ...]] = {each.name: each.links for each in topology.components.values() if each.links}
        """The sites that each link joins."""
        self.linked: tuple[str, ...] = tuple(dict.fromkeys(site for sites in self.links.values() for site in sites))
        self.hosts: dict[str, int] = {site: sum(host.site == site for host in topology.hosts.values()) for site in topology.sites}


PLACES = PerTopology(Places)


class Network:
    """The state of all ways. `silent` are endpoints that answer nobody; who owns them keeps it true."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.places = PLACES.of(world.topology)
        self._site = self.places.site
        self.silent: set[str] = set()
        self.cut_off: set[str] = set()
        """Sites that the outside does not reach."""
        self._part: dict[str, int] = {}
        """Of sites that have fallen apart, which reach each other; the outside is part 0."""
        self._partitioned: set[str] = set()
        self.cuts: dict[tuple[str, str], int] = {}
        self.lossy: dict[tuple[str, str], list[Loss]] = {}
        self.whole = True
        """Nothing is cut anywhere."""

    def reaches(self, sender: str, receiver: str) -> bool:
        """Say whether a packet of *sender* arrives at *receiver*, whether or not anybody is there to take it."""
        if self.whole or sender == receiver:
            return True
        if (sender, receiver) in self.cuts:
            return False
        if not self.cut_off:
            return True
        return self._part.get(self._site[sender] or "", 0) == self._part.get(self._site[receiver] or "", 0)

    def answers(self, asker: str, asked: str) -> bool:
        """Say whether *asked* takes a packet of *asker* and its answer arrives."""
        if asked in self.silent:
            return False
        return self.whole or (self.reaches(asker, asked) and self.reaches(asked, asker))

    def alive(self, endpoint: str) -> bool:
        """Say whether anybody is there to answer."""
        return endpoint not in self.silent

    def endpoints(self) -> Iterable[str]:
        """Return the names of all endpoints."""
        return self._site

    def partition(self, sites: Iterable[str]) -> None:
        """Note that *sites* are being cut off on purpose, until all links hold again."""
        self._partitioned.update(sites)

    def look_at_links(self) -> None:
        """Find out anew which sites reach each other."""
        holding = [sites for link, sites in self.places.links.items() if self._world.holds(link)]
        if len(holding) == len(self.places.links):
            self._partitioned.clear()
        parts: list[set[str]] = []
        for site in self.places.linked:
            joined = {site}.union(*(sites for sites in holding if site in sites))
            apart = [part for part in parts if part.isdisjoint(joined)]
            parts = [*apart, joined.union(*(part for part in parts if not part.isdisjoint(joined)))]
        parts.sort(key=self._with_outside)
        self._part = {site: number for number, part in enumerate(parts) for site in part}
        self.cut_off = {site for site, number in self._part.items() if number}
        self._note_whole()

    def _with_outside(self, part: set[str]) -> tuple[bool, int, int]:
        """Order the parts that sites have fallen into: the outside stays with the first."""
        hosts = sum(self.places.hosts[site] for site in part)
        return part <= self._partitioned, -hosts, min(map(self.places.linked.index, part))

    def cut(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Let nothing pass from the first to the second of each of *pairs*; cuts add up."""
        for pair in pairs:
            self.cuts[pair] = self.cuts.get(pair, 0) + 1
        self._note_whole()

    def heal(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Take back a cut of *pairs*."""
        for pair in pairs:
            if self.cuts[pair] == 1:
                del self.cuts[pair]
            else:
                self.cuts[pair] -= 1
        self._note_whole()

    def _note_whole(self) -> None:
        self.whole = not self.cuts and not self.cut_off

    def spoil(self, pairs: Iterable[tuple[str, str]], loss: Loss) -> None:
        """Let what goes from the first to the second of each of *pairs* suffer *loss*."""
        for pair in pairs:
            self.lossy.setdefault(pair, []).append(loss)

    def mend(self, pairs: Iterable[tuple[str, str]], loss: Loss) -> None:
        """Take back what `spoil` did."""
        for pair in pairs:
            self.lossy[pair].remove(loss)
            if not self.lossy[pair]:
                del self.lossy[pair]

    def travel_seconds(self, sender: str, receiver: str) -> float | None:
        """Draw how long a message of *sender* travels, sent again while it is lost; None when it is given up."""
        world = self._world
        seconds = JITTER_MIN_SECONDS + (JITTER_MAX_SECONDS - JITTER_MIN_SECONDS) * world.uniform(sender, receiver)
        if not self.lossy:
            return seconds
        share, jitter_seconds = self._loss(sender, receiver)
        wait_seconds = RESEND_SECONDS
        for _ in range(RESENT_MAX):
            if world.uniform(sender, f"loss to {receiver}") >= share:
                return seconds + jitter_seconds * world.uniform(sender, f"jitter to {receiver}")
            seconds += wait_seconds
            wait_seconds *= 2
        return None

    def is_lossy(self, sender: str, receiver: str) -> bool:
        """Say whether anything is lost between *sender* and *receiver*, either way."""
        return bool(self.lossy) and ((sender, receiver) in self.lossy or (receiver, sender) in self.lossy)

    def loses_probe(self, sender: str, receiver: str) -> bool:
        """Draw whether one question of *sender*, or its answer, is lost on the way."""
        there, _ = self._loss(sender, receiver)
        back, _ = self._loss(receiver, sender)
        return self._world.uniform(sender, f"probe of {receiver}") >= (1 - there) * (1 - back)

    def _loss(self, sender: str, receiver: str) -> tuple[float, float]:
        kept, jitter_seconds = 1.0, 0.0
        for loss in self.lossy.get((sender, receiver), ()):
            kept *= 1 - loss.share
            jitter_seconds += loss.jitter_seconds
        return 1 - kept, jitter_seconds
