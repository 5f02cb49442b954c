"""What a timeline means for the network it happened on: promises kept, failovers decided, costs, and what never comes back."""

from collections.abc import Iterable, Sequence

from timeline.measures import measure_service, outages
from timeline.record import FailoverState, Kind, Record, Timeline
from timeline.results import Cost, FailoverResult, ObjectiveResult, ResponseResult
from topology.gates import View, input_names
from topology.model import Service, Topology
from topology.quantities import HOUR


def main_service(topology: Topology, responses: Sequence[ResponseResult]) -> str:
    """Return the service to speak of first: of those that had an outage the dearest, else the one that most others read."""

    def weight(service: Service) -> tuple[bool, float, int, float]:
        longest = max((each.services[service.name].longest_outage_seconds for each in responses), default=0.0)
        readers = sum(service.name in other.reads for other in topology.services.values())
        return longest > 0, service.cost_per_hour.amount if service.cost_per_hour else 0.0, readers, longest

    return max(topology.services.values(), key=weight).name


def judge_objectives(timeline: Timeline, topology: Topology, service: Service) -> dict[str, ObjectiveResult]:
    """Hold what was promised of *service* against what became of it; a loss that nobody can know does not meet an RPO."""
    goals = service.objectives
    found: dict[str, ObjectiveResult] = {}
    suffered = outages(timeline, service.name, goals.accepts_stale)
    if goals.rto_seconds is not None:
        open_at_the_end = any(outage.restored is None for outage in suffered)
        longest = max((outage.seconds for outage in suffered), default=0.0)
        met = not open_at_the_end and longest <= goals.rto_seconds
        found["rto"] = ObjectiveResult(goals.rto_seconds, None if open_at_the_end else longest, met)
    if goals.rpo_seconds is not None:
        lost = _lost_seconds(timeline, topology, service)
        found["rpo"] = ObjectiveResult(goals.rpo_seconds, lost, lost is not None and lost <= goals.rpo_seconds)
    if goals.availability is not None:
        availability = measure_service(timeline, service.name, goals).availability
        found["availability"] = ObjectiveResult(goals.availability, availability, availability >= goals.availability)
    return found


def _lost_seconds(timeline: Timeline, topology: Topology, service: Service) -> float | None:
    """Return how much of the last data the worst failover lost, of any cluster that *service* hangs on or reads from.

    None where a standby was promoted of which nobody said how far it was behind.
    """
    entities = {entity.name: entity for entity in topology.entities()}
    concerned: set[str] = set()
    pending = [service.name]
    while pending:
        name = pending.pop()
        if name not in concerned:
            concerned.add(name)
            pending.extend(input_names(entities[name], View.AFTER_FAILOVER))
            pending.extend(topology.services[name].reads if name in topology.services else ())
    promoted = (each for each in timeline.records if each.kind is Kind.FAILOVER and each.state == FailoverState.PROMOTED)
    lost = [each.data["lost_seconds"] for each in promoted if each.subject in concerned]
    return None if None in lost else float(max(lost, default=0.0))


def failovers(timeline: Timeline) -> tuple[FailoverResult, ...]:
    """Say of each cluster whose primary was lost or replaced what came of it last, and who was refused in the last choice."""
    begins = (FailoverState.SUSPECTED, FailoverState.DECIDED)
    told = (record for record in timeline.records if record.kind is Kind.FAILOVER and record.state in begins)
    clusters = dict.fromkeys(record.subject for record in told)
    return tuple(_failover(cluster, timeline.about(Kind.FAILOVER, cluster)) for cluster in clusters)


def _failover(cluster: str, records: Iterable[Record]) -> FailoverResult:
    refused: dict[str, str] = {}
    decided, candidate, lost, before = "", None, None, ""
    for record in records:
        match FailoverState(record.state):
            case FailoverState.SUSPECTED:
                decided, candidate, lost = "", None, None
                refused.clear()
            case FailoverState.DECIDED if record.data["goal"] in _REPLACES:
                decided, candidate, lost = "", None, None
            case FailoverState.REFUSED:
                if before != FailoverState.REFUSED:
                    refused.clear()  # these are of another choice
                refused[record.data["host"]] = record.data["reason"]
            case FailoverState.PROMOTED:
                decided, candidate, lost = "promoted", record.data["host"], record.data["lost_seconds"]
            case FailoverState.RECOVERED:
                decided = decided if decided == "promoted" else "restarted"
            case FailoverState.WITHDRAWN:
                decided = decided or "withdrawn"
            case FailoverState.HELD:
                decided = decided or "held"
            case state if state in _DECIDED and decided != "promoted":
                decided = _DECIDED[state]
            case _:
                pass
        before = record.state
    return FailoverResult(cluster, decided, candidate, tuple(refused.items()), lost)


_REPLACES = frozenset({"failover", "switchover", "start"})
"""The goals of recoveries that have an outcome of their own."""
_DECIDED = {
    FailoverState.HALTED: "refused",
    FailoverState.WAITING: "waiting",
    FailoverState.FAILED: "failed",
}
"""What a failover has come to, while it has not come to more."""


def option_of(base: Topology, changed: Topology) -> tuple[float, tuple[str, ...]]:
    """Return what *changed* costs beyond *base*, and what is bought for it, in words."""
    amount = 0.0
    bought = []
    for section in ("hosts", "components"):
        for name, entity in getattr(changed, section).items():
            if name not in getattr(base, section):
                amount += entity.cost.amount if entity.cost else 0.0
                bought.append(f"{entity.title or name} ({name})" if entity.title not in ("", name) else name)
    for site, parts in changed.stock.items():
        for part, count in parts.items():
            more = count - base.stock.get(site, {}).get(part, 0)
            if more > 0:
                unit_cost = changed.parts[part].unit_cost
                amount += more * (unit_cost.amount if unit_cost else 0.0)
                bought.append(f"{more} × {changed.parts[part].title} at {changed.sites[site].title}")
    return amount, tuple(bought)


def cost_of(timeline: Timeline, topology: Topology, option: float) -> Cost | None:
    """What not being available costs; None where no service has a cost."""
    priced = [service for service in topology.services.values() if service.cost_per_hour]
    if not priced:
        return None
    amount, currency = 0.0, ""
    for service in priced:
        assert service.cost_per_hour is not None
        seconds = sum(each.seconds for each in outages(timeline, service.name, service.objectives.accepts_stale))
        amount += service.cost_per_hour.amount * seconds / HOUR
        currency = service.cost_per_hour.currency
    return Cost(currency, amount, option)


def stranded(timeline: Timeline) -> tuple[str, ...]:
    """Return what failed itself, is down at the horizon, and has not begun any recovery: nobody said how it comes back."""
    down: dict[str, Record] = {}
    for record in timeline.records:
        if record.kind in (Kind.HOST, Kind.COMPONENT, Kind.SITE):
            down.pop(record.subject, None)
            if record.state == "down" and any(timeline.records[each].kind is Kind.FAULT for each in record.because):
                down[record.subject] = record
        elif record.kind is Kind.STAGE:
            down.pop(record.subject, None)
    return tuple(down)
