"""The target program by itself: its lock, what it remembers, what it takes. The act is the simplest one, a page."""

import ast
import base64
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks import request
from playbooks.target.order import decode
from playbooks.target.postgresql import conninfo, identifier, literal, lsn, standby_names, standbys_in

FOLDER = Path(__file__).parents[2] / "playbooks"

names = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20).filter(lambda name: name != "*")


class Host:
    """A folder in which the target program works as on a host."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        self.page = folder / "page.html"
        self.page.write_text("cases", encoding="utf-8")

    def begin(self, number: int, epoch: tuple[int, int] = (1, 1), /, *program: str, **more: Any) -> "subprocess.Popen[str]":
        told = {
            "cluster": "cases", "command": "withdraw_page", "number": number, "epoch": epoch, "target": "edge-1",
            "details": {"service": "lookup"}, "seconds": 10.0, "page": {"path": str(self.page)}, **more,
        }  # fmt: skip
        argv = [sys.executable, "-S", "-c", "from target.main import main; main()", request.write(told)]
        if program:
            argv.append(base64.b64encode(json.dumps(program).encode()).decode())
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(FOLDER), "CONTINUANCE_STATE": str(self.state)}
        return subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def carry_out(self, number: int, epoch: tuple[int, int] = (1, 1), /, *program: str, **more: Any) -> dict[str, Any]:
        with self.begin(number, epoch, *program, **more) as process:
            output, errors = process.communicate(timeout=30)
        assert errors == ""
        report: dict[str, Any] = json.loads(output)
        return report

    def wait_until_it_acts(self) -> None:
        """Wait until the epoch of a command has been noted: it acts next."""
        deadline = time.monotonic() + 30
        while not (self.state / "cases.json").exists() and time.monotonic() < deadline:
            time.sleep(0.01)

    def memory(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.state / "cases.json").read_text())
        return found


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_command_is_carried_out_once_and_says_so_ever_after(host: Host) -> None:
    assert host.carry_out(7) == {"outcome": "succeeded", "evidence": {"withdrawn": True}}
    host.page.write_text("published again", encoding="utf-8")
    assert host.carry_out(7) == {"outcome": "succeeded", "evidence": {"already": True}}
    assert host.page.exists()
    assert (host.state / "withdrawn" / "cases-7").read_text() == "cases"


def test_older_epoch_is_refused_and_the_newer_one_told(host: Host) -> None:
    host.carry_out(1, (2, 3))
    for older in ((2, 2), (1, 9)):
        assert host.carry_out(2, older)["evidence"]["newer_epoch"] == [2, 3]
    assert host.carry_out(2, (2, 3))["outcome"] == "succeeded"
    assert host.carry_out(3, (3, 0))["outcome"] == "succeeded"
    assert host.memory()["epoch"] == [3, 0]


def test_look_raises_the_epoch_and_may_be_repeated(host: Host) -> None:
    look = {"command": "verify", "details": {"question": "page_withdrawn", "service": "lookup"}}
    assert host.carry_out(1, (5, 1), **look)["evidence"] == {"withdrawn": False}
    assert "newer_epoch" in host.carry_out(2, (4, 1))["evidence"]
    host.page.unlink()
    assert host.carry_out(1, (5, 1), **look)["evidence"] == {"withdrawn": True}


def test_command_that_failed_may_be_tried_again(host: Host) -> None:
    wrong = {"command": "reroute", "details": {"primary": "db-1"}, "proxy": {"socket": "/nonexistent", "backend": "cases"}}
    assert host.carry_out(1, **wrong)["outcome"] == "failed"
    assert host.carry_out(1)["outcome"] == "succeeded"


def test_command_waits_for_the_one_before_it(host: Host) -> None:
    with host.begin(1, (1, 1), "sleep", "1") as first:
        host.wait_until_it_acts()
        begun = time.monotonic()
        assert host.carry_out(2)["outcome"] == "succeeded"
        assert first.wait() == 0
    assert time.monotonic() - begun > 0.5


def test_lock_is_not_waited_for_longer_than_anybody_waits(host: Host) -> None:
    host.state.mkdir()
    with (host.state / "cases.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        report = host.carry_out(1, seconds=0.2)
    assert report == {"outcome": "failed", "evidence": {"reason": "another command is still under way", "busy": True}}
    assert host.page.exists()


def test_who_is_hung_up_on_goes_on(host: Host) -> None:
    with host.begin(1, (1, 1), "sh", "-c", f"sleep 0.5; rm {host.page}") as process:
        host.wait_until_it_acts()
        process.send_signal(signal.SIGHUP)
        assert process.wait() == 0
    assert not host.page.exists()


def test_next_command_waits_for_what_a_killed_one_has_begun(host: Host) -> None:
    with host.begin(1, (1, 1), "sh", "-c", f"sleep 1.5; rm {host.page}") as process:
        host.wait_until_it_acts()
        time.sleep(0.2)
        process.kill()
    look = {"command": "verify", "details": {"question": "page_withdrawn", "service": "lookup"}}
    assert host.carry_out(2, **look)["evidence"] == {"withdrawn": True}


def test_program_of_ones_own_runs_under_the_same_lock_and_epoch(host: Host) -> None:
    report = host.carry_out(1, (2, 1), "echo", '{"seen": "$(touch pwned)"}')
    assert report == {"outcome": "succeeded", "evidence": {"seen": "$(touch pwned)"}}
    assert host.carry_out(1, (2, 1), "false")["evidence"] == {"already": True}
    assert host.carry_out(2, (1, 1), "true")["evidence"]["newer_epoch"] == [2, 1]
    assert host.carry_out(3, (2, 1), "sh", "-c", "echo no >&2; exit 3")["evidence"] == {"reason": "sh ended with 3: no"}
    assert host.carry_out(4, (2, 1), "sleep", "9", seconds=0.3)["outcome"] == "unknown"


def test_torn_memory_makes_nothing_certain_and_does_nothing(host: Host) -> None:
    host.state.mkdir()
    (host.state / "cases.json").write_text('{"epoch": [1,')
    assert host.carry_out(1)["outcome"] == "unknown"
    assert host.page.exists()


def test_what_is_done_nowhere_is_refused(host: Host) -> None:
    assert host.carry_out(1, command="rm -rf /")["outcome"] == "failed"


def test_only_so_many_commands_are_remembered(host: Host) -> None:
    host.state.mkdir()
    (host.state / "cases.json").write_text(json.dumps({"epoch": [1, 1], "done": list(range(1000, 1256))}))
    host.carry_out(1)
    assert len(host.memory()["done"]) == 256


@pytest.mark.parametrize("path", sorted((FOLDER / "target").glob("*.py")), ids=lambda path: path.stem)
def test_it_runs_on_an_older_python_with_nothing_but_its_library(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level and node.module}
    imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


@given(st.dictionaries(st.text(), st.text()))
def test_every_name_arrives_as_it_was_sent(details: dict[str, str]) -> None:
    told = {"cluster": "c", "command": "x", "number": 1, "epoch": [1, 1], "target": "t", "details": details, "seconds": 1.0}
    sent = request.write(told)
    assert decode(sent).details == details
    assert set(sent) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")


@given(st.lists(names, unique_by=str.lower, max_size=5))
def test_standbys_that_are_set_are_those_that_are_read(members: list[str]) -> None:
    assert standbys_in(standby_names(members), members) == sorted(members)


@pytest.mark.parametrize(
    ("setting", "found"),
    [
        ("", []),
        ("*", ["db-1", "db-2", "db-3"]),
        ('FIRST 1 ("db-1", "db-3")', ["db-1", "db-3"]),
        ('any 2 (DB_1, "db-2")', ["db-2"]),
        ('2 ("db-1","db-2")', ["db-1", "db-2"]),
        ('"db-2"', ["db-2"]),
        ("db_9", []),
    ],
)
def test_setting_is_understood_as_anybody_may_have_written_it(setting: str, found: list[str]) -> None:
    assert standbys_in(setting, ["db-1", "db-2", "db-3"]) == found


def test_nothing_breaks_out_of_its_quotes() -> None:
    assert literal("a'b\\c") == "E'a''b\\\\c'"
    assert identifier('a"b') == '"a""b"'
    assert conninfo({"host": "a' user='x", "password": "b\\"}) == "host='a\\' user=\\'x' password='b\\\\'"


def test_place_in_the_log_is_a_number() -> None:
    assert lsn("1/A0") == (1 << 32) + 160


def test_who_is_kept_running_to_look_changes_nothing(host: Host) -> None:
    told = {
        "cluster": "cases", "command": "withdraw_page", "number": 1, "epoch": (1, 1), "target": "edge-1",
        "details": {"service": "lookup"}, "seconds": 10.0, "page": {"path": str(host.page)},
    }  # fmt: skip
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(FOLDER), "CONTINUANCE_STATE": str(host.state)}
    argv = [sys.executable, "-S", "-c", "from target.looking import main; main()"]
    ended = subprocess.run(
        argv, env=environment, input=f"1 {request.write(told)}\n2\n", capture_output=True, text=True, timeout=30, check=True
    )
    first, *others = ended.stdout.splitlines()
    answers = dict(each.partition(" ")[::2] for each in others)
    assert (first, answers["2"], ended.stderr) == ("ready", "", "")
    assert json.loads(answers["1"]) == {"outcome": "failed", "evidence": {"reason": "'withdraw_page' is no look"}}
    assert host.page.exists()
