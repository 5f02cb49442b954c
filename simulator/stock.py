"""Parts on the shelf: one for one. What is taken is ordered at once; what is not there is waited for, first come, first served.

At every moment the position, stock + on order − backorders, is the base stock; more only after a demand was withdrawn.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from simulator.world import Scheduled, Step, World
from timeline.record import Kind
from topology.model import Part


@dataclass(slots=True)
class Demand:
    """Someone who waits for *missing* units; told with the record of the delivery, or None when they were on the shelf."""

    missing: int
    supplied: Callable[[int | None], None]


@dataclass(slots=True, eq=False)
class Order:
    """Units under way, and the record of the order."""

    count: int
    arrives: float
    placed: int
    delivery: Scheduled | None = None


@dataclass(slots=True)
class Pool:
    """The units of one part at one site."""

    part: Part
    site: str
    base_stock: int
    stock: int
    number: int
    waiting: deque[Demand] = field(default_factory=deque)
    orders: list[Order] = field(default_factory=list)

    @property
    def on_order(self) -> int:
        """Units under way."""
        return sum(order.count for order in self.orders)

    @property
    def backorders(self) -> int:
        """Units that somebody waits for."""
        return sum(demand.missing for demand in self.waiting)

    @property
    def position(self) -> int:
        """What is here and to come, less what is owed."""
        return self.stock + self.on_order - self.backorders


class Stores:
    """All pools of a world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.pools: dict[tuple[str, str], Pool] = {}

    def pool(self, site: str | None, part: str) -> Pool:
        """Return the pool of *part* at *site*; one that the topology does not name has a base stock of 0."""
        place = site or ""
        pool = self.pools.get((place, part))
        if pool is None:
            topology = self._world.topology
            base_stock = topology.stock.get(place, {}).get(part, 0)
            pool = Pool(topology.parts[part], place, base_stock, base_stock, len(self.pools))
            self.pools[place, part] = pool
        return pool

    def demand(self, pool: Pool, count: int, because: int, supplied: Callable[[int | None], None]) -> Demand | None:
        """Take *count* units from *pool* and order up to its base stock again; call *supplied* when all units are there.

        Returns the demand while it waits, so that it can be withdrawn, and None when the shelf held enough.
        """
        taken = 0 if pool.waiting else min(count, pool.stock)  # while a delivery is handed out, nobody jumps the queue
        pool.stock -= taken
        demand = Demand(count - taken, supplied)
        if demand.missing:
            pool.waiting.append(demand)
        if (short := pool.base_stock - pool.position) > 0:
            self._order(pool, short, because)
        if demand.missing:
            return demand
        supplied(None)
        return None

    def withdraw(self, pool: Pool, demand: Demand, count: int, because: int) -> None:
        """Take back a *demand* for *count* units: what it was given goes to the next in line or on the shelf.

        What was ordered for it cannot be called off: the position stays above the base stock until later demands have used it.
        """
        pool.waiting.remove(demand)
        self._hand_out(pool, count - demand.missing, because)

    def delay(self, part: str, by_seconds: float, because: int) -> None:
        """Let everything of *part* that is on order arrive later."""
        for pool in self.pools.values():
            if pool.part.name == part:
                for order in pool.orders:
                    order.arrives += by_seconds
                    assert order.delivery is not None
                    order.delivery.cancel()
                    self._schedule(pool, order)
                    self._world.record(
                        Kind.ORDER,
                        part,
                        "delayed",
                        (because, order.placed),
                        site=pool.site,
                        count=order.count,
                        by_seconds=by_seconds,
                    )

    def _order(self, pool: Pool, count: int, because: int) -> None:
        assert pool.part.lead_time is not None  # checked with the topology
        world = self._world
        lead_time = world.draw(pool.part.lead_time, pool.part.name, f"lead time at {pool.site}")
        placed = world.record(Kind.ORDER, pool.part.name, "placed", (because,), site=pool.site, count=count)
        order = Order(count, world.now + lead_time, placed)
        pool.orders.append(order)
        self._schedule(pool, order)

    def _schedule(self, pool: Pool, order: Order) -> None:
        order.delivery = self._world.schedule(
            order.arrives - self._world.now, Step.ORDER_ARRIVES, pool.number, lambda: self._arrive(pool, order)
        )

    def _arrive(self, pool: Pool, order: Order) -> None:
        pool.orders.remove(order)
        arrived = self._world.record(
            Kind.ORDER, pool.part.name, "arrived", (order.placed,), site=pool.site, count=order.count, stage="part"
        )
        self._hand_out(pool, order.count, arrived)

    def _hand_out(self, pool: Pool, count: int, because: int) -> None:
        """Give *count* units to those who wait, in order; who is supplied may at once demand more."""
        pool.stock += count
        while pool.stock and pool.waiting:
            demand = pool.waiting[0]
            given = min(pool.stock, demand.missing)
            demand.missing -= given
            pool.stock -= given
            if not demand.missing:
                pool.waiting.popleft()
                demand.supplied(because)
