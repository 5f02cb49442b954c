"""What becomes of services that read others: a service without its sources is down, or stale once its fallback answers."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

from topology.model import Service, Topology


@dataclass(frozen=True, slots=True)
class Condition:
    """How a service is that is not up: down at once, and stale from *stale_after_seconds* on, or never where that is None."""

    needs_hold: bool
    """Whether its own needs still hold, so that only what it reads is missing."""
    sources_lost: tuple[str, ...]
    """The services it reads that are not up themselves."""
    stale_after_seconds: float | None


def sources_first(topology: Topology, names: Iterable[str]) -> list[Service]:
    """Return the services *names* and every service that they read, directly or not, each after those that it reads."""
    reads: dict[str, tuple[str, ...]] = {}
    pending = list(names)
    while pending:
        name = pending.pop()
        if name not in reads:
            reads[name] = topology.services[name].reads
            pending.extend(reads[name])
    return [topology.services[name] for name in TopologicalSorter(reads).static_order()]


def conditions(services: Sequence[Service], needs_hold: Callable[[str], bool]) -> dict[str, Condition]:
    """Return how those of *services* are that are not up. *services* come sources first; *needs_hold* tells of their needs.

    A service whose needs hold answers from stale sources once none of them is down, or from its own old copy, whichever is first.
    """
    found: dict[str, Condition] = {}
    for service in services:
        holds = needs_hold(service.name)
        lost = tuple(source for source in service.reads if source in found)
        if holds and not lost:
            continue
        moments = [service.fallback.after_seconds] if service.fallback else []
        if holds:
            sources = [found[source].stale_after_seconds for source in lost]
            known = [seconds for seconds in sources if seconds is not None]
            moments += [max(known)] if len(known) == len(sources) else []
        found[service.name] = Condition(holds, lost, min(moments, default=None))
    return found
