"""A scenario replayed: every response run on the same luck, measured, and set side by side."""

from collections.abc import Iterable, Mapping

from scenarios.model import Expectation, FaultKind, Response, Scenario
from simulator.run import Run
from timeline.export import measure_at, response_document
from timeline.judging import cost_of, failovers, judge_objectives, main_service, option_of, stranded
from timeline.measures import measure_service
from timeline.record import Timeline
from timeline.results import ExpectationResult, ReplayResult, ResponseResult, WorkloadResult
from topology.errors import InputError, Problem


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
        stranded=tuple(dict.fromkeys(name for each in responses for name in stranded(each.timeline))),
    )


def replay_response(scenario: Scenario, response: Response, seed: int) -> ResponseResult:
    """Run one *response* and measure it."""
    if all(fault.kind in PLAIN for fault in scenario.incident):
        timeline, workloads = Run(scenario, response, seed).finish()
        violations: tuple[str, ...] = ()
    else:
        timeline, workloads, violations = _checked(scenario, response, seed)
    topology = response.topology
    services = topology.services.values()
    option, bought = option_of(scenario.topology, topology)
    return ResponseResult(
        name=response.name,
        title=response.title,
        must_meet=response.must_meet,
        topology=topology,
        timeline=timeline,
        services={service.name: measure_service(timeline, service.name, service.objectives) for service in services},
        objectives={service.name: judge_objectives(timeline, topology, service) for service in services},
        workloads=workloads,
        failover=failovers(timeline),
        cost=cost_of(timeline, topology, option),
        bought=bought,
        violations=violations,
    )


PLAIN = frozenset({FaultKind.FAIL, FaultKind.RESTORE, FaultKind.PARTITION, FaultKind.FLAP, FaultKind.DELAY})
"""Faults of the plant alone. Whoever writes others is after the controller, and wants to know whether it was led astray."""


def _checked(scenario: Scenario, response: Response, seed: int) -> tuple[Timeline, dict[str, WorkloadResult], tuple[str, ...]]:
    """Run one response with every checker looking on, which takes longer to begin with."""
    from simulator.checking.checkers import Checkers

    checkers = Checkers()
    timeline, workloads = Run(scenario, response, seed, watchers=(checkers,)).finish()
    checkers.finish()
    return timeline, workloads, tuple(dict.fromkeys(str(each) for each in checkers.violations))


def _hit(scenario: Scenario) -> tuple[str, ...]:
    struck = [name for fault in scenario.incident if fault.kind not in (FaultKind.DELAY, FaultKind.ORDER) for name in fault.targets]
    return tuple(dict.fromkeys(struck))


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
