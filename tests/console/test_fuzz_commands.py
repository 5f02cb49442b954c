import json
from pathlib import Path

import pytest

from failover.core.states import EDGES
from simulator.checking.fencing import FencedFirst
from tests.console.command_line import continuance


@pytest.fixture
def toothache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a checker find something wrong with every promotion."""

    def complain(checker: FencedFirst, command: object, endpoint: str) -> None:
        if getattr(command, "kind", None) == "promote":
            checker.broken("ledger", "somebody was promoted")

    monkeypatch.setattr(FencedFirst, "effect", complain)


def test_what_was_played_is_told(tmp_path: Path) -> None:
    printed = continuance("fuzz", "--schedules", 12, "--workers", 1, "--into", tmp_path).printed
    assert "12, from 0 to 11 of seed 0, on failover-proving" in printed
    assert "violations" in printed
    assert list(tmp_path.iterdir()) == []


def test_the_json_is_the_same_whoever_works_at_it(tmp_path: Path) -> None:
    words = ("fuzz", "--schedules", 60, "--first", 5, "--into", tmp_path, "--output", "json", "--workers")
    one, two = (continuance(*words, workers).printed for workers in (1, 2))
    assert one == two
    data = json.loads(one)
    assert (data["format"], data["schedules"], data["seed"], data["first"]) == (1, 60, 0, 5)
    assert data["steps"] > 0
    assert data["faults"] == dict(sorted(data["faults"].items()))
    assert data["edges"]["declared"] == len(EDGES) == data["edges"]["taken"] + len(data["edges"]["untaken"])
    assert data["violations"] == []
    assert "timing" not in data


def test_how_fast_it_was_is_told_when_asked(tmp_path: Path) -> None:
    words = ("fuzz", "--schedules", 2, "--into", tmp_path, "--workers", 1, "--timing")
    assert set(json.loads(continuance(*words, "-o", "json").printed)["timing"]) == {
        "elapsed_seconds",
        "schedules_per_second",
        "steps_per_second",
    }
    assert "a second" in continuance(*words).printed


@pytest.mark.usefixtures("toothache")
def test_a_violation_is_told_written_down_and_repeated(tmp_path: Path) -> None:
    outcome = continuance("fuzz", "--schedules", 10, "--workers", 1, "--into", tmp_path, "-o", "json")
    assert outcome.code == 3
    first, *others = json.loads(outcome.out)["violations"]
    assert (first["invariant"], first["cluster"], first["text"]) == ("fenced-first", "ledger", "somebody was promoted")
    assert first["scenario_file"] == str(tmp_path / f"fuzz-0-{first['number']}-fenced-first.yaml")
    assert [each["scenario_file"] for each in others] == [None] * len(others), "one of each invariant is enough"

    again = continuance("fuzz", "--schedules", 1, "--first", first["number"], "--workers", 1, "--into", tmp_path, columns=200)
    assert again.code == 3
    assert f"continuance fuzz --seed 0 --first {first['number']} --schedules 1 --topology failover-proving" in again.out

    replay = next(line for line in again.out.splitlines() if "replay:" in line).split()
    shown = continuance(*replay[2:]).printed
    assert "The failover controller has a fault (as-played): fenced-first of ledger" in shown


def test_totals_are_recorded_range_after_range(tmp_path: Path) -> None:
    record = tmp_path / "proof.json"
    words = ("fuzz", "--schedules", 3, "--workers", 1, "--into", tmp_path, "--record", record)
    assert "from 0 to 2" in continuance(*words).printed
    assert "from 3 to 5" in continuance(*words).printed
    assert json.loads(record.read_text(encoding="utf-8"))["schedules"] == 6
    assert "--first 6" in continuance(*words, "--first", 9).problem


def test_faults_may_be_limited_to_some_kinds(tmp_path: Path) -> None:
    words = ("fuzz", "--schedules", 20, "--workers", 1, "--into", tmp_path, "-o", "json")
    data = json.loads(continuance(*words, "--faults", "fail,order", "--faults", "cut").printed)
    assert set(data["faults"]) == {"fail", "order", "cut"}


def test_a_kind_that_nobody_knows_is_bad_input() -> None:
    assert continuance("fuzz", "--faults", "fial").problem == "--faults: 'fial' is no kind of fault; did you mean 'fail'?"


def test_a_network_without_clusters_cannot_fail_over(tmp_path: Path) -> None:
    network = tmp_path / "one.yaml"
    network.write_text("{name: one, hosts: {srv: {}}, services: {shop: {needs: srv}}}", encoding="utf-8")
    assert "has no cluster" in continuance("fuzz", "--topology", network).problem


PAIR = """
name: pair
hosts: {a: {}, b: {}}
clusters: {db: {members: [a, b], primary: a, fence: [redfish]}}
services: {shop: {needs: db}}
"""


def test_any_network_with_a_cluster_will_do(tmp_path: Path) -> None:
    network = tmp_path / "pair.yaml"
    network.write_text(PAIR, encoding="utf-8")
    words = ("fuzz", "--schedules", 30, "--workers", 1, "--into", tmp_path, "-o", "json", "--topology", network)
    assert json.loads(continuance(*words).printed)["topology"] == "pair"
