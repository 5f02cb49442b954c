"""How hosts, components and sites fail: by a fault or a law, and by the loss of what they are made of; and how that is mended."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from scenarios.model import Fault, FaultKind
from simulator.recovery import Job, Recovery
from simulator.stock import Stores
from simulator.units import Units
from simulator.world import Step, World
from timeline.record import Kind
from topology.model import Component, Host, Site, Stage

_NEEDS = "needs"
"""The reason to have failed of what has lost what it is made of."""


class Faults:
    """Brings failures into a world and starts the recovery from each."""

    def __init__(self, world: World, recovery: Recovery, stores: Stores, units: Units) -> None:
        self._world = world
        self._recovery = recovery
        self._stores = stores
        self._units = units
        self._jobs: dict[tuple[str, str], Job] = {}
        topology = world.topology
        self._entities: dict[str, Site | Component | Host] = {**topology.sites, **topology.components, **topology.hosts}
        for entity in self._entities.values():
            gate = world.structure.gate.get(world.node(entity.name))
            if gate is not None and entity.recover:
                world.watch(gate, partial(self._made_of_changed, entity.name))

    def expect(self, number: int, fault: Fault) -> None:
        """Let *fault*, the *number*-th of the incident, come at its time."""
        self._world.schedule(fault.at_seconds, Step.FAULT, number, lambda: self._strike(number, fault))

    def _strike(self, number: int, fault: Fault) -> None:
        world = self._world
        because = (world.record(Kind.FAULT, fault.cause or fault.kind.value, fault.kind.value, targets=list(fault.targets)),)
        match fault.kind:
            case FaultKind.FAIL:
                for name in fault.targets:
                    self.fail(name, "fault", because, fault.recover, fault.consumes)
            case FaultKind.RESTORE:
                for name in fault.targets:
                    self._restore(name, because[0])
            case FaultKind.PARTITION:
                for component in world.topology.components.values():
                    if set(component.links) & set(fault.targets):
                        self.fail(component.name, "fault", because, fault.recover)
            case FaultKind.FLAP:
                self._flap(number, fault, fault.times, because)
            case FaultKind.DELAY:
                for part in fault.targets:
                    self._stores.delay(part, fault.by_seconds, because[0])

    def fail(
        self,
        name: str,
        reason: str,
        because: Sequence[int],
        recover: Sequence[Stage] | None = None,
        consumes: Mapping[str, int] | None = None,
        then: Callable[[], None] | None = None,
    ) -> None:
        """Let *name* fail for *reason* and start its recovery, after which *then* is called.

        What fails already for that reason is left alone; so is what has lost what it is made of, and will be recovered with it.
        """
        world = self._world
        node = world.node(name)
        gate = world.structure.gate.get(node)
        if (name, reason) in self._jobs or (gate is not None and self._entities[name].recover and not world.state.up[gate]):
            return
        world.break_(name, reason, because)
        slots = self._units.consume(name, consumes or {})
        last = max((*because, world.last_record(node)))
        stages = self._entities[name].recover if recover is None else recover

        def done(record: int) -> None:
            del self._jobs[name, reason]
            self._units.refit(slots)
            world.mend(name, reason, (record,))
            if then is not None:
                then()

        self._jobs[name, reason] = self._recovery.begin(name, stages, (last,), done, consumes)

    def _restore(self, name: str, because: int) -> None:
        job = self._jobs.pop((name, "fault"), None)
        if job is not None:
            self._recovery.abandon(job, because)
        self._world.mend(name, "fault", (because,))

    def _flap(self, number: int, fault: Fault, left: int, because: tuple[int, ...]) -> None:
        world = self._world
        for name in fault.targets:
            world.break_(name, "flap", because)

        def back() -> None:
            record = world.record(Kind.FAULT, fault.cause or "flap", "restore", because, targets=list(fault.targets))
            for name in fault.targets:
                world.mend(name, "flap", (record,))
            if left > 1:
                world.schedule(fault.up_seconds, Step.FAULT, number, again)

        def again() -> None:
            record = world.record(Kind.FAULT, fault.cause or "flap", "flap", because, targets=list(fault.targets))
            self._flap(number, fault, left - 1, (record,))

        world.schedule(fault.down_seconds, Step.FAULT_ENDS, number, back)

    def _made_of_changed(self, name: str, holds: bool) -> None:
        """Begin the recovery of *name* whenever what it is made of has come back; give it up when that is lost."""
        world = self._world
        node = world.node(name)
        if holds:
            if (name, _NEEDS) not in self._jobs:

                def done(record: int) -> None:
                    del self._jobs[name, _NEEDS]
                    world.mend(name, _NEEDS, (record,))

                self._jobs[name, _NEEDS] = self._recovery.begin(name, self._entities[name].recover, world.causes(node, True), done)
            return
        world.break_(name, _NEEDS, world.causes(node, False))
        for each in ("fault", "life", _NEEDS):
            job = self._jobs.get((name, each))
            if job is not None and job.stages:
                del self._jobs[name, each]
                self._recovery.abandon(job, world.last_record(node))
                if each != _NEEDS:
                    world.mend(name, each, ())  # it will come back whole with what it is made of
