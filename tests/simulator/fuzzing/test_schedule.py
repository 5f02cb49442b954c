from collections import Counter

import pytest

from scenarios.kinds import RULES
from scenarios.model import FaultKind, Phase
from simulator.fuzzing.campaign import Campaign
from simulator.fuzzing.luck import Luck
from simulator.fuzzing.policies import POLICIES
from simulator.fuzzing.schedule import FAULTS_MAX, FAULTS_MIN, MENDED, MENDED_AT_SECONDS, Schedules
from topology.load import load_topology
from topology.model import Mode, Topology
from topology.sources import find_network

MANY = 1500


@pytest.fixture(scope="module")
def ground() -> Topology:
    return load_topology(find_network("failover-proving"))


@pytest.fixture(scope="module")
def drawn(ground: Topology) -> Schedules:
    return Schedules(ground, seed=0)


def test_a_schedule_is_decided_by_its_seed_and_number(ground: Topology, drawn: Schedules) -> None:
    again, other = Schedules(ground, 0), Schedules(ground, 1)
    for number in (7, 3, 11):
        assert again.draw(number) == drawn.draw(number)
        assert other.draw(number).scenario.incident != drawn.draw(number).scenario.incident


def test_every_kind_of_fault_is_drawn_at_a_time_and_at_a_command(drawn: Schedules) -> None:
    at: Counter[FaultKind] = Counter()
    when: Counter[FaultKind] = Counter()
    for number in range(MANY):
        for fault in drawn.draw(number).scenario.incident[:-2]:
            (when if fault.when else at)[fault.kind] += 1
    assert set(at) == set(when) == set(FaultKind)


def test_every_schedule_strikes_in_the_midst_of_a_recovery(drawn: Schedules) -> None:
    phases: Counter[Phase] = Counter()
    for number in range(200):
        faults = [fault for fault in drawn.draw(number).scenario.incident if fault.cause != MENDED]
        assert FAULTS_MIN <= len(faults) <= FAULTS_MAX + 7
        triggers = [fault.when for fault in faults if fault.when is not None]
        assert triggers
        phases.update(each.phase for each in triggers)
        assert all(fault.at_seconds < MENDED_AT_SECONDS / 2 for fault in faults)
    assert set(phases) == set(Phase)


def test_every_fault_heals_that_can(drawn: Schedules) -> None:
    for number in range(200):
        for fault in drawn.draw(number).scenario.incident:
            assert (fault.for_seconds is not None) is ("for" in RULES[fault.kind].may)


def test_everything_is_mended_in_the_end(ground: Topology, drawn: Schedules) -> None:
    restore, power = drawn.draw(0).scenario.incident[-2:]
    assert (restore.kind, power.kind) == (FaultKind.RESTORE, FaultKind.RETURN_POWER)
    assert set(restore.targets) == {*ground.hosts, *ground.components, *ground.sites}
    assert set(power.targets) == {member for cluster in ground.clusters.values() for member in cluster.members}


def test_every_policy_is_drawn_automatic_ones_most_often(drawn: Schedules) -> None:
    policies = Counter(drawn.draw(number).policy for number in range(MANY))
    assert set(policies) == set(POLICIES)
    assert sum(count for policy, count in policies.items() if policy.mode is Mode.AUTOMATIC) > MANY / 2


def test_a_schedule_has_the_policy_it_says(drawn: Schedules) -> None:
    for number in range(20):
        schedule = drawn.draw(number)
        assert {cluster.policy for cluster in schedule.response.topology.clusters.values()} == {schedule.policy}


def test_faults_may_be_limited_to_some_kinds(ground: Topology) -> None:
    kinds = frozenset({FaultKind.LAG, FaultKind.LEASE_LOST})
    schedules = Campaign(ground, kinds=kinds).drawn()
    found = {fault.kind for number in range(50) for fault in schedules.draw(number).scenario.incident if fault.cause != MENDED}
    assert found == kinds


def test_a_fence_that_hits_another_host_meets_one_that_is_off(drawn: Schedules) -> None:
    incidents = [drawn.draw(number).scenario.incident for number in range(MANY)]
    hit = [(fault, incident) for incident in incidents for fault in incident if fault.kind is FaultKind.FENCE_HITS]
    off = [
        fault
        for fault, incident in hit
        if any(each.kind is FaultKind.FAIL and each.targets == (fault.instead,) for each in incident)
    ]
    assert len(hit) / 3 < len(off) < len(hit)


def test_a_draw_has_a_name_and_one_value() -> None:
    luck = Luck(0, 5)
    assert luck.share("fault 1", "kind") == Luck(0, 5).share("fault 1", "kind")
    assert len({luck.share("fault 1", "kind"), luck.share("fault 2", "kind"), luck.share("fault 1", "when")}) == 3
    assert luck.seed() == Luck(0, 5).seed() != Luck(0, 6).seed()


def test_what_is_drawn_by_weight_comes_as_often() -> None:
    drawn = Counter(Luck(0, number).weighted({"a": 3.0, "b": 1.0, "c": 0.0}, "x", "y") for number in range(2000))
    assert drawn["c"] == 0
    assert 0.72 < drawn["a"] / 2000 < 0.78


def test_both_ends_of_a_range_are_drawn() -> None:
    assert {Luck(0, number).whole(1, 3, "x", "y") for number in range(100)} == {1, 2, 3}
    assert {Luck(0, number).one_of("ab", "x", "y") for number in range(100)} == {"a", "b"}
