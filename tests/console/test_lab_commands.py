import json
import os
import sys
from pathlib import Path

import pytest

from tests.console.command_line import continuance

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the lab is made of Linux namespaces")


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be taken for root, with a lab that is down."""
    from lab import network

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(network, "is_up", lambda: False)


@pytest.mark.parametrize(
    "words", [("up",), ("down",), ("status",), ("off", "db-1"), ("in", "db-1", "ls", "-l"), ("beside", "db-1", "ls")]
)
def test_without_root_every_command_says_that_it_takes_root(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("CONTINUANCE_LAB", "/our lab")
    outcome = continuance("lab", *words)
    assert outcome.code == 3
    program = Path(sys.executable).with_name("continuance")
    typed = f"sudo env 'CONTINUANCE_LAB=/our lab' {program} lab {' '.join(words)}"
    assert outcome.err == f"the lab is made of namespaces and mounts, which takes root: {typed}\n"


@pytest.mark.parametrize("command", ["up", "doctor"])
def test_elsewhere_than_on_linux_the_lab_says_where_it_runs(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    outcome = continuance("lab", command)
    assert outcome.code == 3
    assert outcome.err == "the lab is made of Linux namespaces; run it on Linux, or in a virtual machine with Debian 12\n"


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("on", "db-1"),
        ("off", "db-1"),
        ("cut", "db-1"),
        ("heal", "db-1"),
        ("in", "db-1", "id"),
        ("beside", "db-1", "id"),
    ],
)
def test_commands_on_a_lab_that_is_down_say_so(words: tuple[str, ...]) -> None:
    outcome = continuance("lab", *words)
    assert outcome.code == 3
    assert outcome.err == "the lab is down; `continuance lab up` builds it\n"


@pytest.mark.usefixtures("as_root")
def test_a_network_that_the_lab_cannot_build_is_refused_with_every_reason() -> None:
    outcome = continuance("lab", "up", "failover-proving")
    assert outcome.code == 2
    assert "hosts.ledger-1: the lab does not know the role 'server'; it knows controller, monitor" in outcome.err
    assert outcome.err.count("\n") == 10


def test_the_doctor_tells_programs_what_it_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    outcome = continuance("lab", "doctor", "--output", "json")
    assert outcome.code == 3
    told = json.loads(outcome.out)
    assert told["format"] == 1
    assert {
        "need": "root",
        "met": False,
        "wrong": "namespaces and mounts take root",
        "remedy": "sudo continuance lab doctor",
        "must": True,
    } in told["findings"]


def test_the_doctor_ends_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    outcome = continuance("lab", "doctor")
    assert outcome.code == 3
    assert "✗ namespaces and mounts take root" in outcome.out
    assert "do: sudo continuance lab doctor" in outcome.out


def test_the_doctor_is_content_where_nothing_but_an_estimate_is_not_met(monkeypatch: pytest.MonkeyPatch) -> None:
    from lab import doctor

    findings = [doctor.Finding("root", True), doctor.Finding("disk", False, "1 GiB is free", "make room", must=False)]
    monkeypatch.setattr(doctor, "examine", lambda: findings)
    outcome = continuance("lab", "doctor")
    assert outcome.code == 0
    assert "! 1 GiB is free" in outcome.out
    assert outcome.out.endswith("nothing is missing that the lab must have: continuance lab up\nonly if that fails: make room\n")
