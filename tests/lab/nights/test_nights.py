"""Nights on call, on real hosts under load: whoever is on call, and whatever else goes wrong."""

import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from lab.hosts import Lab
from lab.places import at_place
from lab.power import Wiring, wire
from lab.services.database import UNIT
from tests.failover.live.typing_lines import Shell, block
from tests.lab.nights.night import ROOT, Night, night

pytestmark = pytest.mark.night

RACK = ("db-1", "app-1", "ivr-1")
DONE, NOT_DONE, WAITS = 0, 3, 4


def test_by_itself_it_brings_everything_back_and_no_hand_is_touched(lab: Lab, tmp_path: Path) -> None:
    with night(lab, tmp_path, "automatic") as tonight:
        lab.off("db-1")
        tonight.comes_to("watching", "db-2")
        report = tonight.typed("report", "last")
        assert report.returncode == DONE
        assert "promote db-2" in report.stdout


def test_where_a_yes_is_wanted_nothing_is_done_until_one_person_has_said_it(lab: Lab, tmp_path: Path) -> None:
    with night(lab, tmp_path, "approve") as tonight:
        before = tonight.acts()
        lab.off("db-1")
        tonight.comes_to("waiting")
        time.sleep(5)
        assert tonight.acts() == before
        status = tonight.typed("status")
        assert "continuance failover approve cases" in status.stdout
        yes = tonight.typed("approve", "cases")
        assert (yes.returncode, tonight.cluster()["primary"]) == (DONE, "db-2"), yes.stdout + yes.stderr


def test_who_only_observes_does_nothing_and_says_what_it_would_have_done(lab: Lab, tmp_path: Path) -> None:
    with night(lab, tmp_path, "observe") as tonight:
        before = tonight.acts()
        lab.off("db-1")
        tonight.comes_to("suspect")
        time.sleep(10)
        status = tonight.typed("status")
        assert "would" in status.stdout
        assert "db-2" in status.stdout
        assert tonight.acts() == before
        assert tonight.cluster()["primary"] == "db-1"
        agreement = tonight.typed("agreement", "cases")
        assert agreement.returncode == DONE, agreement.stderr
        assert "db-2" in agreement.stdout
        lab.on("db-1")
        lab.wait_until_up(["db-1"])
        lab.inside("db-1", "systemctl", "start", UNIT)  # nothing starts by itself
        tonight.comes_to("watching", "db-1")


def test_a_yes_that_comes_when_the_primary_is_back_changes_nothing(lab: Lab, tmp_path: Path) -> None:
    with night(lab, tmp_path, "approve") as tonight:
        lab.freeze("db-1")
        tonight.comes_to("waiting")
        lab.thaw("db-1")
        tonight.comes_to("watching", "db-1")
        late = tonight.typed("approve", "cases")
        assert late.returncode == NOT_DONE
        assert "no" in late.stderr.lower()
        assert tonight.cluster()["primary"] == "db-1"
        assert not [act for act in tonight.acts() if act.startswith(("fence", "promote"))]


def test_a_yes_that_comes_late_is_still_a_yes_and_a_second_one_is_told_of_the_first(lab: Lab, tmp_path: Path) -> None:
    with night(lab, tmp_path, "approve") as tonight:
        lab.off("db-1")
        tonight.comes_to("waiting")
        time.sleep(30)
        argv = [sys.executable, "-m", "console.main", "failover", "approve", "cases", "--config", str(tonight.duty.config)]
        environment = {**os.environ, "CONTINUANCE_OPERATOR": "ana"}
        first = subprocess.Popen(argv, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        tonight.until(lambda: tonight.cluster().get("state") not in ("waiting", None), "it has begun")
        second = tonight.typed("approve", "cases", operator="ben")
        said, _ = first.communicate(timeout=120)
        assert first.returncode == DONE, said
        assert second.returncode == NOT_DONE, second.stdout
        tonight.comes_to("watching", "db-2")
        assert tonight.acts().count("promote db-2") == 1


def test_where_two_persons_are_wanted_the_same_one_twice_is_one(lab: Lab, tmp_path: Path) -> None:
    with night(lab, tmp_path, "approve", approvals=2) as tonight:
        lab.off("db-1")
        tonight.comes_to("waiting")
        for _ in range(2):
            tonight.typed("approve", "cases", "--no-follow", operator="ana")
        time.sleep(3)
        assert tonight.cluster()["state"] == "waiting"
        second = tonight.typed("approve", "cases", operator="ben")
        assert (second.returncode, tonight.cluster()["primary"]) == (DONE, "db-2"), second.stdout + second.stderr


def test_a_run_goes_on_when_its_terminal_is_lost_and_can_be_joined_again(lab: Lab, tmp_path: Path) -> None:
    with night(lab, tmp_path, "manual") as tonight:
        lab.off("db-1")
        tonight.comes_to("suspect")
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(ROOT)
            words = ("run", "cases", "--yes", "--reason", "the host is lost", "--config", str(tonight.duty.config))
            os.execv(sys.executable, [sys.executable, "-m", "console.main", "failover", *words])
        tonight.until(lambda: tonight.cluster().get("state") not in ("suspect", "watching", None), "it has begun")
        os.close(terminal)  # the line to the terminal is cut: what runs on it is hung up on
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        joined = tonight.typed("follow", "cases")
        assert joined.returncode == DONE, joined.stdout + joined.stderr
        assert "promote db-2" in joined.stdout
        tonight.comes_to("watching", "db-2")


def test_a_rack_that_is_dark_with_its_power_controller_waits_for_somebody_who_has_seen_it(lab: Lab, tmp_path: Path) -> None:
    with night(lab, tmp_path, "automatic") as tonight:
        wire("db-1", Wiring(dead=True))
        try:
            for host in RACK:
                lab.off(host)
            tonight.comes_to("halted")
            assert not [act for act in tonight.acts() if act.startswith("promote")]
            status = tonight.typed("status")
            assert "continuance failover confirm-fenced db-1" in status.stdout
            seen = tonight.typed("confirm-fenced", "db-1", "--seen-by", "ana", "--how", "no light in rack A", "--yes")
            assert (seen.returncode, tonight.cluster()["primary"]) == (DONE, "db-2"), seen.stdout + seen.stderr
        finally:
            wire("db-1")


def test_when_the_controllers_host_is_lost_the_runbook_is_followed_and_adopted_afterwards(lab: Lab, tmp_path: Path) -> None:
    with night(lab, tmp_path, "automatic") as tonight:
        text = tonight.typed("runbook", "cases").stdout
        tonight.duty.kill()
        lab.off("ctl-1")
        lab.off("db-1")
        lab.on("ctl-1")  # another machine in its place: only from there power controllers are reached
        lab.wait_until_up(["ctl-1"])
        with tempfile.TemporaryDirectory(dir="/tmp") as home:  # a socket's path may not be long
            _follow(text, Path(home))
        tonight.duty.start()
        tonight.until(lambda: bool(tonight.cluster()), "it answers again")
        _adopted(tonight)
        assert tonight.acts().count("promote db-2") == 0, "a person did it"


def _follow(text: str, home: Path) -> None:
    """Type the runbook's lines where the controller was: `db-1` is lost, `db-2` has most, `db-3` answers."""
    shell = Shell(home, at_place("ctl-1"))
    shell.type(block(text, "## 1."))
    shell.type(block(text, "## The things"))
    roles = [line for line in block(text, "## 2.").splitlines() if not line.endswith("at=db-1")]
    assert shell.type("\n".join(roles)).count('"role": "standby"') == 2
    assert shell.type(block(text, "## 3.")).count('"off": true') == 2
    assert shell.type(block(text, "## 4.")).count('"primary": null') == 2
    for standby in ("db-2", "db-3"):
        lines = re.findall(rf"^ansible-playbook .* do=(?:cut_replication|read_positions) -e at={standby}$", text, re.MULTILINE)
        assert '"receiving": false' in shell.type("\n".join(lines))
    shell.type("export NEW=db-2")
    assert '"role": "primary"' in shell.type(block(text, "## 6.").replace("STANDBY,STANDBY", "db-3"))
    assert shell.type(block(text, "## 7.")).count('"primary": "db-2"') == 2
    assert '"follows": "db-2"' in shell.type(block(text, "For each other member that answers").replace("STANDBY", "db-3"))
    assert '"serves": true' in shell.type(block(text, 'The second has to print `"follows":`'))
    shell.close()


def _adopted(tonight: Night) -> None:
    """The controller halts, and says by which order it learns what was done by hand."""
    tonight.until(lambda: tonight.cluster().get("state") in ("halted", "watching", "suspect"), "it looks")
    adopted = tonight.typed("adopt", "db-2", "--reason", "the runbook was followed", "--yes")
    assert adopted.returncode == DONE, adopted.stdout + adopted.stderr + tonight.typed("status").stdout
    tonight.comes_to("watching", "db-2")
