"""Sessions in which a runner looks at a host: this machine, reached without SSH."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from failover.core.commands import Command, CommandKind, Outcome
from playbooks.catalog import Errand
from playbooks.equipment import Equipment
from playbooks.runner import Runner
from playbooks.survey import PLAYBOOK
from playbooks.verdict import Report
from tests.playbooks.running import Running, command, page, running


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path, Equipment(pages=(page(tmp_path),))) as found:
        yield found


def look(epoch: tuple[int, int] = (1, 1)) -> Command:
    return command(CommandKind.VERIFY, epoch=epoch, question="page_withdrawn", service="lookup")


def sessions(folder: Path) -> list[int]:
    """Return the processes that stand ready to look for the runner of *folder*."""
    listed = subprocess.run(["pgrep", "-f", "target.looking"], capture_output=True, text=True, check=False).stdout
    environments = ((int(each), Path(f"/proc/{each}/environ").read_bytes()) for each in listed.split())
    return [number for number, environment in environments if f"CONTINUANCE_STATE={folder}/".encode() in environment]


def runs(folder: Path) -> list[str]:
    return sorted(each.name for each in (folder / "state" / "runs").iterdir())


def test_look_over_a_session_starts_no_playbook_and_says_the_same(made: Running, tmp_path: Path) -> None:
    before = runs(tmp_path)
    report = made.carry_out(look())
    assert (report.outcome, report.evidence) == (Outcome.SUCCEEDED, {"withdrawn": False})
    assert runs(tmp_path) == before


def test_what_is_done_is_done_by_a_playbook_and_seen_over_the_session(made: Running, tmp_path: Path) -> None:
    before = runs(tmp_path)
    assert made.carry_out(command(CommandKind.WITHDRAW_PAGE, service="lookup")).outcome is Outcome.SUCCEEDED
    assert len(runs(tmp_path)) == len(before) + 1
    assert made.carry_out(look()).evidence == {"withdrawn": True}


def test_host_is_surveyed_over_a_session_unless_it_is_looked_at_closely(
    made: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = runs(tmp_path)
    report: Report = made.do(made.runner.survey("here", False, 20.0))
    assert report.outcome is Outcome.SUCCEEDED
    assert ["lookup", "page", ""] in report.evidence["rights"]
    begun: list[Path] = []

    async def noted(_runner: Runner, found: Errand, *_more: Any) -> Report:
        begun.append(found.playbook)
        return report

    monkeypatch.setattr(Runner, "_run", noted)
    made.do(made.runner.survey("here", False, 20.0))
    assert (begun, runs(tmp_path)) == ([], before)
    made.do(made.runner.survey("here", True, 20.0))
    assert begun == [PLAYBOOK]


def test_look_raises_the_epoch_and_an_older_one_is_refused_over_a_session_too(made: Running) -> None:
    assert made.carry_out(look((2, 1))).outcome is Outcome.SUCCEEDED
    refused = made.carry_out(look((1, 9)))
    assert (refused.outcome, refused.evidence["newer_epoch"]) == (Outcome.FAILED, [2, 1])


def test_look_that_waits_delays_no_other(made: Running, tmp_path: Path) -> None:
    made.carry_out(look())
    lock = subprocess.Popen(["flock", tmp_path / "remembered" / "cases.lock", "sleep", "60"], start_new_session=True)
    try:
        time.sleep(0.3)
        late = made.begin(look(), 40.0)
        begun = time.monotonic()
        other = Command(look().id._replace(cluster="maps"), 1, CommandKind.VERIFY, "here", look().epoch, look().details)
        assert made.carry_out(other, 20.0).outcome is Outcome.SUCCEEDED
        assert time.monotonic() - begun < 20.0
    finally:
        os.killpg(lock.pid, signal.SIGKILL)
        lock.wait()
    assert late().outcome is Outcome.SUCCEEDED


def test_playbook_looks_when_the_session_has_ended_and_the_next_look_finds_it_open_again(made: Running, tmp_path: Path) -> None:
    made.carry_out(look())
    for number in sessions(tmp_path):
        os.kill(number, signal.SIGKILL)
    before = runs(tmp_path)
    time.sleep(0.2)
    assert made.carry_out(look()).evidence == {"withdrawn": False}
    assert len(runs(tmp_path)) == len(before) + 1
    deadline = time.monotonic() + 30
    while not sessions(tmp_path):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.3)
    before = runs(tmp_path)
    assert made.carry_out(look()).outcome is Outcome.SUCCEEDED
    assert runs(tmp_path) == before


def test_nothing_stands_ready_any_more_when_the_runner_is_closed(tmp_path: Path) -> None:
    with running(tmp_path, Equipment(pages=(page(tmp_path),))):
        assert len(sessions(tmp_path)) == 1
    deadline = time.monotonic() + 10
    while sessions(tmp_path):
        assert time.monotonic() < deadline
        time.sleep(0.05)
