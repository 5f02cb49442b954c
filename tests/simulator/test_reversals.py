import pytest

from scenarios.load import find_scenario, load_scenario, read_scenario
from simulator import reversals
from simulator.replay import replay
from simulator.reversals import trials, with_reversals
from tests.simulator.building import scenario_of
from topology.quantities import DAY, HOUR

OUTAGE = find_scenario("five-server-outage")


def test_the_parts_lead_time_moves_the_outage_and_not_the_conclusion() -> None:
    source = read_scenario(OUTAGE)
    result = replay(load_scenario(OUTAGE))
    lead_time = [trial for trial in trials(result) if trial[0].key == "parts.storage-drive.lead_time"]

    low, high = with_reversals(source, result, lead_time).reversals

    assert low.longest_outage_after_seconds["as-happened"] == 892 * HOUR - 7 * DAY
    assert high.longest_outage_after_seconds["as-happened"] == 892 * HOUR + 7 * DAY
    assert high.longest_outage_after_seconds["spares-on-hand"] == 892 * HOUR - 14 * DAY
    assert not low.reverses
    assert not high.reverses


def test_assumptions_on_the_work_that_arrives_are_not_tried() -> None:
    network = """
        name: busy
        hosts: {srv: {recover: [{wait: {value: 2h, low: 1h, high: 3h, mark: assumed}}]}}
        services: {shop: {needs: srv}}
        workloads: {calls: {service: shop, arrivals: {value: 24/d, low: 12/d, high: 48/d, mark: assumed}}}
    """
    result = replay(scenario_of(network, "incident: [{at: 0h, fail: srv}]"))

    assert [(fact.key, bound, value) for fact, bound, value in trials(result)] == [
        ("hosts.srv.recover.0.wait", "low", "1h"),
        ("hosts.srv.recover.0.wait", "high", "3h"),
    ]


def test_prices_anew_come_to_what_a_whole_replay_with_them_comes_to(monkeypatch: pytest.MonkeyPatch) -> None:
    source = read_scenario(OUTAGE)
    result = replay(load_scenario(OUTAGE))
    prices = [trial for trial in trials(result) if trial[0].path[-1] in ("cost", "unit_cost")]
    quickly = with_reversals(source, result, prices).reversals

    monkeypatch.setattr(reversals, "_PRICES", frozenset())
    assert len(prices) >= 6
    assert with_reversals(source, result, prices).reversals == quickly
