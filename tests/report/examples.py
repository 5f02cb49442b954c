"""A replay result made by hand: five servers lost, and four responses. For tests, and to look at a report without a simulator."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from timeline.measures import measure_service, outages
from timeline.record import Kind, Record, Timeline
from timeline.results import (
    Cost,
    ExpectationResult,
    FailoverResult,
    ObjectiveResult,
    ReplayResult,
    ResponseResult,
    Reversal,
    WorkloadResult,
)
from topology.facts import Fact, Mark
from topology.load import load_topology
from topology.model import Host, Topology
from topology.quantities import DAY, HOUR, MINUTE
from topology.sources import find_network

SCENARIO, START, HORIZON = "five-server-outage", "2014-04-12T00:00-04:00", 120 * DAY
COURT = load_topology(find_network("immigration-courts"))
SERVERS = tuple(f"fc-srv-{number}" for number in range(1, 6))


class History:
    """Writes records one after the other; each method returns the number of its record."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def add(self, at: float, kind: Kind, subject: str, state: str, *because: int, **data: Any) -> int:
        number = len(self.records)
        self.records.append(Record(number, at, kind, subject, state, because, data))
        return number

    def timeline(self, response: str, topology: Topology, horizon: float = HORIZON) -> Timeline:
        return Timeline(SCENARIO, response, START, horizon, 0, tuple(topology.services), tuple(self.records))


def lost_servers(history: History, ordered: float, arrived: float, data_back: float, caught_up: float, promoted: bool) -> None:
    """Lose the five servers at 0, and bring back first them, then their data, then what hangs on it."""
    faults = [history.add(0, Kind.FAULT, name, "fail", cause="storage drives") for name in SERVERS]
    down = [history.add(0, Kind.HOST, name, "down", fault) for name, fault in zip(SERVERS, faults, strict=True)]
    storage = history.add(0, Kind.COMPONENT, "fc-storage", "down", *down[:2])
    registration = history.add(0, Kind.COMPONENT, "fc-registration-data", "down", storage)
    database = history.add(0, Kind.HOST, "fc-db-1", "down", storage)
    history.add(0, Kind.HOST, "fc-db-2", "down", storage)
    cluster = history.add(0, Kind.CLUSTER, "case-db", "down", database, primary="fc-db-1")
    records = history.add(0, Kind.SERVICE, "case-records", "down", cluster)
    for name in ("hotline", "lookup", "recording"):
        history.add(0, Kind.SERVICE, name, "down", records)
    history.add(0, Kind.SERVICE, "eregistration", "down", registration)
    waits = [history.add(0, Kind.STAGE, name, "started", one, stage="wait", reason="diagnosis and order")
             for name, one in zip(SERVERS, down, strict=True)]  # fmt: skip
    if promoted:
        take_over(history, database)
    waited = [history.add(ordered, Kind.STAGE, name, "done", one, stage="wait", reason="diagnosis and order")
              for name, one in zip(SERVERS, waits, strict=True)]  # fmt: skip
    parts = waited
    if arrived > ordered:
        order = history.add(ordered, Kind.ORDER, "storage-drive", "placed", *waited, site="falls-church", count=5)
        parts = [history.add(arrived, Kind.ORDER, "storage-drive", "arrived", order, stage="part", site="falls-church", count=5)]
    worked = arrived + 4 * HOUR
    done = [history.add(worked, Kind.STAGE, name, "done", *parts, stage="work", reason="drives fitted") for name in SERVERS]
    back = [history.add(worked, Kind.HOST, name, "up", one) for name, one in zip(SERVERS, done, strict=True)]
    if not promoted:
        history.add(11 * DAY, Kind.SERVICE, "hotline", "stale", 0, stage="fallback")
    begun = history.add(
        worked, Kind.STAGE, "fc-storage", "started", *back[:4], stage="restore", reason="data rebuilt by specialists"
    )
    rebuilt = history.add(
        data_back, Kind.STAGE, "fc-storage", "done", begun, stage="restore", reason="data rebuilt by specialists"
    )  # fmt: skip
    storage = history.add(data_back, Kind.COMPONENT, "fc-storage", "up", rebuilt)
    database = history.add(data_back, Kind.HOST, "fc-db-1", "up", storage)
    history.add(data_back, Kind.HOST, "fc-db-2", "up", storage)
    if not promoted:
        cluster = history.add(data_back, Kind.CLUSTER, "case-db", "up", database, primary="fc-db-1")
        records = history.add(data_back, Kind.SERVICE, "case-records", "backlogged", cluster)
        for name in ("hotline", "lookup", "recording"):
            history.add(data_back, Kind.SERVICE, name, "up", records)
        entered = history.add(data_back + caught_up, Kind.WORKLOAD, "hearings", "cleared", records, peak=125_000)
        history.add(data_back + caught_up, Kind.SERVICE, "case-records", "up", entered)
    registration_back(history, data_back, storage)
    history.records.sort(key=lambda record: record.at)
    renumber = {record.id: number for number, record in enumerate(history.records)}
    history.records[:] = [
        replace(record, id=renumber[record.id], because=tuple(renumber[each] for each in record.because))
        for record in history.records
    ]


def registration_back(history: History, data_back: float, storage: int) -> None:
    back, name, reason = data_back + 21 * DAY, "fc-registration-data", "registration rebuilt last"
    begun = history.add(data_back, Kind.STAGE, name, "started", storage, stage="restore", reason=reason)
    done = history.add(back, Kind.STAGE, name, "done", begun, stage="restore", reason=reason)
    data = history.add(back, Kind.COMPONENT, "fc-registration-data", "up", done)
    history.add(back, Kind.SERVICE, "eregistration", "up", data)


def take_over(history: History, database: int) -> None:
    """Promote the standby at the recovery site, five minutes after the loss is seen."""
    suspected = history.add(3, Kind.FAILOVER, "case-db", "suspected", database)
    refused = history.add(
        3, Kind.FAILOVER, "case-db", "refused", suspected, host="fc-db-2", reason="hangs on 'fc-storage', which failed"
    )  # fmt: skip
    begun = history.add(3, Kind.FAILOVER, "case-db", "promoting", refused, host="rs-db-1")
    at = 3 + 5 * MINUTE
    promoted = history.add(at, Kind.FAILOVER, "case-db", "promoted", begun, host="rs-db-1", lost_seconds=5.0, stage="failover")
    cluster = history.add(at, Kind.CLUSTER, "case-db", "up", promoted, primary="rs-db-1")
    records = history.add(at, Kind.SERVICE, "case-records", "up", cluster)
    for name in ("hotline", "lookup", "recording"):
        history.add(at, Kind.SERVICE, name, "up", records)


def backlog(rate: float, per_court_day: float, until: float, cleared: float) -> WorkloadResult:
    """Pile up *rate* items a court day until *until*, then enter them until *cleared*."""
    corners, items = [(0.0, 0.0)], 0.0
    for day in range(int(until / DAY)):
        if (day + 5) % 7 < 5:
            corners.append((day * DAY + 8 * HOUR, items))
            items += rate
            corners.append((day * DAY + 17 * HOUR, items))
    peak = items
    corners += [(until, peak), (cleared, 0.0), (HORIZON, 0.0)]
    arrived = rate * 84
    return WorkloadResult(arrived, arrived - peak, 0, 0, peak, 0, peak, peak, cleared, tuple(corners))


def none_lost(rate: float) -> WorkloadResult:
    return WorkloadResult(rate * 84, rate * 84, 0, 0, 0, 0, 0, 0, None, ((0.0, 0.0), (HORIZON, 0.0)))


def respond(
    name: str,
    title: str,
    topology: Topology,
    timeline: Timeline,
    workloads: Mapping[str, WorkloadResult],
    failover: Iterable[FailoverResult] = (),
    option_cost: float = 0.0,
    bought: tuple[str, ...] = (),
) -> ResponseResult:
    """Measure *timeline* and put everything together."""
    services = {each.name: measure_service(timeline, each.name, each.objectives) for each in topology.services.values()}
    objectives: dict[str, dict[str, ObjectiveResult]] = {}
    outage_cost = 0.0
    for service in topology.services.values():
        goals: dict[str, ObjectiveResult] = {}
        found = services[service.name]
        if service.objectives.rto_seconds is not None:
            longest = found.longest_outage_seconds
            goals["rto"] = ObjectiveResult(service.objectives.rto_seconds, longest, longest <= service.objectives.rto_seconds)
        if service.objectives.rpo_seconds is not None:
            lost = max((each.lost_seconds or 0.0 for each in failover), default=0.0)
            goals["rpo"] = ObjectiveResult(service.objectives.rpo_seconds, lost, lost <= service.objectives.rpo_seconds)
        if service.objectives.availability is not None:
            limit = service.objectives.availability
            goals["availability"] = ObjectiveResult(limit, found.availability, found.availability >= limit)
        if goals:
            objectives[service.name] = goals
        if service.cost_per_hour is not None:
            gone = sum(each.seconds for each in outages(timeline, service.name))
            outage_cost += service.cost_per_hour.amount * gone / HOUR
    cost = Cost("USD", outage_cost, option_cost)
    failed = tuple(failover)
    return ResponseResult(name, title, False, topology, timeline, services, objectives, workloads, failed, cost, bought)


def founding_case() -> ReplayResult:
    """Return the loss of five servers at Falls Church, with four responses."""
    base = lost(COURT, "as-happened", 23 * DAY, 892 * HOUR, 29 * DAY, False)
    spares = lost(COURT, "spares-on-hand", 9 * DAY, 556 * HOUR, 21 * DAY, False)
    shared = replace(base, response="shared-standby")
    standby = replace(COURT.hosts["fc-db-1"], name="rs-db-1", title="Database, recovery site", site="recovery-site", uses=())
    wider = with_standby(COURT, standby)
    independent = lost(wider, "independent-standby", 23 * DAY, 892 * HOUR, 0, True)
    slow = {
        "hearings": backlog(5000, 5808, 892 * HOUR, 892 * HOUR + 29 * DAY),
        "receipts": backlog(1100, 1272, 892 * HOUR, 1500 * HOUR),
    }
    less = {
        "hearings": backlog(5000, 5808, 556 * HOUR, 556 * HOUR + 21 * DAY),
        "receipts": backlog(1100, 1272, 556 * HOUR, 980 * HOUR),
    }
    calm = {"hearings": none_lost(5000), "receipts": none_lost(1100)}
    refusal = FailoverResult("case-db", "refused", None, (("fc-db-2", "hangs on 'fc-storage', which failed"),), None)
    promotion = FailoverResult("case-db", "promoted", "rs-db-1", refusal.refused, 5.0)
    responses = (
        respond("as-happened", "As it happened", COURT, base, slow),
        respond("spares-on-hand", "Spares on hand", COURT, spares, less, (), 2000, ("5 × storage-drive at falls-church",)),
        respond("shared-standby", "Standby on shared storage", COURT, shared, slow, (refusal,)),
        respond(
            "independent-standby", "Independent standby", wider, independent, calm, (promotion,), 60000,
            ("rs-db-1 at recovery-site",),
        ),
    )  # fmt: skip
    return ReplayResult(
        scenario=SCENARIO,
        title="Five servers lost, and the case system gone for five weeks",
        summary="Five servers at Falls Church failed at once. The parts took two weeks, and rebuilding the data two more.",
        topology=COURT,
        seed=0,
        start=START,
        horizon_seconds=HORIZON,
        hit=SERVERS,
        main_service="case-records",
        responses=responses,
        expectations=(
            ExpectationResult(
                "as-happened", "services.case-records.longest_outage_seconds", 897 * HOUR, 892 * HOUR, 0.1, True, True,
                "EOIR System Update",
            ),
        ),
        facts=(
            *COURT.facts,
            Fact(
                ("scenario", "incident", 0, "recover", 0, "wait"), "9d", Mark.DERIVED, why="12 to 21 April", low="5d", high="12d"
            ),
        ),
        reversals=tuple(reversals()),
        command="continuance replay five-server-outage --report report.html",
    )  # fmt: skip


def reversals() -> Iterable[Reversal]:
    """Try every bounded number of the topology; only one of them changes anything."""
    best, met = "independent-standby", frozenset({"independent-standby"})
    for fact in COURT.facts:
        for bound, value in (("low", fact.low), ("high", fact.high)):
            if value is None:
                continue
            slow = fact.key == "clusters.case-db.promotion.takes" and bound == "high"
            before = {"as-happened": 892 * HOUR, best: 5 * MINUTE}
            yield Reversal(fact, bound, value, best, best, before, before, met, frozenset() if slow else met)


def lost(
    topology: Topology, response: str, arrived: float, data_back: float, caught_up: float, promoted: bool
) -> Timeline:  # fmt: skip
    history = History()
    lost_servers(history, 9 * DAY, arrived, data_back, caught_up, promoted)
    return history.timeline(response, topology)


def with_standby(topology: Topology, standby: Host) -> Topology:
    cluster = topology.clusters["case-db"]
    return replace(
        topology,
        hosts={**topology.hosts, standby.name: standby},
        clusters={**topology.clusters, "case-db": replace(cluster, members=(*cluster.members, standby.name))},
    )


if __name__ == "__main__":
    from report.page import write_report

    print(write_report(founding_case()), end="")
