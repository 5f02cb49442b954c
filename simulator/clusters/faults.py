"""What goes wrong around failovers: when it strikes, which commands it spoils, and when it heals."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from failover.core.commands import Command, CommandKind
from scenarios.model import Fault, FaultKind, Phase, Trigger
from simulator.clusters.controller_faults import ON_CONTROLLERS, ON_STORE, controllers_called, freeze
from simulator.clusters.member_faults import ON_MEMBERS
from simulator.clusters.network_faults import cut, spoil, unpower
from simulator.world import Step
from timeline.record import Kind

if TYPE_CHECKING:
    from simulator.clusters.clusters import Clusters

Heal = Callable[[], None]


class Awaited:
    """A fault that waits for a command to get somewhere."""

    __slots__ = ("seen", "strike", "trigger")

    def __init__(self, trigger: Trigger, strike: Callable[[], None]) -> None:
        self.trigger = trigger
        self.strike = strike
        self.seen = 0


class ClusterFaults:
    """The faults of a world that concern its clusters and their controllers."""

    def __init__(self, clusters: "Clusters") -> None:
        self._clusters = clusters
        self._world = clusters.world
        self._awaited: dict[tuple[CommandKind, Phase], list[Awaited]] = {}
        self._spoiled: dict[tuple[FaultKind, str], int] = {}
        """How many commands to a target will still be spoiled in some way."""
        self._reports: list[tuple[Fault, list[int]]] = []
        """Whose reports will be lost, and how many still."""

    def await_command(self, trigger: Trigger, strike: Callable[[], None]) -> None:
        """Let *strike* be called when the command of *trigger* gets there."""
        self._awaited.setdefault((trigger.command, trigger.phase), []).append(Awaited(trigger, strike))

    def reached(self, command: Command, phase: Phase) -> None:
        """Note that *command* has come as far as *phase*, and let strike what waited for that."""
        awaited = self._awaited.get((command.kind, phase), [])
        for each in awaited[:]:
            if each.trigger.cluster in (None, command.id.cluster):
                each.seen += 1
                if each.seen == each.trigger.nth:
                    awaited.remove(each)
                    each.strike()

    def spoils(self, kind: FaultKind, target: str) -> bool:
        """Say whether the command that *target* is carrying out is spoiled in the way of *kind*, and count it."""
        if not self._spoiled:
            return False
        left = self._spoiled.get((kind, target), 0)
        if left:
            self._spoiled[kind, target] = left - 1
        return left > 0

    def loses_report(self, command: Command) -> bool:
        """Say whether the report of *command* is lost, and count it."""
        for fault, left in self._reports:
            if left[0] and command.target in fault.targets and (not fault.commands or command.kind in fault.commands):
                left[0] -= 1
                return True
        return False

    def stop(self) -> None:
        """Let nothing more go wrong: neither what waits for a command, nor what would spoil one."""
        self._awaited.clear()
        self._spoiled.clear()
        self._reports.clear()
        for device in self._clusters.power.values():
            device.controls, device.strays = device.host, 0

    def strike(self, number: int, fault: Fault, because: int) -> None:
        """Bring *fault* about, and let it heal in time."""
        self._clusters.cause = because
        heals = [heal for heal in self._strike(fault) if heal is not None]
        if fault.for_seconds is not None and heals:
            self._world.schedule(fault.for_seconds, Step.FAULT_ENDS, number, partial(self._heal, fault, because, heals))

    def _heal(self, fault: Fault, because: int, heals: list[Heal]) -> None:
        name = fault.cause or fault.kind.value
        self._clusters.cause = self._world.record(Kind.FAULT, name, "healed", (because,), targets=list(fault.targets))
        for heal in heals:
            heal()

    def _strike(self, fault: Fault) -> list[Heal | None]:
        kind, clusters = fault.kind, self._clusters
        if kind in ON_MEMBERS:
            members = [member for host in fault.targets for member in clusters.members_on[host]]
            return [ON_MEMBERS[kind](clusters, fault, member) for member in members]
        if kind in ON_CONTROLLERS:
            controllers = [each for name in fault.targets for each in controllers_called(clusters, name)]
            return [ON_CONTROLLERS[kind](clusters, fault, each) for each in controllers]
        if kind in ON_STORE:
            return [ON_STORE[kind](clusters, fault)]
        match kind:
            case FaultKind.FREEZE:
                return [heal for name in fault.targets for heal in freeze(clusters, name)]
            case FaultKind.CUT:
                return [cut(clusters, fault)]
            case FaultKind.LOSSY:
                return [spoil(clusters, fault)]
            case FaultKind.FENCE_UNPOWERED:
                return [unpower(clusters, host) for host in fault.targets]
            case FaultKind.REPORT_LOST:
                self._reports.append((fault, [fault.times]))
            case FaultKind.ORDER:
                assert fault.order is not None
                clusters.operators.type(fault.order)
            case _:
                for target in fault.targets:
                    self._spoiled[kind, target] = self._spoiled.get((kind, target), 0) + fault.times
        return []
