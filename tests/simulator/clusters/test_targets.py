"""Locks, epochs, late landings and false reports: what a command does and what is said of it."""

import pytest

from failover.core.commands import Epoch
from simulator.clusters.flights import Progress
from simulator.clusters.members import Process, Role
from tests.simulator.clusters.acting import PAIR, PROXIES, Bench


def test_a_target_refuses_an_epoch_older_than_the_newest_it_has_seen() -> None:
    bench = Bench()
    bench.done("cut_replication", "db-2", epoch=(5, 2))
    late = bench.done("promote", "db-2", epoch=(5, 1))

    assert late.progress is Progress.REFUSED
    assert bench.evidence(late) == {"newer_epoch": Epoch(5, 2)}
    assert bench.seen.refusals == [("db-2", "newer_epoch")]
    assert bench.member("db-2").role is Role.STANDBY


def test_a_proxy_that_a_newer_leader_has_looked_at_leads_nobody_where_the_one_before_says() -> None:
    bench = Bench(PROXIES)
    bench.done("verify", "edge-1", epoch=(6, 1), question="routed")
    late = bench.done("reroute", "edge-1", epoch=(5, 9), primary="db-2")

    assert late.progress is Progress.REFUSED
    assert bench.evidence(bench.done("verify", "edge-1", epoch=(6, 2), question="routed")) == {"primary": "db-1"}


@pytest.mark.parametrize("look", ["read_positions", "verify"])
def test_whoever_looks_raises_the_epoch_too(look: str) -> None:
    bench = Bench()
    bench.done(look, "db-2", epoch=(6, 1), question="role")

    assert bench.member("db-2").guard == Epoch(6, 1)
    assert bench.done("promote", "db-2", epoch=(5, 9)).progress is Progress.REFUSED


def test_the_same_epoch_is_not_refused() -> None:
    bench = Bench()
    bench.done("cut_replication", "db-2", epoch=(5, 2))

    assert bench.done("promote", "db-2", epoch=(5, 2)).reported == "succeeded"


def test_commands_to_one_target_are_carried_out_one_after_the_other() -> None:
    bench = Bench()
    first = bench.send("promote", "db-2")
    second = bench.send("verify", "db-2", question="role")
    bench.wait(0.9)
    waiting = second.progress
    bench.wait(1)

    assert waiting is Progress.WAITING
    assert first.effect_at is not None
    assert bench.evidence(second)["role"] == "primary"


def test_a_command_that_waited_is_checked_when_its_turn_comes() -> None:
    bench = Bench()
    bench.send("promote", "db-2", epoch=(5, 1))
    bench.send("verify", "db-2", epoch=(6, 1), question="role")
    late = bench.send("demote", "db-2", epoch=(5, 1))
    bench.wait(20)

    assert late.progress is Progress.REFUSED
    assert bench.member("db-2").role is Role.PRIMARY


def test_the_same_command_again_says_that_it_is_done_and_does_nothing() -> None:
    bench = Bench()
    bench.done("withdraw_route", "db/route", number=7)
    bench.done("reroute", "db/route", primary="db-2")
    again = bench.done("withdraw_route", "db/route", number=7)

    assert again.reported == "succeeded"
    assert bench.db.proxies[0].primary == "db-2"
    assert [kind for kind, _ in bench.seen.effects] == ["withdraw_route", "reroute"]


def test_a_hook_runs_once_however_often_it_is_sent() -> None:
    bench = Bench()
    reports = [bench.done("hook", "db-1", number=7, name="after_failover").reported for _ in range(2)]

    assert reports == ["succeeded", "succeeded"]
    assert len(bench.seen.effects) == 1


def test_of_a_command_to_a_dead_host_nothing_is_known_at_its_deadline() -> None:
    bench = Bench()
    bench.strike("fail", "db-2")
    flight = bench.send("cut_replication", "db-2")
    bench.wait(9.9)
    early = flight.reported
    bench.wait(0.2)

    assert (early, flight.reported) == (None, "unknown")
    assert bench.evidence(flight) == {}


def test_a_command_may_work_and_its_report_be_lost() -> None:
    bench = Bench()
    bench.strike("report_lost", "db-2", times=1)
    lost, told = bench.done("promote", "db-2", wait=100), bench.done("verify", "db-2", question="role")

    assert (lost.reported, told.reported) == ("unknown", "succeeded")
    assert bench.member("db-2").role is Role.PRIMARY


def test_a_report_that_finds_no_way_back_is_lost() -> None:
    bench = Bench()
    flight = bench.send("promote", "db-2")
    bench.strike("cut", bench.leader.name, sources=("db-2",), one_way=True)
    bench.wait(100)

    assert flight.reported == "unknown"
    assert bench.member("db-2").role is Role.PRIMARY


def test_a_command_in_a_frozen_host_has_its_effect_when_that_thaws() -> None:
    bench = Bench()
    flight = bench.send("promote", "db-2")
    bench.strike("freeze", "db-2", for_seconds=200.0)
    bench.wait(199)
    before = bench.member("db-2").role, flight.reported
    bench.wait(2)

    assert before == (Role.STANDBY, "unknown")
    assert bench.member("db-2").role is Role.PRIMARY


def test_of_commands_to_a_frozen_host_some_are_carried_out_when_it_thaws_and_others_never() -> None:
    found = set()
    for seed in range(12):
        bench = Bench(seed=seed)
        bench.strike("freeze", "db-2", for_seconds=60.0)
        flight = bench.send("cut_replication", "db-2")
        bench.wait(59)
        assert bench.member("db-2").receiving
        bench.wait(3)
        assert flight.reported == "unknown"
        found.add(bench.member("db-2").receiving)

    assert found == {True, False}


def test_of_commands_into_a_cut_network_some_arrive_when_it_heals_and_are_refused_if_anybody_was_there_since() -> None:
    found = set()
    for seed in range(12):
        bench = Bench(seed=seed)
        bench.strike("cut", "db-2", sources=("controller-1",), for_seconds=100.0)
        late = bench.send("promote", "db-2", epoch=(5, 1))
        bench.wait(90)
        bench.clusters.targets.send(
            bench.clusters.controllers["controller-2"], bench.command("verify", "db-2", (6, 1), question="role")
        )
        bench.wait(20)
        assert late.reported == "unknown"
        assert bench.member("db-2").role is Role.STANDBY
        found.add(late.progress)

    assert found == {Progress.REFUSED, Progress.LOST}


def test_whoever_waits_behind_a_command_that_is_refused_comes_next() -> None:
    bench = Bench()
    bench.send("promote", "db-2", epoch=(5, 2))
    bench.send("demote", "db-2", epoch=(5, 1))
    last = bench.done("verify", "db-2", epoch=(5, 3), question="role")

    assert last.reported == "succeeded"


def test_a_command_that_was_held_up_too_long_never_arrives() -> None:
    for seed in range(12):
        bench = Bench(seed=seed)
        bench.strike("cut", "db-2", sources=("controller-1",), for_seconds=200.0)
        bench.send("cut_replication", "db-2")
        bench.wait(210)
        assert bench.member("db-2").receiving


def test_a_promotion_that_its_host_did_not_survive_may_be_found_done() -> None:
    found = set()
    for seed in range(12):
        bench = Bench(seed=seed)
        flight = bench.send("promote", "db-2")
        bench.wait(0.5)
        bench.strike("fail", "db-2")
        bench.wait(100)
        assert flight.reported == "unknown"
        found.add(bench.member("db-2").role)

    assert found == {Role.PRIMARY, Role.STANDBY}


def test_a_promotion_says_failed_and_worked_or_says_done_and_did_nothing() -> None:
    bench = Bench()
    bench.strike("promote_says_failed", "db-2")
    bench.strike("promote_says_done", "db-3")

    assert (bench.done("promote", "db-2").reported, bench.member("db-2").role) == ("failed", Role.PRIMARY)
    assert (bench.done("promote", "db-3").reported, bench.member("db-3").role) == ("succeeded", Role.STANDBY)


@pytest.mark.parametrize("fault", ["promote_hangs", "pause_replay"])
def test_a_promotion_that_hangs_holds_the_lock_until_it_is_given_up(fault: str) -> None:
    bench = Bench()
    bench.strike(fault, "db-2")
    flight = bench.send("promote", "db-2")
    look = bench.send("verify", "db-2", question="role")
    bench.wait(50)
    meanwhile = look.progress
    bench.wait(20)

    assert (meanwhile, look.reported, flight.reported) == (Progress.WAITING, "unknown", "unknown")
    assert bench.member("db-2").role is Role.STANDBY
    assert bench.done("verify", "db-2", question="role").reported == "succeeded"


def test_a_promotion_goes_on_when_replay_does() -> None:
    bench = Bench()
    bench.strike("pause_replay", "db-2", for_seconds=30.0)
    bench.send("promote", "db-2")
    bench.wait(31)

    assert bench.member("db-2").role is Role.PRIMARY


def test_a_candidate_dies_when_the_command_reaches_it() -> None:
    bench = Bench()
    bench.strike("candidate_dies", "db-2")
    bench.send("promote", "db-2")

    assert not bench.world.holds("db-2")


def test_a_standby_on_another_timeline_than_it_was_chosen_for_is_not_promoted() -> None:
    bench = Bench()
    bench.strike("foreign_timeline", "db-2")

    assert bench.done("promote", "db-2", timeline=1).reported == "failed"
    assert bench.member("db-2").role is Role.STANDBY


def test_a_promotion_works_as_often_as_its_success_says() -> None:
    network = PAIR.replace("{takes: 1s}", "{takes: 1s, success: 70%}")
    worked = 0
    for seed in range(100):
        bench = Bench(network, seed=seed)
        worked += bench.done("promote", "db-2", wait=2).reported == "succeeded"

    assert abs(worked - 70) < 3.5 * (100 * 0.7 * 0.3) ** 0.5


def test_a_member_that_was_promoted_by_hand_keeps_its_branch_and_takes_the_epoch() -> None:
    bench = Bench()
    bench.strike("promote_by_hand", "db-2")
    by_hand = bench.evidence(bench.done("verify", "db-2", question="role"))
    bench.done("promote", "db-2", epoch=(5, 3))

    assert (by_hand["role"], by_hand["epoch"], by_hand["timeline"]) == ("primary", None, 2)
    assert (bench.member("db-2").promoted_epoch, bench.member("db-2").timeline) == (Epoch(5, 3), 2)


def test_a_member_that_was_promoted_by_hand_upon_other_data_is_not_taken_for_the_one_that_was_chosen() -> None:
    bench = Bench()
    bench.strike("foreign_timeline", "db-2")
    bench.strike("promote_by_hand", "db-2")
    refused = bench.done("promote", "db-2", timeline=1)

    assert (refused.reported, bench.member("db-2").promoted_epoch) == ("failed", None)
    assert bench.done("promote", "db-2", timeline=bench.member("db-2").timeline).reported == "succeeded"


def test_a_member_that_is_primary_already_takes_the_epoch_however_seldom_a_promotion_works() -> None:
    bench = Bench(PAIR.replace("{takes: 1s}", "{takes: 1s, success: 0.01%}"))
    bench.strike("promote_by_hand", "db-2")

    assert bench.done("promote", "db-2", timeline=1, wait=2).reported == "succeeded"


@pytest.mark.parametrize(("others_data", "found"), [(False, {"standby", "primary"}), (True, {"standby"})])
def test_a_promotion_that_power_cuts_short_may_be_found_done_but_never_upon_other_data(others_data: bool, found: set[str]) -> None:
    roles = set()
    for seed in range(8):
        bench = Bench(seed=seed)
        if others_data:
            bench.strike("foreign_timeline", "db-2")
        bench.send("promote", "db-2", timeline=1)
        bench.wait(0.8)
        bench.clusters.switch_off("db-2")
        roles.add(bench.member("db-2").role.value)

    assert roles == found


def test_a_database_that_hangs_answers_nobody_until_it_is_started_anew() -> None:
    bench = Bench()
    bench.strike("hang_process", "db-2")
    look = bench.done("read_positions", "db-2", wait=6)
    start = bench.done("start", "db-2", wait=10)

    assert (look.reported, start.reported) == ("unknown", "succeeded")
    assert bench.done("read_positions", "db-2").reported == "succeeded"


def test_of_a_stopped_database_the_role_is_stopped_and_its_position_cannot_be_read() -> None:
    bench = Bench()
    bench.strike("kill_process", "db-1")

    assert bench.evidence(bench.done("verify", "db-1", question="role"))["role"] == "stopped"
    assert bench.done("read_positions", "db-1").reported == "failed"


def test_a_primary_that_steps_down_sends_out_everything_first() -> None:
    bench = Bench(PAIR.replace("lag: 5s", "lag: 60s"))
    bench.wait(100)
    bench.done("demote", "db-1")

    assert bench.member("db-1").role is Role.STANDBY
    assert bench.member("db-2").position == bench.member("db-1").position


@pytest.mark.parametrize("ends", ["goes on", "boots"])
def test_a_primary_that_hangs_while_it_steps_down_takes_writes_when_it_does_anything_again(ends: str) -> None:
    bench = Bench()
    flight = bench.send("demote", "db-1")
    bench.wait(0.1)
    bench.strike("hang_process", "db-1", for_seconds=60.0)
    bench.wait(40)
    assert flight.reported == "unknown"
    if ends == "boots":
        bench.fence("db-1")
        bench.strike("return_power", "db-1")
        bench.done("start", "db-1")
    bench.wait(60)

    assert bench.member("db-1").accepts


def test_a_rejoin_that_breaks_off_leaves_what_cannot_start_until_it_is_rejoined() -> None:
    bench = Bench()
    bench.strike("rejoin_fails_halfway", "db-3")
    broken = bench.done("rejoin", "db-3", wait=100, primary="db-1")
    start = bench.done("start", "db-3")
    again = bench.done("rejoin", "db-3", wait=100, primary="db-1")

    assert (broken.reported, start.reported, again.reported) == ("failed", "failed", "succeeded")
    assert bench.member("db-3").streaming


def test_a_proxy_that_is_stuck_says_that_it_was_updated() -> None:
    bench = Bench(PROXIES)
    bench.strike("reroute_stuck", "edge-1")
    flight = bench.done("reroute", "edge-1", primary="db-2")

    assert flight.reported == "succeeded"
    assert bench.evidence(bench.done("verify", "edge-1", question="routed")) == {"primary": "db-1"}
    assert bench.evidence(bench.done("verify", "edge-2", question="routed")) == {"primary": "db-1"}


def test_a_proxy_remembers_over_a_boot_where_it_sends_clients() -> None:
    bench = Bench(PROXIES)
    bench.done("reroute", "edge-1", primary="db-2")
    bench.strike("fail", "edge-1")
    bench.strike("restore", "edge-1")

    assert bench.evidence(bench.done("verify", "edge-1", question="routed")) == {"primary": "db-2"}


def test_that_a_cluster_serves_is_tried_with_a_write() -> None:
    bench = Bench()
    well = bench.evidence(bench.done("verify", "db-1", question="serves"))
    bench.done("withdraw_route", "db/route")
    withdrawn = bench.evidence(bench.done("verify", "db-1", question="serves"))

    assert (well, withdrawn) == ({"serves": True}, {"serves": False})


def test_on_a_lossy_way_commands_and_reports_come_late_and_some_not_at_all() -> None:
    reported = []
    for seed in range(20):
        bench = Bench(seed=seed)
        bench.strike("lossy", "db-2", loss=0.85)
        flight = bench.send("cut_replication", "db-2")
        bench.wait(11)
        reported.append(flight.reported)

    assert {"succeeded", "unknown"} == set(reported)


def test_a_page_is_withdrawn_where_it_is_published() -> None:
    bench = Bench()
    before = bench.evidence(bench.done("verify", "db-3", question="page_withdrawn", service="shop"))
    bench.done("withdraw_page", "db-3", service="shop")

    assert before == {"withdrawn": False}
    assert bench.evidence(bench.done("verify", "db-3", question="page_withdrawn", service="shop")) == {"withdrawn": True}


def test_a_process_that_dies_under_a_command_lets_it_fail() -> None:
    bench = Bench()
    flight = bench.send("promote", "db-2")
    bench.strike("kill_process", "db-2")
    bench.wait(2)

    assert flight.reported == "failed"
    assert bench.member("db-2").process is Process.DEAD
