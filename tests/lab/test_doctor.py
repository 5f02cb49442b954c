import os
import shutil
import subprocess
from pathlib import Path

import pytest

from lab import doctor
from lab.doctor import INSTALL, PACKAGES, examine

NOBODY = 65534


def missing(findings: list[doctor.Finding]) -> dict[str, str]:
    """What is not met, with what to do."""
    return {each.need: each.remedy for each in findings if not each.met}


def test_without_root_the_doctor_says_how_to_get_it_and_tries_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY)
    findings = examine()
    assert missing(findings)["root"] == "sudo continuance lab doctor"
    assert "overlay mounts" not in {each.need for each in findings}


def test_programs_that_are_missing_are_named_with_what_installs_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = tmp_path / "packages.txt"
    listed.write_text("# what is needed\nkamailio /nowhere/kamailio\nhaproxy /nowhere/haproxy\nbash /bin/sh\n")
    monkeypatch.setattr(doctor, "PACKAGES", listed)
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY)
    finding = next(each for each in examine() if each.need == "programs")
    assert finding == ("programs", False, "missing: kamailio, haproxy", f"sudo {INSTALL}", True)


def test_libraries_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LIBRARIES", ("json", "no_such_library"))
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY)
    finding = next(each for each in examine() if each.need == "Python libraries")
    assert finding.wrong == "missing: no_such_library"
    assert finding.remedy == "make .venv/lab"


def test_what_is_an_estimate_is_no_must(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FREE_MEMORY_BYTES", "FREE_DISK_BYTES", "WATCHERS"):
        monkeypatch.setattr(doctor, name, 2**60)
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY)
    assert {each.need: each.met for each in examine() if not each.must} == {"memory": False, "disk": False, "file watchers": False}


def test_every_package_is_listed_with_the_program_it_brings() -> None:
    rows = [line.split() for line in PACKAGES.read_text().splitlines() if not line.startswith("#")]
    assert all(len(row) == 2 and row[1].startswith("/") for row in rows)
    assert len({package for package, _ in rows}) == len(rows)


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_the_script_that_installs_is_sound_and_wants_root() -> None:
    subprocess.run(["bash", "-n", INSTALL], check=True)
    refused = subprocess.run(
        ["bash", str(INSTALL)], user=NOBODY if os.geteuid() == 0 else None, capture_output=True, text=True, check=False, cwd="/"
    )
    assert (refused.returncode, refused.stderr) == (2, "install-packages: must be run as root\n")


@pytest.mark.lab
def test_nothing_is_missing_where_the_lab_runs() -> None:
    assert missing(examine()).keys() <= {"file watchers"}  # of which labs that are up have taken theirs


@pytest.mark.lab
def test_installing_again_changes_nothing() -> None:
    ran = subprocess.run([str(INSTALL)], capture_output=True, text=True, check=True)
    assert ran.stdout == "nothing is missing\n"
