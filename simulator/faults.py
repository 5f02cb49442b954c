"""How hosts, components and sites fail: by a fault or a law, and by the loss of what they are made of; and how that is mended."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from scenarios.model import Fault, FaultKind
from simulator.clusters.clusters import Clusters
from simulator.recovery import Job, Recovery
from simulator.stock import Stores
from simulator.units import Units
from simulator.world import Step, World
from timeline.record import Kind
from topology.model import Component, Host, Site, Stage

FAULT, LIFE, NEEDS = "fault", "life", "needs"
"""Reasons to have failed: by a fault, by its own law, by the loss of what it is made of."""


@dataclass(frozen=True, slots=True, eq=False)
class _Failure:
    """Something failed and on the way back; `over` is called once it has ended, however it did."""

    job: Job
    over: Callable[[], None]


class Faults:
    """Brings failures into a world and starts the recovery from each."""

    def __init__(self, world: World, recovery: Recovery, stores: Stores, units: Units) -> None:
        self._world = world
        self._recovery = recovery
        self._stores = stores
        self._units = units
        self._clusters: Clusters | None = None
        self._failures: dict[tuple[str, str], _Failure] = {}
        topology = world.topology
        self._entities: dict[str, Site | Component | Host] = {**topology.sites, **topology.components, **topology.hosts}
        for entity in self._entities.values():
            gate = world.structure.gate.get(world.node(entity.name))
            if gate is not None and entity.recover:
                world.watch(gate, partial(self._made_of_changed, entity.name))

    def reach(self, clusters: Clusters) -> None:
        """Concern *clusters* too, in what only they suffer from."""
        self._clusters = clusters
        clusters.fail = lambda host, because: self.fail(host, FAULT, because)

    def expect(self, number: int, fault: Fault) -> None:
        """Let *fault*, the *number*-th of the incident, come at its time, or when the command comes that it waits for."""
        if fault.when is None:
            self._world.schedule(fault.at_seconds, Step.FAULT, number, lambda: self._strike(number, fault))
        elif self._clusters is not None:
            self._clusters.faults.await_command(fault.when, lambda: self._strike(number, fault))

    def _strike(self, number: int, fault: Fault) -> None:
        world = self._world
        because = (world.record(Kind.FAULT, fault.cause or fault.kind.value, fault.kind.value, targets=list(fault.targets)),)
        match fault.kind:
            case FaultKind.FAIL:
                for name in fault.targets:
                    self.fail(name, FAULT, because, fault.recover, fault.consumes)
            case FaultKind.RESTORE:
                for name in fault.targets:
                    self._restore(name, because[0])
            case FaultKind.PARTITION:
                if self._clusters is not None:
                    self._clusters.network.partition(fault.targets)
                for component in world.topology.components.values():
                    if set(component.links) & set(fault.targets):
                        self.fail(component.name, FAULT, because, fault.recover)
            case FaultKind.FLAP:
                self._flap(number, fault, fault.times, because)
            case FaultKind.DELAY:
                for part in fault.targets:
                    self._stores.delay(part, fault.by_seconds, because[0])
            case _:
                assert self._clusters is not None, f"nothing here can suffer '{fault.kind}'"
                self._clusters.faults.strike(number, fault, because[0])

    def fail(
        self,
        name: str,
        reason: str,
        because: Sequence[int],
        recover: Sequence[Stage] | None = None,
        consumes: Mapping[str, int] | None = None,
        then: Callable[[], None] | None = None,
    ) -> None:
        """Let *name* fail for *reason* and start its recovery; *then* is called when the failure has ended, however it did.

        What fails already for that reason is left alone; so is what has lost what it is made of, and will be recovered with it.
        """
        world = self._world
        node = world.node(name)
        gate = world.structure.gate.get(node)
        if (name, reason) in self._failures or (gate is not None and self._entities[name].recover and not world.state.up[gate]):
            if then is not None:
                then()
            return
        world.break_(name, reason, because)
        slots = self._units.consume(name, consumes or {})
        last = max((*because, world.last_record(node)))
        stages = self._entities[name].recover if recover is None else recover

        def over() -> None:
            self._units.refit(slots)
            if then is not None:
                then()

        def done(record: int) -> None:
            self._failures.pop((name, reason)).over()
            world.mend(name, reason, (record,))

        self._failures[name, reason] = _Failure(self._recovery.begin(name, stages, (last,), done, consumes), over)

    def _restore(self, name: str, because: int) -> None:
        """End every failure of *name*; but what has lost what it is made of cannot come back without it."""
        world = self._world
        gate = world.structure.gate.get(world.node(name))
        whole = gate is None or world.state.up[gate]
        for reason in (FAULT, LIFE, NEEDS) if whole else (FAULT, LIFE):
            self._cut_short(name, reason, because)
            world.mend(name, reason, (because,))

    def _cut_short(self, name: str, reason: str, because: int) -> None:
        """Give up the recovery of *name* from its failure for *reason*, if there is one."""
        failure = self._failures.pop((name, reason), None)
        if failure is not None:
            self._recovery.abandon(failure.job, because)
            failure.over()

    def _flap(self, number: int, fault: Fault, left: int, because: tuple[int, ...]) -> None:
        world = self._world
        reason = f"flap {number}"
        for name in fault.targets:
            world.break_(name, reason, because)

        def back() -> None:
            record = world.record(Kind.FAULT, fault.cause or "flap", "restore", because, targets=list(fault.targets))
            for name in fault.targets:
                world.mend(name, reason, (record,))
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
            if (name, NEEDS) not in self._failures:

                def done(record: int) -> None:
                    del self._failures[name, NEEDS]
                    world.mend(name, NEEDS, (record,))

                job = self._recovery.begin(name, self._entities[name].recover, world.causes(node, True), done)
                self._failures[name, NEEDS] = _Failure(job, lambda: None)
            return
        world.break_(name, NEEDS, world.causes(node, False))
        for each in (FAULT, LIFE, NEEDS):
            failure = self._failures.get((name, each))
            if failure is not None and failure.job.stages:
                self._cut_short(name, each, world.last_record(node))
                if each != NEEDS:
                    world.mend(name, each, ())  # it will come back whole with what it is made of
