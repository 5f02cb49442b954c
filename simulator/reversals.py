"""What the conclusion of a replay hangs on: each assumption replayed at its bounds, alone."""

from collections.abc import Iterable
from dataclasses import replace

from scenarios.load import Source, build_scenario
from scenarios.model import Scenario
from simulator.replay import replay
from timeline.judging import cost_of, option_of
from timeline.results import ReplayResult, Reversal
from topology.facts import Fact

Trial = tuple[Fact, str, str]
"""An assumption to replay with: the fact, which bound, and its value."""


def trials(result: ReplayResult) -> list[Trial]:
    """Return every bound of every assumption that could move the conclusion.

    What only scales the work that arrives is left out: it moves neither an outage nor its cost.
    """
    bounds = [(fact, bound, getattr(fact, bound)) for fact in result.facts for bound in ("low", "high")]
    return [(fact, bound, value) for fact, bound, value in bounds if value is not None and "workloads" not in fact.path]


def with_reversals(source: Source, result: ReplayResult, tried: Iterable[Trial]) -> ReplayResult:
    """Return *result* with what becomes of its conclusion when each of the assumptions in *tried* alone lies at its bound."""
    found = []
    for fact, bound, value in tried:
        scenario = build_scenario(source.with_value(fact, value))
        if fact.path[-1] in _PRICES:
            varied = _priced_anew(scenario, result)
        else:
            varied = replace(replay(_without_work(scenario), result.seed), main_service=result.main_service)
        found.append(_reversal(fact, bound, value, result, varied))
    return replace(result, reversals=tuple(found))


_PRICES = frozenset({"cost", "unit_cost"})
"""The last steps of the paths of facts that are prices: they move what an outage costs, and nothing that happens."""


def _priced_anew(scenario: Scenario, result: ReplayResult) -> ReplayResult:
    """Return *result* with the costs that the prices of *scenario* give it."""
    responses = []
    for response, played in zip(scenario.responses, result.responses, strict=True):
        option, _ = option_of(scenario.topology, response.topology)
        responses.append(replace(played, cost=cost_of(played.timeline, response.topology, option)))
    return replace(result, responses=tuple(responses))


def _without_work(scenario: Scenario) -> Scenario:
    """Leave out the work that arrives, which moves no outage, and what is expected, which is no conclusion."""
    responses = (replace(each, topology=replace(each.topology, workloads={})) for each in scenario.responses)
    return replace(scenario, responses=tuple(responses), expectations=())


def _reversal(fact: Fact, bound: str, value: str, before: ReplayResult, after: ReplayResult) -> Reversal:
    return Reversal(
        fact=fact,
        bound=bound,
        value=value,
        best_before=before.best().name,
        best_after=after.best().name,
        longest_outage_before_seconds=_longest(before),
        longest_outage_after_seconds=_longest(after),
        met_before=_meeting(before),
        met_after=_meeting(after),
    )


def _longest(result: ReplayResult) -> dict[str, float]:
    return {
        each.name: each.services[result.main_service].longest_outage_seconds
        for each in result.responses
        if result.main_service in each.services
    }


def _meeting(result: ReplayResult) -> frozenset[str]:
    return frozenset(
        each.name
        for each in result.responses
        if all(objective.met for objective in each.objectives.get(result.main_service, {}).values())
    )
