from textwrap import dedent

from failover.core.settings import Settings
from topology.document import parse_document
from topology.load import build_topology

TWO_CLUSTERS = """
    name: two-clusters
    sites: {here: {}, there: {}}
    components:
      volume: {needs: {any: [store-1, store-2]}}
    hosts:
      store-[1-2]: {site: here}
      db-1: {site: here, uses: [volume]}
      db-2: {site: there}
      map-[1-2]: {site: there}
      edge: {site: here}
      desk: {site: here}
    clusters:
      db:
        members: [db-1, db-2]
        primary: db-1
        routes: [edge]
        fence: [redfish, operator]
        policy: {detection_window: 3s}
      map:
        members: [map-1, map-2]
        primary: map-2
        replication: {mode: synchronous}
        routes: [edge]
        policy: {detection_window: 9s}
    safety:
      shared: {clusters: [db, map], at_most: 1}
"""


def settings(text: str = TWO_CLUSTERS) -> Settings:
    return Settings(build_topology(parse_document(dedent(text), "network.yaml")))


def test_a_cluster_without_proxies_has_one_that_bears_its_name() -> None:
    assert settings(TWO_CLUSTERS.replace("routes: [edge]", "title: none")).clusters["db"].routes == ("db/route",)
    assert settings().clusters["db"].routes == ("edge",)


def test_a_person_is_no_level_of_fencing_that_a_command_reaches() -> None:
    assert settings().clusters["db"].levels == ("redfish",)
    assert settings().clusters["map"].levels == ()


def test_members_of_a_synchronous_cluster_are_known_as_such() -> None:
    assert [each.synchronous for each in settings().clusters.values()] == [False, True]


def test_the_others_come_in_the_order_of_the_topology_whoever_is_primary() -> None:
    assert settings().clusters["map"].others("map-2") == ("map-1",)
    assert settings().clusters["map"].others("map-1") == ("map-2",)


def test_members_their_proxies_and_the_hosts_that_members_hang_on_are_watched_and_nobody_else() -> None:
    assert set(settings().hosts) == {"db-1", "db-2", "map-1", "map-2", "edge", "store-1", "store-2"}


def test_a_shared_proxy_concerns_every_cluster_behind_it() -> None:
    concerns = settings().concerns

    assert concerns["edge"] == ("db", "map")
    assert concerns["store-1"] == ("db",)


def test_a_shared_host_is_watched_as_closely_as_its_most_impatient_cluster_wants() -> None:
    windows = settings().windows()

    assert windows["edge"] == 3.0
    assert windows["map-1"] == 9.0


def test_each_cluster_knows_the_safety_groups_it_belongs_to() -> None:
    assert settings().clusters["db"].group_of == ((1, ("db", "map")),)
    assert settings(TWO_CLUSTERS.partition("    safety")[0]).clusters["db"].group_of == ()
