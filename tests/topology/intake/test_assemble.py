"""From inventories and relations to a topology: what is guessed is marked, what is said is not."""

from pathlib import Path
from typing import Any

import pytest

from topology.document import parse_document
from topology.errors import InputError
from topology.facts import Mark
from topology.intake.assemble import Assembly, assemble
from topology.intake.collect import collect
from topology.load import build_topology, load_topology
from topology.model import Topology
from topology.tidy import document, one_line

EXAMPLES = Path(__file__).parents[3] / "examples"
SHOP = """
[north]
web1
web2
db1
[south]
web3
db2
[webservers]
web[1:3]
[dbservers]
db[1:2]
[sites:children]
north
south
"""


def assembled(folder: Path, inventory: str, *relations: str) -> Assembly:
    (folder / "hosts.ini").write_text(inventory)
    (folder / "relations.csv").write_text("\n".join(["from,kind,to", *relations]))
    return assemble(*collect([folder / "hosts.ini", folder / "relations.csv"]), "shop")


def loaded(assembly: Assembly) -> Topology:
    return build_topology(parse_document(document(assembly.data), "made.yaml"))


def complaint(folder: Path, inventory: str, *relations: str) -> str:
    with pytest.raises(InputError) as refused:
        assembled(folder, inventory, *relations)
    return str(refused.value)


def guessed(topology: Topology) -> set[str]:
    return {fact.key for fact in topology.facts if fact.mark is Mark.ASSUMED and fact.why}


def test_a_plain_shop_becomes_one_service_on_its_web_farm_and_its_database(tmp_path: Path) -> None:
    topology = loaded(assembled(tmp_path, SHOP))
    assert list(topology.sites) == ["north", "south"]
    assert topology.hosts["web3"].site == "south"
    assert topology.clusters["dbservers"].members == ("db1", "db2")
    needs = topology.services["shop"].needs
    assert needs is not None
    assert set(needs.names()) == {"dbservers", "web1", "web2", "web3"}
    assert {"sites.north.title", "clusters.dbservers.primary", "services.shop.needs"} <= guessed(topology)


def test_relations_take_the_place_of_guesses(tmp_path: Path) -> None:
    topology = loaded(assembled(tmp_path, SHOP, "db2,member,dbservers", "db1,member,dbservers", "shop,needs,dbservers"))
    assert topology.clusters["dbservers"].primary == "db2"
    assert "clusters.dbservers.members" not in guessed(topology)
    assert "services.shop.needs" not in guessed(topology)
    assert list(topology.services["shop"].needs.names()) == ["dbservers"]  # type: ignore[union-attr]


def test_what_only_relations_name_becomes_a_component_with_a_note(tmp_path: Path) -> None:
    assembly = assembled(tmp_path, SHOP, "web[1-2],uses,san", "webservers,uses,san", "san,uses,grid", "north,uses,grid")
    topology = loaded(assembly)
    assert topology.hosts["web3"].uses == ("san",)
    assert topology.components["san"].uses == topology.sites["north"].uses == ("grid",)
    assert any("'san' is in no inventory" in note.message for note in assembly.notes)


def test_services_read_services(tmp_path: Path) -> None:
    topology = loaded(assembled(tmp_path, SHOP, "search,needs,web1", "shop,reads,search"))
    assert topology.services["shop"].reads == ("search",)


@pytest.mark.parametrize(
    ("relation", "says"),
    [
        ("db9,member,dbs", "there is no host 'db9'; did you mean 'db"),
        ("shop,reads,shopp", "there is no service 'shopp'; did you mean 'shop'"),
        ("web1,needs,san", "say what they use"),
        ("shop,uses,san", "say what it needs"),
        ("web1,uses,shop", "which is read and not needed"),
    ],
)
def test_a_relation_that_cannot_be_is_refused_with_its_line(tmp_path: Path, relation: str, says: str) -> None:
    text = complaint(tmp_path, SHOP, relation)
    assert "relations.csv:2: " in text
    assert says in text


def test_a_primary_is_told_by_its_group(tmp_path: Path) -> None:
    topology = loaded(assembled(tmp_path, "[pg_replica]\np1\n[pg_primary]\np2\n[web]\nw1\n"))
    assert topology.clusters["pg"].primary == "p2"
    assert set(topology.clusters["pg"].members) == {"p1", "p2"}


def test_a_store_that_votes_needs_a_majority_and_directories_need_one(tmp_path: Path) -> None:
    topology = loaded(assembled(tmp_path, "[etcd]\ne[1:5]\n[dns]\nd[1:3]\n"))
    assert topology.components["etcd"].needs.at_least == 3  # type: ignore[union-attr]
    assert topology.components["dns"].needs.at_least == 1  # type: ignore[union-attr]


def test_hosts_for_testing_are_kept_but_no_service_needs_them(tmp_path: Path) -> None:
    assembly = assembled(tmp_path, "[shop_web]\nw[1:2]\ns1\n[staging]\ns1\n")
    topology = loaded(assembly)
    assert "s1" in topology.hosts
    assert "s1" not in topology.services["shop"].needs.names()  # type: ignore[union-attr]
    assert any("for testing" in note.message for note in assembly.notes)


def test_names_that_meet_are_told_apart(tmp_path: Path) -> None:
    topology = loaded(assembled(tmp_path, "[mail]\nmail\n[sites:children]\nplace\n[place]\nmail\n[db]\ndb\n"))
    assert list(topology.services) == ["mail-service"]
    assert list(topology.clusters) == ["db-cluster"]


def test_hosts_of_which_the_same_is_known_share_a_line() -> None:
    assembly = assemble(*collect([EXAMPLES / "hospital-inventory.yml"]), "lakeshore")
    assert "hb-ehr-app-[01-06].lakeshore.example" in assembly.data["hosts"]
    assert len(assembly.data["hosts"]) < 80


def test_the_example_makes_a_topology_that_loads(tmp_path: Path) -> None:
    files = [EXAMPLES / "hospital-inventory.yml", EXAMPLES / "hospital-relations.csv"]
    path = tmp_path / "lakeshore.yaml"
    path.write_text(document(assemble(*collect(files), "lakeshore").data))
    topology = load_topology(path)
    assert len(topology.hosts) == 200
    assert topology.clusters["ehr_db"].primary == "hb-ehr-db-02.lakeshore.example"
    assert topology.services["pharmacy"].reads == ("ehr",)
    assert "harbor" not in topology.services  # a place is no service, though load balancers bear its name


WORDS = ["no", "null", "9:30", "1.5", "a: b", "-x", "", "#", "[x]", "true", "0x1f", "it's", 'a "b"', "ü"]


@pytest.mark.parametrize("value", [*WORDS, 7, True])
def test_what_is_written_reads_back_the_same(value: Any) -> None:
    assert parse_document(f"key: {one_line({'inner': [value]})}", "x")["key"]["inner"] == [value]


def test_what_relations_say_twice_counts_once_and_what_they_add_takes_nothing_away(tmp_path: Path) -> None:
    relations = ("web1,uses,san", "web1,uses,lan", "web1,uses,san", "search,needs,web2", "shop,reads,search", "shop,reads,search")
    topology = loaded(assembled(tmp_path, SHOP, *relations))
    assert topology.hosts["web1"].uses == ("san", "lan")
    assert topology.services["shop"].reads == ("search",)


def test_no_service_of_its_own_is_guessed_for_a_group_that_some_service_is_said_to_need(tmp_path: Path) -> None:
    topology = loaded(assembled(tmp_path, SHOP + "[mail]\nm1\n", "post,needs,mail"))
    assert "post" in topology.services
    assert not {"mail", "mail-service"} & topology.services.keys()


def test_the_role_of_a_host_is_the_smallest_of_its_groups(tmp_path: Path) -> None:
    topology = loaded(assembled(tmp_path, "[appliances]\na1\na2\na3\n[mail]\na1\n"))
    assert topology.hosts["a1"].role == "mail"
    assert topology.hosts["a2"].role == "appliances"


@pytest.mark.parametrize(("voters", "majority"), [(3, 2), (4, 3), (5, 3), (6, 4)])
def test_half_of_the_votes_is_no_majority(tmp_path: Path, voters: int, majority: int) -> None:
    topology = loaded(assembled(tmp_path, f"[etcd]\ne[1:{voters}]\n"))
    assert topology.components["etcd"].needs.at_least == majority  # type: ignore[union-attr]


def test_a_farm_on_two_sites_is_taken_to_bear_the_loss_of_the_smaller(tmp_path: Path) -> None:
    sites = "[north]\nw1\nw2\n[south]\nw[3:5]\n[sites:children]\nnorth\nsouth\n"
    topology = loaded(assembled(tmp_path, sites + "[mail]\nw[1:5]\n"))
    assert topology.services["mail"].needs.at_least == 3  # type: ignore[union-attr]
