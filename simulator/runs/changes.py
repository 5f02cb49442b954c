"""What could be bought or agreed to make a network better: one more of each thing, one at a time."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from topology.laws import Empirical, Exponential, Fixed, Law, Lognormal, Weibull
from topology.model import Component, Host, StageKind, Topology


class Change(NamedTuple):
    """A change of a network, in words, and the network with it."""

    title: str
    topology: Topology


def changes_of(topology: Topology) -> list[Change]:
    """Return every change that is tried: a part more in stock, a crew larger by one, half a lead time, an independent standby."""
    return [*_stock(topology), *_crews(topology), *_lead_times(topology), *_standbys(topology)]


def _stock(topology: Topology) -> Iterator[Change]:
    things: tuple[Component | Host, ...] = (*topology.components.values(), *topology.hosts.values())
    wanted = {(thing.site, stage.part): None for thing in things for stage in thing.recover if thing.site and stage.part}
    for host in topology.hosts.values():
        fetches = any(stage.kind is StageKind.PART for stage in host.recover)
        wanted |= {
            (host.site, part): None for part in host.parts if host.site and fetches and topology.parts[part].lead_time is not None
        }
    for site, part in wanted:
        held = topology.stock.get(str(site), {})
        stock = {**topology.stock, str(site): {**held, str(part): held.get(str(part), 0) + 1}}
        yield Change(f"one more {part} at {site}", replace(topology, stock=stock))


def _crews(topology: Topology) -> Iterator[Change]:
    for name, crew in topology.crews.items():
        larger = replace(crew, size=crew.size + 1)
        yield Change(f"one more in the crew {name}", replace(topology, crews={**topology.crews, name: larger}))


def _lead_times(topology: Topology) -> Iterator[Change]:
    for name, part in topology.parts.items():
        if part.lead_time is not None:
            shorter = replace(part, lead_time=_halved(part.lead_time))
            yield Change(f"half the lead time of {name}", replace(topology, parts={**topology.parts, name: shorter}))


def _halved(law: Law) -> Law:
    match law:
        case Fixed(seconds):
            return Fixed(seconds / 2)
        case Exponential(mean_seconds):
            return Exponential(mean_seconds / 2)
        case Weibull(scale_seconds, shape):
            return Weibull(scale_seconds / 2, shape)
        case Lognormal():
            from topology.portable import log

            return Lognormal(law.mu - log(2.0), law.sigma)
        case Empirical(values):
            return Empirical(tuple(value / 2 for value in values))


def _standbys(topology: Topology) -> Iterator[Change]:
    """A copy of the primary's host that hangs on nothing that is there now; none where it would have a site's parts to fetch."""
    for name, cluster in topology.clusters.items():
        primary = topology.hosts[cluster.primary]
        standby = Host(f"{name}-standby", role=primary.role, fails=primary.fails)
        if standby.name in topology.hosts:
            continue
        clusters = {**topology.clusters, name: replace(cluster, members=(*cluster.members, standby.name))}
        hosts = {**topology.hosts, standby.name: standby}
        yield Change(f"an independent standby for {name}", replace(topology, hosts=hosts, clusters=clusters))
