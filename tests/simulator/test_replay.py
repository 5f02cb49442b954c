from dataclasses import replace
from textwrap import dedent

import pytest

from scenarios.load import build_scenario, find_scenario, load_scenario, read_scenario
from simulator.replay import replay
from tests.simulator.building import scenario_of
from timeline.judging import main_service
from timeline.record import Kind, ServiceState
from timeline.results import ReplayResult, ResponseResult
from topology.quantities import DAY, HOUR, MINUTE

OUTAGE = find_scenario("five-server-outage")


@pytest.fixture(scope="module")
def outage() -> ReplayResult:
    return replay(load_scenario(OUTAGE))


def response(result: ReplayResult, name: str) -> ResponseResult:
    return next(each for each in result.responses if each.name == name)


def spent(result: ResponseResult, service: str) -> dict[str, float]:
    return {stage: seconds for stage, seconds in result.services[service].stages_seconds.items() if seconds}


def states(result: ResponseResult, service: str) -> list[tuple[float, str]]:
    return [(record.at, record.state) for record in result.timeline.about(Kind.SERVICE, service)]


def test_as_it_happened_the_records_were_gone_for_892_hours(outage: ReplayResult) -> None:
    happened = response(outage, "as-happened")

    assert happened.services["case-records"].longest_outage_seconds == 892 * HOUR
    assert spent(happened, "case-records") == {"wait": 9 * DAY, "part": 14 * DAY, "work": 4 * HOUR, "restore": 14 * DAY}


def test_parts_alone_undershoot_the_outage_by_two_weeks(outage: ReplayResult) -> None:
    """Without the time for the data, which nobody reported, the reported length is not reached."""
    source = read_scenario(OUTAGE)
    network = source.network.duplicate()
    components = network["components"].duplicate()
    storage = components["fc-storage"].duplicate()
    storage["recover"] = []
    components["fc-storage"] = storage
    network["components"] = components

    parts_alone = replay(build_scenario(replace(source, network=network, only=("as-happened",))))

    (happened,) = parts_alone.responses
    assert happened.services["case-records"].longest_outage_seconds == 892 * HOUR - 14 * DAY
    length = parts_alone.expectations[0]
    assert not length.met
    assert length.calibrated


def test_parts_on_the_shelf_save_exactly_the_wait_for_them(outage: ReplayResult) -> None:
    spares, happened = response(outage, "spares-on-hand"), response(outage, "as-happened")

    for service in ("case-records", "lookup", "recording", "eregistration"):
        saved = happened.services[service].downtime_seconds - spares.services[service].downtime_seconds
        assert saved == 14 * DAY
    assert "part" not in spent(spares, "case-records")
    assert spares.cost is not None
    assert spares.cost.option == 5 * 400


def test_a_standby_on_the_storage_that_failed_is_refused(outage: ReplayResult) -> None:
    shared = response(outage, "shared-standby")

    (failover,) = shared.failover
    assert (failover.decided, failover.candidate) == ("refused", None)
    assert failover.refused == (("fc-db-2", "hangs on 'fc-storage', which failed"),)
    assert shared.services == response(outage, "as-happened").services


def test_a_standby_elsewhere_takes_over_within_the_rto(outage: ReplayResult) -> None:
    independent = response(outage, "independent-standby")

    (failover,) = independent.failover
    assert (failover.decided, failover.candidate, failover.lost_seconds) == ("promoted", "rs-db-1", 5)
    assert independent.services["case-records"].longest_outage_seconds == pytest.approx(5 * MINUTE + 8, abs=3)
    assert all(each.met for each in independent.objectives["case-records"].values())
    assert not any(each.met for name, each in response(outage, "as-happened").objectives["case-records"].items() if name != "rpo")
    assert independent.services["eregistration"] == response(outage, "as-happened").services["eregistration"]


def test_the_hotline_was_down_then_answered_from_old_records_then_was_back(outage: ReplayResult) -> None:
    assert states(response(outage, "as-happened"), "hotline") == [
        (0, ServiceState.DOWN),
        (11 * DAY, ServiceState.STALE),
        (892 * HOUR, ServiceState.UP),
    ]


def test_registration_was_still_down_when_the_records_were_back(outage: ReplayResult) -> None:
    registration = response(outage, "as-happened").services["eregistration"]

    assert registration.longest_outage_seconds == 892 * HOUR + 21 * DAY


def test_hearings_went_on_by_hand_and_those_by_video_as_ever(outage: ReplayResult) -> None:
    work = response(outage, "as-happened").workloads

    assert work["hearings"].manual == pytest.approx(25 * 5000)
    assert work["hearings"].entered == pytest.approx(work["hearings"].manual)
    assert work["video-hearings"].served == pytest.approx(work["video-hearings"].arrived)
    assert work["video-hearings"].arrived == pytest.approx(260 * (17 * 5 - 2))  # to 8 August, without Memorial Day and 4 July
    assert response(outage, "as-happened").services["video"].outages == 0


def test_hearings_are_entered_at_the_pace_of_the_clerks(outage: ReplayResult) -> None:
    """125,000 forms of five minutes at 484 hours a court day take 21.5 court days: from 19 May, less Memorial Day, to 18 June."""
    hearings = response(outage, "as-happened").workloads["hearings"]

    assert hearings.backlog_peak == pytest.approx(125_000)
    assert hearings.backlog_cleared_at_seconds is not None
    assert hearings.backlog_cleared_at_seconds // DAY == 37 + 30


def test_what_is_expected_is_met_and_said_to_be_calibrated(outage: ReplayResult) -> None:
    length, hearings = outage.expectations

    assert (length.met, length.calibrated, hearings.met) == (True, True, True)


def test_the_dearest_service_is_spoken_of_first(outage: ReplayResult) -> None:
    assert outage.main_service == "case-records"


def test_a_service_that_had_no_outage_is_not_spoken_of_first(outage: ReplayResult) -> None:
    well = replace(outage.responses[0].services["case-records"], longest_outage_seconds=0.0)
    spared = [replace(each, services={**each.services, "case-records": well}) for each in outage.responses]

    assert main_service(outage.topology, spared) != "case-records"


TWO_CLUSTERS = """
    name: two-clusters
    sites: {here: {}, there: {}}
    hosts: {"a-[1-2]": {}, "b-[1-2]": {}}
    clusters:
      a: {members: [a-1, a-2], primary: a-1, fence: redfish, replication: {lag: 20m}, policy: {mode: automatic}}
      b: {members: [b-1, b-2], primary: b-1, fence: redfish, replication: {lag: 5s}, policy: {mode: automatic}}
    services:
      of-a: {needs: a, objectives: {rpo: 1m}}
      of-b: {needs: b, objectives: {rpo: 1m}}
      reads-a: {needs: b, reads: [of-a], objectives: {rpo: 1m}}
"""


def test_a_service_answers_for_the_data_of_its_own_clusters() -> None:
    incident = "incident: [{at: 0h, fail: [a-1, b-1]}]"

    (only,) = replay(scenario_of(TWO_CLUSTERS, incident)).responses

    rpo = {service: objectives["rpo"] for service, objectives in only.objectives.items()}
    assert {service: (each.actual, each.met) for service, each in rpo.items()} == {
        "of-a": (20 * MINUTE, False),
        "of-b": (5, True),
        "reads-a": (20 * MINUTE, False),
    }


def test_of_several_failovers_the_one_that_lost_most_counts() -> None:
    network = dedent(TWO_CLUSTERS).replace("replication: {lag: 5s}", "replication: {lag: {exponential: {mean: 5m}}}")
    network = network.replace("b-[1-2]", "b-[1-3]").replace("[b-1, b-2]", "[b-1, b-2, b-3]")
    late = "{at: 0h, lag: [b-2, b-3], by: 10m, for: 30m}"
    incident = f"incident: [{late}, {{at: 20m, fail: b-1}}, {{at: 2h, fail: b-2}}]"
    losses = []
    for seed in range(6):
        (only,) = replay(scenario_of(network, incident), seed).responses
        told = [record.data["lost_seconds"] for record in only.timeline.about(Kind.FAILOVER, "b") if record.state == "promoted"]
        assert only.objectives["of-b"]["rpo"].actual == max(told)
        losses.append(told)

    assert any(len(told) > 1 and told[-1] < max(told) for told in losses)


ONE_DISK = """
    name: one-disk
    sites: {here: {title: Hereabouts}}
    parts: {disk: {title: Disk, lead_time: 1d, unit_cost: 400 USD}}
    stock: {here: {disk: 1}}
    hosts: {srv: {site: here, recover: [{wait: 4h}]}, data: {site: here, recover: [{wait: 4h}]}}
    services:
      shop: {needs: srv, objectives: {rto: 4h}, cost: 100 USD/h}
      search: {needs: data, fallback: {to: stale, after: 1h}, objectives: {accepts_stale: true}, cost: 1000 USD/h}
"""


def test_an_objective_is_met_up_to_its_limit_and_not_by_an_outage_that_the_horizon_cuts_short() -> None:
    kept, cut = (
        replay(scenario_of(ONE_DISK, f"{{horizon: {horizon}, incident: [{{at: 1h, fail: srv}}]}}"))
        .responses[0]
        .objectives["shop"]["rto"]
        for horizon in ("10d", "2h")
    )

    assert (kept.actual, kept.met) == (4 * HOUR, True)
    assert (cut.actual, cut.met) == (None, False)


def test_an_option_costs_what_it_adds_to_what_is_there() -> None:
    (stocked,) = replay(
        scenario_of(ONE_DISK, "{incident: [{at: 1h, fail: srv}], responses: {stocked: {stock: {here: {disk: 5}}}}}")
    ).responses

    assert stocked.bought == ("4 × Disk at Hereabouts",)
    assert stocked.cost is not None
    assert stocked.cost.option == 1600


def test_an_outage_costs_until_an_old_copy_answers_where_that_is_accepted() -> None:
    (only,) = replay(scenario_of(ONE_DISK, "incident: [{at: 1h, fail: data}]")).responses

    assert only.cost is not None
    assert only.cost.outage == 1000


def test_a_delivery_that_is_late_strikes_nothing() -> None:
    incident = "incident: [{at: 1h, fail: srv}, {at: 2h, delay: disk, by: 1d}, {at: 2d, fail: [data, srv]}]"

    assert replay(scenario_of(ONE_DISK, incident)).hit == ("srv", "data")


def test_of_two_failovers_of_one_cluster_the_last_decision_is_told() -> None:
    (only,) = replay(scenario_of(TWO_CLUSTERS, "incident: [{at: 0h, fail: a-1}, {at: 1h, fail: a-2}]")).responses
    (decision,) = only.failover

    assert (decision.decided, decision.candidate, decision.lost_seconds) == ("refused", None, None)
    assert [host for host, _ in decision.refused] == ["a-1"]


def test_two_outages_are_no_longer_than_the_longer_of_them() -> None:
    (only,) = replay(scenario_of(ONE_DISK, "incident: [{at: 1h, fail: srv}, {at: 10h, fail: srv}]")).responses
    rto = only.objectives["shop"]["rto"]

    assert only.services["shop"].outages == 2
    assert (rto.actual, rto.met) == (4 * HOUR, True)


def test_data_and_availability_are_as_promised_at_the_very_limit() -> None:
    network = dedent(TWO_CLUSTERS).replace("{needs: b, objectives: {rpo: 1m}}", "{needs: b, objectives: {rpo: 5s}}")
    network = network.replace("{needs: a, objectives: {rpo: 1m}}", "{needs: a, objectives: {availability: 100%}}")
    (only,) = replay(scenario_of(network, "incident: [{at: 0h, fail: b-1}]")).responses

    rpo, availability = only.objectives["of-b"]["rpo"], only.objectives["of-a"]["availability"]
    assert (rpo.actual, rpo.met) == (5, True)
    assert (availability.actual, availability.met) == (1, True)
