"""`continuance controller`, as people type it."""

import json
import os
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from console.controller_commands import app
from failover.core.events import Woken
from failover.live.store import Store, read_journal
from tests.failover.live.test_configuration import CONTROLLER, INVENTORY, TOPOLOGY
from topology.errors import InputError

runner = CliRunner()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "court.yaml").write_text(TOPOLOGY)
    (tmp_path / "hosts.yml").write_text(INVENTORY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    return tmp_path


def init(*words: str) -> Result:
    return runner.invoke(app, ["init", "--topology", "court.yaml", "--inventory", "hosts.yml", *words])


def problems(result: Result) -> str:
    assert isinstance(result.exception, InputError), result.output
    return str(result.exception)


def test_init_writes_a_configuration_and_its_unit_and_check_says_what_is_left(folder: Path) -> None:
    assert init().exit_code == 0
    assert {each.name for each in folder.iterdir()} >= {"controller.yaml", "continuance-controller.service", "keys", "state"}
    checked = runner.invoke(app, ["check", "controller.yaml"])
    assert checked.exit_code == 4, "nothing is wrong, and something is to be done"
    assert "nobody: it only" in checked.stdout
    assert "openssl rand -hex 32 > keys/vantage" in checked.stderr
    assert "systemd hands it over" in checked.stderr


def test_check_finds_nothing_where_all_is_said_and_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert init().exit_code == 0
    path = folder / "controller.yaml"
    path.write_text("".join(f"{line}\n" for line in path.read_text().splitlines() if "TODO" not in line))
    (folder / "keys" / "vantage").write_text("key")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder / "keys"))
    assert runner.invoke(app, ["check", "controller.yaml"]).exit_code == 0


def test_check_names_what_it_does_not_test_and_what_does(folder: Path) -> None:
    (folder / "controller.yaml").write_text(CONTROLLER)
    shown = runner.invoke(app, ["check", "controller.yaml"], env={"COLUMNS": "200"}).stdout
    assert "No host was asked: not tested is whether hosts and vantage points answer" in shown
    assert f"continuance failover rehearse cases --config {folder}/controller.yaml" in shown


def test_a_path_that_would_climb_more_than_once_is_written_whole(folder: Path) -> None:
    (folder / "a" / "b").mkdir(parents=True)
    assert init("--out", "a/b/controller.yaml").exit_code == 0
    assert yaml.safe_load((folder / "a" / "b" / "controller.yaml").read_text())["inventory"] == f"{folder}/hosts.yml"


def test_init_replaces_nothing_unless_it_is_told_to(folder: Path) -> None:
    (folder / "continuance-controller.service").write_text("mine")
    assert "continuance-controller.service: exists already; give --force" in problems(init())
    assert not (folder / "controller.yaml").exists()
    assert (folder / "continuance-controller.service").read_text() == "mine"
    assert init("--force").exit_code == 0
    assert "mine" not in (folder / "continuance-controller.service").read_text()


def test_init_writes_elsewhere_with_paths_that_lead_back(folder: Path) -> None:
    (folder / "etc").mkdir()
    assert init("--out", "etc/controller.yaml").exit_code == 0
    said = yaml.safe_load((folder / "etc" / "controller.yaml").read_text())
    assert (said["topology"], said["inventory"]) == ("../court.yaml", "../hosts.yml")
    assert runner.invoke(app, ["check", "etc/controller.yaml"]).exit_code == 4


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("controllers: [ctl-1]", "", "controllers: say which host this controller runs on: controllers: [HOST]"),
        ("vantages: [mon-1]", "", "2 vantage points must agree"),
        ("db-2", "db-9", "the host"),
    ],
)
def test_init_says_what_the_network_lacks_and_writes_nothing(folder: Path, before: str, after: str, message: str) -> None:
    where = folder / ("hosts.yml" if before == "db-2" else "court.yaml")
    where.write_text(where.read_text().replace(before, after))
    assert message in problems(init())
    assert not (folder / "controller.yaml").exists()


def test_check_tells_everything_that_is_wrong_at_once(folder: Path) -> None:
    (folder / "controller.yaml").write_text(CONTROLLER)
    (folder / "state").write_text("a file")
    result = runner.invoke(app, ["check", "controller.yaml"])
    found = problems(result)
    for each in ("secrets.redfish", "secrets.court", "secrets.vantage", "state: '", "listen: '", "store: '"):
        assert each in found
    assert "Redfish at" in result.stdout, "what it would do is shown all the same"


def test_check_tells_of_topology_inventory_and_secrets_together(folder: Path) -> None:
    text = CONTROLLER.replace("court.yaml", "cort.yaml").replace("hosts.yml", "host.yml")
    (folder / "controller.yaml").write_text(text)
    found = problems(runner.invoke(app, ["check", "controller.yaml"]))
    for each in (
        "cort.yaml: there is no such file",
        "host.yml: cannot be read",
        "secrets.redfish: the secret 'redfish' cannot be read",
    ):
        assert each in found


def test_check_reads_a_journal_that_is_there(folder: Path) -> None:
    assert init().exit_code == 0
    (folder / "state" / "journal.db").write_text("this is none" * 100)
    assert "store: " in problems(runner.invoke(app, ["check", "controller.yaml"]))


def test_check_says_it_for_programs_too(folder: Path) -> None:
    assert init().exit_code == 0
    said = json.loads(runner.invoke(app, ["check", "controller.yaml", "--output", "json"]).stdout)
    assert said["format"] == 1
    assert said["clusters"][0]["mode"] == "observe"
    assert [each["host"] for each in said["hosts"]] == ["db-1", "db-2", "db-3", "edge-1"]
    assert said["problems"] == [] and len(said["open"]) == 6


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_check_says_where_it_cannot_write(folder: Path) -> None:
    assert init().exit_code == 0
    (folder / "state").chmod(0o500)
    assert "cannot be written to by user" in problems(runner.invoke(app, ["check", "controller.yaml"]))


def test_backup_copies_the_journal_and_never_over_itself(folder: Path) -> None:
    assert init().exit_code == 0
    store = Store(folder / "state" / "journal.db")
    store.gain("ctl-1")
    store.append(store.entry(Woken(1.0, 1.0)), ())
    backup = ["backup", "controller.yaml", "--to"]
    assert runner.invoke(app, [*backup, "copy.db"]).exit_code == 0
    assert len(read_journal(folder / "copy.db")) == 1
    assert "exists already" in problems(runner.invoke(app, [*backup, "copy.db"]))
    assert runner.invoke(app, [*backup, "copy.db", "--force"]).exit_code == 0
    assert "is the journal itself" in problems(runner.invoke(app, [*backup, "state/journal.db", "--force"]))
    assert "belongs to it" in problems(runner.invoke(app, [*backup, "state/journal.db.seen", "--force"]))
    store.close()


def test_backup_says_when_there_is_no_journal(folder: Path) -> None:
    assert init().exit_code == 0
    result = runner.invoke(app, ["backup", "controller.yaml", "--to", "copy.db"])
    assert result.exit_code == 3
    assert "there is no such journal" in result.stderr


def test_run_refuses_a_bad_configuration(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "controller.yaml").write_text("topology: nowhere.yaml\ninventory: hosts.yml\n")
    assert runner.invoke(app, ["run", "controller.yaml"]).exit_code == 2
