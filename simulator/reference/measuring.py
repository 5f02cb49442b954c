"""What a history of the reference engine comes to: the row of numbers of `plant.columns`, and its log as text."""

from collections.abc import Iterator

from simulator.plant.plant import Plan
from simulator.reference.engine import History
from timeline.measures import intervals, outages
from timeline.record import Kind, Record, ServiceState, Timeline


def measure_history(plan: Plan, pools: tuple[tuple[str, str], ...], seed: int, run: int) -> tuple[list[float], list[Record]]:
    """Let history number *run* happen; return what it comes to, and its records."""
    history = History(plan, seed, run)
    workloads = history.happen()
    topology, world = plan.topology, history.world
    services = tuple(topology.services)
    timeline = Timeline("", "", plan.start, plan.horizon_seconds, seed, services, tuple(world.records))
    row: list[float] = [world.transitions]
    for service in topology.services.values():
        row += _service_measures(timeline, service.name, service.objectives.accepts_stale)
    for name in services:
        for workload in topology.workloads.values():
            if workload.service == name:
                w = workloads[workload.name]
                row += [w.arrived, w.served, w.stale, w.lost, w.manual, w.waiting, w.entered, w.backlog_peak]
    for pool in pools:
        row += [history.stores.demands.get(pool, 0), history.stores.stock_outs.get(pool, 0)]
    row += [serving.takeovers for serving in history.switchovers.clusters.values()]
    return row, world.records


def _service_measures(timeline: Timeline, name: str, accepts_stale: bool) -> Iterator[float]:
    seconds = dict.fromkeys(ServiceState, 0.0)
    for interval in intervals(timeline, name):
        seconds[interval.state] += interval.ends - interval.begins
    found = outages(timeline, name, accepts_stale)
    yield (seconds[ServiceState.UP] + seconds[ServiceState.BACKLOGGED]) / timeline.horizon_seconds
    yield seconds[ServiceState.DOWN]
    yield seconds[ServiceState.STALE]
    yield seconds[ServiceState.BACKLOGGED]
    yield len(found)
    yield max((outage.seconds for outage in found), default=0.0)


def log_of(records: list[Record]) -> Iterator[str]:
    """Yield a line for everything that happened, as `kernel.log` does."""
    for record in records:
        yield " ".join((float(record.at).hex(), record.kind.value, record.subject, record.state, *_details(record)))


def _details(record: Record) -> list[str]:
    data = record.data
    match record.kind:
        case Kind.UNIT:
            return [data["part"], str(data["slot"]), str(data["working"])]
        case Kind.STAGE:
            return [data["stage"]]
        case Kind.ORDER:
            return [data["site"]]
        case Kind.FAILOVER:
            return [data["host"]]
        case _:
            return []
