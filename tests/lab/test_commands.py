import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab.hosts import Lab
from lab.places import OBSERVING
from lab.power import Wiring, wire
from tests.console.command_line import continuance
from tests.lab.asking import hears

pytestmark = pytest.mark.lab
ROOT = Path(__file__).parents[2]


def state_of(host: str) -> tuple[bool, bool, bool]:
    """Whether *host* is on, frozen, and cut off, as `lab status` tells programs."""
    told = json.loads(continuance("lab", "status", "--output", "json").printed)["hosts"][host]
    return told["on"], told["frozen"], told["cut"]


def test_hosts_are_switched_off_and_on(lab: Lab) -> None:
    assert continuance("lab", "off", "app-1", "app-2").printed == ""
    assert state_of("app-1") == state_of("app-2") == (False, False, False)
    assert continuance("lab", "on", "app-1", "app-2").printed == ""
    assert hears(lab, "ctl-1", "app-2")  # it waits until they answer


def test_hosts_are_frozen_and_thawed_cut_and_healed(lab: Lab) -> None:
    continuance("lab", "freeze", "app-1")
    continuance("lab", "cut", "app-1")
    assert state_of("app-1") == (True, True, True)
    continuance("lab", "heal", "app-1")
    assert state_of("app-1") == (True, True, False)
    continuance("lab", "thaw", "app-1")
    assert state_of("app-1") == (True, False, False)


def test_a_cut_can_be_from_one_host_and_one_way_and_a_share(lab: Lab) -> None:
    continuance("lab", "cut", "db-1", "--from", "mon-1", "--one-way", "--loss", "30%")
    told = json.loads(continuance("lab", "status", "-o", "json").printed)
    assert told["losses"] == [{"from": "mon-1", "to": "db-1", "share": 0.3}]
    continuance("lab", "heal", "mon-1")
    assert json.loads(continuance("lab", "status", "-o", "json").printed)["losses"] == []


def test_the_table_shows_all_that_is_wrong(lab: Lab) -> None:
    lab.freeze("app-1")
    lab.cut("app-2")
    wire("db-1", Wiring(to="db-2", answers_after_seconds=5))
    shown = continuance("lab", "status").printed
    assert "on, frozen" in shown
    assert "on, cut off" in shown
    assert "wired to db-2, answers after 5 s" in shown


def test_if_one_host_is_misspelt_nothing_is_done_to_any(lab: Lab) -> None:
    outcome = continuance("lab", "off", "app-1", "ap-2")
    assert (outcome.code, outcome.err) == (2, "HOST: the lab has no host 'ap-2'; did you mean 'app-2'?\n")
    assert lab.status("app-1").on


def test_a_share_that_is_none_is_refused(lab: Lab) -> None:
    assert "--loss: '300%' is not a share" in continuance("lab", "cut", "db-1", "--loss", "300%").problem


def test_a_command_in_a_host_has_its_exit_code_and_its_input(lab: Lab) -> None:
    words = [sys.executable, "-m", "console.main", "lab", "in", "db-1", "sh", "-c", "cat; exit 7"]
    ran = subprocess.run(
        words, input="given", capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (7, "given", "")


def test_a_program_of_this_machine_runs_at_a_hosts_place_with_its_exit_code_and_finds_continuance(lab: Lab) -> None:
    words = [sys.executable, "-m", "console.main", "lab", "beside", "ctl-1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}

    def beside(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*words, *command], capture_output=True, text=True, check=False, env=environment)

    placed = beside("sh", "-c", f"ip -4 -oneline address; ls {ROOT}/lab/hosts.py; exit 7")
    assert placed.returncode == 7
    assert "10.77.0.5/24" in placed.stdout and str(ROOT) in placed.stdout
    checked = beside("continuance", "controller", "check", str(OBSERVING))
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "nobody: it only" in checked.stdout


def test_who_switches_a_database_on_is_told_that_it_does_not_run_and_what_starts_it(lab: Lab) -> None:
    continuance("lab", "off", "db-1")
    starts = "continuance lab in db-1 systemctl start continuance-postgresql\n"
    assert starts in continuance("lab", "on", "power", "db-1").printed
    assert starts in continuance("lab", "up").printed
    assert starts in continuance("lab", "status").printed
    lab.inside("db-1", *starts.split()[4:])
    assert continuance("lab", "on", "db-1").printed == ""


def test_building_tells_how_long_it_took_and_how_a_controller_is_let_watch(lab: Lab) -> None:
    printed = continuance("lab", "up").printed
    assert printed.startswith("11 hosts are up after ")
    assert printed.endswith(f"Let it watch: continuance lab beside ctl-1 continuance controller run {OBSERVING}\n")
