"""Fence devices, what boots afterwards, and agents that fence their own host."""

import pytest

from failover.core.events import Seen
from simulator.clusters.members import Process, Role
from tests.simulator.building import play
from tests.simulator.clusters.acting import PAIR, Bench

SELF = PAIR.replace("fence: [redfish]", "fence: [self]")


def is_off(bench: Bench, host: str, level: str = "redfish") -> object:
    return bench.evidence(bench.done("verify", host, question="is_off", level=level, wait=25)).get("off")


def test_a_fenced_host_is_off_and_stays_off_when_what_failed_is_repaired() -> None:
    bench = Bench()
    bench.strike("fail", "db-1")
    bench.fence("db-1")
    bench.wait(100)

    assert is_off(bench, "db-1") is True
    assert not bench.world.holds("db-1")


def test_power_comes_back_by_command_or_by_itself() -> None:
    for how in ("command", "itself"):
        bench = Bench()
        bench.fence("db-1")
        if how == "command":
            bench.done("power_on", "db-1", wait=60, incarnation=1)
        else:
            bench.strike("return_power", "db-1")
        assert bench.world.holds("db-1")


def test_an_order_to_switch_off_is_refused_once_the_host_has_been_switched_on_by_a_later_one() -> None:
    bench = Bench()
    bench.fence("db-1")
    bench.done("power_on", "db-1", wait=60, incarnation=1)
    late = bench.fence("db-1")

    assert late.reported == "failed"
    assert bench.evidence(late) == {"incarnation": 1}
    assert bench.world.holds("db-1")


def test_a_device_that_is_wired_to_another_host_refuses_and_says_to_which() -> None:
    bench = Bench()
    bench.strike("fence_hits", "db-1", instead="db-2", times=1)
    flight = bench.fence("db-1")

    assert bench.evidence(flight) == {"identity": "db-2"}
    assert bench.world.holds("db-1")
    assert bench.world.holds("db-2")
    assert bench.fence("db-1").reported == "succeeded"


def test_a_fence_fails_or_lies_or_works_unheard() -> None:
    found = {}
    for fault in ("fence_fails", "fence_lies", "fence_times_out"):
        bench = Bench()
        bench.strike(fault, "db-1")
        flight = bench.send("fence", "db-1", level="redfish", identity="db-1")
        bench.wait(16)
        found[fault] = (flight.reported, is_off(bench, "db-1"))

    assert found == {"fence_fails": ("failed", False), "fence_lies": ("succeeded", False), "fence_times_out": ("unknown", True)}


def test_a_device_without_power_or_on_a_lost_site_answers_nobody() -> None:
    for kind, target in (("fence_unpowered", "db-1"), ("fail", "here")):
        bench = Bench()
        bench.strike(kind, target)
        flight = bench.done("fence", "db-1", level="redfish", identity="db-1", wait=16)
        assert flight.reported == "unknown"


def test_a_level_does_not_work_without_what_it_goes_through() -> None:
    network = PAIR.replace("components: {line", "components: {bmc-net: {}, line").replace(
        "[redfish]", "[{redfish: {uses: [bmc-net]}}]"
    )
    bench = Bench(network)
    bench.strike("fail", "bmc-net")

    assert bench.done("fence", "db-1", level="redfish", identity="db-1", wait=16).reported == "unknown"
    assert bench.world.holds("db-1")


def test_the_power_network_is_not_the_hosts_own() -> None:
    bench = Bench()
    bench.strike("cut", "db-1")

    assert bench.fence("db-1").reported == "succeeded"


def test_a_primary_whose_host_comes_back_goes_on_while_the_journal_names_it() -> None:
    bench = Bench()
    bench.strike("fail", "db-1")
    bench.wait(61)

    assert bench.member("db-1").accepts
    assert bench.db.serving == "db-1"


def test_a_primary_whose_host_comes_back_stays_stopped_once_it_has_been_replaced() -> None:
    network = PAIR.replace("observe", "automatic")
    played = play(network, "{horizon: 1h, incident: [{at: 1m, fail: db-1}, {at: 10m, return_power: db-1}]}")
    assert played.run.clusters is not None
    member = played.run.clusters.databases["db"].members["db-1"]

    assert played.run.world.holds("db-1")
    assert (member.role, member.process) == (Role.PRIMARY, Process.STOPPED)


def test_a_primary_is_not_started_while_the_journal_cannot_be_read() -> None:
    bench = Bench()
    bench.strike("store_down", "store", for_seconds=100.0)
    bench.strike("fail", "db-1", "db-2")
    bench.wait(70)
    before = [bench.member(host).process for host in ("db-1", "db-2")]
    bench.wait(40)

    assert before == [Process.STOPPED, Process.STOPPED]
    assert [bench.member(host).process for host in ("db-1", "db-2")] == [Process.RUNNING, Process.RUNNING]


def test_a_host_that_is_frozen_is_told_from_one_that_is_off_by_its_power_alone() -> None:
    bench = Bench()
    bench.strike("freeze", "db-1")
    bench.wait(3)

    assert {vantage.seen["db-1"] for vantage in bench.clusters.vantages.values()} == {Seen.NOTHING}
    assert is_off(bench, "db-1") is False


def test_an_agent_stops_its_primary_at_once_when_it_is_told_to() -> None:
    bench = Bench(SELF)
    flight = bench.done("fence", "db-1", level="self", identity="db-1", wait=3)

    assert flight.reported == "succeeded"
    assert bench.member("db-1").process is Process.STOPPED
    assert bench.world.holds("db-1")
    assert is_off(bench, "db-1", "self") is True


def test_an_agent_that_cannot_renew_its_lease_stops_its_primary_before_anybody_can_say_so() -> None:
    bench = Bench(SELF)
    bench.strike("cut", "db-1", sources=("store",))
    bench.send("fence", "db-1", level="self", identity="db-1", incarnation=0)
    bench.wait(3)
    look = bench.send("verify", "db-1", question="is_off", level="self")
    times = []
    for _ in range(9):
        bench.wait(1)
        times.append((bench.member("db-1").process is Process.STOPPED, look.reported))

    assert times[0] == (False, None)
    assert times[-1] == (True, "succeeded")
    assert all(stopped for stopped, reported in times if reported)


def test_a_watchdog_resets_a_host_that_stands_still_for_longer_than_its_lease() -> None:
    bench = Bench(SELF)
    bench.strike("freeze", "db-1", for_seconds=60.0)
    bench.wait(12)
    machine = bench.clusters.machines.by_name["db-1"]

    assert (machine.incarnation, machine.frozen) == (2, 0)
    bench.wait(100)
    assert machine.incarnation == 2


@pytest.mark.parametrize("host", ["db-2", "db-3"])
def test_an_agent_leaves_a_standby_alone(host: str) -> None:
    bench = Bench(SELF)
    bench.strike("cut", host, sources=("store",))
    bench.wait(30)

    assert bench.member(host).process is Process.RUNNING


def test_a_primary_that_its_agent_stopped_is_started_when_the_store_is_back_and_still_names_it() -> None:
    bench = Bench(SELF)
    bench.strike("store_down", "store", for_seconds=60.0)
    bench.wait(30)
    stopped = bench.member("db-1").process
    bench.wait(40)

    assert stopped is Process.STOPPED
    assert bench.db.serving == "db-1"


def test_a_lease_that_ran_out_is_not_enough_to_be_off_for_it_is_renewed() -> None:
    bench = Bench(SELF)
    bench.strike("fence_lies", "db-1")
    bench.strike("cut", "db-1", for_seconds=90.0)
    bench.wait(15)
    lied = bench.send("fence", "db-1", level="self", identity="db-1", incarnation=0)
    bench.wait(3)
    found = is_off(bench, "db-1", "self")

    assert bench.member("db-1").process is Process.STOPPED
    assert (lied.reported, found) == ("succeeded", False)


def test_what_its_agent_has_stopped_for_good_stays_known_when_the_store_no_longer_reaches_it() -> None:
    bench = Bench(SELF)
    bench.done("fence", "db-1", level="self", identity="db-1", incarnation=0, wait=3)
    bench.strike("cut", "db-1")

    assert bench.clusters.agents["db-1"].stopped("db")


def test_an_order_to_stop_from_before_a_later_start_stops_nobody() -> None:
    bench = Bench(SELF)
    bench.done("fence", "db-1", (5, 1), level="self", identity="db-1", incarnation=0, wait=3)
    bench.done("start", "db-1", (5, 3))
    late = bench.done("fence", "db-1", (5, 2), level="self", identity="db-1", incarnation=0, wait=3)

    assert late.reported == "failed"
    assert bench.member("db-1").accepts


def test_an_order_to_stop_that_a_store_had_taken_before_it_fell_is_read_when_it_is_back() -> None:
    bench = Bench(SELF)
    flight = bench.send("fence", "db-1", level="self", identity="db-1", incarnation=0)
    bench.strike("store_down", "store", for_seconds=5.0)
    bench.wait(5.1)

    assert flight.reported == "succeeded"
    assert bench.member("db-1").process is Process.STOPPED


def test_a_primary_that_its_agent_had_to_stop_is_not_started_by_a_boot() -> None:
    bench = Bench(SELF)
    bench.done("fence", "db-1", level="self", identity="db-1", incarnation=0, wait=3)
    bench.strike("fail", "db-1")
    bench.wait(70)

    assert bench.world.holds("db-1")
    assert bench.member("db-1").process is Process.STOPPED


MANUAL = PAIR.replace("observe", "manual")


def test_a_primary_is_not_started_by_a_journal_that_was_restored_from_an_old_copy() -> None:
    for restored in (False, True):
        bench = Bench(MANUAL)
        bench.strike("fail", "db-1")
        bench.wait(50)
        if restored:
            bench.strike("store_restored", "store", by_seconds=49.0)
        bench.wait(12)
        assert bench.member("db-1").accepts is not restored


def test_a_primary_is_not_started_before_whoever_leads_has_said_whether_the_journal_can_be_trusted() -> None:
    bench = Bench()
    bench.strike("store_slow", "store", for_seconds=60.0, by_seconds=4.0)
    bench.strike("fail", "db-1")
    bench.wait(58)
    bench.strike("lease_lost", "store")
    bench.wait(4)
    early = bench.member("db-1").process
    bench.wait(5)

    assert (early, bench.member("db-1").process) == (Process.STOPPED, Process.RUNNING)


def test_a_primary_is_not_started_by_a_journal_that_is_older_than_an_order_its_host_has_seen() -> None:
    bench = Bench()
    bench.done("verify", "db-1", (7, 1), question="role", wait=3)
    bench.strike("fail", "db-1")
    bench.wait(70)

    assert bench.member("db-1").process is Process.STOPPED
