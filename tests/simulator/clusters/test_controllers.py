"""Leases, journals, freezes and clocks: what a controller believes, and what is so."""

import pytest

from failover.core.commands import CommandKind
from failover.core.controller import fold
from failover.core.events import LeaseGained, OrderKind
from scenarios.model import Order, Phase, Trigger
from simulator.clusters.store import CAMPAIGN_SECONDS, LEASE_SECONDS
from simulator.run import Run
from tests.simulator.building import scenario_of
from tests.simulator.clusters.acting import PAIR, Bench

AUTOMATIC = PAIR.replace("mode: observe", "mode: automatic")
LATEST_SECONDS = LEASE_SECONDS + CAMPAIGN_SECONDS


def pause(bench: Bench) -> None:
    """Order something that leaves a trace in the journal."""
    bench.clusters.operators.type(Order(OrderKind.PAUSE, "db", "anna"))
    bench.wait(0.001)


def test_one_controller_leads_from_the_start_and_nothing_happens_while_all_is_well() -> None:
    bench = Bench()
    events = next(bench.world._environment._eid)
    bench.wait(3600)

    assert [each.name for each in bench.clusters.leading()] == ["controller-1"]
    assert next(bench.world._environment._eid) <= events + 3
    assert bench.seen.changes == 0


def test_the_journal_leads_to_the_state_of_the_leader() -> None:
    bench = Bench(AUTOMATIC)
    bench.strike("fail", "db-1")
    bench.wait(60)

    assert bench.leader.state == fold(bench.clusters.settings, [event for _, event in bench.clusters.store.journal])


def test_another_controller_leads_under_a_new_term_once_the_lease_of_a_dead_one_has_run_out() -> None:
    bench = Bench()
    bench.strike("kill_controller", "leader")
    bench.wait(LEASE_SECONDS - 2.1)
    early = bench.clusters.leading()
    bench.wait(3)

    assert early == []
    assert (bench.leader.name, bench.leader.term) == ("controller-2", 2)
    assert isinstance(bench.clusters.store.journal[-1][1], LeaseGained) or bench.clusters.store.journal[-1][0] == 2


def test_a_controller_that_was_killed_and_restarted_waits_for_its_own_old_lease() -> None:
    bench = Bench()
    bench.strike("kill_controller", "controller-2")
    bench.strike("kill_controller", "controller-1", for_seconds=1.0)
    bench.wait(2)
    waiting = bench.clusters.leading()
    bench.wait(LATEST_SECONDS)

    assert waiting == []
    assert (bench.leader.name, bench.leader.term) == ("controller-1", 2)


def test_a_leader_without_the_store_stands_down_before_another_leads() -> None:
    for seed in range(10):
        bench = Bench(seed=seed)
        bench.strike("cut", "controller-1", sources=("store",))
        for _ in range(150):
            bench.wait(0.1)
            assert len(bench.clusters.leading()) <= 1
        assert bench.leader.name == "controller-2"


def test_a_leader_whose_clock_is_slow_leads_beside_its_successor() -> None:
    bench = Bench()
    bench.strike("clock_rate", "controller-1", rate=0.5)
    bench.strike("cut", "controller-1", sources=("store",))
    bench.wait(LATEST_SECONDS + 1)

    assert [each.name for each in bench.clusters.leading()] == ["controller-1", "controller-2"]


def test_a_short_loss_of_contact_costs_nothing() -> None:
    bench = Bench()
    bench.strike("cut", "controller-1", sources=("store",), for_seconds=5.0)
    bench.wait(60)

    assert (bench.leader.name, bench.leader.term) == ("controller-1", 1)


def test_nobody_leads_without_a_store_and_somebody_does_again_afterwards() -> None:
    for fault in ("store_down", "store_leaderless"):
        bench = Bench()
        bench.strike(fault, "store", for_seconds=60.0)
        bench.wait(LATEST_SECONDS)
        meanwhile = bench.clusters.leading()
        bench.wait(80)
        assert meanwhile == []
        assert bench.leader.term == 2


def test_what_happens_while_the_store_is_away_for_a_moment_is_journaled_later() -> None:
    bench = Bench()
    bench.strike("store_down", "store", for_seconds=5.0)
    pause(bench)
    before = len(bench.clusters.store.journal)
    bench.wait(6)

    assert len(bench.clusters.store.journal) == before + 1
    assert bench.leader.state is not None
    assert bench.leader.state.clusters["db"].paused_by == "anna"


def test_a_slow_store_takes_one_event_after_the_other() -> None:
    bench = Bench()
    bench.strike("store_slow", "store", by_seconds=2.0)
    before = len(bench.clusters.store.journal)
    for _ in range(3):
        pause(bench)
    lengths = []
    for _ in range(4):
        bench.wait(2)
        lengths.append(len(bench.clusters.store.journal) - before)

    assert lengths == [1, 2, 3, 3]


def test_a_leader_whose_lease_was_taken_writes_nothing_more() -> None:
    bench = Bench()
    old = bench.leader
    bench.strike("lease_lost", "store")
    before = len(bench.clusters.store.journal)
    pause(bench)

    assert len(bench.clusters.store.journal) == before
    assert not old.leading
    bench.wait(2)
    assert bench.leader.name == "controller-2"


def test_a_leader_whose_disk_is_full_gives_way() -> None:
    bench = Bench()
    bench.strike("disk_full", "leader", for_seconds=100.0)
    pause(bench)
    bench.wait(LATEST_SECONDS)

    assert bench.leader.name == "controller-2"


def test_a_write_that_was_cut_short_is_sometimes_there_and_its_writer_never_acts_on_it() -> None:
    grown = set()
    for seed in range(12):
        bench = Bench(seed=seed)
        before = len(bench.clusters.store.journal)
        bench.strike("torn_write", "leader")
        pause(bench)
        assert bench.clusters.leading() == []
        grown.add(len(bench.clusters.store.journal) - before)
        bench.wait(LATEST_SECONDS)
        state = bench.leader.state
        assert state is not None
        assert (state.clusters["db"].paused_by == "anna") == (bench.clusters.store.journal[before][0] == 1)

    assert grown == {0, 1}


def test_whoever_has_seen_more_of_the_journal_than_there_is_says_so_when_he_leads() -> None:
    bench = Bench()
    bench.wait(100)
    pause(bench)
    bench.wait(60)
    bench.strike("store_restored", "store", by_seconds=30.0)
    bench.wait(5)
    untouched = [event for _, event in bench.clusters.store.journal if isinstance(event, LeaseGained)][-1]
    bench.strike("store_restored", "store", by_seconds=120.0)
    bench.wait(5)
    gained = [event for _, event in bench.clusters.store.journal if isinstance(event, LeaseGained)][-1]

    assert (untouched.behind, gained.behind) == (False, True)
    assert gained.term > untouched.term  # a controller remembers terms too


def test_a_frozen_leader_sends_what_it_had_checked_when_it_thaws_long_after_another_leads() -> None:
    bench = Bench()
    old = bench.leader
    old.outbox.send(bench.command("promote", "db-2", epoch=(1, 9)))
    bench.wait(0.004)  # the lease is checked, the command has not left
    bench.strike("freeze", "leader", for_seconds=60.0)
    bench.wait(50)
    leaders = [each.name for each in bench.clusters.leading()]
    bench.wait(15)

    assert leaders == ["controller-1", "controller-2"]
    assert ("promote", "db-2") in bench.seen.effects  # nobody with a newer epoch had been there
    assert not old.leading


def test_a_frozen_leader_that_had_not_checked_its_lease_sends_nothing() -> None:
    bench = Bench()
    bench.leader.outbox.send(bench.command("promote", "db-2", epoch=(1, 9)))
    bench.wait(0.001)
    bench.strike("freeze", "leader", for_seconds=60.0)
    bench.wait(65)

    assert bench.seen.effects == []


def test_what_can_be_taken_back_leaves_without_a_check() -> None:
    bench = Bench()
    bench.strike("lease_lost", "store")
    bench.leader.outbox.send(bench.command("cut_replication", "db-2"))
    bench.wait(1)

    assert bench.seen.effects == [("cut_replication", "db-2")]


def test_a_command_cannot_be_checked_without_the_store_and_waits() -> None:
    bench = Bench()
    bench.strike("store_down", "store", for_seconds=3.0)
    bench.leader.outbox.send(bench.command("promote", "db-2"))
    bench.wait(2.9)
    before = list(bench.seen.effects)
    bench.wait(2)

    assert (before, bench.seen.effects) == ([], [("promote", "db-2")])


def test_time_does_not_pass_for_a_frozen_controller() -> None:
    bench = Bench()
    clock = bench.leader.clock
    before = clock.monotonic()
    bench.strike("freeze", "leader", for_seconds=60.0)
    bench.wait(70)

    assert clock.monotonic() == before + 10


def test_clocks_step_and_run_fast() -> None:
    bench = Bench()
    clock = bench.leader.clock
    wall, monotonic = clock.wall(), clock.monotonic()
    bench.strike("clock_step", "leader", by_seconds=-3600.0)
    bench.strike("clock_rate", "leader", rate=1.5)
    bench.wait(10)

    assert clock.wall() == wall - 3590
    assert clock.monotonic() == monotonic + 15


@pytest.mark.parametrize("phase", list(Phase))
def test_a_fault_strikes_before_within_or_after_a_command(phase: Phase) -> None:
    """A controller that dies then leaves a command that was not sent, not done, or done and not reported."""
    scenario = scenario_of(AUTOMATIC, "{horizon: 2m, incident: [{at: 10s, fail: db-1, recover: [{wait: 1h}]}]}")
    run = Run(scenario, scenario.responses[0], 0)
    assert run.clusters is not None
    clusters = run.clusters
    progress: list[tuple[int, str]] = []
    trigger = Trigger(CommandKind.PROMOTE, phase, 1, "db")

    def strike() -> None:
        flights = [each for each in clusters.targets.under_way if each.command.kind is CommandKind.PROMOTE]
        progress.append((len(flights), clusters.databases["db"].members["db-2"].role.value))
        leader = clusters.leading()[0]
        leader.die()
        clusters.controller_changed(leader)

    clusters.faults.await_command(trigger, strike)
    run.finish()

    assert progress == [{Phase.BEFORE: (0, "standby"), Phase.WITHIN: (1, "standby"), Phase.AFTER: (1, "primary")}[phase]]
    assert clusters.leading()[0].name == "controller-2"
    assert clusters.databases["db"].serving in ("db-2", "db-3")


def test_three_controllers_on_hosts_share_their_fate() -> None:
    network = PAIR.replace("    services:", "    controllers: [db-1, db-2, db-3]\n    services:")
    bench = Bench(network)
    bench.strike("fail", "db-1")
    bench.wait(LATEST_SECONDS)
    second = bench.leader.name
    bench.strike("freeze", second)
    bench.wait(LATEST_SECONDS)

    assert second in ("db-2", "db-3")
    assert {each.name for each in bench.clusters.leading() if each.active} <= {"db-1", "db-2", "db-3"} - {second}
