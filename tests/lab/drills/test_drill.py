"""Incidents on real hosts under load: nothing acknowledged is lost, never two writers, and what a replay foretells comes true."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lab.drills.drill import Drilled, drill
from lab.drills.result import two_writers
from lab.hosts import Lab
from scenarios.load import find_scenario, load_scenario
from timeline.record import FailoverState, Kind

pytestmark = pytest.mark.lab

WITHIN_SECONDS = 30.0
"""Many times what a failover takes here: a busy machine stretches everything."""


@pytest.fixture
def drilled(lab: Lab, tmp_path: Path) -> Callable[[str], Drilled]:
    def play(name: str) -> Drilled:
        scenario = load_scenario(find_scenario(name))
        response = next(each for each in scenario.responses if each.must_meet)
        found = drill(lab, scenario, response, tmp_path / name, lambda what: None)
        assert found.settled, states(found)
        assert found.load.writes.lost == 0
        assert found.load.writes.acknowledged > 0
        assert two_writers(found.load) == 0
        return found

    return play


def states(found: Drilled) -> list[tuple[float, str, dict[str, object]]]:
    return [(each.at, each.state, dict(each.data)) for each in found.timeline.records if each.kind is Kind.FAILOVER]


def moments(found: Drilled, state: FailoverState) -> list[float]:
    return [each.at for each in found.timeline.records if each.kind is Kind.FAILOVER and each.state == state]


@pytest.mark.parametrize("name", ["database-power-cut", "database-hang", "promotion-lies"])
def test_a_lost_primary_is_replaced_and_fenced_before(name: str, drilled: Callable[[str], Drilled]) -> None:
    found = drilled(name)

    assert found.primary["cases"] in ("db-2", "db-3")
    assert moments(found, FailoverState.FENCED)[0] < moments(found, FailoverState.PROMOTED)[0]
    outage = found.load.writes.longest_outage
    assert outage is not None
    assert outage.over
    assert outage.seconds < WITHIN_SECONDS


def test_nobody_is_promoted_while_nobody_can_prove_that_the_primary_is_off(drilled: Callable[[str], Drilled]) -> None:
    found = drilled("power-controller-dead")

    assert moments(found, FailoverState.HALTED)[0] < 60.0
    assert min(moments(found, FailoverState.PROMOTED)) > 60.0, "before somebody attested that it is off"
    assert found.primary["cases"] in ("db-2", "db-3")


def test_a_database_that_merely_died_is_started_where_it_is(drilled: Callable[[str], Drilled]) -> None:
    found = drilled("database-process-killed")

    assert found.primary["cases"] == "db-1"
    assert moments(found, FailoverState.FENCED) == moments(found, FailoverState.PROMOTED) == []


def test_a_planned_switchover_costs_nobody_a_lookup_or_a_call(drilled: Callable[[str], Drilled]) -> None:
    found = drilled("planned-switchover")

    assert found.primary["cases"] == "db-2"
    assert (found.load.lookups.failed, found.load.calls.failed) == (0, 0)
    assert moments(found, FailoverState.FENCED) == []
