"""The reference engine of `simulate`: the world of a replay on SimPy, without incident and controllers; things fail by law.

What it does, the kernel does too, transition by transition; who doubts the kernel reads this.
"""

from collections.abc import Callable
from typing import Any

from simulator.faults import Faults
from simulator.lives import Lives
from simulator.plant.ages import remaining
from simulator.plant.plant import Plan
from simulator.recovery import Recovery
from simulator.reference.switchovers import Switchovers
from simulator.services import Services
from simulator.stock import Demand, Pool, Stores
from simulator.units import Units
from simulator.world import Scheduled, Step, World
from timeline.results import WorkloadResult
from topology.laws import Law, quantile


class History:
    """One history of a plan, ready to happen. Its parts are open to whoever wants to look on."""

    def __init__(self, plan: Plan, seed: int, run: int) -> None:
        self.plan = plan
        self.world = CountingWorld(plan.topology, plan.start, plan.horizon_seconds, seed, run)
        self.stores = CountingStores(self.world)
        self.recovery = Recovery(self.world, self.stores)
        self.units = Units(self.world, self.recovery)
        self.faults = Faults(self.world, self.recovery, self.stores, self.units)
        self.switchovers = Switchovers(self.world, plan.switchovers)
        self.services = Services(self.world)
        TabulatedLives(self.world, self.faults, self.units, plan).begin()

    def happen(self) -> dict[str, WorkloadResult]:
        """Let everything happen that happens before the horizon; return what became of all work."""
        self.world.run()
        return self.services.finish()


class CountingWorld(World):
    """A world that counts its transitions."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.transitions = 0

    def schedule(self, in_seconds: float, step: Step, number: int, then: Callable[[], None]) -> Scheduled:
        """Let *then* happen after *in_seconds*, and be counted."""

        def counted() -> None:
            self.transitions += 1
            then()

        return super().schedule(in_seconds, step, number, counted)


class CountingStores(Stores):
    """Stores that count, for each pool, how often a unit was wanted and how often none was there."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.demands: dict[tuple[str, str], int] = {}
        self.stock_outs: dict[tuple[str, str], int] = {}

    def demand(self, pool: Pool, count: int, because: int, supplied: Callable[[int | None], None]) -> Demand | None:
        """Take units from *pool*, as every store does."""
        place = (pool.site, pool.part.name)
        demand = super().demand(pool, count, because, supplied)
        self.demands[place] = self.demands.get(place, 0) + 1
        self.stock_outs[place] = self.stock_outs.get(place, 0) + (demand is not None)
        return demand


class TabulatedLives(Lives):
    """Lives whose first ends are read from the tables of the plan, as the kernel reads them."""

    def __init__(self, world: World, faults: Faults, units: Units, plan: Plan) -> None:
        super().__init__(world, faults, units)
        self._ages = plan.ages

    def _draw(self, law: Law, entity: str, cause: str, first: bool) -> float:
        uniform = self._world.uniform(entity, cause)
        return remaining(law, self._ages[law], uniform) if first else quantile(law, uniform)
