"""Probes, and what is heard of them."""

import pytest

from failover.core.events import Health, HealthChanged, Seen
from tests.simulator.clusters.acting import PAIR, Bench
from topology.timing import Probing


def sights(bench: Bench, host: str) -> set[str]:
    return {vantage.seen[host].value for vantage in bench.clusters.vantages.values()}


def test_every_vantage_sees_a_change_within_a_period_and_silence_only_when_a_probe_is_given_up() -> None:
    for seed in range(20):
        bench = Bench(seed=seed)
        bench.strike("kill_process", "db-1")
        bench.strike("freeze", "db-2")
        bench.wait(Probing().every_seconds)
        early = sights(bench, "db-2")
        bench.wait(Probing().timeout_seconds)
        assert sights(bench, "db-1") == {"refused"}
        assert sights(bench, "db-2") == {"nothing"}
        assert early <= {"standby", "nothing"}


def test_what_passes_between_two_probes_is_not_seen() -> None:
    for seed in range(10):
        bench = Bench(seed=seed)
        vantage = bench.clusters.vantages["controller-1"]
        bench.wait(vantage.phase_seconds + 0.1)
        bench.strike("cut", "db-2", for_seconds=0.5)
        bench.wait(0.8)
        bench.strike("hang_process", "db-2", for_seconds=0.05)
        bench.wait(3)
        assert vantage.since["db-2"] == 0.0


def test_only_changes_are_told() -> None:
    bench = Bench()
    bench.strike("kill_process", "db-2")
    bench.wait(60)
    told = [event for _, event in bench.clusters.store.journal if isinstance(event, HealthChanged) and event.host == "db-2"]

    assert [each.health for each in told] == [Health.STANDBY, Health.PROCESS_DEAD]


@pytest.mark.parametrize("one_way", [True, False])
def test_a_vantage_behind_a_cut_sees_nothing_of_a_host_that_others_see(one_way: bool) -> None:
    bench = Bench()
    bench.strike("cut", "db-1", sources=("controller-2",), one_way=one_way)
    bench.wait(30)

    assert sights(bench, "db-1") == {"primary", "nothing"}
    assert bench.leader.state is not None
    assert bench.leader.state.clusters["db"].health["db-1"].health is Health.PRIMARY


def test_a_vantage_whose_reports_do_not_arrive_is_not_counted_on() -> None:
    """With one vantage left there is no quorum to say that anything is lost."""
    bench = Bench()
    bench.strike("cut", "controller-1", sources=("controller-2",))
    bench.wait(10)
    bench.strike("freeze", "db-1")
    bench.wait(60)
    assert bench.leader.state is not None
    health = bench.leader.state.clusters["db"].health["db-1"].health

    assert health is Health.PRIMARY
    assert sights(bench, "db-1") == {"nothing"}


def test_no_mind_is_made_up_by_what_only_some_of_those_said_who_fell_silent_together() -> None:
    """Three vantages are heard for a moment, which is a whole window long when they are missed, one after the other or together."""
    network = PAIR.replace("mode: observe", "mode: observe, quorum: 2").replace(
        "    clusters:", "      watch-1: {site: here}\n      watch-2: {site: here}\n    vantages: [watch-1, watch-2]\n    clusters:"
    )
    bench = Bench(network)
    clusters, leader = bench.clusters, bench.leader.name
    ways = [(name, leader) for name in clusters.vantages if name != leader]
    clusters.network.cut(ways)
    clusters.network_changed()
    bench.wait(10)
    bench.strike("kill_process", "db-1")
    bench.wait(10)
    clusters.network.heal(ways)
    clusters.network_changed()
    clusters.network.cut(ways)
    clusters.network_changed()
    bench.wait(10)
    assert bench.leader.state is not None

    assert bench.leader.state.clusters["db"].health["db-1"].health is Health.PRIMARY


def test_probes_get_lost_on_a_lossy_way_and_no_longer_when_it_is_mended() -> None:
    bench = Bench()
    bench.strike("lossy", "db-1", sources=("controller-1",), loss=0.5, for_seconds=30.0)
    seen = set()
    for _ in range(60):
        bench.wait(0.5)
        seen.add(bench.clusters.vantages["controller-1"].seen["db-1"])
    bench.wait(3)
    events = next(bench.world._environment._eid)
    bench.wait(600)

    assert seen == {Seen.PRIMARY, Seen.NOTHING}
    assert sights(bench, "db-1") == {"primary"}
    assert next(bench.world._environment._eid) < events + 10


def test_a_host_without_a_database_answers() -> None:
    network = PAIR.replace("      db-3:", "      edge: {site: here}\n      db-3:").replace(
        "takes: 1s}", "takes: 1s}\n        routes: [edge]"
    )

    assert sights(Bench(network), "edge") == {"answers"}


def test_a_host_may_watch_from_where_it_stands() -> None:
    network = PAIR.replace("    services:", "    vantages: [db-3]\n    services:")
    bench = Bench(network)
    bench.strike("cut", "db-1", sources=("db-3",))
    bench.wait(3)

    assert bench.clusters.vantages["db-3"].seen["db-1"] is Seen.NOTHING
    assert bench.clusters.vantages["db-3"].seen["db-2"] is Seen.STANDBY
