import json
import os
from pathlib import Path

import pytest

from tests.console.command_line import continuance
from topology.load import load_topology


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be taken for root, with a lab that is down."""
    from lab import network

    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(network, "is_up", lambda: False)


def test_a_drill_takes_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    outcome = continuance("drill", "database-power-cut")
    assert outcome.code == 3
    assert "which takes root: sudo " in outcome.err
    assert outcome.err.partition(" drill ")[1], "as it was typed"


def test_a_scenario_that_is_not_there_is_refused_before_anything_else() -> None:
    outcome = continuance("drill", "database-power-out")
    assert outcome.code == 2
    assert "did you mean 'database-power-cut'?" in outcome.problem


def test_a_response_that_is_not_there_is_refused_with_those_that_are() -> None:
    outcome = continuance("drill", "database-power-cut", "--response", "by-hands")
    assert outcome.code == 2
    assert outcome.problem == "--response: 'by-hands' is no response here; they are by-itself, by-hand; did you mean 'by-hand'?"


@pytest.mark.usefixtures("as_root")
def test_a_network_that_the_lab_cannot_build_is_refused() -> None:
    outcome = continuance("drill", "five-server-outage")
    assert outcome.code == 2
    assert "the lab does not know the role" in outcome.err


def recorded(folder: Path, *seconds: float) -> None:
    folder.mkdir()
    lines = [{"event": "ended", "command": "fence", "seconds": each, "outcome": "succeeded"} for each in seconds]
    (folder / "controller.log").write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")


def test_what_drills_recorded_becomes_a_part_of_a_topology(tmp_path: Path) -> None:
    recorded(tmp_path / "one", 0.08, 0.1)
    recorded(tmp_path / "two", 0.09)
    written = tmp_path / "calibration.yaml"
    outcome = continuance("calibrate", str(tmp_path), "--write", str(written))
    assert (outcome.code, outcome.out) == (0, f"{written}: 1 command, from 2 drills\n")

    network = tmp_path / "mine.yaml"
    network.write_text("name: mine\ninclude: calibration.yaml\nsites: {a: {}}\n", encoding="utf-8")
    assert [timed.value for timed in load_topology(network).durations] == ["fence"]


def test_nothing_is_calibrated_from_nothing(tmp_path: Path) -> None:
    written = tmp_path / "calibration.yaml"
    outcome = continuance("calibrate", str(tmp_path), "--write", str(written))
    assert (outcome.code, outcome.problem) == (2, f"FOLDER: no drill was kept in {tmp_path}")
    assert not written.exists()


def test_too_few_commands_say_nothing(tmp_path: Path) -> None:
    recorded(tmp_path / "one", 0.08)
    outcome = continuance("calibrate", str(tmp_path), "--write", str(tmp_path / "calibration.yaml"))
    assert outcome.code == 2
    assert outcome.problem == "FOLDER: too few commands to say how long any takes, in 1 drill"


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize("words", [("drill",), ("lab", "up")])
def test_without_the_libraries_of_the_lab_one_line_says_how_to_get_them(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab.doctor.LIBRARIES", ("no_such_library",))
    outcome = continuance(*words)
    assert (outcome.code, outcome.err) == (3, "the lab needs more Python libraries; missing: no_such_library: make .venv/lab\n")
