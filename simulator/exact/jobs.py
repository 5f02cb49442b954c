"""What can fail by itself, and every recovery that may be under way because of it: with its stages, its parts and its crew."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from simulator.plant.recoveries import stages_for
from topology.laws import Law, mean_seconds
from topology.model import Component, Host, Site, Stage, StageKind, Topology


class Thing(NamedTuple):
    """What can fail by itself: a site, component or host; or too many units of a part in a host."""

    name: str
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A recovery that may be under way *count* times at once: of a thing, or of each unit of a part in a host."""

    thing: Thing
    count: int
    site: str | None
    stages: tuple[Stage, ...]
    life: Law | None
    """How long what is recovered lives; None where something else begins the recovery."""
    struck_per_second: float = 0.0
    """How often common causes take it."""
    cut_short: bool = False
    """Whether it is given up when what its thing is made of is lost."""

    @property
    def per_second(self) -> float:
        """How often it begins while what it recovers is up, by laws and common causes."""
        return self.struck_per_second + (1.0 / mean_seconds(self.life) if self.life is not None else 0.0)

    def fetches(self) -> set[str]:
        """Return the parts that it waits for."""
        return {stage.part for stage in self.stages if stage.part is not None}

    def crews(self) -> set[str]:
        """Return the crews that it waits for."""
        return {stage.crew for stage in self.stages if stage.kind is StageKind.WORK and stage.crew is not None}


def things_called(topology: Topology, name: str) -> list[Thing]:
    """Return what can fail of the site, component or host *name*: itself, and the parts that a host has."""
    host = topology.hosts.get(name)
    return [Thing(name), *(Thing(name, part) for part in host.parts)] if host else [Thing(name)]


def jobs_of(topology: Topology) -> list[Job]:
    """Return every recovery that laws, common causes and lost needs can begin in *topology*."""
    return [*_of_things(topology), *_of_units(topology)]


def _of_things(topology: Topology) -> Iterator[Job]:
    entities: list[Site | Component | Host] = [*topology.sites.values(), *topology.components.values(), *topology.hosts.values()]
    for entity in entities:
        site = entity.name if isinstance(entity, Site) else entity.site
        made_of = entity.needs is not None and bool(entity.recover)
        if entity.fails is not None:
            yield Job(Thing(entity.name), 1, site, entity.recover, entity.fails, cut_short=made_of)
        if made_of:
            yield Job(Thing(entity.name), 1, site, entity.recover, None, cut_short=made_of)


def _of_units(topology: Topology) -> Iterator[Job]:
    struck = strikes(topology)
    for host in topology.hosts.values():
        for part, fitting in host.parts.items():
            thing, life = Thing(host.name, part), topology.parts[part].life
            if life is not None or thing in struck:
                per_second = math.fsum(struck.get(thing, {}).values())
                yield Job(thing, fitting.installed, host.site, stages_for(topology, host, part), life, per_second)


def strikes(topology: Topology) -> dict[Thing, dict[str, float]]:
    """Return how often each common cause takes a unit of a part in a host, a second: one is as likely to be taken as another."""
    found: dict[Thing, dict[str, float]] = {}
    for cause in topology.common_causes.values():
        hosts = [topology.hosts[name] for name in topology.select(cause.of)]
        for part, count in cause.fails.items():
            fitted = [host for host in hosts if part in host.parts]
            units = sum(host.parts[part].installed for host in fitted)
            for host in fitted:
                found.setdefault(Thing(host.name, part), {})[cause.name] = min(1.0, count / units) / mean_seconds(cause.law)
    return found
