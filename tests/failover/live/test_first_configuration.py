"""That the first configuration loads, for whatever network, and only watches; and the unit that starts it."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from failover.live.configuration import configuration_of
from failover.live.first_configuration import first_configuration, todo_of
from failover.live.unit import NAME, unit
from tests.failover.live.test_configuration import INVENTORY, TOPOLOGY
from topology.document import parse_document
from topology.load import load_topology
from topology.model import Mode
from topology.sources import find_network


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "court.yaml").write_text(TOPOLOGY)
    (tmp_path / "hosts.yml").write_text(INVENTORY)
    return tmp_path


def first(folder: Path) -> str:
    topology = load_topology(folder / "court.yaml")
    return first_configuration(topology, "controller.yaml", "court.yaml", "hosts.yml", "ctl-1", {"edge-1": "10.0.0.10"})


def uncommented(text: str) -> str:
    """Return *text* with every example in it taken at its word."""
    return re.sub(r"^( *)# ( *(?:[\w-]+:(?: |$)|- ))", r"\1\2", text.replace("# TODO", "#"), flags=re.MULTILINE)


def test_it_loads_and_only_watches(folder: Path) -> None:
    found = configuration_of(parse_document(first(folder), "controller.yaml"), folder / "controller.yaml")
    assert {each.policy.mode for each in found.topology.clusters.values()} == {Mode.OBSERVE}
    assert found.equipment.databases == ()
    assert [each.name for each in found.vantages] == ["mon-1"]


def test_what_it_shows_as_an_example_is_right(folder: Path) -> None:
    text = uncommented(first(folder)).replace("ADDRESS", "10.0.9.1").replace("lookup: {web-1", "lookup: {edge-1")
    for name in ("promote", "after"):
        (folder / "our").mkdir(exist_ok=True)
        (folder / "our" / f"{name}.yml").touch()
    found = configuration_of(parse_document(text, "controller.yaml"), folder / "controller.yaml")
    assert [each.host for each in found.equipment.power] == ["db-1", "db-2", "db-3"]
    assert [each.host for each in found.equipment.databases] == ["db-1", "db-2", "db-3"]
    assert [each.host for each in found.equipment.proxies] == ["edge-1"]
    assert found.webhooks == ("https://pager.example/hook",)
    assert found.equipment.hooks and found.equipment.playbooks and found.equipment.pages


def test_what_is_still_to_be_done_is_found_by_its_line(folder: Path) -> None:
    (folder / "controller.yaml").write_text(first(folder))
    todo = todo_of(folder / "controller.yaml")
    assert len(todo) == 5
    assert all(text and not text.startswith("#") for _, text in todo)
    lines = first(folder).splitlines()
    assert all("TODO" in lines[number - 1] for number, _ in todo)


@pytest.mark.parametrize("name", ["court-lab"])
def test_a_shipped_network_gets_one_too(tmp_path: Path, name: str) -> None:
    topology = load_topology(find_network(name))
    inventory = "".join(f"{host} ansible_host=10.0.0.{number}\n" for number, host in enumerate(topology.hosts, 1))
    (tmp_path / "hosts.ini").write_text(inventory)
    text = first_configuration(topology, "controller.yaml", name, "hosts.ini", topology.controllers[0], {})
    configuration_of(parse_document(text, "controller.yaml"), tmp_path / "controller.yaml")


# The unit.


def test_the_unit_hands_over_what_systemd_has_to(tmp_path: Path) -> None:
    secrets = {"vantage": "credential:vantage", "power": "credential:bmc", "client": "file:client"}
    text = unit(tmp_path / "controller.yaml", "continuance", secrets, (tmp_path / "state", tmp_path / "state"))
    assert f"LoadCredential=bmc:{tmp_path}/keys/bmc\nLoadCredential=vantage:{tmp_path}/keys/vantage\n" in text
    assert "client" not in text
    assert f"ReadWritePaths={tmp_path}/state\n" in text
    assert "User=continuance\n" in text


def test_a_folder_may_be_called_what_it_likes(tmp_path: Path) -> None:
    text = unit(tmp_path / "50 % off" / "controller.yaml", "root", {}, ())
    assert f"WorkingDirectory={tmp_path}/50\\x20%%\\x20off\n" in text


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_text(unit(tmp_path / "controller.yaml", "root", {"a": "credential:a"}, (tmp_path / "state",)))
    result = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
