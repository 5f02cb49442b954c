"""What is made of the events of a run, the misleading ones too."""

import json
from pathlib import Path
from typing import Any

import pytest

from failover.core.commands import Outcome
from playbooks.catalog import By, Errand
from playbooks.verdict import Hearing, Report

DONE = {"outcome": "succeeded", "evidence": {"role": "primary"}}


def errand(by: By = By.TARGET, host: str | None = "db-2") -> Errand:
    return Errand(Path("x.yml"), host, by, {})


def said(result: dict[str, Any], kind: str = "runner_on_ok", host: str = "db-2") -> dict[str, Any]:
    return {"event": kind, "event_data": {"host": host, "task": "t", "res": result}}


def printed(what: Any, kind: str = "runner_on_ok") -> dict[str, Any]:
    return said({"stdout": f"Warning: something\n{json.dumps(what)}\n"}, kind)


def ended(**statistics: Any) -> dict[str, Any]:
    return {"event": "playbook_on_stats", "event_data": statistics}


START = {"event": "playbook_on_start", "event_data": {}}
OK = ended(ok={"db-2": 1}, changed={"db-2": 1})
FAILED = ended(failures={"db-2": 1})
DARK = ended(dark={"db-2": 1})


def heard(*events: dict[str, Any], of: Errand | None = None) -> Report:
    hearing = Hearing(of or errand())
    for event in events:
        hearing.take(event)
    return hearing.report()


def test_target_program_reports_by_the_last_line_that_it_prints() -> None:
    assert heard(START, printed(DONE), OK) == Report(Outcome.SUCCEEDED, {"role": "primary"}, changed=True)
    refused = {"outcome": "failed", "evidence": {"newer_epoch": [3, 1]}}
    assert heard(START, printed(refused, "runner_on_failed"), FAILED) == Report(Outcome.FAILED, {"newer_epoch": [3, 1]})
    unclear = {"outcome": "unknown", "evidence": {"reason": "it hangs"}}
    assert heard(START, printed(unclear, "runner_on_failed"), FAILED).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("what", [{"outcome": "splendid"}, {"evidence": {}}, ["succeeded"], "succeeded"])
def test_what_is_no_report_makes_nothing_certain(what: Any) -> None:
    assert heard(START, printed(what), OK).outcome is Outcome.UNKNOWN


def test_action_of_ours_reports_in_its_result() -> None:
    assert heard(START, said({"continuance": DONE}), OK).evidence == {"role": "primary"}


def test_success_without_the_host_that_was_meant_was_no_run() -> None:
    for statistics in (ended(), ended(ok={"db-3": 1}), ended(skipped={"db-2": 1})):
        report = heard(START, printed(DONE), statistics)
        assert (report.outcome, report.evidence.get("not_run")) == (Outcome.FAILED, True)


def test_run_that_never_began_was_no_run_and_says_why() -> None:
    complaint = {"event": "error", "stdout": "[ERROR]: the playbook could not be found"}
    warning = {"event": "warning", "stdout": "[WARNING]: something else"}
    report = heard(warning, complaint)
    assert report == Report(Outcome.FAILED, {"reason": "[ERROR]: the playbook could not be found", "not_run": True})


def test_run_that_was_broken_off_is_unknown_whatever_was_reported() -> None:
    assert heard(START).outcome is Outcome.UNKNOWN
    assert heard(START, printed(DONE)).outcome is Outcome.UNKNOWN


def test_host_that_became_unreachable_may_have_done_it() -> None:
    gone = said({"msg": "Failed to connect to the host via ssh"}, "runner_on_unreachable")
    assert heard(START, gone, DARK) == Report(Outcome.UNKNOWN, {"reason": "Failed to connect to the host via ssh"})


def test_what_follows_a_success_can_spoil_it() -> None:
    power = Errand(Path("x.yml"), "localhost", By.POWER, {})
    switched = said({"continuance": {"outcome": "succeeded", "evidence": {"off": False}}}, host="localhost")
    gone = said({"msg": "timed out waiting"}, "runner_on_failed")
    report = heard(START, switched, gone, ended(ok={"localhost": 1}, failures={"db-2": 1}), of=power)
    assert report == Report(Outcome.UNKNOWN, {"reason": "timed out waiting", "off": False})


def test_host_is_on_when_it_answers_anything() -> None:
    answer = errand(By.ANSWER)
    assert heard(START, OK, of=answer).evidence == {"on": True}
    assert heard(START, DARK, of=answer).evidence == {"on": False}


def test_playbook_of_ones_own_says_by_failing_that_it_failed() -> None:
    own = errand(By.OWN)
    failing = said({"msg": "no disk"}, "runner_on_failed")
    assert heard(START, OK, of=own) == Report(Outcome.SUCCEEDED, {}, changed=True)
    assert heard(START, failing, FAILED, of=own) == Report(Outcome.FAILED, {"reason": "no disk"})
    assert heard(START, DARK, of=own).outcome is Outcome.UNKNOWN


def test_playbook_of_ones_own_may_tell_more() -> None:
    own = errand(By.OWN, None)
    told = {"ok": {"anybody": 1}, "artifact_data": {"continuance": {"evidence": {"off": True, "identity": "db-1"}}}}
    assert heard(START, ended(**told), of=own).evidence == {"off": True, "identity": "db-1"}
    unsure = {"ok": {"anybody": 1}, "artifact_data": {"continuance": {"outcome": "unknown"}}}
    assert heard(START, ended(**unsure), of=own).outcome is Outcome.UNKNOWN
    nonsense = {"ok": {"anybody": 1}, "artifact_data": {"continuance": "yes"}}
    assert heard(START, ended(**nonsense), of=own).outcome is Outcome.SUCCEEDED
    refused = printed({"outcome": "failed", "evidence": {"newer_epoch": [1, 2]}}, "runner_on_failed")
    assert heard(START, refused, FAILED, of=own) == Report(Outcome.FAILED, {"reason": "", "newer_epoch": [1, 2]})
