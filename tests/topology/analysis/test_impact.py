import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.topology.small_networks import networks, physical
from topology.analysis.impact import Impact, ServiceImpact, Standby, assess_impact, find_failing
from topology.errors import TopologyError
from topology.gates import Structure, View
from topology.load import load_topology
from topology.model import Cluster, Component, Gate, Host, Service, Site, Topology
from topology.sources import find_network

SERVERS = [f"fc-srv-{number}" for number in range(1, 6)]


@pytest.fixture(scope="module")
def courts() -> Topology:
    return load_topology(find_network("immigration-courts"))


def service(impact: Impact, view: View, name: str) -> ServiceImpact:
    (found,) = (each for shown in impact.views if shown.view is view for each in shown.services if each.service == name)
    return found


def standby(impact: Impact, host: str) -> Standby:
    (found,) = (each for cluster in impact.clusters for each in cluster.standbys if each.host == host)
    return found


def test_five_servers_take_the_storage_both_databases_and_the_records(courts: Topology) -> None:
    impact = assess_impact(courts, SERVERS)

    for view in impact.views:
        assert view.down["components"] == ("fc-storage", "fc-registration-data")
        assert set(view.down["hosts"]) == {*SERVERS, "fc-db-1", "fc-db-2"}
        assert view.down["clusters"] == ("case-db",)
        assert [each.service for each in view.services if each.condition is None] == ["video"]


def test_a_standby_on_the_storage_that_failed_cannot_take_over_and_the_reason_says_so(courts: Topology) -> None:
    refused = standby(assess_impact(courts, SERVERS), "fc-db-2")

    assert not refused.can_take_over
    assert refused.reason == "hangs on fc-storage, which is down because fc-srv-[1-5] failed"


def test_a_standby_takes_over_when_the_primary_alone_is_lost(courts: Topology) -> None:
    impact = assess_impact(courts, ["fc-db-1"])

    assert standby(impact, "fc-db-2").can_take_over
    assert standby(impact, "fc-db-2").reason == ""
    assert service(impact, View.AS_IT_STANDS, "case-records").condition is not None
    assert service(impact, View.AFTER_FAILOVER, "case-records").condition is None


def test_what_all_failed_hosts_hang_on_makes_a_standby_suspect(courts: Topology) -> None:
    suspected = standby(assess_impact(courts, ["fc-db-1", "fc-app-1"]), "fc-db-2")

    assert suspected.can_take_over
    assert suspected.suspect == ("fc-power",)  # not the site: the cluster has no member elsewhere


def test_a_standby_that_failed_itself_is_said_to_have(courts: Topology) -> None:
    impact = assess_impact(courts, ["fc-db-2"])

    assert standby(impact, "fc-db-2").reason == "it failed itself"
    assert not impact.clusters[0].primary_down


def test_a_reader_goes_down_with_its_source_and_stale_when_its_fallback_answers(courts: Topology) -> None:
    impact = assess_impact(courts, SERVERS)
    hotline = service(impact, View.AS_IT_STANDS, "hotline").condition
    lookup = service(impact, View.AS_IT_STANDS, "lookup").condition

    assert hotline is not None
    assert lookup is not None
    assert (hotline.needs_hold, hotline.sources_lost, hotline.stale_after_seconds) == (True, ("case-records",), 11 * 86400.0)
    assert (lookup.needs_hold, lookup.sources_lost, lookup.stale_after_seconds) == (True, ("case-records",), None)


def test_a_lost_server_leaves_the_storage_without_one_to_spare(courts: Topology) -> None:
    bearing = service(assess_impact(courts, ["fc-srv-1"]), View.AS_IT_STANDS, "case-records").bearing

    assert bearing is not None
    assert (bearing.losses, bearing.exact) == (0, True)
    assert set(SERVERS[1:]) < set(bearing.next_losses)
    assert "fc-app-1" not in bearing.next_losses


def test_a_service_spread_over_two_sites_bears_one_more_loss_and_says_it_is_exact() -> None:
    hosts = {name: Host(name, site=site) for name, site in (("a-1", "a"), ("a-2", "a"), ("b-1", "b"))}
    work = Service("work", needs=Gate(1, tuple(hosts)))
    topology = Topology("two", sites={"a": Site("a"), "b": Site("b")}, hosts=hosts, services={"work": work})

    bearing = service(assess_impact(topology, ["a-1"]), View.AS_IT_STANDS, "work").bearing

    assert bearing is not None
    assert (bearing.losses, bearing.exact, bearing.next_losses) == (1, True, ())


def test_a_service_that_bears_all_losses_looked_for_bears_at_least_so_many() -> None:
    hosts = {f"host-{number}": Host(f"host-{number}") for number in range(9)}
    topology = Topology("nine", hosts=hosts, services={"work": Service("work", needs=Gate(1, tuple(hosts)))})

    bearing = service(assess_impact(topology, ["host-0"]), View.AS_IT_STANDS, "work").bearing

    assert bearing is not None
    assert (bearing.losses, bearing.exact) == (3, False)


def test_untouched_is_what_hangs_on_nothing_that_went_down(courts: Topology) -> None:
    impact = assess_impact(courts, ["ivr-1"])
    touched = {each.service for each in impact.views[0].services if each.touched}

    assert touched == {"hotline"}


def test_ranges_and_names_are_taken_once_each_in_order(courts: Topology) -> None:
    assert find_failing(courts, ["fc-srv-2", "fc-srv-[1-3]", "fc-power", "falls-church"]) == (
        "fc-srv-2", "fc-srv-1", "fc-srv-3", "fc-power", "falls-church",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("fc-srw-1", "did you mean 'fc-srv-1'?"),
        ("fc-srv-[4-7]", "no host, component or site 'fc-srv-6'"),
        ("fc-srv-[3-1]", "is not a range"),
        ("case-db", "'case-db' is a cluster; it fails with its hosts: fc-db-[1-2]"),
        ("hotline", "'hotline' is a service; name the hosts"),
    ],
)
def test_what_cannot_fail_is_refused_with_what_would_be_right(courts: Topology, word: str, message: str) -> None:
    with pytest.raises(TopologyError) as raised:
        find_failing(courts, ["fc-srv-1", word])

    (problem,) = raised.value.problems
    assert message in str(problem)


def test_a_standby_down_through_two_things_names_the_nearest_and_every_failure_behind_it() -> None:
    components = {"feed": Component("feed"), "rack": Component("rack", uses=("feed",))}
    hosts = {"p": Host("p", uses=("rack",)), "s": Host("s", uses=("rack",))}
    topology = Topology("rack", components=components, hosts=hosts, clusters={"c": Cluster("c", ("p", "s"), "p")})

    refused = standby(assess_impact(topology, ["feed"]), "s")

    assert (refused.failed, refused.through) == (("feed",), ("rack",))


@settings(max_examples=100, deadline=None)
@given(topology=networks(), data=st.data())
def test_the_blast_radius_is_what_the_gates_say_and_a_failover_only_helps(topology: Topology, data: st.DataObject) -> None:
    failed = data.draw(st.lists(st.sampled_from(physical(topology)), min_size=1, unique=True))

    impact = assess_impact(topology, failed)

    for view in impact.views:
        structure = Structure(topology, view.view)
        up = structure.recompute(structure.index[name] for name in failed)
        down = {name for names in view.down.values() for name in names}
        assert down == {name for name in [*physical(topology), "cluster"] if not up[structure.index[name]]}
        lost = {each.service for each in view.services if each.condition}
        for each in view.services:
            own = not up[structure.index[each.service]]
            assert (each.service in lost) == (own or bool(lost & set(topology.services[each.service].reads)))
    before, after = ({each.service for each in view.services if each.condition} for view in impact.views)
    assert after <= before


def test_a_standby_names_a_failure_that_lies_behind_another() -> None:
    components = {"feed": Component("feed"), "rack": Component("rack", uses=("feed",))}
    hosts = {"p": Host("p"), "s": Host("s", uses=("rack",))}
    topology = Topology("rack", components=components, hosts=hosts, clusters={"c": Cluster("c", ("p", "s"), "p")})

    refused = standby(assess_impact(topology, ["feed", "rack"]), "s")

    assert set(refused.failed) == {"feed", "rack"}
    assert not refused.can_take_over


def test_a_service_bears_no_more_than_what_it_reads_and_is_touched_with_it() -> None:
    hosts = {name: Host(name) for name in ("web-1", "web-2", "web-3", "db-1", "db-2")}
    services = {
        "data": Service("data", needs=Gate(1, ("db-1", "db-2"))),
        "shop": Service("shop", needs=Gate(1, ("web-1", "web-2", "web-3")), reads=("data",)),
    }
    shop = service(assess_impact(Topology("shop", hosts=hosts, services=services), ["db-1"]), View.AS_IT_STANDS, "shop")

    assert shop.touched
    assert shop.bearing is not None
    assert (shop.bearing.losses, shop.bearing.exact, shop.bearing.next_losses) == (0, True, ("db-2",))
