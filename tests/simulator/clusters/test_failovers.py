"""The core in its world, from the loss of a primary to clients that write again."""

import pytest

from tests.simulator.building import Played, play
from timeline.record import FailoverState, Kind
from topology.quantities import HOUR, MINUTE

THREE = """
    name: three
    sites: {here: {}, there: {}}
    components:
      power: {site: here}
      line: {links: [here, there]}
    hosts:
      db-1: {site: here, uses: [power], recover: [{wait: 10h}]}
      db-2: {site: here, uses: [power], recover: [{wait: 4h}]}
      db-3: {site: there, recover: [{wait: 2h}]}
      app-1: {site: here, uses: [power], recover: [{wait: 3h}]}
    clusters:
      db:
        members: [db-1, db-2, db-3]
        primary: db-1
        fence: [redfish, operator]
        replication: {lag: 5s}
        policy: {mode: automatic, detection_window: 3s, rpo: 15m}
        promotion: {takes: 1h}
    services:
      shop: {needs: db}
"""
LANDMARKS = ("suspected", "waiting", "promoting", "promoted", "failed", "halted", "withdrawn", "recovered")


def played(incident: str, network: str = THREE, response: str = "{}", seed: int = 0) -> Played:
    return play(network, f"incident: {incident}\nresponses: {{tried: {response}}}", seed=seed)


def hours(seconds: float) -> float:
    """In tenths: what a failover takes besides its promotion are seconds."""
    return round(seconds / HOUR, 1)


def told(result: Played, cluster: str = "db") -> list[tuple[float, str]]:
    """Return the landmarks of the failovers of *cluster*: (hours, state)."""
    records = result.timeline.about(Kind.FAILOVER, cluster)
    return [(hours(record.at), record.state) for record in records if record.state in LANDMARKS]


def services(result: Played, name: str) -> list[tuple[float, str]]:
    return [(hours(record.at), record.state) for record in result.timeline.about(Kind.SERVICE, name)]


def promoted(result: Played, cluster: str = "db") -> list[tuple[float, str]]:
    """Return (hours, host) of each promotion of *cluster*."""
    found = [record for record in result.records(Kind.FAILOVER, FailoverState.PROMOTED) if record.subject == cluster]
    return [(hours(record.at), record.data["host"]) for record in found]


def refusals(result: Played) -> dict[str, str]:
    return {record.data["host"]: record.data["reason"] for record in result.records(Kind.FAILOVER, FailoverState.REFUSED)}


def test_a_lost_primary_is_replaced_after_the_detection_window_and_the_promotion() -> None:
    result = played("[{at: 1h, fail: db-1}]", THREE.replace("window: 3s", "window: 30m"))

    assert told(result) == [(1.5, "suspected"), (1.5, "promoting"), (2.5, "promoted"), (2.5, "recovered")]
    assert services(result, "shop") == [(1, "down"), (2.5, "up")]
    assert promoted(result) == [(2.5, "db-2")]
    assert result.measured("shop").stages_seconds["failover"] == pytest.approx(1.5 * HOUR, abs=10)


def test_with_one_second_to_promote_clients_write_again_after_as_many_seconds_as_the_steps_take() -> None:
    result = played("[{at: 1h, fail: db-1}]", THREE.replace("{takes: 1h}", "{takes: 1s}"))

    assert 5 < result.measured("shop").downtime_seconds < 12


def test_a_primary_that_is_back_within_the_detection_window_is_not_suspected() -> None:
    result = played("[{at: 1h, flap: db-1, down: 20m, up: 20m, times: 3}]", THREE.replace("window: 3s", "window: 30m"))

    assert told(result) == []
    assert result.measured("shop").downtime_seconds == pytest.approx(60 * MINUTE)


def test_a_standby_that_fails_changes_nothing_for_clients() -> None:
    result = played("[{at: 1h, fail: [db-3]}]")

    assert told(result) == []
    assert services(result, "shop") == []


def test_there_is_no_failback_when_the_old_primary_returns() -> None:
    result = played("[{at: 0h, fail: db-1}]")

    assert promoted(result) == [(1, "db-2")]
    assert services(result, "shop") == [(0, "down"), (1, "up")]


def test_an_old_primary_is_quarantined() -> None:
    result = played("[{at: 0h, fail: db-1}, {at: 20h, fail: db-2}, {at: 20h, fail: db-3, recover: [{wait: 1h}]}]")

    assert refusals(result)["db-1"] == "quarantined: it was primary, or may have been, and has not been rejoined"
    assert promoted(result) == [(1, "db-2"), (22, "db-3")]


@pytest.mark.parametrize("mode", ["manual", "approve"])
def test_a_person_who_answers_decides_after_that_time(mode: str) -> None:
    result = played("[{at: 0h, fail: db-1}]", response=f"{{policy: {{mode: {mode}}}, operator: 2h}}")

    assert told(result)[:4] == [(0, "suspected"), (0, "waiting"), (2, "promoting"), (3, "promoted")]


@pytest.mark.parametrize("mode", ["manual", "approve"])
def test_without_an_operator_nobody_decides(mode: str) -> None:
    result = played("[{at: 0h, fail: db-1}]", response=f"{{policy: {{mode: {mode}}}, operator: never}}")

    assert promoted(result) == []
    assert services(result, "shop") == [(0, "down"), (10, "up")]
    (waiting,) = result.records(Kind.FAILOVER, FailoverState.WAITING)
    assert waiting.data["waits_for"] == "an operator, who never comes"


def test_a_policy_that_observes_never_acts_even_with_an_operator_at_hand() -> None:
    result = played("[{at: 0h, fail: [db-1, db-2]}]", response="{policy: {mode: observe}, operator: 1m}")

    assert told(result) == [(0, "suspected"), (0, "waiting"), (10, "withdrawn")]
    assert services(result, "shop") == [(0, "down"), (10, "up")]


def test_a_primary_back_before_anybody_said_yes_withdraws_the_failover() -> None:
    result = played("[{at: 0h, fail: db-1}]", response="{policy: {mode: manual}, operator: 24h}")

    assert told(result) == [(0, "suspected"), (0, "waiting"), (10, "withdrawn")]
    assert promoted(result) == []


def test_a_primary_that_is_repaired_during_the_promotion_stays_off() -> None:
    result = played("[{at: 0h, fail: db-1, recover: [{wait: 30m}]}]")

    assert promoted(result) == [(1, "db-2")]
    assert not result.run.world.holds("db-1")


def test_a_promotion_that_never_works_tries_every_candidate_and_halts() -> None:
    result = played("[{at: 0h, fail: db-1}]", THREE.replace("takes: 1h", "takes: 1h, success: 0%"))

    failed = [record.data["host"] for record in result.records(Kind.FAILOVER, FailoverState.FAILED)]
    assert list(dict.fromkeys(failed)) == ["db-2", "db-3"]
    assert told(result)[-1][1] == "halted"
    assert services(result, "shop") == [(0, "down")]


def test_a_candidate_that_hangs_on_what_failed_is_refused() -> None:
    result = played("[{at: 0h, fail: power, recover: [{wait: 9h}]}]")

    assert "db-2" in refusals(result)
    assert promoted(result) == [(1, "db-3")]


def test_a_candidate_that_lags_beyond_the_rpo_is_refused() -> None:
    result = played("[{at: 0h, fail: db-1}]", THREE.replace("lag: 5s", "lag: 20m"))

    assert set(refusals(result).values()) == {"lags 20m, more than the RPO of 15m"}
    assert promoted(result) == []


def test_a_synchronous_standby_loses_nothing() -> None:
    result = played("[{at: 0h, fail: db-1}]", THREE.replace("lag: 5s", "lag: 20m, mode: synchronous"))

    (record,) = result.records(Kind.FAILOVER, FailoverState.PROMOTED)
    assert record.data["lost_seconds"] == 0


def test_what_a_promotion_loses_is_how_far_its_candidate_was_behind() -> None:
    (record,) = played("[{at: 0h, fail: db-1}]").records(Kind.FAILOVER, FailoverState.PROMOTED)

    assert record.data["lost_seconds"] == 5


def test_waiting_does_not_bring_a_standby_closer_to_a_lost_primary() -> None:
    """However often it goes and comes back, it is as far behind as at first."""
    network = THREE.replace("lag: 5s", "lag: {exponential: {mean: 20m}}").replace("takes: 1h", "takes: 1m")
    network = network.replace("db-2, db-3]", "db-3]")
    incident = "[{at: 0h, fail: [db-1]}, {at: 1h, flap: db-3, down: 3m, up: 3m, times: 80}]"
    fit = sum(bool(promoted(played(incident, network, seed=seed))) for seed in range(60))

    assert abs(fit - 60 * 0.5276) < 3.5 * (60 * 0.5276 * 0.4724) ** 0.5  # P(lag ≤ 15 min) = 1 − exp(−0.75)


def test_a_candidate_that_cannot_be_reached_is_promoted_when_it_can_be() -> None:
    network = THREE.replace("db-2, db-3]", "db-3]").replace("takes: 1h", "takes: 1s")

    result = played("[{at: 0h, cut: there, for: 3h}, {at: 0h, fail: db-1}]", network)

    assert [at for at, _ in promoted(result)] == [3]


def test_a_candidate_that_returns_later_is_promoted() -> None:
    result = played("[{at: 0h, fail: [db-1, db-2, db-3]}]")

    assert (0, "halted") in told(result)
    assert promoted(result) == [(3, "db-3")]
    assert result.measured("shop").stages_seconds["wait"] == pytest.approx(2 * HOUR, abs=10)  # for the candidate
    assert result.measured("shop").stages_seconds["failover"] == pytest.approx(HOUR, abs=20)


def test_a_primary_that_comes_back_together_with_its_standby_is_not_replaced() -> None:
    network = """
        name: standby-first
        components: {power: {recover: [{wait: 5h}]}}
        hosts:
          standby: {uses: [power]}
          primary: {uses: [power]}
        clusters: {db: {members: [standby, primary], primary: primary, policy: {mode: automatic}, promotion: {takes: 1h}}}
        services: {shop: {needs: db}}
    """
    result = played("[{at: 0h, fail: power}]", network)

    assert promoted(result) == []
    assert services(result, "shop") == [(0, "down"), (5, "up")]


def test_two_clusters_on_the_same_hosts_fail_over_side_by_side() -> None:
    network = THREE.replace(
        "    services:",
        """\
      queue: {members: [db-1, db-3], primary: db-1, fence: redfish, policy: {mode: automatic}, promotion: {takes: 3h}}
    services:
      mail: {needs: queue}""",
    )

    result = played("[{at: 0h, fail: db-1}]", network)

    assert promoted(result, "db") == [(1, "db-2")]
    assert promoted(result, "queue") == [(3, "db-3")]
    assert services(result, "shop") == [(0, "down"), (1, "up")]
    assert services(result, "mail") == [(0, "down"), (3, "up")]


def test_a_new_primary_that_is_lost_is_replaced_in_turn() -> None:
    result = played("[{at: 0h, fail: db-1}, {at: 50h, fail: db-2}]")

    assert promoted(result) == [(1, "db-2"), (51, "db-3")]
    assert services(result, "shop") == [(0, "down"), (1, "up"), (50, "down"), (51, "up")]


def test_what_an_asynchronous_standby_of_unknown_lag_lost_is_not_known() -> None:
    result = played("[{at: 1h, fail: [db-1]}]", THREE.replace("replication: {lag: 5s}", "replication: {mode: asynchronous}"))

    (record,) = result.records(Kind.FAILOVER, FailoverState.PROMOTED)
    assert record.data["lost_seconds"] is None


def test_a_database_that_merely_died_is_started_where_it_is() -> None:
    result = played("[{at: 1h, kill_process: db-1}]")

    assert told(result) == [(1, "suspected"), (1, "recovered")]
    assert 5 < result.measured("shop").downtime_seconds < 15
    assert promoted(result) == []


def test_a_replay_of_months_does_not_tick() -> None:
    result = play(THREE, "{horizon: 120d, incident: [{at: 0h, fail: [db-1, db-2, db-3], recover: [{wait: 100d}]}]}")

    assert next(result.run.world._environment._eid) < 2000


def test_without_any_cluster_nothing_of_it_is_there() -> None:
    result = play("{name: one, hosts: {srv: {}}, services: {shop: {needs: srv}}}", "{incident: [{at: 1h, fail: srv}]}")

    assert result.run.clusters is None
