"""How services are: down, stale, backlogged or up, by their gates, the services they read, their old copies and their backlogs."""

from functools import partial

from simulator.workloads import NEVER, Fluid
from simulator.world import Scheduled, Step, World
from timeline.record import AVAILABLE, Kind, ServiceState
from timeline.results import WorkloadResult
from topology.model import Service


class Services:
    """All services of a world, and the work that arrives at them."""

    def __init__(self, world: World) -> None:
        self._world = world
        topology = world.topology
        self.states = dict.fromkeys(topology.services, ServiceState.UP)
        self.fluids = {each.name: Fluid(each, world.start, world.horizon_seconds) for each in topology.workloads.values()}
        self._latest: dict[str, int] = {}
        self._without_since: dict[str, float] = {}
        self._copy_ready: dict[str, Scheduled] = {}
        self._clearing: dict[str, Scheduled] = {}
        self._readers: dict[str, list[str]] = {name: [] for name in topology.services}
        for service in topology.services.values():
            for source in service.reads:
                self._readers[source].append(service.name)
            world.watch(world.node(service.name), partial(self._gate_changed, service))

    def finish(self) -> dict[str, WorkloadResult]:
        """Return what became of all work by the horizon."""
        return {name: fluid.finish(self._world.horizon_seconds) for name, fluid in self.fluids.items()}

    def _gate_changed(self, service: Service, _holds: bool) -> None:
        self._update(service)

    def _update(self, service: Service) -> None:
        state = self._state_of(service)
        before = self.states[service.name]
        if state is ServiceState.UP and before in AVAILABLE:
            return
        if state is not before:
            self._turn(service, state, self._because(service, state), "other")

    def _state_of(self, service: Service) -> ServiceState:
        """Say how *service* is, its backlog aside; note since when it has been without its needs or sources."""
        sources = {self.states[source] for source in service.reads}
        world = self._world
        lacking = not world.holds(service.name) or ServiceState.DOWN in sources
        if not lacking:
            self._without_since.pop(service.name, None)
            if (scheduled := self._copy_ready.pop(service.name, None)) is not None:
                scheduled.cancel()
            return ServiceState.STALE if ServiceState.STALE in sources else ServiceState.UP
        since = self._without_since.setdefault(service.name, world.now)
        if service.fallback is None:
            return ServiceState.DOWN
        ready_in = since + service.fallback.after_seconds - world.now
        if ready_in <= 0:
            return ServiceState.STALE
        if service.name not in self._copy_ready:
            number = world.node(service.name)
            self._copy_ready[service.name] = world.schedule(ready_in, Step.COPY_READY, number, partial(self._use_copy, service))
        return ServiceState.DOWN

    def _use_copy(self, service: Service) -> None:
        if self.states[service.name] is ServiceState.DOWN:
            self._turn(service, ServiceState.STALE, [self._latest[service.name]], "fallback")

    def _because(self, service: Service, state: ServiceState) -> list[int]:
        """The records that explain *state*: of what it hangs on and of what it reads."""
        world = self._world
        node = world.node(service.name)
        since = self._latest.get(service.name, -1)
        up = state is ServiceState.UP
        found = [record for record in world.causes(node, up) if not up or record > since]
        for source in service.reads:
            record = self._latest.get(source, -1)
            well = self.states[source] in AVAILABLE
            if record >= 0 and well == up and (not up or record > since):
                found.append(record)
        return found

    def _turn(self, service: Service, state: ServiceState, because: list[int], stage: str) -> None:
        """Let *service* turn to *state* (UP becomes BACKLOGGED while work is behind), and tell its work and its readers."""
        world = self._world
        fluids = [fluid for fluid in self.fluids.values() if fluid.workload.service == service.name]
        for fluid in fluids:
            fluid.turn(state, world.now)
        if (clearing := self._clearing.pop(service.name, None)) is not None:
            clearing.cancel()
        if state is ServiceState.UP and any(fluid.behind for fluid in fluids):
            state = ServiceState.BACKLOGGED
        self.states[service.name] = state
        self._latest[service.name] = world.record(Kind.SERVICE, service.name, state.value, because, stage=stage)
        if state is ServiceState.BACKLOGGED:
            self._clear_next(service, fluids)
        for reader in self._readers[service.name]:
            self._update(world.topology.services[reader])

    def _clear_next(self, service: Service, fluids: list[Fluid]) -> None:
        """Schedule the moment at which the next of *fluids* has worked off what is behind."""
        behind = [fluid for fluid in fluids if fluid.behind]
        soonest = min(behind, key=Fluid.clears_at)
        at = soonest.clears_at()
        if at == NEVER:
            return
        world = self._world
        number = world.node(service.name)
        then = partial(self._cleared, service, fluids, soonest)
        self._clearing[service.name] = world.schedule(max(0.0, at - world.now), Step.BACKLOG_CLEARED, number, then)

    def _cleared(self, service: Service, fluids: list[Fluid], fluid: Fluid) -> None:
        world = self._world
        latest = self._latest[service.name]
        fluid.clear(world.now)
        cleared = world.record(Kind.WORKLOAD, fluid.workload.name, "cleared", (latest,), peak=fluid.peak)
        if any(each.behind for each in fluids):
            self._clear_next(service, fluids)
        else:
            self.states[service.name] = ServiceState.UP
            self._latest[service.name] = world.record(Kind.SERVICE, service.name, ServiceState.UP.value, (latest, cleared))
