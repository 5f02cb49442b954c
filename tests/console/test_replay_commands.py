import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.console.command_line import continuance
from tests.scenarios.writing import write
from timeline.files import load_timelines

INCIDENT = "incident: [{at: 0h, fail: [db-1], recover: [{wait: 2h}]}]\n"


@pytest.fixture(scope="module")
def document() -> Any:
    return json.loads(continuance("replay", "five-server-outage", "--output", "json").printed)


def test_the_document_has_the_keys_of_the_contract(document: Any) -> None:
    assert document["format"] == 1
    assert {"scenario", "seed", "responses", "expectations"} <= document.keys()
    for response in document["responses"]:
        assert {"name", "services", "workloads", "failover"} <= response.keys()
        for service in response["services"].values():
            assert service.keys() >= {
                "downtime_seconds", "stale_seconds", "outages", "longest_outage_seconds", "availability",
                "restored_at_seconds", "stages_seconds", "objectives",
            }  # fmt: skip
            assert {"wait", "part", "work", "restore"} <= service["stages_seconds"].keys()
            for name in {"rto", "rpo"} & service["objectives"].keys():
                assert {"limit_seconds", "met"} <= service["objectives"][name].keys()
        for workload in response["workloads"].values():
            assert workload.keys() >= {
                "arrived", "served", "stale", "lost", "manual", "waiting", "backlog_peak", "backlog_cleared_at_seconds",
            }  # fmt: skip
        for failover in response["failover"]:
            assert {"cluster", "decided", "candidate", "refused"} <= failover.keys()
            assert all(refused.keys() == {"host", "reason"} for refused in failover["refused"])
    for expectation in document["expectations"]:
        assert {"response", "measure", "expected", "actual", "met", "calibrated"} <= expectation.keys()


def test_the_document_says_nothing_of_this_machine(document: Any) -> None:
    assert "timing" not in document
    assert str(Path.cwd()) not in json.dumps(document)


def test_work_is_all_accounted_for(document: Any) -> None:
    for response in document["responses"]:
        for workload in response["workloads"].values():
            fates = sum(workload[fate] for fate in ("served", "stale", "lost", "manual", "waiting"))
            assert fates == pytest.approx(workload["arrived"])


def test_a_time_that_was_not_reached_is_null(tmp_path: Path) -> None:
    path = write(tmp_path, "incident: [{at: 1h, fail: [db-1], recover: [{wait: 40d}]}]\n")
    (response,) = json.loads(continuance("replay", path, "--output", "json").printed)["responses"]
    orders = response["services"]["orders"]
    assert orders["restored_at_seconds"] is None
    assert orders["objectives"]["rto"] == {"limit_seconds": 3600.0, "actual_seconds": None, "met": False}


def test_yaml_holds_the_same_as_json(document: Any) -> None:
    assert yaml.safe_load(continuance("replay", "five-server-outage", "--output", "yaml").printed) == document


def test_a_seed_gives_the_same_bytes_and_another_seed_other_luck(tmp_path: Path) -> None:
    path = write(tmp_path, "incident: [{at: 0h, fail: [db-1], recover: [{wait: {lognormal: {median: 4h, p95: 12h}}}]}]\n")
    first, again, other = (
        continuance("replay", path, "--seed", seed, "--output", "json").printed.replace(f'"seed": {seed}', "") for seed in (7, 7, 8)
    )
    assert first == again
    assert first != other


def test_only_the_responses_asked_for_are_played() -> None:
    words = ("replay", "five-server-outage", "--response", "shared-standby", "--response", "spares-on-hand", "--output", "json")
    document = json.loads(continuance(*words).printed)
    assert [response["name"] for response in document["responses"]] == ["spares-on-hand", "shared-standby"]
    assert document["expectations"] == []


@pytest.mark.parametrize(
    ("fail", "hit"),
    [
        (["fc-srv-[1-2]"], ["fc-srv-1", "fc-srv-2"]),
        (["fc-srv-1,fc-srv-3"], ["fc-srv-1", "fc-srv-3"]),
        (["fc-db-1", "fc-power"], ["fc-db-1", "fc-power"]),
        (["falls-church,ivr-[1-2]", "fc-storage"], ["falls-church", "ivr-1", "ivr-2", "fc-storage"]),
    ],
)
def test_what_fails_is_named_singly_by_range_or_with_commas(fail: list[str], hit: list[str]) -> None:
    options = [word for each in fail for word in ("--fail", each)]
    document = json.loads(continuance("replay", "--on", "immigration-courts", *options, "--output", "json").printed)
    assert document["hit"] == hit
    assert [response["name"] for response in document["responses"]] == ["as-it-stands", "automatic"]


def test_a_failure_happens_when_it_is_asked_for_and_is_watched_as_long() -> None:
    words = ("replay", "--on", "immigration-courts", "--fail", "fc-db-1", "--start", "2020-02-29T12:00+00:00", "--horizon", "3d")
    document = json.loads(continuance(*words, "--output", "json").printed)
    assert (document["start"], document["horizon_seconds"]) == ("2020-02-29T12:00:00+00:00", 259_200.0)


def test_a_pattern_tells_what_was_decided() -> None:
    words = ("replay", "five-server-outage", "--on", "north-coast-ferries")
    notes = json.loads(continuance(*words, "--output", "json").printed)["notes"]
    assert notes[0].startswith("The pattern strikes ")
    printed = continuance(*words, columns=400).printed
    assert all(f"• {note}\n" in printed for note in notes)


MISSED = "expect: [{response: as-it-stands, measure: services.orders.outages, value: 5, within: 10%}]\n"
KEPT = "expect: [{response: as-it-stands, measure: services.orders.outages, value: 1, within: 0%}]\n"


def test_a_missed_expectation_counts_only_with_check(tmp_path: Path) -> None:
    path = write(tmp_path, INCIDENT + MISSED)
    assert continuance("replay", path).code == 0
    checked = continuance("replay", path, "--check")
    assert checked.code == 1
    assert checked.err.splitlines() == [
        "missed: as-it-stands: services.orders.outages is 1, expected 5.0 within 10%",
        "checked: 1 expectations, 0 objectives; 1 missed",
    ]
    assert "✗ as-it-stands: services.orders.outages is 1, expected 5 within 10%" in checked.out


def test_an_expectation_that_is_met_passes_the_check(tmp_path: Path) -> None:
    assert continuance("replay", write(tmp_path, INCIDENT + KEPT), "--check").code == 0


def test_an_expectation_of_a_response_that_is_not_played_is_not_judged(tmp_path: Path) -> None:
    path = write(tmp_path, INCIDENT + "responses: {as-it-stands: {}, other: {}}\n" + MISSED)
    assert continuance("replay", path, "--check", "--response", "other").err.startswith("missed: other: rto of orders\nchecked: 0")
    assert continuance("replay", path, "--check", "--response", "as-it-stands").code == 1


@pytest.mark.parametrize(("must_meet", "code"), [("true", 1), ("false", 0)])
def test_objectives_count_where_they_must_be_met(tmp_path: Path, must_meet: str, code: int) -> None:
    path = write(tmp_path, INCIDENT + f"responses: {{as-it-stands: {{must_meet: {must_meet}}}}}\n" + KEPT)
    outcome = continuance("replay", path, "--check")
    assert (outcome.code, "missed: as-it-stands: rto of orders" in outcome.err) == (code, bool(code))


def test_where_nothing_must_be_met_or_is_expected_every_objective_counts(tmp_path: Path) -> None:
    outcome = continuance("replay", write(tmp_path, INCIDENT), "--check")
    assert outcome.code == 1
    assert outcome.err.endswith("checked: 0 expectations, 1 objectives of as-it-stands; 1 missed\n")


def test_a_check_of_nothing_does_not_pass(tmp_path: Path) -> None:
    (tmp_path / "bare.yaml").write_text("name: bare\nhosts: {h: {}}\nservices: {s: {needs: h}}\n", encoding="utf-8")
    outcome = continuance("replay", "--on", tmp_path / "bare.yaml", "--fail", "h", "--check")
    assert outcome.code == 4
    assert "Nothing brings h back: no recovery is stated" in " ".join(outcome.out.split())


def test_a_report_and_a_timeline_are_written_and_named(tmp_path: Path) -> None:
    path = write(tmp_path, INCIDENT)
    report, told = tmp_path / "report.html", tmp_path / "told.csv"
    printed = continuance("replay", path, "--report", report, "--timeline", told, columns=400).printed
    assert f"report: {report}\n" in printed and f"timeline: {told}\n" in printed
    assert report.read_text(encoding="utf-8").startswith("<!")
    assert [timeline.response for timeline in load_timelines(told)] == ["as-it-stands"]


@pytest.mark.parametrize("name", ["told.csv", "told.jsonl"])
def test_a_timeline_on_disk_is_the_one_that_was_played(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, INCIDENT + "responses: {a: {}, b: {policy: {mode: automatic}}}\n")
    continuance("replay", path, "--timeline", tmp_path / name)
    told = load_timelines(tmp_path / name)
    assert [timeline.response for timeline in told] == ["a", "b"]
    assert all(timeline.scenario == "night" and timeline.records for timeline in told)


def test_a_calibrated_expectation_that_is_missed_is_missed_too(tmp_path: Path) -> None:
    path = write(tmp_path, INCIDENT + MISSED.replace("within: 10%", "within: 10%, answer_among_inputs: true"))
    assert continuance("replay", path, "--check").code == 1


def test_a_report_tries_the_assumptions_at_their_bounds(tmp_path: Path) -> None:
    wait = "{value: 2h, low: 30m, high: 3h, mark: assumed, why: a guess}"
    path, report = write(tmp_path, INCIDENT.replace("2h", wait)), tmp_path / "report.html"
    continuance("replay", path, "--report", report)
    assert re.search(r"\b1 [a-z ]+ was replayed at the low and the high bound", report.read_text(encoding="utf-8"))
