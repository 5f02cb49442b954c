"""`rehearse` and `runbook` as they are typed; what a rehearsal finds is tested with the rehearsal itself."""

import json
from pathlib import Path
from typing import Any

import pytest

from console.failover_rehearsal import _does
from failover.live import rehearsal
from failover.live.playbook_rights import Rendered, Task
from failover.live.practice import Practice
from failover.live.rehearsal import Rehearsal, Result, Tried
from playbooks.survey import REACHED
from tests.console.command_line import continuance
from tests.failover.live.test_configuration import CONTROLLER, INVENTORY, TOPOLOGY

WELL = Tried("db-1", "act as root", ("promote",), Result.WELL)
FAILS = Tried("db-2", "be let in by the database (cases)", ("promote", "start"), Result.FAILS, "no entry in pg_hba.conf")
UNTESTED = Tried("db-3", "everything else there", (), Result.UNTESTED, "nobody could log in")
RUN = Task("It", "raw", {"x": "run ORDER"})
PROMOTE = Rendered("promote", "db-2", {"timeline": None}, "/p/target.yml", False, ("db-2",), (RUN,))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "court.yaml").write_text(TOPOLOGY)
    (tmp_path / "hosts.yml").write_text(INVENTORY)
    path = tmp_path / "controller.yaml"
    path.write_text(CONTROLLER)
    return path


def found(monkeypatch: pytest.MonkeyPatch, *tried: Tried) -> None:
    """Let a rehearsal find *tried*."""

    async def rehearse(configuration: Any, settings: Any, primary: str) -> Rehearsal:
        return Rehearsal(settings.name, primary, tried, (PROMOTE, PROMOTE._replace(target="db-3")))

    monkeypatch.setattr(rehearsal, "rehearse", rehearse)


@pytest.mark.parametrize(("tried", "code"), [((WELL,), 0), ((WELL, UNTESTED), 4), ((WELL, UNTESTED, FAILS), 3)])
def test_the_exit_code_says_whether_something_would_fail_or_was_not_tested(
    config: Path, monkeypatch: pytest.MonkeyPatch, tried: tuple[Tried, ...], code: int
) -> None:
    found(monkeypatch, *tried)
    assert continuance("failover", "rehearse", "cases", "--config", config).code == code
    practised = Practice(config.parent / "state").latest_seconds("cases") is not None
    assert practised is (code == 0), "only a rehearsal in which all is well counts"


def test_what_is_lacking_stands_beside_its_host_with_what_hangs_on_it(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found(monkeypatch, WELL, FAILS)
    out = continuance("failover", "rehearse", "cases", "--config", config, columns=150).out
    assert "\ndb-2\n  FAILS      be let in by the database (cases): no entry in pg_hba.conf  (promote, start)\n" in out
    assert "  target.yml, for promote at db-2, db-3:\n      It: run ORDER\n" in out
    assert out.endswith("1 right well, 1 would fail, 0 could not be tested. Nothing was done.\n")


def login(host: str, why: str) -> Tried:
    return Tried(host, REACHED.words, (), Result.FAILS, why)


TIMED_OUT = "Failed to connect to the host via ssh: Connection timed out during banner exchange"
ELSEWHERE = "Most likely this machine is not in their network"


def test_where_no_host_answers_the_wrong_network_is_guessed_and_the_way_into_it_printed(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text(f"{CONTROLLER}through: [continuance, lab, beside, ctl-1]\n")
    found(monkeypatch, login("db-1", TIMED_OUT), login("db-2", "it did not end in time"))
    out = continuance("failover", "rehearse", "cases", "--config", config, columns=200).out
    assert ELSEWHERE in out
    assert f"\n  continuance lab beside ctl-1 continuance failover rehearse cases --config {config}\n" in out
    found(monkeypatch, login("db-1", TIMED_OUT), login("db-2", "Permission denied (publickey)"))
    assert ELSEWHERE not in continuance("failover", "rehearse", "cases", "--config", config, columns=200).out


def test_it_says_by_which_configuration_it_rehearsed(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found(monkeypatch, WELL)
    monkeypatch.chdir(config.parent)
    assert f"Rehearsed by {config}\n" in continuance("failover", "rehearse", "cases", columns=200).out


def test_a_task_that_is_told_several_things_names_them() -> None:
    waits = Task("It answers", "wait_for_connection", {"timeout": 55, "connect_timeout": 2, "sleep": 1})
    assert _does(waits) == "wait_for_connection timeout=55 connect_timeout=2 sleep=1"
    assert _does(RUN) == "run ORDER"


def test_json_has_all_of_it(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found(monkeypatch, WELL)
    data = json.loads(continuance("failover", "rehearse", "cases", "--config", config, "--output", "json").printed)
    assert (data["format"], data["cluster"], data["primary"], data["result"]) == (1, "cases", "db-1", "well")
    assert data["tried"] == [{"target": "db-1", "right": "act as root", "commands": ["promote"], "result": "well", "why": ""}]
    assert data["rendered"][0]["tasks"] == [{"name": "It", "action": "raw", "arguments": {"x": "run ORDER"}}]


@pytest.mark.parametrize("command", ["rehearse", "runbook"])
def test_a_cluster_that_is_none_is_refused_with_what_may_be_meant(config: Path, command: str) -> None:
    problem = continuance("failover", command, "case", "--config", config).problem
    assert problem.startswith("CLUSTER: there is no cluster 'case'")
    assert "cases" in problem


@pytest.mark.parametrize("command", ["rehearse", "runbook"])
def test_what_cannot_work_yet_is_said_in_one_line_and_no_script_is_printed(config: Path, command: str) -> None:
    config.write_text(CONTROLLER.partition("databases:")[0] + "policy: {cases: {mode: observe}}\n")
    found = continuance("failover", command, "cases", "--config", config)
    assert found.problem.startswith(f"{config}: fill in databases, routes and fence for 'cases' first")
    assert found.out == ""


def test_a_runbook_is_printed_or_written(config: Path, tmp_path: Path) -> None:
    printed = continuance("failover", "runbook", "cases", "--config", config).printed
    assert printed.startswith("# `cases`: failing over by hand\n")
    assert "it could not be read" in printed
    out = tmp_path / "runbook.md"
    assert continuance("failover", "runbook", "cases", "--config", config, "--out", out).code == 0
    assert out.read_text().startswith("# `cases`")


def test_a_runbook_that_cannot_be_written_there_is_refused(config: Path, tmp_path: Path) -> None:
    out = tmp_path / "nowhere" / "runbook.md"
    problem = continuance("failover", "runbook", "cases", "--config", config, "--out", out).problem
    assert problem == f"{out}: cannot be written: No such file or directory"
