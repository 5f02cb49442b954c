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
        replication: {lag: 5s}
        policy: {mode: automatic, detection_window: 30m, rpo: 15m}
        promotion: {takes: 1h}
    services:
      shop: {needs: db}
"""


def played(incident: str, network: str = THREE, response: str = "{}", seed: int = 0) -> Played:
    return play(network, f"incident: {incident}\nresponses: {{tried: {response}}}", seed=seed)


def promoted(result: Played, cluster: str = "db") -> list[tuple[float, str]]:
    """Return (hours, host) of each promotion of *cluster*."""
    told = [record for record in result.records(Kind.FAILOVER, FailoverState.PROMOTED) if record.subject == cluster]
    return [(round(record.at / HOUR, 6), record.data["host"]) for record in told]


def refusals(result: Played) -> dict[str, str]:
    return {record.data["host"]: record.data["reason"] for record in result.records(Kind.FAILOVER, FailoverState.REFUSED)}


def test_a_lost_primary_is_replaced_after_the_detection_window_and_the_promotion() -> None:
    result = played("[{at: 1h, fail: db-1}]")

    assert result.failovers("db") == [(1.5, "suspected"), (1.5, "promoting"), (2.5, "promoted")]
    assert result.services("shop") == [(1, "down"), (2.5, "up")]
    assert promoted(result) == [(2.5, "db-2")]
    assert result.measured("shop").stages_seconds["failover"] == 1.5 * HOUR


def test_a_primary_that_is_back_within_the_detection_window_is_not_suspected() -> None:
    result = played("[{at: 1h, flap: db-1, down: 20m, up: 20m, times: 3}]")

    assert result.failovers("db") == []
    assert result.measured("shop").downtime_seconds == pytest.approx(60 * MINUTE)


def test_a_standby_that_fails_changes_nothing() -> None:
    result = played("[{at: 1h, fail: [db-3]}]")

    assert result.failovers("db") == []
    assert result.services("shop") == []


def test_there_is_no_failback_when_the_old_primary_returns() -> None:
    result = played("[{at: 0h, fail: db-1}]")

    assert promoted(result) == [(1.5, "db-2")]
    assert result.services("shop") == [(0, "down"), (1.5, "up")]


def test_an_old_primary_is_quarantined() -> None:
    result = played("[{at: 0h, fail: db-1}, {at: 20h, fail: db-2}, {at: 20h, fail: db-3, recover: [{wait: 1h}]}]")

    assert refusals(result)["db-1"] == "quarantined: it was primary before and has not been rejoined"
    assert promoted(result) == [(1.5, "db-2"), (22, "db-3")]


@pytest.mark.parametrize("mode", ["manual", "approve"])
def test_a_person_who_answers_decides_after_that_time(mode: str) -> None:
    result = played("[{at: 0h, fail: db-1}]", response=f"{{policy: {{mode: {mode}}}, operator: 2h}}")

    assert result.failovers("db") == [(0.5, "suspected"), (0.5, "waiting"), (2.5, "promoting"), (3.5, "promoted")]


@pytest.mark.parametrize("mode", ["manual", "approve"])
def test_without_an_operator_nobody_decides(mode: str) -> None:
    result = played("[{at: 0h, fail: db-1}]", response=f"{{policy: {{mode: {mode}}}, operator: never}}")

    assert promoted(result) == []
    assert result.services("shop") == [(0, "down"), (10, "up")]
    (waiting,) = result.records(Kind.FAILOVER, FailoverState.WAITING)
    assert waiting.data["waits_for"] == "an operator, who never comes"


def test_a_policy_that_observes_never_acts_even_with_an_operator_at_hand() -> None:
    result = played("[{at: 0h, fail: [db-1, db-2]}]", response="{policy: {mode: observe}, operator: 1m}")

    assert result.failovers("db") == [(0.5, "suspected"), (0.5, "refused"), (0.5, "waiting"), (10, "withdrawn")]
    assert result.services("shop") == [(0, "down"), (10, "up")]


def test_a_primary_back_before_the_promotion_withdraws_it() -> None:
    result = played("[{at: 0h, fail: db-1}]", response="{policy: {mode: manual}, operator: 24h}")

    assert result.failovers("db") == [(0.5, "suspected"), (0.5, "waiting"), (10, "withdrawn")]
    assert promoted(result) == []


def test_a_primary_back_during_the_promotion_comes_too_late() -> None:
    result = played("[{at: 0h, fail: db-1, recover: [{wait: 1h}]}]")

    assert promoted(result) == [(1.5, "db-2")]
    assert result.services("shop") == [(0, "down"), (1.5, "up")]


def test_a_primary_back_during_a_promotion_that_fails_goes_on() -> None:
    result = played("[{at: 0h, fail: db-1, recover: [{wait: 1h}]}, {at: 75m, fail: db-2}]")

    assert [state for _, state in result.failovers("db")] == ["suspected", "promoting", "failed", "withdrawn"]
    assert result.services("shop") == [(0, "down"), (1.25, "up")]


def test_a_candidate_that_dies_during_its_promotion_is_followed_by_the_next() -> None:
    result = played("[{at: 0h, fail: db-1}, {at: 1h, fail: app-1}, {at: 1h, fail: db-2}]")

    assert promoted(result) == [(2, "db-3")]
    (failed,) = result.records(Kind.FAILOVER, FailoverState.FAILED)
    assert failed.data["host"] == "db-2"


def test_a_promotion_that_never_works_tries_every_candidate_once() -> None:
    result = played("[{at: 0h, fail: db-1}]", THREE.replace("takes: 1h", "takes: 1h, success: 0%"))

    failed = [record.data["host"] for record in result.records(Kind.FAILOVER, FailoverState.FAILED)]
    assert failed == ["db-2", "db-3"]
    assert result.failovers("db")[-2:] == [(2.5, "halted"), (10, "withdrawn")]
    assert result.services("shop") == [(0, "down"), (10, "up")]


def test_a_promotion_works_as_often_as_its_success_says() -> None:
    network = THREE.replace("takes: 1h", "takes: 1h, success: 70%")
    worked = sum(promoted(played("[{at: 0h, fail: db-1}]", network, seed=seed))[:1] == [(1.5, "db-2")] for seed in range(200))

    assert abs(worked - 140) < 3.5 * (200 * 0.7 * 0.3) ** 0.5


def test_a_candidate_that_hangs_on_what_failed_is_refused() -> None:
    result = played("[{at: 0h, fail: power, recover: [{wait: 9h}]}]")

    assert refusals(result) == {"db-2": "hangs on 'power', which failed"}
    assert promoted(result) == [(1.5, "db-3")]


def test_a_candidate_that_shares_what_two_failed_hosts_share_is_refused() -> None:
    result = played("[{at: 0h, fail: [db-1, app-1]}]")

    assert refusals(result) == {"db-2": "hangs on 'here', as do all hosts that failed"}
    assert promoted(result) == [(1.5, "db-3")]


def test_a_candidate_that_lags_beyond_the_rpo_is_refused() -> None:
    result = played("[{at: 0h, fail: db-1}]", THREE.replace("lag: 5s", "lag: 20m"))

    assert set(refusals(result).values()) == {"lags 20m, more than the RPO of 15m"}
    assert promoted(result) == []


def test_a_synchronous_standby_is_never_behind() -> None:
    result = played("[{at: 0h, fail: db-1}]", THREE.replace("lag: 5s", "lag: 20m, mode: synchronous"))

    (told,) = result.records(Kind.FAILOVER, FailoverState.PROMOTED)
    assert told.data["lost_seconds"] == 0


def test_what_a_promotion_loses_is_how_far_its_candidate_was_behind() -> None:
    (told,) = played("[{at: 0h, fail: db-1}]").records(Kind.FAILOVER, FailoverState.PROMOTED)

    assert told.data["lost_seconds"] == 5


def test_waiting_does_not_bring_a_standby_closer_to_a_lost_primary() -> None:
    """However often it goes and comes back, it is as far behind as at first."""
    network = THREE.replace("lag: 5s", "lag: {exponential: {mean: 20m}}").replace("takes: 1h", "takes: 1m")
    network = network.replace("db-2, db-3]", "db-3]")
    incident = "[{at: 0h, fail: [db-1]}, {at: 1h, flap: db-3, down: 3m, up: 3m, times: 80}]"
    fit = sum(bool(promoted(played(incident, network, seed=seed))) for seed in range(60))

    assert abs(fit - 60 * 0.5276) < 3.5 * (60 * 0.5276 * 0.4724) ** 0.5  # P(lag ≤ 15 min) = 1 − exp(−0.75)


def test_a_candidate_that_cannot_be_reached_is_refused_and_promoted_when_it_can_be() -> None:
    network = THREE.replace("db-2, db-3]", "db-3]")

    result = played("[{at: 0h, partition: there, recover: [{wait: 3h}]}, {at: 0h, fail: db-1}]", network)

    assert refusals(result) == {"db-3": "cannot be reached"}
    assert result.failovers("db")[-3:] == [(0.5, "halted"), (3, "promoting"), (4, "promoted")]


def test_a_candidate_that_returns_later_is_promoted() -> None:
    result = played("[{at: 0h, fail: [db-1, db-2, db-3]}]")

    assert (0.5, "halted") in result.failovers("db")
    assert promoted(result) == [(3, "db-3")]
    assert result.measured("shop").stages_seconds["wait"] == 2 * HOUR  # for the candidate, and not for the failover
    assert result.measured("shop").stages_seconds["failover"] == HOUR


def test_a_candidate_is_promoted_when_the_suspicion_on_its_surroundings_is_lifted() -> None:
    network = THREE.replace("db-2, db-3]", "db-2]").replace("app-1: {site: here, ", "app-1: {")

    result = played("[{at: 0h, fail: [db-1, app-1]}]", network)

    assert refusals(result) == {"db-2": "hangs on 'power', as do all hosts that failed"}
    assert promoted(result) == [(4, "db-2")]  # app-1 is back at hour 3


def test_a_primary_that_comes_back_together_with_its_standby_is_not_replaced() -> None:
    """Whichever of the two the world tells of first."""
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
    assert result.services("shop") == [(0, "down"), (5, "up")]


def test_two_clusters_fail_over_side_by_side() -> None:
    network = THREE.replace(
        "    services:",
        """\
      queue: {members: [db-1, db-3], primary: db-1, policy: {mode: automatic, detection_window: 0s}, promotion: {takes: 3h}}
    services:
      mail: {needs: queue}""",
    )

    result = played("[{at: 0h, fail: db-1}]", network)

    assert promoted(result, "db") == [(1.5, "db-2")]
    assert promoted(result, "queue") == [(3, "db-3")]
    assert result.services("shop") == [(0, "down"), (1.5, "up")]
    assert result.services("mail") == [(0, "down"), (3, "up")]


def test_a_new_primary_that_is_lost_is_replaced_in_turn() -> None:
    result = played("[{at: 0h, fail: db-1}, {at: 50h, fail: db-2}]")

    assert promoted(result) == [(1.5, "db-2"), (51.5, "db-3")]
    assert result.services("shop") == [(0, "down"), (1.5, "up"), (50, "down"), (51.5, "up")]


def test_a_primary_back_at_the_very_moment_at_which_a_promotion_fails_goes_on() -> None:
    result = played("[{at: 0h, fail: db-1, recover: [{wait: 90m}]}]", THREE.replace("{takes: 1h}", "{takes: 1h, success: 0%}"))

    assert result.failovers("db") == [(0.5, "suspected"), (0.5, "promoting"), (1.5, "failed"), (1.5, "withdrawn")]
    assert result.services("shop") == [(0, "down"), (1.5, "up")]


def test_a_member_whose_promotion_failed_with_it_is_tried_again_when_it_is_back() -> None:
    result = played(
        "[{at: 0h, fail: [db-1]}, {at: 0h, fail: db-3, recover: [{wait: 100h}]}, {at: 75m, fail: db-2, recover: [{wait: 1h}]}]"
    )

    assert promoted(result) == [(3.25, "db-2")]
    assert (1.25, "failed") in result.failovers("db")


def test_a_member_is_cut_off_when_all_links_of_its_site_are_down_and_not_before() -> None:
    two_lines = THREE.replace("line: {links", "line-2: {links: [here, there]}\n      line: {links")
    lost = "{at: 0h, fail: [db-1, db-2]}"

    one = played(f"[{lost}, {{at: 0h, fail: line}}]", two_lines)
    both = played(f"[{lost}, {{at: 0h, fail: [line, line-2]}}]", two_lines)

    assert promoted(one) == [(1.5, "db-3")]
    assert promoted(both) == []
    assert refusals(both)["db-3"] == "cannot be reached"


def test_what_comes_back_and_makes_nobody_fit_changes_nothing_in_a_failover_that_was_halted() -> None:
    result = played("[{at: 0h, fail: [db-1, db-2, db-3], recover: [{wait: 10h}]}, {at: 1h, fail: app-1, recover: [{wait: 1h}]}]")

    assert [state for at, state in result.failovers("db") if at == 0.5] == ["suspected", "refused", "refused", "halted"]
    assert not [state for at, state in result.failovers("db") if 0.5 < at < 10]


def test_what_an_asynchronous_standby_of_unknown_lag_lost_is_not_known() -> None:
    result = played("[{at: 1h, fail: [db-1]}]", THREE.replace("replication: {lag: 5s}", "replication: {mode: asynchronous}"))

    (record,) = result.records(Kind.FAILOVER, FailoverState.PROMOTED)
    assert record.data["lost_seconds"] is None
