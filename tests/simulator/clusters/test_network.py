"""Who reaches whom."""

import pytest

from simulator.clusters.network import Loss
from tests.simulator.clusters.acting import PAIR, Bench


def test_a_one_way_cut_lets_packets_pass_the_other_way_and_nobody_answers() -> None:
    network = Bench().clusters.network
    network.cut([("db-1", "db-2")])

    assert not network.reaches("db-1", "db-2")
    assert network.reaches("db-2", "db-1")
    assert not network.answers("db-1", "db-2")
    assert not network.answers("db-2", "db-1")


def test_cuts_add_up() -> None:
    network = Bench().clusters.network
    for _ in range(2):
        network.cut([("db-1", "db-2")])
    network.heal([("db-1", "db-2")])
    still_cut = not network.reaches("db-1", "db-2")
    network.heal([("db-1", "db-2")])

    assert still_cut
    assert network.reaches("db-1", "db-2")
    assert network.whole


@pytest.mark.parametrize("site", ["here", "there"])
def test_a_site_that_is_partitioned_reaches_only_itself_and_everybody_else_each_other(site: str) -> None:
    bench = Bench()
    bench.strike("partition", site)
    network = bench.clusters.network
    inside, outside = ("db-1", "db-2") if site == "here" else ("db-2", "db-1")

    assert network.cut_off == {site}
    assert network.reaches("db-2", "db-3")
    assert not network.reaches(inside, outside)
    assert not network.reaches(inside, "store")
    assert not network.reaches("controller-1", f"{inside}/power")
    assert network.reaches("clients", outside)
    bench.strike("restore", "line")
    assert network.reaches("db-1", "db-2")


def test_when_sites_fall_apart_the_outside_stays_with_the_larger_part() -> None:
    bench = Bench()
    bench.strike("fail", "line")

    assert bench.clusters.network.cut_off == {"here"}  # one host there, two at the other


def test_sites_reach_each_other_through_a_third_as_long_as_the_links_hold() -> None:
    network = PAIR.replace("there: {}}", "there: {}, hill: {}}").replace(
        "{line: {links: [here, there]}}", "{a: {links: [here, hill]}, b: {links: [hill, there]}, c: {links: [here, there]}}"
    )
    bench = Bench(network)
    bench.strike("fail", "c")
    around = bench.clusters.network.reaches("db-1", "db-2")
    bench.strike("fail", "b")

    assert around
    assert not bench.clusters.network.reaches("db-1", "db-2")
    assert bench.clusters.network.cut_off == {"here", "hill"}


def test_a_cut_from_everybody_spares_what_a_host_says_to_itself() -> None:
    bench = Bench()
    bench.strike("cut", "db-1")
    network = bench.clusters.network

    assert network.reaches("db-1", "db-1")
    assert not any(network.reaches("db-1", other) for other in network.endpoints() if other != "db-1")
    assert not any(network.reaches(other, "db-1") for other in network.endpoints() if other != "db-1")


def test_what_is_off_frozen_or_dead_does_not_answer() -> None:
    bench = Bench()
    bench.strike("fail", "db-1")
    bench.strike("freeze", "db-2")
    bench.strike("store_down", "store")
    bench.strike("kill_controller", "controller-2")
    bench.strike("fence_unpowered", "db-3")
    network = bench.clusters.network

    assert {each for each in network.endpoints() if not network.alive(each)} == {
        "db-1", "db-2", "store", "controller-2", "db-3/power",
    }  # fmt: skip


def test_a_message_on_a_lossy_way_is_sent_again_until_it_is_given_up() -> None:
    network = Bench().clusters.network
    network.spoil([("db-1", "db-2")], Loss(0.5, 0.0))
    times = [network.travel_seconds("db-1", "db-2") for _ in range(200)]
    arrived = [each for each in times if each is not None]

    assert 0.4 < sum(each < 0.1 for each in arrived) / 200 < 0.6
    assert max(arrived) > 1
    assert times.count(None) < 20


def test_everything_heals() -> None:
    bench = Bench()
    bench.strike("cut", "db-1", for_seconds=10.0)
    bench.strike("lossy", "db-2", loss=0.3, for_seconds=10.0)
    bench.strike("partition", "there")
    bench.wait(11)
    bench.strike("restore", "line")

    assert bench.clusters.network.whole
    assert not bench.clusters.network.lossy
