"""Networks and incidents from short texts, as a user writes them, and what came of them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from scenarios.load import Source, build_scenario
from scenarios.model import Scenario
from simulator.run import Run
from simulator.world import World
from timeline.measures import ServiceMeasures, measure_service
from timeline.record import Kind, Record, Timeline
from timeline.results import WorkloadResult
from topology.document import parse_document
from topology.load import build_topology
from topology.model import Topology
from topology.quantities import HOUR

MONDAY = "2026-01-05T00:00+00:00"

ONE_HOST = """
    name: one-host
    hosts:
      srv: {recover: [{wait: 2h}, {work: 4h}, {restore: 6h}]}
    services:
      shop: {needs: srv}
"""


@dataclass(frozen=True)
class Played:
    """One history to its end."""

    run: Run
    timeline: Timeline
    work: dict[str, WorkloadResult]

    def told(self, kind: Kind, subject: str) -> list[tuple[float, str]]:
        """Return what was told of *subject*: (hours, state)."""
        return [(round(record.at / HOUR, 6), record.state) for record in self.timeline.about(kind, subject)]

    def hosts(self, name: str) -> list[tuple[float, str]]:
        return self.told(Kind.HOST, name)

    def components(self, name: str) -> list[tuple[float, str]]:
        return self.told(Kind.COMPONENT, name)

    def services(self, name: str) -> list[tuple[float, str]]:
        return self.told(Kind.SERVICE, name)

    def failovers(self, name: str) -> list[tuple[float, str]]:
        return self.told(Kind.FAILOVER, name)

    def records(self, kind: Kind, state: str) -> list[Record]:
        return [record for record in self.timeline.records if record.kind is kind and record.state == state]

    def measured(self, service: str) -> ServiceMeasures:
        return measure_service(self.timeline, service, self.run.response.topology.services[service].objectives)


def network_of(text: str) -> Topology:
    """Build the topology that *text* writes."""
    return build_topology(parse_document(dedent(text), "network.yaml"), Path())


def scenario_of(network: str, scenario: str) -> Scenario:
    """Build a scenario; *scenario* says what happens, and only what differs from 30 days from a Monday in January, at no offset."""
    said = parse_document(dedent(scenario), "scenario.yaml")
    for key, value in {"name": "test", "topology": "network.yaml", "start": MONDAY, "horizon": "30d", "incident": []}.items():
        said.setdefault(key, value)
    return build_scenario(Source(said, Path(), parse_document(dedent(network), "network.yaml"), Path()))


def prepare(network: str, scenario: str, response: str | None = None, seed: int = 0, run: int = 0) -> Run:
    """Set a history up, without letting anything happen yet."""
    built = scenario_of(network, scenario)
    chosen = next(each for each in built.responses if response in (None, each.name))
    return Run(built, chosen, seed, run)


def play(network: str, scenario: str, response: str | None = None, seed: int = 0) -> Played:
    """Let a history happen."""
    prepared = prepare(network, scenario, response, seed)
    return Played(prepared, *prepared.finish())


def step_through(run: Run, look: Callable[[], None]) -> Played:
    """Let a history happen, and *look* after every single event."""
    environment = run.world._environment
    while environment.peek() < run.world.horizon_seconds:
        environment.step()
        look()
    return Played(run, *run.finish())


def world_of(network: str, horizon_seconds: float = 1000.0, seed: int = 0, run: int = 0) -> World:
    """Return a world in which nothing is due."""
    return World(network_of(network), MONDAY, horizon_seconds, seed, run)
