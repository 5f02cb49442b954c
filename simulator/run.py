"""One simulated history: a response to an incident, from second 0 to the horizon."""

from collections.abc import Iterable

from scenarios.model import Response, Scenario
from simulator.clusters.clusters import Clusters
from simulator.clusters.watching import Watcher
from simulator.faults import Faults
from simulator.lives import Lives
from simulator.recovery import Recovery
from simulator.services import Services
from simulator.stock import Stores
from simulator.units import Units
from simulator.world import World
from timeline.record import Timeline
from timeline.results import WorkloadResult


class Run:
    """A world with everything that acts in it, ready to run. Its parts are open to whoever wants to look on.

    `clusters` is None where the topology has none. *watchers* look on while it runs.
    """

    def __init__(self, scenario: Scenario, response: Response, seed: int, run: int = 0, watchers: Iterable[Watcher] = ()) -> None:
        self.scenario = scenario
        self.response = response
        self.seed = seed
        self.world = World(response.topology, scenario.start, scenario.horizon_seconds, seed, run)
        self.stores = Stores(self.world)
        self.recovery = Recovery(self.world, self.stores)
        self.units = Units(self.world, self.recovery)
        self.faults = Faults(self.world, self.recovery, self.stores, self.units)
        self.clusters = self._clusters(watchers)
        self.services = Services(self.world)
        for number, fault in enumerate(scenario.incident):
            self.faults.expect(number, fault)
        if scenario.background:
            Lives(self.world, self.faults, self.units).begin()

    def _clusters(self, watchers: Iterable[Watcher]) -> Clusters | None:
        if not self.response.topology.clusters:
            return None
        clusters = Clusters(self.world, self.response.operator, watchers)
        self.faults.reach(clusters)
        return clusters

    def finish(self) -> tuple[Timeline, dict[str, WorkloadResult]]:
        """Let it happen; return what happened, and what became of the work."""
        self.world.run()
        workloads = self.services.finish()
        timeline = Timeline(
            scenario=self.scenario.name,
            response=self.response.name,
            start=self.scenario.start,
            horizon_seconds=self.scenario.horizon_seconds,
            seed=self.seed,
            services=tuple(self.response.topology.services),
            records=tuple(self.world.records),
        )
        return timeline, workloads
