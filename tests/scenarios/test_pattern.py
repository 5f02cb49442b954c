from collections.abc import Callable
from pathlib import Path

import pytest

from scenarios.errors import ScenarioError
from scenarios.load import build_scenario, find_scenario, read_scenario
from scenarios.model import FaultKind, Scenario
from scenarios.pattern import ad_hoc, on_network, worst_hosts
from simulator.replay import replay
from tests.scenarios.writing import NETWORK, write
from topology.errors import InputError
from topology.load import load_topology
from topology.sources import find_network

FIVE = read_scenario(find_scenario("five-server-outage"))

Carried = Callable[[str], Scenario]


@pytest.fixture
def carried(tmp_path: Path) -> Carried:
    """Play the five-server outage on the network written here; every result must build, and replay."""

    def on(network: str) -> Scenario:
        path = tmp_path / "mine.yaml"
        path.write_text(network, encoding="utf-8")
        scenario = build_scenario(on_network(FIVE, path))
        result = replay(scenario)
        assert result.notes == scenario.notes
        assert all(response.services for response in result.responses)
        return scenario

    return on


def names(scenario: Scenario) -> list[str]:
    return [response.name for response in scenario.responses]


def test_on_the_second_network_the_pattern_strikes_where_it_hurts_most() -> None:
    scenario = build_scenario(on_network(FIVE, find_network("north-coast-ferries")))
    (fault,) = scenario.incident
    assert {scenario.topology.hosts[name].site for name in fault.targets} == {"harbour"}
    assert len(fault.targets) == 5
    assert names(scenario) == ["as-happened", "spares-on-hand", "shared-standby", "independent-standby"]
    assert [note.split(":")[0] for note in scenario.notes] == [
        "The pattern strikes switchboard-1, switchboard-2, booking-db-1, booking-db-3, web-1 at harbour",
        "Prices in USD are left out",
        "Taken along from immigration-courts, because the recovery speaks of them",
    ]
    standby = scenario.responses[3].topology
    assert standby.hosts["booking-db-standby"].site == "hill"
    assert standby.clusters["booking-db"].members[-1] == "booking-db-standby"
    assert scenario.responses[1].topology.stock["harbour"]["storage-drive"] == 5
    replay(scenario)


def test_what_is_expected_and_told_of_the_home_network_stays_there() -> None:
    scenario = build_scenario(on_network(FIVE, find_network("north-coast-ferries")))
    assert (scenario.name, scenario.summary, scenario.expectations) == ("five-server-outage on north-coast-ferries", "", ())


def test_a_network_without_clusters_has_no_standby_to_add(carried: Carried) -> None:
    scenario = carried("""
name: bakery
sites: {mill: {}}
hosts: {"oven-[1-6]": {site: mill}}
services: {bread: {needs: {at_least: 2, of: ["oven-[1-6]"]}}}
""")
    assert names(scenario) == ["as-happened", "spares-on-hand", "shared-standby"]
    assert "The response independent-standby is left out: no cluster here loses its primary" in scenario.notes


def test_a_network_of_one_site_is_given_a_second_one_for_the_standby(carried: Carried) -> None:
    scenario = carried("""
name: office
sites: {hq: {}}
hosts: {"db-[1-2]": {site: hq}, "web-[1-4]": {site: hq}}
clusters: {db: {members: ["db-[1-2]"], primary: db-1}}
services: {shop: {needs: {all: [db, {any: ["web-[1-4]"]}]}}}
""")
    changed = scenario.responses[3].topology
    assert changed.hosts["db-standby"].site == "standby-site"
    assert "standby-site" not in scenario.topology.sites


def test_hosts_at_no_site_are_struck_together_and_have_no_shelf(carried: Carried) -> None:
    scenario = carried("""
name: garage
hosts: {"db-[1-2]": {}}
clusters: {db: {members: ["db-[1-2]"], primary: db-1}}
services: {shop: {needs: db}}
""")
    assert scenario.incident[0].targets == ("db-1", "db-2")
    assert "The response spares-on-hand has nothing on the shelf here: what is struck stands at no site" in scenario.notes
    assert not scenario.responses[1].topology.stock


def test_each_cluster_that_loses_its_primary_is_given_a_standby(carried: Carried) -> None:
    scenario = carried("""
name: pair
sites: {a: {}, b: {}}
hosts: {"srv-[1-5]": {site: a}, far: {site: b}}
clusters:
  one: {members: [srv-1, far], primary: srv-1}
  two: {members: [srv-2, srv-3], primary: srv-2}
  distant: {members: [far], primary: far}
services: {s: {needs: {all: [one, two, distant]}}}
""")
    members = {name: each.members for name, each in scenario.responses[3].topology.clusters.items()}
    assert members == {
        "one": ("srv-1", "far", "one-standby"),
        "two": ("srv-2", "srv-3", "two-standby"),
        "distant": ("far",),
    }


def test_names_that_are_taken_are_not_given_again(carried: Carried) -> None:
    scenario = carried("""
name: taken
sites: {a: {}}
hosts: {"db-1": {site: a}, db-standby: {site: a, title: "Not to be touched"}, standby-site: {site: a}}
clusters: {db: {members: [db-1], primary: db-1}}
services: {s: {needs: db}}
""")
    changed = scenario.responses[3].topology
    assert changed.clusters["db"].members == ("db-1", "db-standby-2")
    assert changed.hosts["db-standby-2"].site == "standby-site-2"
    assert changed.hosts["db-standby"] == scenario.topology.hosts["db-standby"]


def test_parts_and_crews_of_its_own_are_kept(carried: Carried) -> None:
    scenario = carried("""
name: own
sites: {a: {}}
crews: {field: {size: 1, site: a}}
parts: {storage-drive: {lead_time: 1d}}
hosts: {"x-[1-5]": {site: a}}
services: {s: {needs: {all: ["x-[1-5]"]}}}
""")
    assert scenario.topology.crews["field"].size == 1
    assert scenario.topology.parts["storage-drive"].unit_cost is None
    assert not any("Taken along" in note for note in scenario.notes)


def test_a_part_that_nobody_said_how_to_order_borrows_its_lead_time(carried: Carried) -> None:
    scenario = carried("""
name: own
sites: {a: {}}
crews: {field: {size: 1, site: a}}
parts: {storage-drive: {title: "Ours"}}
hosts: {"x-[1-5]": {site: a}}
services: {s: {needs: {all: ["x-[1-5]"]}}}
""")
    assert scenario.topology.parts["storage-drive"].title == "Ours"
    assert scenario.topology.parts["storage-drive"].lead_time == build_scenario(FIVE).topology.parts["storage-drive"].lead_time
    assert scenario.notes[-2].endswith("because the recovery speaks of them: lead time of storage-drive")


def test_fewer_hosts_than_at_home_are_all_struck_and_the_notes_say_so(carried: Carried) -> None:
    scenario = carried("""
name: few
sites: {a: {}, b: {}}
hosts: {"x-[1-2]": {site: a}, y: {site: b}}
services: {s: {needs: {any: ["x-[1-2]"]}}}
""")
    assert scenario.incident[0].targets == ("x-1", "x-2")
    assert "At home 5 hosts failed; no site here has more than 2" in scenario.notes
    assert not any("Not played here" in note for note in scenario.notes)


def test_a_network_that_bears_any_five_losses_is_told_so(carried: Carried) -> None:
    scenario = carried("""
name: broad
sites: {a: {}, b: {}}
hosts: {"x-[1-5]": {site: a}, "y-[1-5]": {site: b}}
services: {s: {needs: {any: ["x-[1-5]", "y-[1-5]"]}}}
""")
    assert scenario.notes[0].endswith(": the worst that can be chosen, and no service hangs on them alone")


def test_a_network_without_hosts_has_nothing_to_strike(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("name: bare\nsites: {a: {}}\nservices: {s: {needs: a}}\n", encoding="utf-8")
    with pytest.raises(InputError, match="bare: hosts: there is no host that could fail"):
        on_network(FIVE, path)


def test_an_incident_without_hosts_has_no_pattern() -> None:
    home = read_scenario(find_scenario("lines-cut"))
    with pytest.raises(ScenarioError, match=r"lines-cut.yaml:\d+: incident: no host fails in this incident"):
        on_network(home, find_network("immigration-courts"))


def test_each_host_keeps_its_part_in_the_pattern(tmp_path: Path) -> None:
    body = """\
incident:
  - {at: 0h, fail: [db-1]}
  - {at: 1h, fail: [line, web-1], cause: "a digger"}
  - {at: 2h, restore: [db-1]}
  - {at: 3h, delay: [board], by: 1d}
  - {at: 4h, partition: [a]}
"""
    home = read_scenario(write(tmp_path, body))
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\nsites: {m: {}}\nhosts: {'x-[1-3]': {site: m}}\nservices: {s: {needs: x-1}}\n", encoding="utf-8")
    scenario = build_scenario(on_network(home, path))
    assert [(each.kind, each.targets) for each in scenario.incident] == [
        (FaultKind.FAIL, ("x-1",)),
        (FaultKind.FAIL, ("x-2",)),
        (FaultKind.RESTORE, ("x-1",)),
    ]
    assert scenario.notes[1:] == (
        "Not played here: fail of line after 1h",
        "Not played here: delay of board after 3h",
        "Not played here: partition of a after 4h",
    )


def test_what_befalls_controllers_and_their_clusters_stays_at_home(tmp_path: Path) -> None:
    body = """\
incident:
  - {at: 0h, fail: [db-1]}
  - {at: 1h, kill_process: db-3}
  - {at: 2h, cut: [clients], from: [store]}
  - {when: {command: promote, phase: after, cluster: db}, fail: [db-3]}
  - {at: 3h, order: {kind: pause, cluster: db, by: ana}}
"""
    home = read_scenario(write(tmp_path, body))
    (path := tmp_path / "mine.yaml").write_text(NETWORK.replace("name: shop", "name: other"), encoding="utf-8")
    scenario = build_scenario(on_network(home, path))
    assert [each.kind for each in scenario.incident] == [FaultKind.FAIL]
    assert scenario.notes[1:] == (
        "Not played here: kill_process of db-3 after 1h",
        "Not played here: cut of clients after 2h",
        "Not played here: fail of db-3 after promote of db",
        "Not played here: order of db after 3h",
    )


def test_an_incident_of_controllers_alone_has_no_pattern(tmp_path: Path) -> None:
    home = read_scenario(write(tmp_path, "incident: [{at: 0h, kill_process: db-1}]\n"))
    with pytest.raises(ScenarioError, match=r"night.yaml:5: incident: no host fails in this incident"):
        on_network(home, find_network("immigration-courts"))


def test_a_partition_cuts_off_the_site_that_is_struck(tmp_path: Path) -> None:
    home = read_scenario(write(tmp_path, "incident: [{at: 0h, fail: [db-3]}, {at: 1h, partition: [b]}]\n"))
    path = tmp_path / "mine.yaml"
    path.write_text(NETWORK.replace("name: shop", "name: other"), encoding="utf-8")
    scenario = build_scenario(on_network(home, path))
    site = scenario.topology.hosts[scenario.incident[0].targets[0]].site
    assert scenario.incident[1].targets == (site,)


def test_spares_of_all_sites_come_to_the_one_that_is_struck(tmp_path: Path) -> None:
    body = """\
incident: [{at: 0h, fail: [db-1], recover: [{part: board}]}]
responses:
  none: {stock: {}}
  some: {stock: {a: {board: 2}, b: {}}}
"""
    home = read_scenario(write(tmp_path, body))
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\nsites: {m: {}}\nhosts: {x: {site: m}}\nservices: {s: {needs: x}}\n", encoding="utf-8")
    none, some = build_scenario(on_network(home, path)).responses
    assert (none.topology.stock, some.topology.stock) == ({}, {"m": {"board": 2}})


def test_the_worst_hosts_are_those_whose_loss_costs_most(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        """
name: mine
sites: {a: {}, b: {}}
hosts: {cheap-1: {site: a}, cheap-2: {site: a}, dear: {site: b}}
services:
  many-1: {needs: cheap-1, cost: 1 EUR/h}
  many-2: {needs: cheap-2, cost: 1 EUR/h}
  one: {needs: dear, cost: 100 EUR/h}
""",
        encoding="utf-8",
    )
    topology = load_topology(path)
    assert worst_hosts(topology, 1) == ("dear",)
    assert worst_hosts(topology, 2) == ("dear",)


def test_a_failure_asked_for_strikes_what_was_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(NETWORK, encoding="utf-8")
    scenario = build_scenario(ad_hoc(path, ["db-[1-2]", "line", "b"], "2026-01-05T09:00+00:00", "30d"))
    assert [(each.at_seconds, each.targets) for each in scenario.incident] == [(0.0, ("db-1", "db-2", "line", "b"))]
    assert names(scenario) == ["as-it-stands", "automatic"]
    assert scenario.horizon_seconds == 2_592_000


def test_what_is_wrong_with_a_failure_asked_for_is_told_of_its_option(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(NETWORK, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        build_scenario(ad_hoc(path, ["db-1"], "noon", "soon"))
    assert [problem.file for problem in refused.value.problems] == ["--horizon", "--start"]
    with pytest.raises(InputError, match=r"^--fail: incident\.0\.fail: the name 'db-7' is not defined; did you mean"):
        build_scenario(ad_hoc(path, ["db-7"], "2026-01-05T09:00+00:00", "30d"))


def test_of_hosts_whose_loss_is_as_bad_the_first_are_struck(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        """
name: mine
sites: {a: {}, b: {}}
hosts: {one: {site: a}, two: {site: b}}
services: {s: {needs: one}, t: {needs: two}}
""",
        encoding="utf-8",
    )
    assert worst_hosts(load_topology(path), 1) == ("one",)
