import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.console.command_line import continuance

NETWORK = """
name: small
title: Small
sites: {here: {}}
parts: {disk: {life: {exponential: {mean: 30d}}, lead_time: 9d}}
hosts: {srv: {site: here, parts: {disk: {installed: 1}}, recover: [{part: disk}]}}
services: {shop: {title: "The shop", needs: srv, cost: 100 EUR/h}}
"""


@pytest.fixture
def network(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(NETWORK)
    return path


def simulated(network: Path, *words: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(continuance("simulate", network, "--for", "100d", "--output", "json", *words).printed)
    return found


def test_a_simulation_tells_how_often_how_long_and_how_bad(network: Path) -> None:
    document = simulated(network, "--runs", 300)
    shop = document["services"]["shop"]

    assert (document["runs"], document["seed"], document["engine"], document["initial_age"]) == (300, 0, "simpy", "stationary")
    low, high = shop["availability"]["ci95"]
    assert 30 / 39 < low < high < 0.85  # it begins with everything up
    assert shop["downtime_seconds"]["p50"] <= shop["downtime_seconds"]["p95"] <= shop["downtime_seconds"]["max"]
    assert document["pools"]["disk@here"]["fill_rate"] == 0
    assert document["cautions"] == ["300 runs are too few to speak of p99: fewer than ten lie beyond it; take 1,000 or more"]


def test_both_engines_and_any_workers_print_the_same(network: Path) -> None:
    documents = [
        simulated(network, "--runs", 200, "--engine", engine, "--workers", workers)
        for engine, workers in (("simpy", 1), ("compiled", 1), ("compiled", 3))
    ]
    for document in documents:
        del document["engine"]

    assert documents[0] == documents[1] == documents[2]


def test_the_table_names_services_parts_and_what_the_runs_are_too_few_for(network: Path) -> None:
    printed = continuance("simulate", network, "--runs", 50, columns=200).printed

    assert "small: 50 runs of 1825d, seed 0" in printed
    assert "shop" in printed
    assert "disk@here" in printed
    assert "50 runs are too few to speak of p95" in printed


@pytest.mark.parametrize("name", ["runs.csv", "runs.jsonl"])
def test_every_run_is_saved(network: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    document = simulated(network, "--runs", 40, "--save", path)
    lines = path.read_text().splitlines()
    rows: list[dict[str, Any]] = list(csv.DictReader(lines)) if name.endswith(".csv") else [json.loads(line) for line in lines]

    assert [int(row["run"]) for row in rows] == list(range(40))
    mean = sum(float(row["services.shop.downtime_seconds"]) for row in rows) / 40
    assert mean == pytest.approx(document["services"]["shop"]["downtime_seconds"]["mean"])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk to be full")
def test_a_full_disk_loses_no_result(network: Path, tmp_path: Path) -> None:
    full = tmp_path / "full.csv"
    full.symlink_to("/dev/full")
    outcome = continuance("simulate", network, "--runs", 40, "--save", full)

    assert outcome.code == 3
    assert "small: 40 runs" in outcome.out
    assert outcome.err == f"{full}: No space left on device; 0 runs are in it\n"


def test_a_report_ranks_what_would_help(network: Path, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    assert f"report: {path}" in continuance("simulate", network, "--runs", 1000, "--report", path).printed
    text = path.read_text()

    assert "What would help most: one more disk at here (" in text
    assert "The shop is down for" in text
    assert "What each service hangs on" in text
    assert "disk in srv: " in text
    assert "http" not in text.replace("http-equiv", "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--for", "5"), "--for: '5' is not a duration"),
        (("--for", "0"), "--for: a run of no length says nothing"),
        (("--until", "5"), "--until: '5' is not a share"),
        (("--until", "0%"), "--until: nothing is ever known exactly"),
        (("--engine", "compild"), "--engine: 'compild' is no engine; did you mean 'compiled'?"),
        (("--operator", "soon"), "--operator: 'soon' is not a duration"),
        (("--start", "2026-01-05"), "--start: '2026-01-05' is not a time with its offset"),
        (("--save", "runs.txt"), "--save: 'runs.txt' says by its name neither CSV (.csv) nor JSON lines (.jsonl)"),
        (("--save", "/nowhere/runs.csv"), "--save: /nowhere/runs.csv: No such file or directory"),
    ],
)
def test_what_cannot_be_simulated_is_told_in_one_line(network: Path, words: tuple[str, ...], said: str) -> None:
    assert continuance("simulate", network, *words).problem.startswith(said)
