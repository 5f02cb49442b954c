import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import places
from lab.cgroups import hierarchies
from lab.errors import LabError
from lab.hosts import Lab
from lab.keeper import GROUP
from lab.lifecycle import up
from topology.sources import find_network

ROOT = Path(__file__).parents[2]
FOLDER = Path("/var/lib/continuance-lab-broken-off")
PREFIX = f"continuance.{FOLDER.name}"
BUILD = """
import os, signal, sys, threading
from lab.lifecycle import up
from topology.sources import find_network

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def told(what, done, of):
    if what == sys.argv[1]:
        threading.Timer(float(sys.argv[2]), die).start()

up(find_network("court-lab"), told)
"""
DOWN = "from lab.lifecycle import down; down()"
UP_SECONDS = 120.0
KEPT = {"keys", "postgresql", "lock"}


def python(code: str, *words: str) -> int:
    """Run *code* as a lab of its own, and return its exit code."""
    environment = {**os.environ, "CONTINUANCE_LAB": str(FOLDER), "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-c", code, *words], env=environment, check=False, timeout=UP_SECONDS).returncode


def left() -> list[str]:
    """What is left on the machine of the lab in FOLDER: namespaces, mounts, control groups, processes, files."""
    found = [f"namespace {each.name}" for each in Path("/run/netns").glob(f"{PREFIX}-*")]
    found += [f"mount {line}" for line in Path("/proc/self/mounts").read_text().splitlines() if FOLDER.name in line]
    found += [f"group {each.place / PREFIX}" for each in hierarchies() if (each.place / PREFIX).exists()]
    found += [f"file {each}" for each in FOLDER.glob("*") if each.name not in KEPT]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "cmdline").read_text() + (process / "environ").read_text(errors="replace")
        except OSError:
            continue
        if FOLDER.name in told and process.name != str(os.getpid()):
            found.append(f"process {process.name}: {told[:200]}")
    return found


@pytest.fixture
def nothing_left() -> Iterator[None]:
    yield
    python(DOWN)


@pytest.mark.lab
@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(
    ("step", "seconds"),
    [("keys", 0.02), ("network", 0.01), ("disks", 0.05), ("switching on", 0.0), ("switching on", 0.3), ("booting", 0.2)],
)
def test_building_can_be_killed_at_any_moment_and_nothing_is_left_by_taking_it_down(step: str, seconds: float) -> None:
    assert python(BUILD, step, str(seconds)) == -signal.SIGKILL
    assert python(DOWN) == 0
    assert left() == []


@pytest.mark.lab
@pytest.mark.usefixtures("nothing_left")
def test_a_lab_whose_building_was_killed_is_built_on() -> None:
    assert python(BUILD, "switching on", "0.2") == -signal.SIGKILL
    assert python(BUILD, "databases", "0.5") == -signal.SIGKILL
    assert python(BUILD, "", "0") == 0
    for path in (FOLDER / "state" / "journal.db", FOLDER / "drilled-controller.yaml"):  # what a controller and a drill leave
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert python(DOWN) == 0
    assert left() == []


@pytest.mark.lab
@pytest.mark.usefixtures("nothing_left")
def test_taking_down_what_was_never_built_does_nothing() -> None:
    assert python(DOWN) == 0
    assert left() == []


@pytest.mark.lab
def test_building_a_lab_that_is_whole_changes_nothing(lab: Lab) -> None:
    before = {name: lab.inside(name, "cat", "/proc/sys/kernel/random/boot_id", "/proc/1/stat") for name in ("db-1", "app-1")}
    up(find_network("court-lab"), lambda what, done, of: None)
    after = {name: lab.inside(name, "cat", "/proc/sys/kernel/random/boot_id", "/proc/1/stat") for name in ("db-1", "app-1")}
    assert [text.split()[22] for text in after.values()] == [text.split()[22] for text in before.values()]  # when 1 was started


@pytest.mark.lab
def test_building_again_makes_whole_what_was_spoiled(lab: Lab) -> None:
    lab.off("app-1")
    lab.freeze("app-2")
    lab.cut("ivr-1")
    up(find_network("court-lab"), lambda what, done, of: None)
    assert [lab.status(name)[:3] for name in ("app-1", "app-2", "ivr-1")] == [(True, False, False)] * 3


@pytest.mark.lab
def test_a_lab_of_another_network_is_not_built_over_it(lab: Lab, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("name: other\nhosts: {one: {role: controller}}\n")
    with pytest.raises(LabError, match="the lab is up with"):
        up(other, lambda what, done, of: None)


@pytest.mark.lab
def test_hosts_run_on_without_their_keeper_and_the_next_gets_a_new_one(lab: Lab) -> None:
    keeper = _keeper()
    os.kill(keeper, signal.SIGKILL)
    assert lab.inside("db-1", "hostname").strip() == "db-1"
    lab.off("app-1")
    lab.on("app-1")
    lab.wait_until_up(["app-1"])
    assert _keeper() != keeper


@pytest.mark.lab
def test_the_dead_are_buried(lab: Lab) -> None:
    for _ in range(3):
        lab.off("app-1")
        lab.on("app-1")
    lab.wait_until_up(["app-1"])
    deadline = time.monotonic() + 5.0
    while dead := _dead_children(_keeper()):
        assert time.monotonic() < deadline, dead
        time.sleep(0.05)


def _keeper() -> int:
    return int((next(iter(hierarchies())).place / places.PREFIX / GROUP / "cgroup.procs").read_text())


def _dead_children(parent: int) -> list[str]:
    """Those of the keeper alone: what an earlier one left behind when it was killed is its heir's, the machine's first process."""
    states = subprocess.run(["ps", "-eo", "ppid=,stat=,comm="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(maxsplit=2) for line in states.splitlines()]
    return [comm for ppid, stat, comm in rows if int(ppid) == parent and stat.startswith("Z")]
