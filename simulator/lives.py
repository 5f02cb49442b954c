"""What fails by itself: hosts, components and sites by their laws, units of parts by theirs, several at once by common causes."""

from simulator.faults import LIFE, Faults
from simulator.ground import Slot
from simulator.units import Units
from simulator.world import Scheduled, Step, World
from timeline.record import Kind
from topology.laws import Law, quantile, remaining
from topology.model import CommonCause, Component, Host, Site


class Lives:
    """Lets a world fail lawfully. Initial ages are stationary: everything has been running for ever."""

    def __init__(self, world: World, faults: Faults, units: Units) -> None:
        self._world = world
        self._faults = faults
        self._units = units
        self._ends: dict[Slot, Scheduled] = {}

    def begin(self) -> None:
        """Schedule the first failure of everything that has a law."""
        topology = self._world.topology
        entities: list[Site | Component | Host] = [
            *topology.sites.values(),
            *topology.components.values(),
            *topology.hosts.values(),
        ]
        for entity in entities:
            if entity.fails is not None:
                self._live(entity.name, entity.fails, first=True)
        self._units.lost = self._unit_lost
        self._units.fitted = self._unit_fitted
        for host in topology.hosts.values():
            for part in host.parts:
                for slot in self._units.working(host, part):
                    self._live_unit(slot, first=True)
        for number, cause in enumerate(topology.common_causes.values()):
            self._await(number, cause)

    def _draw(self, law: Law, entity: str, cause: str, first: bool) -> float:
        uniform = self._world.uniform(entity, cause)
        return remaining(law, uniform) if first else quantile(law, uniform)

    def _live(self, name: str, law: Law, first: bool) -> None:
        world = self._world

        def ends() -> None:
            record = world.record(Kind.FAULT, name, "fail", (), targets=[name])
            self._faults.fail(name, LIFE, (record,), then=lambda: self._live(name, law, first=False))

        world.schedule(self._draw(law, name, LIFE, first), Step.LIFE_ENDS, world.node(name), ends)

    def _live_unit(self, slot: Slot, first: bool) -> None:
        name, part, number = slot
        world = self._world
        law = world.topology.parts[part].life
        if law is not None:
            in_seconds = self._draw(law, name, f"{part} in slot {number}", first)
            self._ends[slot] = world.schedule(
                in_seconds, Step.LIFE_ENDS, world.unit_number(slot), lambda: self._units.fail(slot, ())
            )

    def _unit_lost(self, slot: Slot) -> None:
        if (scheduled := self._ends.pop(slot, None)) is not None:
            scheduled.cancel()

    def _unit_fitted(self, slot: Slot) -> None:
        self._live_unit(slot, first=False)

    def _await(self, number: int, cause: CommonCause) -> None:
        world = self._world
        in_seconds = world.draw(cause.law, cause.name, "common cause")
        world.schedule(in_seconds, Step.COMMON_CAUSE, number, lambda: self._strike(number, cause))

    def _strike(self, number: int, cause: CommonCause) -> None:
        world = self._world
        hosts = [world.topology.hosts[name] for name in world.topology.select(cause.of)]
        record = world.record(Kind.FAULT, cause.name, "fail", (), targets=[], parts=dict(cause.fails))
        for part, count in cause.fails.items():
            slots = [slot for host in hosts if part in host.parts for slot in self._units.working(host, part)]
            for _ in range(min(count, len(slots))):
                chosen = int(world.uniform(cause.name, f"which {part}") * len(slots))
                self._units.fail(slots.pop(chosen), (record,))
        self._await(number, cause)
