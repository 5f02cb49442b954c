import dataclasses

import pytest

from topology.facts import Fact, Mark
from topology.model import Cluster, Component, Gate, Host, Selector, Site, Topology


def test_a_gate_names_everything_in_it_however_deep() -> None:
    gate = Gate(1, ("a", Gate(2, ("b", Gate(1, ("c",))))))
    assert list(gate.names()) == ["a", "b", "c"]


def test_a_fact_is_keyed_by_its_path() -> None:
    assert Fact(("hosts", "web-1", "recover", 0, "wait"), "2h", Mark.ASSUMED).key == "hosts.web-1.recover.0.wait"


def test_hosts_are_selected_by_what_they_are_in_the_order_of_the_file() -> None:
    hosts = {
        "c": Host("c", site="east", role="web", uses=("power",)),
        "a": Host("a", site="east", role="web"),
        "b": Host("b", site="west", role="web", uses=("power",)),
    }
    topology = Topology("t", hosts=hosts)
    assert topology.select(Selector()) == ("c", "a", "b")
    assert topology.select(Selector(site="east")) == ("c", "a")
    assert topology.select(Selector(role="web", uses="power")) == ("c", "b")
    assert topology.select(Selector(role="web", count=2)) == ("c", "a")
    assert topology.select(Selector(role="none")) == ()


def test_entities_come_by_kind_and_calendars_follow_the_first_site() -> None:
    sites = {"s": Site("s", timezone="Europe/Berlin"), "t": Site("t")}
    topology = Topology("t", sites=sites, components={"x": Component("x")}, hosts={"h": Host("h")})
    assert [entity.name for entity in topology.entities()] == ["s", "t", "x", "h"]
    assert topology.timezone() == "Europe/Berlin"
    assert Topology("nowhere").timezone() == "UTC"


def test_controllers_have_places_of_their_own_where_none_are_named() -> None:
    assert Topology("t").controller_names() == ("controller-1", "controller-2")
    assert Topology("t", hosts={"controller-1": Host("controller-1")}).controller_names() == ("controller-2", "controller-3")
    assert Topology("t", controllers=("x",)).controller_names() == ("x",)


def test_every_controller_is_a_vantage_point_once() -> None:
    assert Topology("t", controllers=("x", "y"), vantages=("z", "x")).vantage_points() == ("x", "y", "z")
    assert Topology("t", vantages=("z",)).vantage_points() == ("controller-1", "controller-2", "z")


def test_a_cluster_without_routes_has_a_proxy_of_its_own() -> None:
    assert Cluster("db", ("a",), "a", routes=("p", "q")).proxies() == ("p", "q")
    assert Cluster("db", ("a",), "a").proxies() == ("db/route",)


def test_the_model_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Host("h").site = "elsewhere"  # type: ignore[misc]
