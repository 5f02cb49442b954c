from dataclasses import replace

import pytest

from tests.report.examples import founding_case
from timeline.results import ResponseResult

RESULT = founding_case()
FIRST, SPARES = RESULT.responses[:2]


def unpriced(response: ResponseResult, name: str, down: float, stale: float = 0.0) -> ResponseResult:
    """Return *response* without costs, its main service so long down and stale."""
    measures = replace(response.services[RESULT.main_service], downtime_seconds=down, stale_seconds=stale)
    return replace(response, name=name, cost=None, services={**response.services, RESULT.main_service: measures})


def best(*responses: ResponseResult) -> str:
    return replace(RESULT, responses=responses).best().name


def test_the_best_response_costs_least_whatever_the_outage() -> None:
    longer = replace(SPARES, services=FIRST.services, name="longer")
    assert SPARES.cost is not None
    assert best(FIRST, replace(SPARES, cost=replace(SPARES.cost, option=1e9)), longer) == "longer"


def test_without_costs_the_best_is_gone_for_the_least_time_stale_or_down() -> None:
    assert best(unpriced(FIRST, "one", 100.0), unpriced(FIRST, "other", 0.0, 200.0)) == "one"
    assert best(unpriced(FIRST, "one", 100.0), unpriced(FIRST, "other", 10.0, 20.0)) == "other"


def test_of_equals_the_first_is_the_best() -> None:
    assert best(unpriced(FIRST, "one", 5.0), unpriced(FIRST, "other", 5.0)) == "one"


@pytest.mark.parametrize(
    ("best_after", "met_after", "reverses"),
    [("a", {"a"}, False), ("b", {"a"}, True), ("a", {"a", "b"}, True), ("a", set(), True)],
)
def test_another_best_or_another_set_that_meets_its_objectives_reverses_the_conclusion(
    best_after: str, met_after: set[str], reverses: bool
) -> None:
    reversal = replace(RESULT.reversals[0], best_before="a", best_after=best_after, met_before=frozenset("a"))
    assert replace(reversal, met_after=frozenset(met_after)).reverses is reverses
