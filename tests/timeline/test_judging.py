import pytest

from simulator.replay import replay
from tests.simulator.building import scenario_of
from timeline.results import ReplayResult

NETWORK = """
    name: pair
    components: {pool: {}}
    hosts: {db-1: {}, db-2: {}, app: {uses: [pool]}}
    clusters:
      db: {members: [db-1, db-2], primary: db-1, fence: redfish, replication: {lag: LAG}, policy: {mode: automatic}}
    services: {shop: {needs: {all: [db, app]}, objectives: {rpo: 1m}}}
"""


def played(incident: str, lag: str = "5s") -> ReplayResult:
    network = NETWORK.replace("{lag: LAG}", "{}" if lag == "unknown" else f"{{lag: {lag}}}")
    return replay(scenario_of(network, f"incident: {incident}"))


@pytest.mark.parametrize(("lag", "actual", "met"), [("5s", 5.0, True), ("2m", 120.0, False), ("unknown", None, False)])
def test_an_rpo_is_met_by_a_loss_that_is_known_and_small(lag: str, actual: float | None, met: bool) -> None:
    (response,) = played("[{at: 1h, fail: [db-1]}]", lag).responses

    found = response.objectives["shop"]["rpo"]
    assert (found.actual, found.met) == (actual, met)


def decided(incident: str, policy: str = "mode: automatic") -> list[str]:
    network = NETWORK.replace("{lag: LAG}", "{lag: 5s}").replace("policy: {mode: automatic}", f"policy: {{{policy}}}")
    (response,) = replay(scenario_of(network, f"incident: {incident}")).responses
    return [each.decided for each in response.failover]


@pytest.mark.parametrize(
    ("incident", "policy", "found"),
    [
        ("[{at: 1h, fail: db-1}]", "mode: automatic", ["promoted"]),
        ("[{at: 1h, kill_process: db-1}]", "mode: automatic", ["restarted"]),
        ("[{at: 1h, fail: db-1}]", "mode: manual", ["waiting"]),
        ("[{at: 1h, fail: [db-1, db-2]}]", "mode: automatic", ["refused"]),
        ("[{at: 1h, fail: db-1, recover: [{wait: 1h}]}]", "mode: manual", ["waiting"]),
        ("[{at: 1h, fail: db-2, recover: [{wait: 1h}]}]", "mode: automatic", []),
        ("[{at: 50m, order: {kind: pause, cluster: db, by: anna}}, {at: 1h, fail: db-1}]", "mode: automatic", ["held"]),
    ],
)
def test_what_a_failover_came_to_is_told_in_a_word(incident: str, policy: str, found: list[str]) -> None:
    assert decided(incident, policy) == found


def test_who_is_promoted_in_the_last_failover_is_not_refused_in_it() -> None:
    rejoin = "order: {kind: rejoin, cluster: db, by: anna, host: db-1}"
    back = "order: {kind: failback, cluster: db, by: anna}"
    (response,) = played(f"[{{at: 1h, fail: db-1, recover: [{{wait: 1h}}]}}, {{at: 3h, {rejoin}}}, {{at: 4h, {back}}}]").responses

    ((decided, candidate, refused),) = [(each.decided, each.candidate, dict(each.refused)) for each in response.failover]
    assert (decided, candidate) == ("promoted", "db-1")
    assert refused == {"db-2": "'db-1' has at least as much"}


def test_what_failed_and_has_no_recovery_is_stranded() -> None:
    assert played("[{at: 1h, fail: [pool, db-2]}]").stranded == ("pool", "db-2")


def test_what_recovers_or_only_hangs_on_others_is_not_stranded() -> None:
    assert played("[{at: 1h, fail: [pool], recover: [{wait: 2h}]}]").stranded == ()


def test_what_is_restored_by_hand_is_not_stranded() -> None:
    assert played("[{at: 1h, fail: [pool]}, {at: 2h, restore: [pool]}]").stranded == ()
