"""Faults of the ways between places."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from scenarios.model import LEADER, Fault
from simulator.clusters.network import Loss

if TYPE_CHECKING:
    from simulator.clusters.clusters import Clusters

LOSS_UNSTATED = 0.3
"""The share of packets lost where neither loss nor jitter is stated."""

Heal = Callable[[], None]
Pairs = list[tuple[str, str]]


def cut(clusters: "Clusters", fault: Fault) -> Heal:
    """Let nothing pass between the targets and the sources, or only from those to these."""
    pairs = _pairs(clusters, fault, both_ways=not fault.one_way)
    clusters.network.cut(pairs)
    clusters.network_changed()

    def heal() -> None:
        clusters.network.heal(pairs)
        clusters.network_changed()

    return heal


def spoil(clusters: "Clusters", fault: Fault) -> Heal:
    """Let some of what passes between them be lost, or late."""
    pairs = _pairs(clusters, fault, both_ways=True)
    loss = Loss(fault.loss if fault.loss or fault.jitter_seconds else LOSS_UNSTATED, fault.jitter_seconds)
    clusters.network.spoil(pairs, loss)
    clusters.network_changed()

    def heal() -> None:
        clusters.network.mend(pairs, loss)
        clusters.network_changed()

    return heal


def unpower(clusters: "Clusters", host: str) -> Heal:
    """Let the fence device of *host* answer nobody."""
    device = clusters.power[host]
    device.die(clusters.network)
    return lambda: device.revive(clusters.network)


def _pairs(clusters: "Clusters", fault: Fault, both_ways: bool) -> Pairs:
    targets = _places(clusters, fault.targets)
    sources = _places(clusters, fault.sources) or [each for each in clusters.network.endpoints() if each not in targets]
    pairs = [(source, target) for target in targets for source in sources if source != target]
    if both_ways:
        pairs += [(target, source) for source, target in pairs]
    return list(dict.fromkeys(pairs))


def _places(clusters: "Clusters", names: tuple[str, ...]) -> list[str]:
    """Return the endpoints called *names*; the leader, where nobody leads, is whoever comes first."""
    leading = [each.name for each in clusters.leading()] or list(clusters.controllers)
    return [leading[0] if name == LEADER else name for name in names]
