"""What a scenario's incident does to real hosts: each fault as what is done to them, when, and what is done when it is over.

Not everything can be drilled. What cannot is refused by name before anything is touched.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple, Protocol

from lab import ways
from lab.errors import LabError
from lab.hosts import Lab
from lab.layout import Role
from lab.power import Wiring, wire
from lab.services.database import UNIT
from scenarios.model import CLIENTS, LEADER, Fault, FaultKind, Order
from topology.laws import quantile
from topology.model import Host, StageKind, Topology

BY_ITSELF = "by itself"


class Scene(Protocol):
    """Where an incident happens: the hosts, and the controller who is to meet it."""

    @property
    def lab(self) -> Lab:
        """Return the hosts."""

    def order(self, order: Order) -> None:
        """Type *order*."""

    def kill_controller(self) -> None:
        """End the controller's process at once."""

    def start_controller(self) -> None:
        """Start it again."""

    def let_promotions_lie(self, hosts: Sequence[str], times: int) -> None:
        """Let the next *times* promotions of each of *hosts* do nothing, and be reported as done."""


Deed = Callable[[Scene], None]


class Act(NamedTuple):
    """Something that is done at a moment after the start of the scenario. *over* says that it ends a fault."""

    at_seconds: float
    kind: FaultKind
    targets: tuple[str, ...]
    do: Deed
    cause: str = ""
    over: bool = False


def acts(incident: Sequence[Fault], topology: Topology) -> tuple[Act, ...]:
    """Return what *incident* does to the hosts of *topology*, in time. Raises LabError for all that cannot be drilled."""
    problems = [problem for fault in incident for problem in _problems(fault)]
    if problems:
        raise LabError("; ".join(problems))
    found = [act for fault in incident for act in _DRILLED[fault.kind](fault, topology)]
    return tuple(sorted(found, key=lambda act: act.at_seconds))


def _problems(fault: Fault) -> Iterator[str]:
    if fault.when is not None:
        yield f"'{fault.kind}' {fault.moment()} cannot be drilled: only a replay can strike in the midst of a command"
    elif fault.kind not in _DRILLED:
        yield f"'{fault.kind}' cannot be drilled; on real hosts there are {', '.join(_DRILLED)}"


def _each(fault: Fault, hosts: Sequence[str], do: Callable[[Lab, str], None], undo: Callable[[Lab, str], None]) -> Iterator[Act]:
    """Yield *do* to all *hosts*, and *undo* when the fault is over."""

    def to_all(deed: Callable[[Lab, str], None], scene: Scene) -> None:
        for host in hosts:
            deed(scene.lab, host)

    yield Act(fault.at_seconds, fault.kind, tuple(hosts), partial(to_all, do), fault.cause)
    if fault.for_seconds is not None:
        yield Act(fault.at_seconds + fault.for_seconds, fault.kind, tuple(hosts), partial(to_all, undo), BY_ITSELF, over=True)


def _fail(fault: Fault, topology: Topology) -> Iterator[Act]:
    """Cut the power of hosts, or of all that hang on a component; each comes on again when its recovery has passed."""
    hosts = tuple(dict.fromkeys(host for target in fault.targets for host in _hosts_of(target, topology)))
    yield from _each(fault, hosts, _off, _on)
    for host in hosts:
        seconds = _recovery_seconds(fault, topology.hosts[host])
        if seconds is not None:
            at_seconds = fault.at_seconds + seconds
            yield Act(at_seconds, fault.kind, (host,), partial(_switch_on, host), "its recovery", over=True)


def _switch_on(host: str, scene: Scene) -> None:
    scene.lab.on(host)


def _recovery_seconds(fault: Fault, host: Host) -> float | None:
    """Return when *host* is whole again, by the middle of each wait; None where that takes parts or people."""
    stages = host.recover if fault.recover is None else fault.recover
    if not stages or any(stage.kind is not StageKind.WAIT or stage.law is None for stage in stages):
        return None
    return sum(quantile(stage.law, 0.5) for stage in stages if stage.law is not None)


def _hosts_of(target: str, topology: Topology) -> Sequence[str]:
    if target in topology.hosts:
        return (target,)
    return [host.name for host in topology.hosts.values() if target in host.uses or target == host.site]


def _return_power(fault: Fault, _topology: Topology) -> Iterator[Act]:
    yield from _each(fault, fault.targets, _on, _off)


def _restore(fault: Fault, topology: Topology) -> Iterator[Act]:
    hosts = tuple(dict.fromkeys(host for target in fault.targets for host in _hosts_of(target, topology)))
    yield from _each(fault, hosts, _on, _off)


def _freeze(fault: Fault, _topology: Topology) -> Iterator[Act]:
    yield from _each(fault, fault.targets, _freeze_host, _thaw)


def _kill_process(fault: Fault, _topology: Topology) -> Iterator[Act]:
    yield from _each(fault, fault.targets, partial(_signal, "SIGKILL"), _nothing)


def _hang_process(fault: Fault, _topology: Topology) -> Iterator[Act]:
    yield from _each(fault, fault.targets, partial(_signal, "SIGSTOP"), partial(_signal, "SIGCONT"))


def _signal(signal: str, lab: Lab, host: str) -> None:
    lab.inside(host, "systemctl", "kill", f"--signal={signal}", UNIT)


def _off(lab: Lab, host: str) -> None:
    lab.off(host)


def _on(lab: Lab, host: str) -> None:
    lab.on(host)


def _freeze_host(lab: Lab, host: str) -> None:
    lab.freeze(host)


def _thaw(lab: Lab, host: str) -> None:
    lab.thaw(host)


def _cut_off(lab: Lab, host: str) -> None:
    lab.cut(host)


def _heal(lab: Lab, host: str) -> None:
    lab.heal(host)


def _nothing(_lab: Lab, _host: str) -> None:
    """A process that was killed is not brought back by whoever killed it."""


def _cut(fault: Fault, topology: Topology) -> Iterator[Act]:
    """Cut hosts off: from everybody by their cables, from some by the ways between; a power controller answers nobody."""
    powers = tuple(target for target in fault.targets if target.endswith("/power"))
    hosts = tuple(target for target in fault.targets if target not in powers)
    if powers:
        yield from _each(fault, powers, partial(_wire, Wiring(dead=True)), partial(_wire, Wiring()))
    if hosts and not fault.sources and not fault.one_way:
        yield from _each(fault, hosts, _cut_off, _heal)
    elif hosts:
        yield from _losing(fault, hosts, topology, 1.0)


def _lossy(fault: Fault, topology: Topology) -> Iterator[Act]:
    yield from _losing(fault, fault.targets, topology, fault.loss)


def _losing(fault: Fault, hosts: Sequence[str], topology: Topology, share: float) -> Iterator[Act]:
    """Lose packets between *hosts* and the other ends of the fault, or everybody; with `one_way` only what *hosts* are sent."""
    others = [each for each in topology.hosts if each not in hosts]
    ends = tuple(dict.fromkeys(end for source in fault.sources or others for end in _end(source, topology)))
    lost = ways.between(hosts, ends, fault.one_way)

    def lose(scene: Scene, share: float) -> None:
        ways.lose(scene.lab.layout, lost, share)

    yield Act(fault.at_seconds, fault.kind, tuple(hosts), partial(lose, share=share), fault.cause)
    if fault.for_seconds is not None:
        at_seconds = fault.at_seconds + fault.for_seconds
        yield Act(at_seconds, fault.kind, tuple(hosts), partial(lose, share=0.0), BY_ITSELF, over=True)


def _end(source: str, topology: Topology) -> Sequence[str]:
    """Return the hosts that *source* means: clients are whoever puts load on it, the leader is the first controller."""
    if source == CLIENTS:
        return [host.name for host in topology.hosts.values() if host.role == Role.LOAD]
    if source == LEADER:
        return topology.controllers[:1]
    return _hosts_of(source, topology)


def _wire(wiring: Wiring, _lab: Lab, host: str) -> None:
    wire(host.removesuffix("/power"), wiring)


def _of_fence(fault: Fault, wiring: Wiring) -> Iterator[Act]:
    yield from _each(fault, fault.targets, partial(_wire, wiring), partial(_wire, Wiring()))


def _kill_controller(fault: Fault, _topology: Topology) -> Iterator[Act]:
    yield Act(fault.at_seconds, fault.kind, fault.targets, lambda scene: scene.kill_controller(), fault.cause)
    if fault.for_seconds is not None:
        at_seconds = fault.at_seconds + fault.for_seconds
        yield Act(at_seconds, fault.kind, fault.targets, lambda scene: scene.start_controller(), BY_ITSELF, over=True)


def _promotions_lie(fault: Fault, _topology: Topology) -> Iterator[Act]:
    lie = partial(_let_lie, fault.targets, fault.times)
    yield Act(fault.at_seconds, fault.kind, fault.targets, lie, fault.cause)


def _let_lie(hosts: Sequence[str], times: int, scene: Scene) -> None:
    scene.let_promotions_lie(hosts, times)


def _order(fault: Fault, _topology: Topology) -> Iterator[Act]:
    order = fault.order
    assert order is not None
    at_seconds = fault.at_seconds + order.delayed_seconds
    for _ in range(2 if order.twice else 1):
        yield Act(at_seconds, fault.kind, fault.targets, lambda scene: scene.order(order), fault.cause)


_DRILLED: Mapping[FaultKind, Callable[[Fault, Topology], Iterator[Act]]] = {
    FaultKind.FAIL: _fail,
    FaultKind.RESTORE: _restore,
    FaultKind.RETURN_POWER: _return_power,
    FaultKind.FREEZE: _freeze,
    FaultKind.KILL_PROCESS: _kill_process,
    FaultKind.HANG_PROCESS: _hang_process,
    FaultKind.CUT: _cut,
    FaultKind.LOSSY: _lossy,
    FaultKind.FENCE_FAILS: lambda fault, _: _of_fence(fault, Wiring(fails=True)),
    FaultKind.FENCE_LIES: lambda fault, _: _of_fence(fault, Wiring(lies=True)),
    FaultKind.FENCE_UNPOWERED: lambda fault, _: _of_fence(fault, Wiring(dead=True)),
    FaultKind.FENCE_HITS: lambda fault, _: _of_fence(fault, Wiring(to=fault.instead)),
    FaultKind.KILL_CONTROLLER: _kill_controller,
    FaultKind.PROMOTE_SAYS_DONE: _promotions_lie,
    FaultKind.ORDER: _order,
}
"""What can be done to real hosts, by kind of fault."""
