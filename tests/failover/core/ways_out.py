"""Whether the orders that a halt names lead on, in a world in which nothing stands in their way any more."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from failover.core.events import OrderKind
from failover.core.states import WAYS_OUT, State
from tests.failover.core.search import OF_HOST, Place, Search
from tests.failover.core.tiny import HOSTS, OLD, Host, World, tidy

ORDERS_MAX = 3
"""So many orders, one after the other, have to be enough."""


@dataclass
class WaysOut:
    """What leads out of the halts that a search has come to."""

    search: Search
    _known: dict[tuple[Place, int], bool] = field(default_factory=dict)

    def halts(self) -> Iterator[Place]:
        """Yield every halt, those that differ in nothing but what may come late once."""
        seen = set()
        for place in self.search.came_from:
            if self.search.cores.cluster(place.core).state is State.HALTED:
                like = place.core, tuple(host._replace(guard=OLD) for host in place.world.hosts), place.world.serves()
                if like not in seen:
                    seen.add(like)
                    yield place

    def leads_out(self, place: Place) -> bool:
        """Say whether people who repair what is broken and give the orders that are named get a cluster that serves, or at least
        one that waits for its primary.
        """
        settled = (self.search.settle(Place(place.core, tidy(world))) for world in repaired(place.world))
        return any(self._leads_out(each, ORDERS_MAX) for each in settled)

    def _leads_out(self, place: Place, orders_left: int) -> bool:
        key = place, orders_left
        if key not in self._known:
            self._known[key] = self._try(place, orders_left)
        return self._known[key]

    def _try(self, place: Place, orders_left: int) -> bool:
        search, c = self.search, self.search.cores.cluster(place.core)
        if c.state in (State.SUSPECT, State.WAITING) or (c.state is State.WATCHING and place.world.serves()):
            return True
        if not orders_left or c.halted is None:
            return False
        for kind in WAYS_OUT[c.halted]:
            for host in HOSTS if kind in OF_HOST else (None,):
                if kind is OrderKind.CONFIRM_FENCED and host is not None and place.world.host(host).on:
                    continue
                after = search.ordered(place, kind, host)
                if after is not place and self._leads_out(search.settle(after), orders_left - 1):
                    return True
        return False


def repaired(world: World) -> Iterator[World]:
    """Yield *world* as it is, then with what people can do by hand: repair power and network, start databases, promote one."""
    yield world
    hosts = tuple(host._replace(on=True, cut=False) for host in world.hosts)
    yield world._replace(hosts=hosts)
    yield world._replace(hosts=tuple(host._replace(running=True) for host in hosts))
    for name in HOSTS:
        yield world._replace(hosts=tuple(_promoted(host, each == name) for each, host in zip(HOSTS, hosts, strict=True)))


def _promoted(host: Host, chosen: bool) -> Host:
    return host._replace(running=True, primary=True, receiving=False) if chosen else host
