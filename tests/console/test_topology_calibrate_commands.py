"""`topology calibrate`, as a planner runs it: the lines it prints, the network it writes, and that simulates."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from tests.console.command_line import continuance
from topology.laws import Empirical, Exponential, Weibull
from topology.load import load_topology

NETWORK = """
name: past
parts: {board: {annual_failure_rate: 1%, lead_time: 10d}}
components:
  mains: {fails: {exponential: {mean: 2y}}, recover: [{wait: 1h, for: the grid}]}
roles: {server: {parts: {board: {installed: 1}}, recover: [{part: board}]}}
hosts: {"srv-[1-8]": {role: server}}
services: {shop: {needs: {any: ["srv-[1-8]"]}}}
"""
YEARS = ("--since", "2022-01-01", "--until", "2025-01-01")


def lines(name: str, lives_days: list[float], repairs_hours: list[float]) -> list[str]:
    """Incidents of one thing, one after the other from 2022 on."""
    found, at = [], np.datetime64("2022-01-01T00:00")
    for life, repair in zip(lives_days, repairs_hours, strict=True):
        failed = at + np.timedelta64(round(life * 1440), "m")
        at = failed + np.timedelta64(round(repair * 60), "m")
        if at < np.datetime64("2025-01-01"):
            found.append(f"{name},{failed},{at}")
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Eight servers that wear out, and mains whose cuts are of two sorts."""
    luck = np.random.default_rng(11)
    rows = [
        row
        for number in range(1, 9)
        for row in lines(f"srv-{number}", list(luck.weibull(3.0, 6) * 300), list(luck.lognormal(1.0, 0.7, 6)))
    ]
    cuts = [(0.5 if number % 3 else 30) * luck.uniform(0.9, 1.1) for number in range(30)]
    rows += lines("mains", list(luck.exponential(40, 30)), cuts)
    (tmp_path / "mine.yaml").write_text(NETWORK)
    (tmp_path / "incidents.csv").write_text("\n".join(["what,failed,back", *rows, ""]))
    return tmp_path


def test_what_is_written_loads_and_simulates(folder: Path) -> None:
    written = folder / "learned.yaml"
    history = ("--history", folder / "incidents.csv", *YEARS)
    outcome = continuance("topology", "calibrate", folder / "mine.yaml", *history, "--write", written, "--recorded")

    assert (outcome.code, outcome.err) == (0, f"{written}: written, with what was learned\n")
    network = load_topology(written)
    wear = network.hosts["srv-1"].fails
    assert isinstance(wear, Weibull)
    assert wear.shape > 1.5
    assert isinstance(network.components["mains"].fails, Exponential)
    (stage,) = network.components["mains"].recover
    assert isinstance(stage.law, Empirical)
    assert stage.reason == "the grid"
    simulated = continuance("simulate", written, "--for", "1y", "--runs", "50", "--engine", "simpy")
    assert simulated.code == 0, simulated.err


def test_a_host_with_laws_of_its_own_is_told(folder: Path) -> None:
    (folder / "mine.yaml").write_text(NETWORK.replace("hosts: {", "hosts: {srv-3: {fails: 1y}, "))
    (folder / "incidents.csv").write_text("what,failed,back\nsrv-1,2023-01-01,2023-01-02\n")
    outcome = continuance(
        "topology", "calibrate", folder / "mine.yaml", "--history", folder / "incidents.csv", *YEARS, "--write", folder / "out.yaml"
    )

    assert outcome.err.startswith("note: srv-3 keep laws of their own")


def test_what_is_printed_is_yaml_with_reasons(folder: Path) -> None:
    printed = continuance("topology", "calibrate", folder / "mine.yaml", "--history", folder / "incidents.csv", *YEARS).printed

    data = yaml.safe_load(printed)
    assert data["roles"]["server"]["fails"]["mark"] == "derived"
    assert "wears out" in data["roles"]["server"]["fails"]["why"]
    text = " ".join(printed.replace("#", " ").split())
    assert "Caution: board in it fails by laws of their own" in text
    assert "Caution: this takes the place of stages that wait for board" in text
    assert "It fits badly" in text
    assert "With --write FILE --recorded they are taken as recorded." in text


def test_the_same_is_had_as_json(folder: Path) -> None:
    (folder / "incidents.csv").write_text("what,failed,back\nmains,2023-01-01,2023-01-02\n")
    printed = continuance(
        "topology", "calibrate", folder / "mine.yaml", "--history", folder / "incidents.csv", *YEARS, "-o", "json"
    ).printed

    data = json.loads(printed)
    mains = data["kinds"]["components.mains"]
    assert mains["life"]["meaning"] == "too few failures to tell ageing from chance"
    assert mains["repair"] is None
    assert data["without_incidents"] == ["roles.server"]


def test_recorded_repairs_need_a_place_to_be_written(folder: Path) -> None:
    outcome = continuance("topology", "calibrate", folder / "mine.yaml", "--history", folder / "incidents.csv", "--recorded")
    assert outcome.problem == "--recorded: goes with --write FILE: the repairs are written beside that file"


def test_incidents_of_one_moment_alone_are_refused(folder: Path) -> None:
    (folder / "incidents.csv").write_text("what,failed,back\nmains,2023-01-01,\n")
    outcome = continuance("topology", "calibrate", folder / "mine.yaml", "--history", folder / "incidents.csv")
    assert outcome.problem == "--until: all incidents are of one moment"
