"""Random small networks with random bad luck, written as a user would write them; and what must hold in them at every moment."""

from dataclasses import dataclass

import pytest
from hypothesis import strategies as st

from simulator.run import Run
from timeline.record import Kind, ServiceState

NETWORK = """
name: random
sites: {{here: {{recover: [{{wait: 5h}}]}}, there: {{}}}}
calendars: {{office: {{days: mon-fri, hours: "08:00-17:00"}}}}
crews: {{field: {{size: {crew}}}, clerks: {{size: 1, calendar: office}}}}
parts:
  disk: {{life: {{exponential: {{mean: {disk_life}h}}}}, lead_time: {{exponential: {{mean: {lead_time}h}}}}}}
  pump: {{lead_time: 20h}}
stock: {{here: {{disk: {stock}, pump: 1}}}}
components:
  power: {{site: here, fails: {{exponential: {{mean: 300h}}}}, recover: [{{wait: 3h}}, {{part: pump}}]}}
  line: {{links: [here, there], recover: [{{work: 4h, crew: clerks}}]}}
  storage:
    site: here
    needs: {{at_least: {enough}, of: ["srv-[1-3]"]}}
    fails: {{exponential: {{mean: 400h}}}}
    recover: [{{part: disk}}, {{restore: {{exponential: {{mean: 10h}}}}}}]
  index: {{needs: {{all: [storage, db]}}, recover: [{{work: 2h, crew: field}}, {{restore: 1h}}]}}
hosts:
  srv-[1-3]:
    site: here
    uses: [power]
    parts: {{disk: {{installed: 3, required: {required}}}}}
    fails: {{weibull: {{mean: 200h, shape: 2}}}}
    recover: [{{wait: 1h}}, {{part: disk}}, {{work: 6h, crew: field}}]
  db-1: {{site: here, uses: [storage], fails: {{exponential: {{mean: 150h}}}}, recover: [{{work: 8h, crew: clerks}}]}}
  db-2: {{site: {second}, fails: {{exponential: {{mean: 150h}}}}, recover: [{{work: 8h, crew: field}}]}}
  db-3: {{site: there, recover: [{{wait: 4h}}]}}
clusters:
  db:
    members: [db-1, db-2, db-3]
    primary: db-1
    fence: [redfish]
    replication: {{lag: {{exponential: {{mean: 5m}}}}}}
    policy: {{mode: {mode}, detection_window: 1m, rpo: 15m}}
    promotion: {{takes: {{exponential: {{mean: 1h}}}}, success: 70%}}
services:
  records: {{needs: {{all: [db, power]}}, fallback: {{to: stale, after: 9h}}}}
  search: {{needs: index, reads: [records]}}
  lookup: {{needs: {{any: [srv-1, srv-2]}}, reads: [records, search], fallback: {{to: stale, after: 2h}}}}
  press: {{reads: [lookup]}}
workloads:
  calls: {{service: lookup, arrivals: {{mon-fri: 500/d}}, when_down: lost}}
  letters: {{service: records, arrivals: 24/d, when_down: wait, capacity: 30/d}}
  forms:
    service: records
    arrivals: {{office: 90/d}}
    when_down: manual
    enter_later: {{each: 20m, capacity: {{office: 12h/d}}}}
  orders: {{service: search, arrivals: 24/d, when_down: wait}}
common_causes: {{bad-batch: {{rate: 20/y, fails: {{disk: 4}}}}}}
"""
TARGETS = ["here", "there", "power", "storage", "index", "srv-1", "srv-2", "srv-3", "db-1", "db-2", "db-3"]


@st.composite
def faults(draw: st.DrawFn) -> str:
    """Draw one line of an incident."""
    at = f"{draw(st.integers(0, 300))}h"
    targets = ", ".join(draw(st.lists(st.sampled_from(TARGETS), min_size=1, max_size=3, unique=True)))
    match draw(st.sampled_from(["fail", "fail", "restore", "flap", "partition", "delay", "consume"])):
        case "fail":
            recover = draw(st.sampled_from(["", ", recover: [{part: disk}, {part: disk}]", ", recover: [{work: 9h, crew: field}]"]))
            return f"{{at: {at}, fail: [{targets}]{recover}}}"
        case "consume":
            return f"{{at: {at}, fail: [{targets}], consumes: {{disk: {draw(st.integers(1, 3))}}}}}"
        case "restore":
            return f"{{at: {at}, restore: [{targets}]}}"
        case "flap":
            return f"{{at: {at}, flap: [{targets}], down: {draw(st.integers(0, 5))}h, up: 1h, times: {draw(st.integers(1, 3))}}}"
        case "partition":
            return f"{{at: {at}, partition: there}}"
        case _:
            return f"{{at: {at}, delay: disk, by: {draw(st.integers(0, 40))}h}}"


@dataclass(frozen=True)
class Story:
    """A network, what happens in it, and the luck."""

    network: str
    scenario: str
    seed: int


@st.composite
def stories(draw: st.DrawFn) -> Story:
    network = NETWORK.format(
        crew=draw(st.integers(1, 2)),
        disk_life=draw(st.sampled_from([100, 400, 2000])),
        lead_time=draw(st.sampled_from([5, 50])),
        stock=draw(st.integers(0, 3)),
        enough=draw(st.integers(1, 3)),
        required=draw(st.integers(0, 3)),
        second=draw(st.sampled_from(["here", "there"])),
        mode=draw(st.sampled_from(["automatic", "automatic", "approve", "observe"])),
    )
    incident = ", ".join(draw(st.lists(faults(), max_size=6)))
    scenario = f"{{horizon: 400h, background: true, incident: [{incident}], responses: {{only: {{operator: 2h}}}}}}"
    return Story(network, scenario, draw(st.integers(0, 1000)))


class Watch:
    """Looks at a run after each of its events."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.looks = 0

    def __call__(self) -> None:
        self.looks += 1
        self._structure()
        self._parts()
        self._units()
        self._crews()
        self._clusters()
        self._services()

    def _structure(self) -> None:
        state = self.run.world.state
        assert state.up == self.run.world.structure.recompute(state.failed)

    def _parts(self) -> None:
        """The position is the base stock; it may be more only after someone who waited for parts has given up."""
        gave_up = any(
            record.kind is Kind.STAGE and record.state == "abandoned" and record.data["stage"] == "part"
            for record in self.run.world.records
        )
        for pool in self.run.stores.pools.values():
            assert pool.position == pool.base_stock or (gave_up and pool.position > pool.base_stock)
            assert pool.stock >= 0
            assert not (pool.stock and pool.waiting)
            assert all(demand.missing > 0 for demand in pool.waiting)

    def _units(self) -> None:
        world, units = self.run.world, self.run.units
        for (name, part), failed in units.failed.items():
            host = world.topology.hosts[name]
            slots = {slot for _, _, slot in units.working(host, part)}
            assert slots | failed == set(range(host.parts[part].installed))
            assert not slots & failed
            if len(slots) < host.parts[part].required:
                assert not world.holds(name)

    def _crews(self) -> None:
        for team in self.run.recovery.teams.values():
            assert 0 <= team.busy <= team.crew.size
            assert team.busy == team.crew.size or not team.queue

    def _clusters(self) -> None:
        """A cluster is up just while clients' writes are acknowledged by a primary that is up."""
        world = self.run.world
        assert self.run.clusters is not None
        for database in self.run.clusters.databases.values():
            assert world.holds(database.name) == (database.serving is not None)
            if database.serving is not None:
                assert world.holds(database.serving)
            assert sum(member.acknowledging for member in database.members.values()) <= 1

    def _services(self) -> None:
        states, world = self.run.services.states, self.run.world
        without = {ServiceState.DOWN, ServiceState.STALE}
        for name, service in world.topology.services.items():
            sources = {states[source] for source in service.reads}
            lacking = not world.holds(name) or ServiceState.DOWN in sources
            assert (states[name] in without) == (lacking or ServiceState.STALE in sources)
            if states[name] is ServiceState.STALE:
                assert service.fallback is not None or ServiceState.STALE in sources
        for fluid in self.run.services.fluids.values():
            assert fluid.behind >= 0
            spread = fluid.served + fluid.stale + fluid.lost + fluid.manual + fluid.waiting
            assert spread == pytest.approx(fluid.arrived)
