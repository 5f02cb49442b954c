from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.topology.small_networks import networks, physical
from topology.analysis.reading import conditions, sources_first
from topology.analysis.weak_points import ServiceWeakPoints, WeakPattern, find_service, find_weak_points
from topology.errors import TopologyError
from topology.gates import Structure, View
from topology.load import load_topology
from topology.model import Cluster, Component, Gate, Host, Service, Site, Topology
from topology.sources import find_network

VIEWS = st.sampled_from([View.AS_IT_STANDS, View.AFTER_FAILOVER])


@pytest.fixture(scope="module")
def courts() -> Topology:
    return load_topology(find_network("immigration-courts"))


def weak(topology: Topology, name: str, view: View = View.AS_IT_STANDS, order: int = 2) -> ServiceWeakPoints:
    (found,) = find_weak_points(topology, view, order, [name]).services
    return found


def test_a_failover_takes_the_primary_off_the_single_points_and_adds_both_databases_together(courts: Topology) -> None:
    before, after = (weak(courts, "case-records", view) for view in (View.AS_IT_STANDS, View.AFTER_FAILOVER))

    assert [each.things[0] for each in before.single] == ["falls-church", "fc-power", "fc-storage", "fc-db-1"]
    assert [each.things[0] for each in after.single] == ["falls-church", "fc-power", "fc-storage"]
    assert ("fc-db-1", "fc-db-2") in [each.things for each in after.combined]
    assert ("fc-db-1", "fc-db-2") not in [each.things for each in before.combined]


def test_a_reader_has_the_weak_points_of_its_source_and_they_leave_it_stale(courts: Topology) -> None:
    hotline = weak(courts, "hotline")

    assert {each.things[0]: each.stale_after_seconds for each in hotline.single}["fc-storage"] == 11 * 86400.0
    assert ("ivr-1", "ivr-2") in [each.things for each in hotline.combined]


def test_interchangeable_servers_are_told_in_one_pattern(courts: Topology) -> None:
    servers = tuple(f"fc-srv-{number}" for number in range(1, 6))

    assert WeakPattern(((2, servers),), None) in weak(courts, "case-records").patterns


def test_primary_and_standby_share_their_site_power_and_storage(courts: Topology) -> None:
    (cluster,) = find_weak_points(courts, View.AS_IT_STANDS, 1).clusters

    assert cluster.shared == {"fc-db-2": ("falls-church", "fc-power", "fc-storage")}


def test_what_is_redundant_for_both_is_not_shared() -> None:
    feeds = Gate(1, ("feed-1", "feed-2"))
    components = {"feed-1": Component("feed-1"), "feed-2": Component("feed-2")}
    hosts = {"p": Host("p", site="a", needs=feeds), "s": Host("s", site="b", needs=feeds)}
    topology = Topology(
        "feeds",
        sites={"a": Site("a"), "b": Site("b")},
        components=components,
        hosts=hosts,
        clusters={"db": Cluster("db", ("p", "s"), "p")},
        services={"work": Service("work", needs=Gate(1, ("db",)))},
    )

    assert find_weak_points(topology, View.AS_IT_STANDS, 1).clusters[0].shared == {"s": ()}


def test_clusters_that_the_service_does_not_hang_on_are_left_out(courts: Topology) -> None:
    assert find_weak_points(courts, View.AS_IT_STANDS, 1, ["video"]).clusters == ()


def test_everything_comes_back_after_what_it_hangs_on(courts: Topology) -> None:
    layers = weak(courts, "lookup", View.AFTER_FAILOVER).recovery_order
    at = {name: number for number, layer in enumerate(layers) for name in layer}

    assert layers[0] == ("falls-church",)
    assert layers[-1] == ("lookup",)
    order = ["falls-church", "fc-power", "fc-srv-1", "fc-storage", "fc-db-2", "case-db", "case-records", "lookup"]
    assert sorted(order, key=lambda name: at[name]) == order
    assert "fc-registration-data" not in at


def test_an_unknown_service_is_refused_with_the_nearest_name(courts: Topology) -> None:
    with pytest.raises(TopologyError, match="did you mean 'hotline'"):
        find_service(courts, "hotlin")


@settings(max_examples=100, deadline=None)
@given(topology=networks(), view=VIEWS)
def test_weak_points_are_the_least_losses_after_which_a_service_is_not_up(topology: Topology, view: View) -> None:
    structure = Structure(topology, view)
    services = sources_first(topology, topology.services)
    outcomes = {}
    for size in (1, 2):
        for chosen in combinations(physical(topology), size):
            up = structure.recompute(structure.index[name] for name in chosen)
            outcomes[frozenset(chosen)] = conditions(services, lambda name, up=up: up[structure.index[name]])  # type: ignore[misc]

    for found in find_weak_points(topology, view, 2).services:
        expected = {
            chosen: lost[found.service].stale_after_seconds
            for chosen, lost in outcomes.items()
            if found.service in lost
            and not any(found.service in outcomes[frozenset((each,))] for each in chosen if len(chosen) > 1)
        }
        assert {frozenset(each.things): each.stale_after_seconds for each in (*found.single, *found.combined)} == expected


@settings(max_examples=100, deadline=None)
@given(topology=networks(), view=VIEWS)
def test_patterns_stand_for_exactly_the_combinations(topology: Topology, view: View) -> None:
    for found in find_weak_points(topology, view, 2).services:
        unfolded: list[frozenset[str]] = []
        for pattern in found.patterns:
            choices = [frozenset[str]()]
            for count, names in pattern.groups:
                choices = [before | set(chosen) for before in choices for chosen in combinations(names, count)]
            unfolded += choices
        assert sorted(map(sorted, unfolded)) == sorted(sorted(each.things) for each in found.combined)


@settings(max_examples=60, deadline=None)
@given(topology=networks())
def test_no_order_of_recovery_puts_a_thing_before_what_it_hangs_on(topology: Topology) -> None:
    for found in find_weak_points(topology, View.AFTER_FAILOVER, 1).services:
        at = {name: number for number, layer in enumerate(found.recovery_order) for name in layer}
        for service in topology.services.values():
            if service.name in at:
                assert service.needs is not None
                assert all(at[name] < at[service.name] for name in (*service.needs.names(), *service.reads))
        for host in topology.hosts.values():
            if host.name in at:
                assert all(at[name] < at[host.name] for name in (*host.uses, *([host.site] if host.site else [])))
