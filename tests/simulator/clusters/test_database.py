"""Positions, acknowledgements and losses: what is truly on which disk."""

import pytest

from simulator.clusters.database import UNACKNOWLEDGED_MAX_SECONDS, WRITTEN_BEFORE_SECONDS
from simulator.clusters.members import Role
from tests.simulator.clusters.acting import PAIR, PROXIES, SYNCHRONOUS, Bench


def test_a_primary_gains_a_second_of_writes_a_second_and_an_asynchronous_standby_trails_by_its_lag() -> None:
    bench = Bench()
    bench.wait(100)

    assert bench.member("db-1").position == WRITTEN_BEFORE_SECONDS + 100
    assert bench.member("db-2").position == WRITTEN_BEFORE_SECONDS + 95
    assert bench.db.branches[0].acknowledged == bench.member("db-1").position


def test_what_an_asynchronous_standby_lacks_is_lost_with_the_primary() -> None:
    bench = Bench()
    bench.wait(10)
    bench.strike("fail", "db-1")
    bench.wait(5)

    assert bench.db.lost_seconds("db-2") == 5
    assert bench.db.lost_seconds("db-1") == 0


def test_a_standby_receives_everything_once_the_primary_takes_no_more() -> None:
    bench = Bench()
    bench.wait(10)
    bench.done("withdraw_route", "db/route", wait=5)

    assert bench.member("db-2").position == bench.member("db-1").position
    assert bench.db.lost_seconds("db-2") == 0


def test_a_standby_that_was_cut_off_catches_up_faster_than_it_fell_behind() -> None:
    bench = Bench()
    bench.strike("cut", "db-1", sources=("db-2",), for_seconds=60)
    bench.wait(60)
    behind = bench.db.lost_seconds("db-2")
    bench.wait(10)

    assert behind == 65
    assert bench.db.lost_seconds("db-2") == 5


def test_each_synchronous_commit_is_on_one_standby_at_least_and_the_others_may_trail() -> None:
    bench = Bench(SYNCHRONOUS)
    bench.wait(100)
    bench.strike("fail", "db-1")

    assert sorted(bench.db.lost_seconds(host) for host in ("db-2", "db-3")) == [0, 5]


def test_without_any_of_its_synchronous_standbys_a_primary_acknowledges_nothing() -> None:
    bench = Bench(SYNCHRONOUS)
    bench.wait(10)
    bench.strike("fail", "db-2", "db-3")
    acknowledged = bench.db.branches[0].acknowledged
    bench.wait(10)

    assert bench.db.branches[0].acknowledged == acknowledged
    assert bench.member("db-1").position == acknowledged + UNACKNOWLEDGED_MAX_SECONDS
    assert bench.db.serving is None
    assert not bench.world.holds("db")


def test_a_standby_has_to_catch_up_before_commits_can_wait_for_it() -> None:
    bench = Bench(PAIR.replace("lag: 5s", "lag: 100s"))
    bench.wait(200)
    bench.done("set_synchronous", "db-1", wait=1, standbys=("db-2",))
    waiting = bench.db.serving
    bench.wait(11)

    assert waiting is None
    assert bench.db.serving == "db-1"
    assert bench.db.lost_seconds("db-2") == 0


def test_a_one_way_cut_ends_replication_as_well_as_a_whole_one() -> None:
    for target, source in (("db-1", "db-2"), ("db-2", "db-1")):
        bench = Bench()
        bench.strike("cut", target, sources=(source,), one_way=True)
        assert not bench.member("db-2").streaming
        assert bench.member("db-3").streaming


def test_a_standby_follows_a_new_primary_only_once_it_is_pointed_there() -> None:
    bench = Bench()
    bench.fence("db-1")
    bench.promoted("db-2")
    before = bench.member("db-3").streaming
    bench.done("repoint", "db-3", primary="db-2")

    assert not before
    assert bench.member("db-3").streaming
    assert bench.member("db-3").timeline == bench.member("db-2").timeline == 2


def test_a_standby_that_has_more_than_the_new_primary_cannot_follow_it() -> None:
    bench = Bench()
    bench.strike("lag", "db-2", by_seconds=20.0)
    bench.wait(60)
    bench.fence("db-1")
    bench.promoted("db-2")
    flight = bench.done("repoint", "db-3", primary="db-2")

    assert flight.reported == "succeeded"  # it is configured, and yet nothing streams
    assert not bench.member("db-3").streaming
    assert bench.evidence(bench.done("verify", "db-3", question="follows")) == {"follows": None}


def test_a_former_primary_follows_after_a_rejoin_without_what_nobody_else_had() -> None:
    bench = Bench()
    bench.wait(10)
    bench.done("cut_replication", "db-2", wait=5)
    bench.promoted("db-2")
    bench.wait(30)
    bench.done("rejoin", "db-1", wait=100, primary="db-2")

    assert (bench.member("db-1").role, bench.member("db-1").streaming) == (Role.STANDBY, True)
    assert bench.member("db-1").branch is bench.member("db-2").branch
    assert bench.db.lost_seconds("db-1") > 0


def test_every_promotion_begins_a_branch_and_what_its_parent_promised_is_not_forgotten() -> None:
    bench = Bench()
    bench.wait(10)
    bench.fence("db-1")
    bench.promoted("db-2")
    bench.wait(50)

    first, second = bench.db.branches
    assert (second.parent, second.timeline, second.host) == (first, 2, "db-2")
    assert first.acknowledged - second.forked_at == pytest.approx(5)
    assert bench.db.lost_seconds("db-2") == 5
    assert bench.db.lost_seconds("db-1") == pytest.approx(second.acknowledged - second.forked_at)


def test_of_what_is_lost_each_promotion_answers_for_its_own_part() -> None:
    bench = Bench()
    bench.wait(10)
    bench.fence("db-1")
    bench.promoted("db-2")
    first = bench.db.write_off("db-2")
    bench.done("repoint", "db-3", primary="db-2", wait=60)
    bench.fence("db-2")
    bench.promoted("db-3", (6, 1))

    assert (first, bench.db.write_off("db-3")) == (5, 5)
    assert bench.db.lost_seconds("db-3") == 10


def test_a_cluster_is_up_while_any_proxy_brings_clients_to_the_primary() -> None:
    bench = Bench(PROXIES)
    bench.strike("fail", "edge-1")
    one = bench.world.holds("db")
    bench.strike("cut", "clients", sources=("edge-2",))

    assert one
    assert not bench.world.holds("db")


def test_clients_that_reach_a_primary_of_an_older_epoch_are_not_served() -> None:
    """It takes their writes, and they will be lost."""
    bench = Bench()
    bench.done("promote", "db-2", wait=5)

    assert bench.member("db-1").acknowledging
    assert bench.db.serving is None


def test_sessions_that_linger_go_on_writing_to_the_old_primary() -> None:
    bench = Bench(PROXIES)
    bench.strike("sessions_linger", "edge-1")
    for proxy in ("edge-1", "edge-2"):
        bench.done("withdraw_route", proxy, wait=2)
    lingering = bench.member("db-1").acknowledging
    bench.strike("kill_process", "db-1")
    bench.done("start", "db-1", wait=10)

    assert lingering
    assert bench.db.serving is None
    assert bench.member("db-1").accepts
    assert not bench.member("db-1").writing  # sessions do not outlive the process


def test_how_far_a_standby_is_behind_is_known_while_anybody_can_compare_and_stands_still_afterwards() -> None:
    bench = Bench()
    bench.strike("cut", "db-1", sources=("db-2",))
    bench.wait(30)
    compared = bench.evidence(bench.done("read_positions", "db-2", wait=1))["behind_seconds"]
    bench.strike("cut", "db-1", sources=("controller-1", "controller-2"))
    bench.wait(100)
    unseen = bench.evidence(bench.done("read_positions", "db-2", wait=1))["behind_seconds"]

    assert compared == pytest.approx(35, abs=0.5)
    assert unseen == pytest.approx(36, abs=0.5)
    assert bench.db.lost_seconds("db-2") > 130


def test_a_lag_that_nobody_stated_is_there_and_is_not_known() -> None:
    bench = Bench(PAIR.replace("replication: {lag: 5s}", "replication: {mode: asynchronous}"))

    assert bench.evidence(bench.done("read_positions", "db-2", wait=1))["behind_seconds"] is None
    assert bench.db.lost_seconds("db-2") > 0


def test_a_foreign_timeline_is_higher_and_holds_less() -> None:
    bench = Bench()
    bench.wait(100)
    before = bench.member("db-2").position
    bench.strike("foreign_timeline", "db-2")

    assert bench.member("db-2").timeline > 1
    assert bench.member("db-2").position < before
    assert not bench.member("db-2").streaming
