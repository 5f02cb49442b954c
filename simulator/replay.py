"""A scenario replayed: every response run on the same luck, measured, and set side by side."""

from collections.abc import Iterable, Mapping, Sequence

from scenarios.model import Expectation, FaultKind, Response, Scenario
from simulator.run import Run
from timeline.export import measure_at, response_document
from timeline.measures import measure_service, outages
from timeline.record import FailoverState, Kind, Timeline
from timeline.results import (
    Cost,
    ExpectationResult,
    FailoverResult,
    ObjectiveResult,
    ReplayResult,
    ResponseResult,
)
from topology.errors import InputError, Problem
from topology.gates import View, input_names
from topology.model import Service, Topology
from topology.quantities import HOUR


def replay(scenario: Scenario, seed: int = 0) -> ReplayResult:
    """Run every response of *scenario* and return what came of each. Raises InputError for an expectation of no known measure."""
    responses = tuple(replay_response(scenario, response, seed) for response in scenario.responses)
    return ReplayResult(
        scenario=scenario.name,
        title=scenario.title,
        summary=scenario.summary,
        topology=scenario.topology,
        seed=seed,
        start=scenario.start,
        horizon_seconds=scenario.horizon_seconds,
        hit=_hit(scenario),
        main_service=main_service(scenario.topology, responses),
        responses=responses,
        expectations=tuple(
            _judge(expectation, responses) for expectation in scenario.expectations if _played(expectation, responses)
        ),
        facts=scenario.facts,
        notes=scenario.notes,
    )


def replay_response(scenario: Scenario, response: Response, seed: int) -> ResponseResult:
    """Run one *response* and measure it."""
    timeline, workloads = Run(scenario, response, seed).finish()
    topology = response.topology
    services = {service.name: measure_service(timeline, service.name, service.objectives) for service in topology.services.values()}
    failovers = _failovers(timeline, topology)
    option, bought = _option(scenario.topology, topology)
    return ResponseResult(
        name=response.name,
        title=response.title,
        must_meet=response.must_meet,
        topology=topology,
        timeline=timeline,
        services=services,
        objectives={service.name: _objectives(timeline, topology, service) for service in topology.services.values()},
        workloads=workloads,
        failover=failovers,
        cost=_cost(timeline, topology, option),
        bought=bought,
    )


def main_service(topology: Topology, responses: Sequence[ResponseResult]) -> str:
    """Return the service to speak of first: of those that had an outage the dearest, else the one that most others read."""

    def weight(service: Service) -> tuple[bool, float, int, float]:
        longest = max((each.services[service.name].longest_outage_seconds for each in responses), default=0.0)
        readers = sum(service.name in other.reads for other in topology.services.values())
        return longest > 0, service.cost_per_hour.amount if service.cost_per_hour else 0.0, readers, longest

    return max(topology.services.values(), key=weight).name


def _hit(scenario: Scenario) -> tuple[str, ...]:
    struck = [name for fault in scenario.incident if fault.kind is not FaultKind.DELAY for name in fault.targets]
    return tuple(dict.fromkeys(struck))


def _objectives(timeline: Timeline, topology: Topology, service: Service) -> dict[str, ObjectiveResult]:
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
        found["rpo"] = ObjectiveResult(goals.rpo_seconds, lost, lost <= goals.rpo_seconds)
    if goals.availability is not None:
        availability = measure_service(timeline, service.name, goals).availability
        found["availability"] = ObjectiveResult(goals.availability, availability, availability >= goals.availability)
    return found


def _lost_seconds(timeline: Timeline, topology: Topology, service: Service) -> float:
    """Return how much of the last data the worst failover lost, of any cluster that *service* hangs on or reads from."""
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
    return max((float(each.data["lost_seconds"]) for each in promoted if each.subject in concerned), default=0.0)


def _failovers(timeline: Timeline, topology: Topology) -> tuple[FailoverResult, ...]:
    """Say of each cluster that lost its primary what was decided the last time, and which members were refused on the way."""
    results = []
    for cluster in topology.clusters:
        records = timeline.about(Kind.FAILOVER, cluster)
        refused: dict[str, str] = {}
        decided, candidate, lost = "", None, None
        for record in records:
            match FailoverState(record.state):
                case FailoverState.REFUSED:
                    refused[record.data["host"]] = record.data["reason"]
                case FailoverState.PROMOTED:
                    decided, candidate, lost = "promoted", record.data["host"], record.data["lost_seconds"]
                case FailoverState.HALTED:
                    decided = "refused"
                case FailoverState.WAITING:
                    decided = "waiting"
                case FailoverState.FAILED:
                    decided = "failed"
                case FailoverState.WITHDRAWN:
                    decided = decided or "withdrawn"
                case FailoverState.SUSPECTED:
                    decided, candidate, lost = "", None, None
                    refused.clear()
                case FailoverState.PROMOTING:
                    pass
        if records:
            results.append(FailoverResult(cluster, decided, candidate, tuple(refused.items()), lost))
    return tuple(results)


def _option(base: Topology, changed: Topology) -> tuple[float, tuple[str, ...]]:
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


def _cost(timeline: Timeline, topology: Topology, option: float) -> Cost | None:
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


def _played(expectation: Expectation, responses: Iterable[ResponseResult]) -> bool:
    """Whether the response that *expectation* speaks of was replayed: a user may have asked for others only."""
    return any(each.name == expectation.response for each in responses)


def _judge(expectation: Expectation, responses: Iterable[ResponseResult]) -> ExpectationResult:
    response = next(each for each in responses if each.name == expectation.response)
    document: Mapping[str, object] = response_document(response)
    try:
        actual = measure_at(document, expectation.measure)
    except KeyError as error:
        message = f"'{expectation.measure}' is not a measure: {error.args[0]}"
        raise InputError([Problem("expect", 0, expectation.response, message)]) from None
    met = actual is not None and abs(actual - expectation.value) <= expectation.within * abs(expectation.value)
    return ExpectationResult(
        expectation.response,
        expectation.measure,
        expectation.value,
        actual,
        expectation.within,
        met,
        expectation.calibrated,
        expectation.source,
    )
