from scenarios.load import find_scenario, load_scenario, read_scenario
from simulator.replay import replay
from simulator.reversals import trials, with_reversals
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
