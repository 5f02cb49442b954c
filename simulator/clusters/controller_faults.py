"""Faults of controllers and of their store. Each returns how it heals, None where it does not."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from failover.core.events import Woken
from scenarios.model import LEADER, Fault, FaultKind
from simulator.clusters.controllers import Controller
from simulator.clusters.machines import Machine

if TYPE_CHECKING:
    from simulator.clusters.clusters import Clusters

Heal = Callable[[], None]


def controllers_called(clusters: "Clusters", name: str) -> list[Controller]:
    """Return the controller called *name*: the leader by that word, while there is one."""
    return clusters.leading()[:1] if name == LEADER else [clusters.controllers[name]]


def freeze(clusters: "Clusters", name: str) -> list[Heal]:
    """Let a host, or a controller that has a place of its own, stand still."""
    if name == LEADER:
        return [heal for each in clusters.leading()[:1] for heal in freeze(clusters, each.name)]
    if name in clusters.machines.by_name:
        return [_freeze_machine(clusters, clusters.machines.by_name[name])]
    if name in clusters.controllers:
        return [_freeze_process(clusters, clusters.controllers[name])]
    return []  # a host that no cluster has anything to do with


def _freeze_machine(clusters: "Clusters", machine: Machine) -> Heal:
    incarnation = clusters.machines.freeze(machine)
    clusters.machine_changed(machine)
    clusters.tell_changed()

    def thaw() -> None:
        clusters.machines.thaw(machine, incarnation)
        if not machine.runs or machine.incarnation != incarnation:
            return
        controller = clusters.controllers.get(machine.name)
        if controller is not None and controller.frozen:
            controller.thaw()
        clusters.machine_changed(machine)
        clusters.targets.go_on(machine.name)
        clusters.targets.deliver()
        clusters.boot.ask_again()
        clusters.tell_changed()

    return thaw


def _freeze_process(clusters: "Clusters", controller: Controller) -> Heal:
    controller.freeze()
    session = controller.session
    clusters.controller_changed(controller)

    def thaw() -> None:
        if controller.session == session:
            controller.thaw()
            clusters.controller_changed(controller)
            clusters.targets.deliver()

    return thaw


def kill_controller(clusters: "Clusters", _fault: Fault, controller: Controller) -> Heal:
    """Let its process end at once, and begin again if its host runs by then."""
    controller.die()
    clusters.controller_changed(controller)

    def revive() -> None:
        machine = clusters.machines.by_name.get(controller.name)
        if machine is None or machine.on:
            controller.restart()
            clusters.controller_changed(controller)

    return revive


def disk_full(clusters: "Clusters", _fault: Fault, controller: Controller) -> Heal:
    """Let it write nothing more."""
    controller.disk_full += 1

    def heal() -> None:
        controller.disk_full -= 1
        clusters.lease.review()

    return heal


def torn_write(_clusters: "Clusters", _fault: Fault, controller: Controller) -> Heal:
    """Let its next write be cut short."""
    controller.torn += 1

    def heal() -> None:
        controller.torn = max(0, controller.torn - 1)

    return heal


def clock_step(_clusters: "Clusters", fault: Fault, controller: Controller) -> None:
    """Set its wall clock wrong."""
    controller.clock.jump(fault.by_seconds)


def clock_rate(_clusters: "Clusters", fault: Fault, controller: Controller) -> None:
    """Let its monotonic clock run too fast or too slow."""
    controller.clock.run_at(fault.rate)
    controller.tell(Woken)


def store_down(clusters: "Clusters", _fault: Fault) -> Heal:
    """Let the store answer nobody."""
    clusters.store.down += 1
    clusters.store_changed()

    def heal() -> None:
        clusters.store.down -= 1
        clusters.store_changed()

    return heal


def store_leaderless(clusters: "Clusters", _fault: Fault) -> Heal:
    """Let the store answer, and grant and take nothing."""
    clusters.store.leaderless += 1
    clusters.store_changed()

    def heal() -> None:
        clusters.store.leaderless -= 1
        clusters.store_changed()

    return heal


def store_slow(clusters: "Clusters", fault: Fault) -> Heal:
    """Let every write take longer."""

    def add(seconds: float) -> None:
        clusters.store.slow_seconds = max(0.0, clusters.store.slow_seconds + seconds)
        clusters.store_changed()

    add(fault.by_seconds)
    return lambda: add(-fault.by_seconds)


def store_restored(clusters: "Clusters", fault: Fault) -> None:
    """Let the store go back to an old copy. Who watched it until now remembers how long the journal was."""
    for controller in clusters.controllers.values():
        if controller.in_contact:
            controller.remember()
    clusters.store.restore(clusters.world.now - fault.by_seconds)
    clusters.lease.take()
    clusters.store_changed()


def lease_lost(clusters: "Clusters", _fault: Fault) -> None:
    """Let the leader lose its lease at once."""
    clusters.lease.take()
    clusters.store_changed()


ON_CONTROLLERS: dict[FaultKind, Callable[["Clusters", Fault, Controller], Heal | None]] = {
    FaultKind.KILL_CONTROLLER: kill_controller,
    FaultKind.DISK_FULL: disk_full,
    FaultKind.TORN_WRITE: torn_write,
    FaultKind.CLOCK_STEP: clock_step,
    FaultKind.CLOCK_RATE: clock_rate,
}
ON_STORE: dict[FaultKind, Callable[["Clusters", Fault], Heal | None]] = {
    FaultKind.STORE_DOWN: store_down,
    FaultKind.STORE_LEADERLESS: store_leaderless,
    FaultKind.STORE_SLOW: store_slow,
    FaultKind.STORE_RESTORED: store_restored,
    FaultKind.LEASE_LOST: lease_lost,
}
