"""A cluster whose controllers only observe, and commands given by hand."""

from collections.abc import Mapping
from typing import Any

from failover.core.commands import Command, CommandId, CommandKind, Epoch, Outcome
from scenarios.model import Fault, FaultKind
from simulator.clusters.clusters import Clusters
from simulator.clusters.controllers import Controller
from simulator.clusters.database import Database
from simulator.clusters.flights import Flight
from simulator.clusters.members import Member
from simulator.clusters.watching import Watcher
from simulator.run import Run
from tests.simulator.building import scenario_of

PAIR = """
    name: pair
    sites: {here: {}, there: {}}
    components: {line: {links: [here, there]}}
    hosts:
      db-1: {site: here, recover: [{wait: 60s}]}
      db-2: {site: there, recover: [{wait: 60s}]}
      db-3: {site: there, recover: [{wait: 60s}]}
    clusters:
      db:
        members: [db-1, db-2, db-3]
        primary: db-1
        fence: [redfish]
        replication: {lag: 5s}
        policy: {mode: observe}
        promotion: {takes: 1s}
    services: {shop: {needs: db}}
"""
SYNCHRONOUS = PAIR.replace("{lag: 5s}", "{mode: synchronous, lag: 5s}")
PROXIES = PAIR.replace("    clusters:", "      edge-1: {site: here}\n      edge-2: {site: there}\n    clusters:").replace(
    "promotion: {takes: 1s}", "promotion: {takes: 1s}\n        routes: [edge-1, edge-2]"
)


class Seen(Watcher):
    """What was told of commands given by hand."""

    def __init__(self) -> None:
        self.ends: list[tuple[CommandId, Outcome, Mapping[str, Any]]] = []
        self.effects: list[tuple[str, str]] = []
        self.refusals: list[tuple[str, str]] = []
        self.leads: list[str] = []
        self.changes = 0

    def changed(self) -> None:
        self.changes += 1

    def led(self, controller: Controller) -> None:
        self.leads.append(controller.name)

    def effect(self, command: Command, endpoint: str) -> None:
        self.effects.append((command.kind.value, endpoint))

    def refused(self, command: Command, endpoint: str, reason: str) -> None:
        self.refusals.append((endpoint, reason))

    def ended(self, controller: Controller, command: Command, outcome: Outcome, evidence: Mapping[str, Any]) -> None:
        self.ends.append((command.id, outcome, evidence))


class Bench:
    """A history in which somebody acts by hand."""

    def __init__(self, network: str = PAIR, seed: int = 0, response: str = "{}") -> None:
        late = "{at: 119m, fail: db-1}"  # an incident has to hold something; this comes when all is over
        scenario = scenario_of(network, f"{{horizon: 2h, incident: [{late}], responses: {{tried: {response}}}}}")
        self.seen = Seen()
        self.run = Run(scenario, scenario.responses[0], seed, watchers=(self.seen,))
        assert self.run.clusters is not None
        self.clusters: Clusters = self.run.clusters
        self.world = self.run.world
        self.number = 1000

    @property
    def db(self) -> Database:
        return self.clusters.databases["db"]

    @property
    def leader(self) -> Controller:
        return self.clusters.leading()[0]

    def member(self, host: str) -> Member:
        self.db.settle()
        return self.db.members[host]

    def wait(self, seconds: float) -> None:
        """Let so much time pass."""
        self.world._environment.run(until=self.world.now + seconds)

    def strike(self, kind: str, *targets: str, **options: Any) -> None:
        """Let something go wrong now."""
        fault = Fault(self.world.now, FaultKind(kind), targets, **options)
        self.run.faults._strike(100 + self.number, fault)

    def command(
        self, kind: str, target: str, epoch: tuple[int, int] = (5, 1), number: int | None = None, **details: Any
    ) -> Command:
        self.number += 1
        return Command(CommandId("db", number or self.number), 1, CommandKind(kind), target, Epoch(*epoch), details)

    def send(self, kind: str, target: str, epoch: tuple[int, int] = (5, 1), number: int | None = None, **details: Any) -> Flight:
        """Give a command, as the leader would."""
        return self.clusters.targets.send(self.leader, self.command(kind, target, epoch, number, **details))

    def done(self, kind: str, target: str, epoch: tuple[int, int] = (5, 1), wait: float = 20.0, **details: Any) -> Flight:
        """Give a command and wait for what is reported of it."""
        flight = self.send(kind, target, epoch, **details)
        self.wait(wait)
        return flight

    def promoted(self, host: str, epoch: tuple[int, int] = (5, 1), **details: Any) -> Flight:
        """Make *host* primary and send clients to it."""
        flight = self.done("promote", host, epoch, wait=5.0, **details)
        for proxy in self.db.proxies:
            self.done("reroute", proxy.name, epoch, wait=1.0, primary=host)
        return flight

    def evidence(self, flight: Flight) -> Mapping[str, Any]:
        return next(evidence for number, _, evidence in self.seen.ends if number == flight.command.id)

    def fence(self, host: str) -> Flight:
        return self.done("fence", host, wait=5.0, level="redfish", identity=host, incarnation=0)
