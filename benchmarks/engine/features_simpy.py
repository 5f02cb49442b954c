"""The network with everything as SimPy's documentation would write it: a process for each thing that has a life of its own, a
container for each stock, a resource for each crew.

It reads the same plan, and so has the same laws. Its events are what the kernel counts as transitions: the end of a life, of a
stage of a recovery or of a switchover, a delivery, a common cause, a copy that is ready, a backlog that is worked off.
"""

from collections.abc import Generator, Sequence
from random import Random
from typing import Any, NamedTuple

import simpy

from benchmarks.engine.features_nodes import Node, nodes_of
from simulator.flows import Rate, rate_of
from simulator.plant.ages import remaining
from simulator.plant.plant import Plan
from simulator.plant.recoveries import stages_for
from simulator.plant.switchover import ways_to_fence
from simulator.workloads import drain_rate
from topology.gates import Structure, View
from topology.laws import Exponential, Fixed, Law, Lognormal, Weibull
from topology.model import Cluster, CommonCause, Component, Crew, Host, Service, Stage
from topology.work import Flow, Workload

Process = Generator[simpy.Event, Any, None]


class Design(NamedTuple):
    """What all runs of a plan share."""

    plan: Plan
    structure: Structure
    unit_stages: dict[tuple[str, str], tuple[Stage, ...]]
    """By host and part."""
    open: dict[str, Rate | None]
    """By crew: one a second while its calendar is open; None for always."""
    work: dict[str, tuple[Rate, Rate]]
    """By service: what arrives, and how fast what is behind is worked off."""


def design(plan: Plan) -> Design:
    """Prepare the runs of *plan*."""
    topology, start, horizon_seconds = plan.topology, plan.start, plan.horizon_seconds

    def opening(crew: Crew) -> Rate | None:
        calendar = crew.calendar
        if calendar is None:
            return None
        return rate_of((Flow(calendar, calendar.closes_seconds - calendar.opens_seconds),), start, horizon_seconds)

    def work(workload: Workload) -> tuple[Rate, Rate]:
        drain = drain_rate(workload, start, horizon_seconds)
        assert drain is not None
        return rate_of(workload.arrivals, start, horizon_seconds), drain

    hosts = topology.hosts.values()
    return Design(
        plan,
        Structure(topology, View.ROUTED),
        {(host.name, part): stages_for(topology, host, part) for host in hosts for part in host.parts},
        {crew.name: opening(crew) for crew in topology.crews.values()},
        {workload.service: work(workload) for workload in topology.workloads.values()},
    )


class History:
    """One run: its processes, and what they share."""

    def __init__(self, given: Design, seed: int) -> None:
        self.design = given
        self.random = Random(seed)
        self.events = 0
        self.down_seconds = 0.0
        """Of all services together, of those outages that have ended."""
        self.environment = environment = simpy.Environment()
        topology = given.plan.topology
        self.nodes = nodes_of(given.structure, environment)
        self.pools = {
            (site, part): simpy.Container(environment, init=count)
            for site, parts in topology.stock.items()
            for part, count in parts.items()
        }
        self.crews = {crew.name: simpy.Resource(environment, crew.size) for crew in topology.crews.values()}
        self.working: dict[tuple[str, str], dict[simpy.Process, None]] = {}
        """The processes of the units that work, by role and part."""
        things: tuple[Component | Host, ...] = (*topology.components.values(), *topology.hosts.values())
        for thing in things:
            self._begin(thing)
        for cluster in topology.clusters.values():
            environment.process(self.cluster(cluster))
        for cause in topology.common_causes.values():
            environment.process(self.common_cause(cause))
        for service in topology.services.values():
            for source in service.reads:
                self.node(service.name).hang_on(self.node(source))
            environment.process(self.service(service))

    def _begin(self, thing: Component | Host) -> None:
        if thing.fails is not None:
            self.environment.process(self.thing(thing, thing.fails))
        elif thing.needs is not None:
            self.environment.process(self.made_of(thing))
        elif isinstance(thing, Host):
            for part in thing.parts:
                working = self.working.setdefault((thing.role, part), {})
                process = self.environment.process(self.unit(thing, part, working))
                working[process] = None

    def run(self) -> None:
        """Let everything happen."""
        self.environment.run(until=self.design.plan.horizon_seconds)

    def node(self, name: str) -> Node:
        """Return the node of a thing."""
        return self.nodes[self.design.structure.index[name]]

    def draw(self, law: Law) -> float:
        """Draw a duration in seconds."""
        match law:
            case Fixed(seconds):
                return seconds
            case Exponential(mean):
                return self.random.expovariate(1 / mean)
            case Weibull(scale, shape):
                return self.random.weibullvariate(scale, shape)
            case Lognormal(mu, sigma):
                return self.random.lognormvariate(mu, sigma)
        raise NotImplementedError(law)

    def left(self, law: Law) -> float:
        """Draw what is left of a life that has been going on for ever."""
        return remaining(law, self.design.plan.ages[law], self.random.random())

    def after(self, law: Law) -> simpy.Timeout:
        """Return the end of a duration that is drawn now."""
        return self.environment.timeout(self.draw(law))

    def thing(self, thing: Component | Host, law: Law) -> Process:
        """Fail by law and recover, again and again."""
        node = self.node(thing.name)
        yield self.environment.timeout(self.left(law))
        while True:
            self.events += 1
            node.fail()
            yield from self.recover(thing.site, thing.recover)
            node.mend()
            yield self.after(law)

    def unit(self, host: Host, part: str, working: dict[simpy.Process, None]) -> Process:
        """Fail by law or by a common cause and be replaced, again and again."""
        node = self.node(host.name)
        life = self.design.plan.topology.parts[part].life
        stages = self.design.unit_stages[host.name, part]
        myself = self.environment.active_process
        assert life is not None
        assert myself is not None
        seconds = self.left(life)
        while True:
            try:
                yield self.environment.timeout(seconds)
                self.events += 1
            except simpy.Interrupt:
                pass
            del working[myself]
            node.fail()
            yield from self.recover(host.site, stages)
            node.mend()
            working[myself] = None
            seconds = self.draw(life)

    def common_cause(self, cause: CommonCause) -> Process:
        """Take several units at one blow, again and again."""
        while True:
            yield self.after(cause.law)
            self.events += 1
            for part, count in cause.fails.items():
                working = self.working.get((cause.of.role or "", part), {})
                for unit in self.random.sample(list(working), min(count, len(working))):
                    unit.interrupt()

    def recover(self, site: str | None, stages: Sequence[Stage]) -> Process:
        """Go through the stages of a recovery."""
        for stage in stages:
            if stage.part is not None:
                yield from self.take(site or "", stage.part)
            elif stage.crew is not None:
                yield from self.work(stage.crew, stage.law)
            elif stage.law is not None:
                yield self.after(stage.law)
                self.events += 1

    def take(self, site: str, part: str) -> Process:
        """Take a part from stock and order another. A part on the shelf is an event of its own; another comes by its delivery."""
        pool = self.pools[site, part]
        self.environment.process(self.order(pool, part))
        taken = pool.get(1)
        self.events += taken.triggered
        yield taken

    def order(self, pool: simpy.Container, part: str) -> Process:
        """Deliver a part after its lead time."""
        lead_time = self.design.plan.topology.parts[part].lead_time
        assert lead_time is not None
        yield self.after(lead_time)
        self.events += 1
        yield pool.put(1)

    def work(self, crew: str, law: Law | None) -> Process:
        """Wait for free hands, and until they have worked so long in open hours."""
        assert law is not None
        environment, opening = self.environment, self.design.open[crew]
        with self.crews[crew].request() as hands:
            yield hands
            seconds = self.draw(law)
            if opening is not None:
                seconds = opening.when(environment.now, seconds) - environment.now
            yield environment.timeout(seconds)
        self.events += 1

    def made_of(self, thing: Component | Host) -> Process:
        """Fail when what it is made of is lost; recover from the start each time that is back."""
        node, needs = self.node(thing.name), self.nodes[self.design.structure.gate[self.design.structure.index[thing.name]]]
        (restore,) = thing.recover
        assert restore.law is not None
        while True:
            yield needs.turns()
            node.fail()
            recovered = False
            while not recovered:
                if not needs.up:
                    yield needs.turns()
                yield self.after(restore.law) | needs.turns()
                recovered = needs.up
            self.events += 1
            node.mend()

    def cluster(self, cluster: Cluster) -> Process:
        """Lose the primary; let the standby take over, or the primary serve again if that is sooner."""
        node = self.node(cluster.name)
        proxies = Node(self.environment, len(cluster.routes), 1)
        for route in cluster.routes:
            self.node(route).above.append(proxies)
        node.hang_on(proxies)
        switchover = self.design.plan.switchovers[cluster.name]
        ways = [[self.node(each) for each in uses] for uses in ways_to_fence(self.design.plan.topology, cluster)]
        primary, standby = (self.node(member) for member in cluster.members)
        while True:
            yield primary.turns()
            node.fail()
            takeover: simpy.Event | None = None
            returns: simpy.Event | None = None
            while node.reasons:
                if not primary.up:
                    returns = None
                elif returns is None:
                    returns = self.after(switchover.returns)
                if not primary.up and standby.up and takeover is None:
                    fenced = any(all(each.up for each in way) for way in ways)
                    takeover = self.after(switchover.takeover[2 * (primary.reasons == 0) + (not fenced)])
                yield simpy.AnyOf(
                    self.environment, [each for each in (takeover, returns, primary.turns(), standby.turns()) if each]
                )
                if returns is not None and returns.processed and primary.up:
                    self.events += 1
                    node.mend()
                elif takeover is not None and takeover.processed:
                    self.events += 1
                    takeover = None
                    if standby.up:
                        primary, standby = standby, primary
                        node.mend()

    def service(self, service: Service) -> Process:
        """Go down; answer from an old copy after a while, where there is one; work off what is behind."""
        environment, node = self.environment, self.node(service.name)
        arrivals, drain = self.design.work[service.name]
        behind = 0.0
        while True:
            if node.up:
                yield node.turns()
            lost = environment.now
            if service.fallback is not None:
                yield environment.timeout(service.fallback.after_seconds) | node.turns()
                found = environment.now
                if not node.up:
                    self.events += 1
                    yield node.turns()
            else:
                yield node.turns()
                found = environment.now
            self.down_seconds += found - lost
            behind += arrivals.between(lost, found)
            while behind > 0.0 and node.up:
                since = environment.now
                cleared = environment.timeout(drain.when(since, behind) - since)
                yield cleared | node.turns()
                if cleared.processed:
                    self.events += 1
                    behind = 0.0
                else:
                    behind -= drain.between(since, environment.now)
