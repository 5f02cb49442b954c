"""The runner with the real ansible-runner, on this machine: what that gets wrong, and what it leaves lying about."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from failover.core.commands import Command, CommandKind, Outcome
from playbooks import runner as runner_module
from playbooks.equipment import Equipment
from playbooks.inventory import InventoryError
from playbooks.verdict import TaskEvent, TaskState
from tests.playbooks.running import Running, command, is_on, page, running

pytestmark = pytest.mark.xdist_group("runner")

ROOT = Path(__file__).parents[2]
SECRET = "correct-horse-battery"

SLOW = """
- hosts: here
  gather_facts: false
  tasks:
    - name: Slowly
      ansible.builtin.raw: cd {folder}; touch begun-{{{{ continuance.number }}}}; sleep 2; touch slow-{{{{ continuance.number }}}}
      changed_when: true
"""
HELD = """
- hosts: here
  gather_facts: false
  tasks:
    - name: Until it is released
      ansible.builtin.raw: |
        cd {folder}
        touch begun-{{{{ continuance.number }}}}
        timeout 60 sh -c 'until [ -e released ]; do sleep 0.1; done'
        touch held-{{{{ continuance.number }}}}
      changed_when: true
"""
TELLS = """
- hosts: here
  gather_facts: false
  tasks:
    - name: It tells
      ansible.builtin.set_stats:
        data: {continuance: {evidence: {seen: "{{ continuance.details }}"}}}
"""
KEEPS_SECRET = """
- hosts: here
  gather_facts: false
  tasks:
    - name: It uses a secret
      ansible.builtin.raw: "sleep 1; test {{ lookup('continuance.failover.secret', 'vault') | length }} = 21"
      changed_when: false
      no_log: true
"""
NOWHERE = """
- hosts: nosuch
  gather_facts: false
  tasks:
    - name: Nobody does this
      ansible.builtin.raw: "true"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runner")


@pytest.fixture(scope="module")
def made(folder: Path) -> Iterator[Running]:
    texts = {"tells": TELLS, "keeps_secret": KEEPS_SECRET, "nowhere": NOWHERE, "broken": "- hosts: ["}
    hooks = {}
    for name, text in {"slow": SLOW.format(folder=folder), "held": HELD.format(folder=folder), **texts}.items():
        hooks[name] = folder / f"{name}.yml"
        hooks[name].write_text(text, encoding="utf-8")
    own = {CommandKind.START: hooks["nowhere"]}
    hostile = "{{ lookup('pipe', 'touch pwned') }}'; touch pwned; \"$(touch pwned)\" `touch pwned`"
    equipment = Equipment(pages=(page(folder), page(folder, hostile)), hooks=hooks, playbooks=own)
    silent = {"ansible_host": "127.0.0.1", "ansible_port": 1}
    os.environ["CONTINUANCE_TEST_TOKEN"] = SECRET
    with running(folder, equipment, {"vault": SECRET}.__getitem__, silent=silent) as found:
        yield found
    del os.environ["CONTINUANCE_TEST_TOKEN"]


def hook(name: str, **details: str) -> Command:
    return command(CommandKind.HOOK, epoch=(1, 1), name=name, **details)


def children() -> str:
    return subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True).stdout


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, path
        time.sleep(0.05)


# What a report says.


def test_target_program_is_brought_to_the_host_and_acts(made: Running, folder: Path) -> None:
    report = made.carry_out(command(CommandKind.WITHDRAW_PAGE, service="lookup"))
    assert (report.outcome, report.evidence) == (Outcome.SUCCEEDED, {"withdrawn": True})
    look = made.carry_out(command(CommandKind.VERIFY, question="page_withdrawn", service="lookup"))
    assert look.evidence == {"withdrawn": True}
    assert 0 < look.elapsed_seconds < 60


def test_older_epoch_is_refused_by_the_host(made: Running) -> None:
    made.carry_out(command(CommandKind.VERIFY, epoch=(1, 5), question="page_withdrawn", service="lookup"))
    report = made.carry_out(command(CommandKind.WITHDRAW_PAGE, epoch=(1, 4), service="lookup"))
    assert report.outcome is Outcome.FAILED
    assert report.evidence["newer_epoch"] == [1, 5]


def test_what_happens_on_hosts_is_heard_while_it_happens(made: Running) -> None:
    heard: list[TaskEvent] = []
    made.carry_out(is_on(), heard=heard.append)
    assert heard == [TaskEvent("here", "It answers", TaskState.STARTED), TaskEvent("here", "It answers", TaskState.OK)]


def test_exception_in_who_listens_neither_ends_the_run_nor_hangs_it(made: Running) -> None:
    def raising(event: TaskEvent) -> None:
        raise RuntimeError(event.task)

    assert made.carry_out(is_on(), heard=raising).outcome is Outcome.SUCCEEDED


def test_host_that_does_not_answer_is_not_on(made: Running) -> None:
    assert made.carry_out(is_on("silent")).evidence == {"on": False}


def test_playbook_that_concerns_no_host_was_not_run_although_ansible_calls_it_successful(made: Running) -> None:
    report = made.carry_out(command(CommandKind.START))
    assert report.outcome is Outcome.FAILED
    assert report.evidence == {"reason": "the inventory has no host 'here'", "not_run": True}
    assert made.carry_out(hook("nowhere")).evidence == {"reason": "it concerns no host", "not_run": True}


def test_host_that_the_inventory_lacks_is_refused_before_anything_runs(made: Running) -> None:
    for name in ("nosuch", "all", "here:silent", "~.*"):
        assert made.carry_out(is_on(name)).evidence == {"reason": f"the inventory has no host '{name}'", "not_run": True}


def test_playbook_that_cannot_be_read_was_not_run(made: Running) -> None:
    report = made.carry_out(hook("broken"))
    assert report.outcome is Outcome.FAILED
    assert report.evidence["not_run"] is True


def test_ansible_that_is_not_there_was_not_run(made: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "_SHIM", ("/nonexistent/python",))
    report = made.carry_out(is_on())
    assert report.outcome is Outcome.FAILED
    assert report.evidence == {"reason": "The command was not found or was not executable: /nonexistent/python.", "not_run": True}


def test_command_for_a_person_is_no_playbook(made: Running) -> None:
    report = made.carry_out(command(CommandKind.ASK, what="switch it off"))
    assert report.evidence["not_run"] is True


def test_command_for_what_the_equipment_lacks_was_not_run(made: Running) -> None:
    for order in (
        command(CommandKind.PROMOTE),
        command(CommandKind.REROUTE, primary="here"),
        command(CommandKind.FENCE, level="redfish"),
    ):
        assert made.carry_out(order).evidence["not_run"] is True


# Nothing of one run reaches another, and no name is ever code.


def test_run_sees_nothing_of_the_variables_of_another(made: Running) -> None:
    first = made.carry_out(hook("tells", only_here="1"))
    second = made.carry_out(hook("tells"))
    assert first.evidence == {"seen": {"name": "tells", "only_here": "1"}}
    assert second.evidence == {"seen": {"name": "tells"}}


def test_hostile_name_is_neither_a_template_nor_a_shell_command(made: Running, folder: Path) -> None:
    hostile = made.runner._equipment.pages[1].service
    report = made.carry_out(command(CommandKind.WITHDRAW_PAGE, epoch=(2, 1), service=hostile))
    assert report.outcome in (Outcome.SUCCEEDED, Outcome.UNKNOWN)
    told = made.carry_out(hook("tells", service=hostile))
    assert told.evidence["seen"]["service"] == hostile
    assert not [path for top in (folder, ROOT / "playbooks", Path.cwd()) for path in top.rglob("pwned")]


# Time-outs and kills.


def test_deadline_makes_the_outcome_unknown_at_once_although_the_host_goes_on(made: Running, folder: Path) -> None:
    for seconds in (1.0, 4.0, 16.0):  # a busy machine may not have begun by then
        order = hook("held")
        begun = time.monotonic()
        report = made.carry_out(order, seconds=seconds)
        assert report.outcome is Outcome.UNKNOWN
        assert time.monotonic() - begun < seconds + 10.0
        if (folder / f"begun-{order.id.number}").exists():
            break
    (folder / "released").touch()
    wait_for(folder / f"held-{order.id.number}")


def test_hook_is_begun_once_whoever_asks_again(made: Running) -> None:
    order = hook("tells")
    assert made.carry_out(order).outcome is Outcome.SUCCEEDED
    assert made.carry_out(order).evidence == {"reason": "it was begun before, and is never repeated", "not_run": True}
    assert made.carry_out(hook("nobody_wrote_it")).outcome is Outcome.SUCCEEDED


def test_independent_commands_run_side_by_side(made: Running, folder: Path) -> None:
    orders = [hook("slow") for _ in range(3)]
    assert [wait().outcome for wait in [made.begin(order) for order in orders]] == [Outcome.SUCCEEDED] * 3
    begun, ended = ([(folder / f"{what}-{order.id.number}").stat().st_mtime for order in orders] for what in ("begun", "slow"))
    assert max(begun) < min(ended)


def test_signal_handlers_of_the_controller_stay_its_own(made: Running) -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    made.carry_out(is_on())
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_playbooks_run_cold_while_the_warm_process_is_gone_and_it_comes_back(made: Running) -> None:
    process = made.runner._starter._process
    assert process is not None
    process.kill()
    assert made.carry_out(is_on()).outcome is Outcome.SUCCEEDED
    deadline = time.monotonic() + 30
    while made.runner._starter._process is process:
        assert time.monotonic() < deadline
        time.sleep(0.1)


KILLED = """
import asyncio, sys
from pathlib import Path
from playbooks.equipment import Equipment
from playbooks.inventory import InventoryError
from playbooks.runner import Runner
from tests.playbooks.running import command, inventory
from failover.core.commands import CommandKind

folder = Path(sys.argv[1])

async def main():
    runner = Runner(Equipment(hooks={"slow": folder.parent / "slow.yml"}), inventory(folder), folder / "state", str)
    await runner.start()
    order = command(CommandKind.HOOK, name="slow")
    print(runner._sockets, order.id.number, flush=True)
    await runner.carry_out(order, 60.0)

asyncio.run(main())
"""


def test_killed_controller_leaves_no_process_but_the_task_on_the_host_completes(made: Running, folder: Path) -> None:
    own = folder / "killed"
    own.mkdir()
    program = [sys.executable, "-c", KILLED, str(own)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment) as killed:
        assert killed.stdout is not None
        sockets, number = killed.stdout.readline().split()
        wait_for(folder / f"begun-{number}")
        killed.kill()
    wait_for(folder / f"slow-{number}")
    deadline = time.monotonic() + 15
    while sockets in children():
        assert time.monotonic() < deadline, children()
        time.sleep(0.1)
    shutil.rmtree(sockets)


# Secrets, and what lies about.


def holding(pattern: str) -> list[str]:
    """Processes that have *pattern* on their command line or in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        if int(process.name) == os.getpid():
            continue
        for name in ("cmdline", "environ"):
            try:
                if pattern.encode() in (process / name).read_bytes():
                    found.append(f"{process.name} {name}")
            except OSError:
                pass
    return found


def test_secret_is_on_no_command_line_in_no_environment_and_in_no_file(made: Running, folder: Path) -> None:
    wait = made.begin(hook("keeps_secret"))
    seen = set()
    deadline = time.monotonic() + 1.5
    while time.monotonic() < deadline:
        seen.update(holding(SECRET))
    assert wait().outcome is Outcome.SUCCEEDED
    assert not seen
    assert [str(path) for path in folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()] == []


def test_run_checks_host_keys_and_sees_nothing_of_the_environment_that_it_does_not_need(made: Running, folder: Path) -> None:
    made.carry_out(is_on())
    latest = max((folder / "state" / "runs").iterdir(), key=lambda each: each.stat().st_mtime_ns)
    environment = json.loads((latest / "artifacts" / "run" / "command").read_text())["env"]
    assert environment["ANSIBLE_HOST_KEY_CHECKING"] == "True"
    assert "CONTINUANCE_TEST_TOKEN" not in environment
    assert {latest.stat().st_mode & 0o777, (folder / "state").stat().st_mode & 0o777} == {0o700}


def test_only_the_latest_runs_are_kept(made: Running, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "KEPT_RUNS", 2)
    for _ in range(4):
        made.carry_out(is_on())
    deadline = time.monotonic() + 10
    while len(list((folder / "state" / "runs").iterdir())) > 3:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_inventory_that_lacks_a_host_is_refused_before_anything_begins(tmp_path: Path) -> None:
    absent = page(tmp_path)
    equipment = Equipment(pages=(type(absent)("lookup", "nosuch", absent.path),))
    with pytest.raises(InventoryError, match="has no host called 'nosuch'"), running(tmp_path, equipment):
        pass
