from dataclasses import replace

from report.graph import Graph, about, draw_together
from topology.load import load_topology
from topology.model import Cluster, Gate, Host, Service, Site, Topology
from topology.sources import find_network

COURT = load_topology(find_network("immigration-courts"))


def edge(graph: Graph, upper: str, lower: str) -> tuple[str, str, int] | None:
    by_member = {member: box.id for box in graph.boxes for member in box.members}
    found = [each for each in graph.edges if (each.upper, each.lower) == (by_member[upper], by_member[lower])]
    return (found[0].kind, found[0].label, found[0].least) if found else None


def farm(count: int, role: str = "web") -> Topology:
    hosts = {f"web-{number}": Host(f"web-{number}", site="north", role=role) for number in range(count)}
    shop = Service("shop", needs=Gate(count // 2, tuple(hosts)))
    return Topology("farm", sites={"north": Site("north")}, hosts=hosts, services={"shop": shop})


def test_hosts_that_are_alike_share_a_box() -> None:
    boxes = {box.title: box.members for box in draw_together([COURT]).boxes if box.kind == "hosts"}
    assert boxes["storage-server ×5"] == tuple(f"fc-srv-{number}" for number in range(1, 6))
    assert boxes["database ×2"] == ("fc-db-1", "fc-db-2")


def test_an_edge_that_a_longer_path_implies_is_left_out() -> None:
    graph = draw_together([COURT])
    assert edge(graph, "fc-db-1", "fc-storage") == ("uses", "", 1)
    assert edge(graph, "fc-db-1", "fc-power") is None


def test_an_edge_says_how_many_are_needed() -> None:
    graph = draw_together([COURT])
    assert edge(graph, "fc-storage", "fc-srv-3") == ("needs", "4 of 5", 4)
    assert edge(graph, "hotline", "ivr-1") == ("needs", "1 of 2", 1)


def test_what_only_one_response_has_is_drawn_too() -> None:
    standby = Host("rs-db-1", site="recovery-site", role="database")
    cluster: Cluster = replace(COURT.clusters["case-db"], members=("fc-db-1", "fc-db-2", "rs-db-1"))
    wider = replace(COURT, hosts={**COURT.hosts, "rs-db-1": standby}, clusters={"case-db": cluster})
    graph = draw_together([COURT, wider])
    assert edge(graph, "case-db", "rs-db-1") == ("member", "", 1)


def test_many_hosts_collapse_into_one_box() -> None:
    few, many = draw_together([farm(12)]), draw_together([farm(40)])
    assert [box.collapsed for box in few.boxes if box.kind == "hosts"] == [False]
    assert [(box.title, box.collapsed) for box in many.boxes if box.kind == "hosts"] == [("web ×40", True)]


def test_too_many_kinds_of_hosts_are_grouped_by_role_alone_without_a_cycle() -> None:
    farm_hosts = {
        f"web-{number}": Host(f"web-{number}", role="web", uses=(f"web-{number - 1}",) if number else ()) for number in range(60)
    }
    graph = draw_together([Topology("chain", hosts=farm_hosts)])
    assert [len(box.members) for box in graph.boxes] == [60]
    assert graph.edges == ()


def test_what_a_service_hangs_on_is_said_in_words() -> None:
    words = about(COURT.services["case-records"])
    assert words == "needs case-db and (2 of fc-app-1…3)"


def test_one_of_several_is_told_from_all_of_them_in_words() -> None:
    hotline = about(COURT.services["hotline"])
    assert hotline.startswith("needs any of ivr-1…2")
