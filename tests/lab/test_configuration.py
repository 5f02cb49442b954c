import subprocess
from pathlib import Path

import pytest
import yaml

from failover.live.configuration import load_configuration
from lab import configuration
from lab.hosts import Lab
from lab.inventory import inventory
from lab.layout import lay_out
from lab.places import CONTROLLER, INVENTORY, OBSERVING
from topology.load import load_topology
from topology.model import Mode
from topology.sources import find_network


def test_the_inventory_groups_hosts_by_what_they_are_for() -> None:
    told = inventory(lay_out(load_topology(find_network("court-lab"))))["all"]
    assert told["children"]["database"]["hosts"] == {
        "db-1": {"ansible_host": "10.77.0.11"},
        "db-2": {"ansible_host": "10.77.0.12"},
        "db-3": {"ansible_host": "10.77.0.13"},
    }
    assert "StrictHostKeyChecking=yes" in told["vars"]["ansible_ssh_common_args"]


def test_two_configurations_say_their_policy_and_differ_in_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = {name: tmp_path / name for name in ("TOPOLOGY", "CONTROLLER", "OBSERVING")}
    for name, path in places.items():
        monkeypatch.setattr(configuration, name, path)
    places["TOPOLOGY"].write_text("court-lab")
    configuration.write_configurations(lay_out(load_topology(find_network("court-lab"))))
    acting, observing = (yaml.safe_load(places[name].read_text()) for name in ("CONTROLLER", "OBSERVING"))
    assert acting.pop("policy") == {"cases": {"mode": "automatic"}}
    assert observing.pop("policy") == {"cases": {"mode": "observe"}}
    assert acting == observing


@pytest.mark.lab
def test_the_observing_configuration_is_sound_and_never_acts(lab: Lab) -> None:
    found = load_configuration(OBSERVING)
    assert [each.policy.mode for each in found.topology.clusters.values()] == [Mode.OBSERVE]
    assert found.store == load_configuration(CONTROLLER).store  # two at once are refused


@pytest.mark.lab
def test_the_controllers_configuration_is_sound_and_complete(lab: Lab) -> None:
    found = load_configuration(CONTROLLER)
    assert found.controller == "ctl-1"
    assert [each.host for each in found.equipment.databases] == ["db-1", "db-2", "db-3"]
    assert [each.host for each in found.equipment.power] == ["db-1", "db-2", "db-3"]
    assert [(each.host, each.port) for each in found.equipment.proxies] == [("edge-1", 5432)]
    assert [each.name for each in found.vantages] == ["mon-1"]
    assert found.secrets("redfish").startswith("continuance:")
    assert found.secrets("vantage")


@pytest.mark.lab
def test_every_host_of_the_inventory_is_reached_with_what_stands_in_it(lab: Lab) -> None:
    told = yaml.safe_load(INVENTORY.read_text())["all"]
    words = ["ssh", "-i", told["vars"]["ansible_ssh_private_key_file"], *told["vars"]["ansible_ssh_common_args"].split()]
    for group in told["children"].values():
        for name, host in group["hosts"].items():
            reached = [*lab.beside("ctl-1"), *words, f"root@{host['ansible_host']}", "hostname"]
            assert subprocess.run(reached, capture_output=True, text=True, check=True).stdout.strip() == name


@pytest.mark.lab
def test_the_second_vantage_point_is_back_with_its_host(lab: Lab) -> None:
    from lab.companions import VANTAGE_PORT
    from tests.lab.asking import greeting

    def attends() -> bool:
        """Whether somebody takes connections there, at the latest after some attempts; without an agent they are refused."""
        return any(greeting("ctl-1", lab.layout.host("mon-1").address, VANTAGE_PORT) != "refused" for _ in range(50))

    assert attends()
    lab.off("mon-1")
    lab.on("mon-1")
    assert attends()
