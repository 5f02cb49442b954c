"""Compiles a plan to tables. Everything is numbered in the order in which the reference engine meets it."""

from collections.abc import Sequence
from typing import Any

from simulator.flows import rate_of
from simulator.ground import GROUNDS, Slot
from simulator.plant import tables
from simulator.plant.plant import Names, Plan, Plant
from simulator.plant.recoveries import stages_for
from simulator.plant.switchover import Switchover, ways_to_fence
from simulator.plant.tables import Role, StageCode, WhenDownCode
from simulator.plant.writing import Writer, run_of
from simulator.workloads import drain_rate
from topology.laws import Law
from topology.model import Component, Host, Site, Stage, StageKind, Topology
from topology.work import WhenDown

Rows = list[tuple[int, ...]]
LIFE = "life"
"""The cause under which a site, component or host draws how long it lives, as in `simulator.faults`."""
_STAGE_CODES = dict(zip((StageKind.WAIT, StageKind.PART, StageKind.WORK, StageKind.RESTORE), StageCode, strict=True))
_WHEN_DOWN = {WhenDown.LOST: WhenDownCode.LOST, WhenDown.MANUAL: WhenDownCode.MANUAL, WhenDown.WAIT: WhenDownCode.WAIT}


def compile_plant(topology: Topology, start: str, horizon_seconds: float, switchovers: dict[str, Switchover]) -> Plant:
    """Compile *topology*, with the *switchovers* of its clusters."""
    return _Compiler(topology, start, horizon_seconds, switchovers).compile()


class _Compiler:
    def __init__(self, topology: Topology, start: str, horizon_seconds: float, switchovers: dict[str, Switchover]) -> None:
        self.topology = topology
        self.start = start
        self.horizon_seconds = horizon_seconds
        self.switchovers = switchovers
        self.ground = GROUNDS.of(topology)
        self.index = self.ground.structure.index
        self.writer = Writer(start, horizon_seconds)
        self.roles: dict[int, tuple[Role, int]] = {}
        self.jobs: Rows = []
        self.stages: Rows = []
        self.stage_runs: dict[tuple[tuple[int, ...], ...], int] = {}
        self.pools: dict[tuple[str, str], int] = {}
        self.fittings: dict[tuple[str, str], int] = {}
        self.indices: dict[str, list[int]] = {"services_of": [], "fittings_of": [], "hosts_of": [], "clusters_of": []}
        self.fluid_names: list[str] = []
        self.crews = {name: number for number, name in enumerate(topology.crews)}

    def compile(self) -> Plant:
        """Write every table; what others point at comes last."""
        topology, writer = self.topology, self.writer
        things = self._things()
        fittings, units = self._units()
        causes, takes = self._causes()
        clusters, ways = self._clusters()
        services, fluids = self._services()
        pools = self._pools()
        crews = [(crew.size, *writer.open(crew.calendar)) for crew in topology.crews.values()]
        nodes, parents_of = self._nodes()
        written: dict[str, Sequence[Any]] = {
            "nodes": nodes, "parents_of": parents_of, "things": things, "jobs": self.jobs, "stages": self.stages, "units": units,
            "fittings": fittings, "pools": pools, "crews": crews, "spans": writer.spans, "causes": causes, "takes": takes,
            "services": services, "fluids": fluids, "rates": writer.rates, "corners": writer.corners, "laws": writer.laws,
            "values": writer.values, "ages": writer.ages, "origins": writer.origins, "streams": [0] * len(writer.origins),
            "clusters": clusters, "ways": ways,
            **self.indices,
        }  # fmt: skip
        compiled = {name: tables.records(tables.KINDS[name], rows) for name, rows in written.items()}
        plan = Plan(topology, self.start, self.horizon_seconds, self.switchovers, writer.ages_by_law)
        return Plant(plan, self._names(), compiled)

    def _names(self) -> Names:
        topology = self.topology
        units: list[Slot] = list(self.ground.unit_numbers)
        return Names(
            nodes=tuple(self.ground.structure.names),
            units=tuple(units),
            pools=tuple(self.pools),
            causes=tuple(topology.common_causes),
            clusters=tuple(topology.clusters),
            services=tuple(topology.services),
            fluids=tuple(self.fluid_names),
        )

    def _nodes(self) -> tuple[Rows, list[int]]:
        structure = self.ground.structure
        parents_of: list[int] = []
        rows: Rows = []
        for node, (threshold, children) in enumerate(zip(structure.threshold, structure.children, strict=True)):
            named = node < structure.named
            told = int(named and self.ground.kinds[node] is not None)
            role, owner = self.roles.get(node, (Role.NOBODY, -1))
            rows.append((threshold, len(children) + named, *run_of(parents_of, structure.parents[node]), told, role, owner))
        return rows, parents_of

    def _things(self) -> Rows:
        topology, writer = self.topology, self.writer
        rows = []
        things: tuple[Site | Component | Host, ...] = (
            *topology.sites.values(),
            *topology.components.values(),
            *topology.hosts.values(),
        )
        for thing in things:
            node = self.index[thing.name]
            site = thing.name if thing.name in topology.sites else thing.site
            gate = self.ground.structure.gate.get(node, -1) if thing.recover else -1
            if gate >= 0:
                self.roles[gate] = (Role.GATE, node)
            if isinstance(thing, Host):
                self._reserve_streams(thing)
            stages = self._stages(thing.name, site, thing.recover)
            jobs = [self._job(node, stages, -1) for _ in range(2)]
            stream = -1 if thing.fails is None else writer.stream(thing.name, LIFE)
            rows.append((writer.law(thing.fails, ages=True), stream, gate, *jobs))
        return rows

    def _reserve_streams(self, host: Host) -> None:
        """Give the lives of *host*'s units streams beside those of its recovery, so that they lie together in memory."""
        for part, fitting in host.parts.items():
            for slot in range(fitting.installed):
                self.writer.stream(host.name, _life_of(part, slot))

    def _job(self, subject: int, stages: tuple[int, int], unit: int) -> int:
        self.jobs.append((subject, *stages, unit))
        return len(self.jobs) - 1

    def _stages(self, subject: str, site: str | None, stages: Sequence[Stage]) -> tuple[int, int]:
        """Return the first row of *stages*, -1 for none, and the stream that rows count from: all who recover alike share them."""
        streams = {
            number: self.writer.stream(subject, f"{stage.kind.value} {number}")
            for number, stage in enumerate(stages)
            if stage.law is not None
        }
        base = min(streams.values(), default=0)
        rows = []
        for number, stage in enumerate(stages):
            pool = -1 if stage.part is None else self.pools.setdefault((site or "", stage.part), len(self.pools))
            crew = -1 if stage.crew is None else self.crews[stage.crew]
            stream, last = streams.get(number, base) - base, int(number + 1 == len(stages))
            rows.append((_STAGE_CODES[stage.kind], self.writer.law(stage.law), stream, crew, pool, last))
        return (self._rows_of_stages(tuple(rows)) if rows else -1), base

    def _rows_of_stages(self, rows: tuple[tuple[int, ...], ...]) -> int:
        if rows not in self.stage_runs:
            self.stage_runs[rows] = len(self.stages)
            self.stages += rows
        return self.stage_runs[rows]

    def _units(self) -> tuple[Rows, Rows]:
        topology, writer = self.topology, self.writer
        fittings: Rows = []
        units: Rows = []
        for host in topology.hosts.values():
            for name, fitting in host.parts.items():
                part = topology.parts[name]
                law = writer.law(part.life, ages=True)
                stages = self._stages(host.name, host.site, stages_for(topology, host, name))
                self.fittings[host.name, name] = len(fittings)
                for slot in range(fitting.installed):
                    number = self.ground.unit_numbers[host.name, name, slot]
                    job = self._job(self.index[host.name], stages, len(units))
                    stream = writer.stream(host.name, _life_of(name, slot))
                    units.append((len(fittings), law, stream, job, number))
                fittings.append((self.index[host.name], fitting.required, len(units) - fitting.installed, len(units)))
        return fittings, units

    def _pools(self) -> Rows:
        topology, writer = self.topology, self.writer
        return [
            (
                writer.law(topology.parts[part].lead_time),
                writer.stream(part, f"lead time at {site}"),
                topology.stock.get(site, {}).get(part, 0),
            )
            for site, part in self.pools
        ]

    def _causes(self) -> tuple[Rows, Rows]:
        topology, writer = self.topology, self.writer
        causes: Rows = []
        takes: Rows = []
        for cause in topology.common_causes.values():
            hosts: list[Host] = [topology.hosts[name] for name in topology.select(cause.of)]
            first = len(takes)
            for part, count in cause.fails.items():
                fitted = [self.fittings[host.name, part] for host in hosts if part in host.parts]
                run = run_of(self.indices["fittings_of"], fitted)
                takes.append((count, writer.stream(cause.name, f"which {part}"), *run))
            causes.append((writer.law(cause.law), writer.stream(cause.name, "common cause"), first, len(takes)))
        return causes, takes

    def _services(self) -> tuple[list[tuple[float, ...]], Rows]:
        topology, writer = self.topology, self.writer
        number_of = {name: number for number, name in enumerate(topology.services)}
        runs = self.indices["services_of"]
        services: list[tuple[float, ...]] = []
        fluids: Rows = []
        for service in topology.services.values():
            node = self.index[service.name]
            self.roles[node] = (Role.SERVICE, number_of[service.name])
            sources = run_of(runs, (number_of[source] for source in service.reads))
            readers = run_of(
                runs,
                (number_of[each.name] for each in topology.services.values() for source in each.reads if source == service.name),
            )
            first = len(fluids)
            for workload in topology.workloads.values():
                if workload.service == service.name:
                    behind = workload.when_down is WhenDown.WAIT or workload.enter_later is not None
                    arrivals = writer.rate(rate_of(workload.arrivals, self.start, self.horizon_seconds))
                    drain = writer.rate(drain_rate(workload, self.start, self.horizon_seconds))
                    fluids.append((arrivals, drain, _WHEN_DOWN[workload.when_down], int(behind)))
                    self.fluid_names.append(workload.name)
            after = service.fallback.after_seconds if service.fallback else -1.0
            accepts_stale = int(service.objectives.accepts_stale)
            services.append((node, *sources, *readers, first, len(fluids), after, accepts_stale))
        return services, fluids

    def _clusters(self) -> tuple[Rows, Rows]:
        topology, writer, index = self.topology, self.writer, self.index
        clusters: Rows = []
        ways: Rows = []
        concerned: dict[int, list[int]] = {}
        for number, cluster in enumerate(topology.clusters.values()):
            switchover = self.switchovers[cluster.name]
            members = [index[name] for name in cluster.members]
            routes = [index[name] for name in cluster.routes]
            for node in dict.fromkeys((*members, *routes)):
                concerned.setdefault(node, []).append(number)
            hosts_of = self.indices["hosts_of"]
            runs = (*run_of(hosts_of, members), *run_of(hosts_of, routes))
            first = len(ways)
            for uses in ways_to_fence(topology, cluster):
                ways.append(run_of(hosts_of, (index[name] for name in uses)))
            laws: list[Law] = list(switchover.takeover)
            law_numbers = [writer.fresh_law(law) for law in laws]
            streams = [writer.stream(cluster.name, f"takeover {number}") for number in range(len(laws))]
            clusters.append(
                (
                    index[cluster.name], *runs, first, len(ways), writer.fresh_law(switchover.returns),
                    writer.stream(cluster.name, "return"), law_numbers[0], streams[0], cluster.members.index(cluster.primary),
                )
            )  # fmt: skip
        for node, numbers in concerned.items():
            self.roles[node] = (Role.MEMBER, len(self.indices["clusters_of"]))
            self.indices["clusters_of"] += [*numbers, -1]
        return clusters, ways


def _life_of(part: str, slot: int) -> str:
    """Return the cause under which a unit draws how long it lives, as in `simulator.units`."""
    return f"{part} in slot {slot}"
