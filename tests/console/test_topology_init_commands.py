"""`topology init`, `topology todo` and the inventory for Ansible, as people run them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from console import continuance_inventory
from console.topology_init_commands import register
from topology.errors import InputError

EXAMPLES = Path(__file__).parents[2] / "examples"
FROM = ["--from", str(EXAMPLES / "hospital-inventory.yml"), "--from", str(EXAMPLES / "hospital-relations.csv")]

app = typer.Typer()
register(app)
runner = CliRunner()


def made(folder: Path) -> Path:
    path = folder / "lakeshore.yaml"
    assert runner.invoke(app, ["init", *FROM, "--name", "lakeshore", "--out", str(path)]).exit_code == 0
    return path


def test_init_prints_a_topology_and_keeps_notes_apart() -> None:
    result = runner.invoke(app, ["init", *FROM, "--name", "lakeshore"])
    assert result.stdout.startswith("# Made by `continuance topology init`")
    assert "mark: assumed" in result.stdout
    assert "note: " in result.stderr
    assert "note: " not in result.stdout


def test_init_gives_the_same_bytes_each_time(tmp_path: Path) -> None:
    first = made(tmp_path).read_bytes()
    (tmp_path / "again").mkdir()
    assert made(tmp_path / "again").read_bytes() == first


def test_init_does_not_replace_a_file_unless_told_to(tmp_path: Path) -> None:
    path = made(tmp_path)
    path.write_text("mine")
    result = runner.invoke(app, ["init", *FROM, "--name", "x", "--out", str(path)])
    assert isinstance(result.exception, InputError)
    assert path.read_text() == "mine"
    assert runner.invoke(app, ["init", *FROM, "--name", "x", "--out", str(path), "--force"]).exit_code == 0
    assert "name: x" in path.read_text()
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_init_says_when_it_cannot_write(tmp_path: Path) -> None:
    result = runner.invoke(app, ["init", *FROM, "--name", "x", "--out", str(tmp_path / "none" / "x.yaml")])
    assert isinstance(result.exception, InputError)
    assert "cannot be written" in str(result.exception)


def test_init_writes_nothing_that_would_not_load(tmp_path: Path) -> None:
    (tmp_path / "relations.csv").write_text("from,kind,to\ngrid,uses,plant\nplant,uses,grid\n")
    out = tmp_path / "x.yaml"
    result = runner.invoke(app, ["init", *FROM, "--from", str(tmp_path / "relations.csv"), "--name", "x", "--out", str(out)])
    assert "needs itself" in str(result.exception)
    assert not out.exists()


def test_todo_shows_ten_questions_and_all_when_asked(tmp_path: Path) -> None:
    path = str(made(tmp_path))
    short = json.loads(runner.invoke(app, ["todo", path, "--output", "json"]).stdout)
    long = json.loads(runner.invoke(app, ["todo", path, "--output", "json", "--all"]).stdout)
    assert len(short["questions"]) == 10
    assert len(long["questions"]) == 10 + short["left_out"]
    weights = [question["uncertain_service_hours"] for question in long["questions"]]
    assert weights == sorted(weights, reverse=True)


def test_todo_says_of_what_why_and_what_to_add(tmp_path: Path) -> None:
    text = runner.invoke(app, ["todo", str(made(tmp_path))]).stdout
    assert "of:       hb-esx-[01-14].lakeshore.example" in text
    assert "add:      roles: {esx_harbor: {recover:" in text


def test_hosts_are_grouped_for_ansible_by_site_role_and_cluster(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CONTINUANCE_TOPOLOGY", "immigration-courts")
    assert continuance_inventory.main(["--list"]) == 0
    listing = json.loads(capsys.readouterr().out)
    assert listing["cluster_case_db"]["hosts"] == ["fc-db-1", "fc-db-2"]
    assert listing["role_telephony"]["hosts"] == ["ivr-1", "ivr-2"]
    assert "fc-db-1" in listing["site_falls_church"]["hosts"]
    assert continuance_inventory.main(["--host", "fc-db-1"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "continuance_site": "falls-church",
        "continuance_role": "database",
        "continuance_cluster": "case-db",
        "continuance_is_primary": True,
    }


def test_the_inventory_script_says_what_is_wrong(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CONTINUANCE_TOPOLOGY", "nowhere.yaml")
    assert continuance_inventory.main(["--list"]) == 2
    assert "nowhere.yaml" in capsys.readouterr().err


def test_the_inventory_module_loads_without_ansible() -> None:
    code = "import sys, console.continuance_inventory; sys.exit(any(name.split('.')[0] == 'ansible' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
