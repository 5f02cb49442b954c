"""No schedule of twenty thousand breaks anything, and together they go everywhere that the controller can be.

A failure prints the commands that repeat it.
"""

import os

import pytest

from failover.core.states import EDGES
from scenarios.model import FaultKind
from simulator.fuzzing.campaign import Campaign, Tally, run_campaign
from simulator.fuzzing.filing import repeat_command
from topology.load import load_topology
from topology.sources import find_network

SCHEDULES = 20_000


@pytest.fixture(scope="module")
def tally() -> Tally:
    campaign = Campaign(load_topology(find_network("failover-proving")), schedules=SCHEDULES)
    return run_campaign(campaign, os.cpu_count() or 1)


def test_no_schedule_breaks_an_invariant(tally: Tally) -> None:
    found = [f"{each.invariant}: {each.text}: {repeat_command(each, 'failover-proving')}" for each in tally.violations]
    assert found == []


def test_every_kind_of_fault_strikes(tally: Tally) -> None:
    assert set(tally.faults) == {kind.value for kind in FaultKind}


def test_every_edge_is_taken_and_none_that_is_not_declared(tally: Tally) -> None:
    assert set(tally.edges) == {(before.value, after.value) for before, after in EDGES}
