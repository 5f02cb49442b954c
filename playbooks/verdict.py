"""What became of a run, from the events that it told: an exit code and a status are hints, and wrong in several ways.

- No host of that name: Ansible calls it successful, with no statistics. So the host that was meant has to stand in them.
- Nothing was begun (no `ansible-playbook`, a playbook that cannot be read): that is not the same as begun and failed.
- Cancelled, or a connection lost: what had been begun goes on at the host. Nobody can say what came of it.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from failover.core.commands import Outcome
from playbooks.catalog import By, Errand

OURS = "continuance"
"""Under this name our own actions put what they report into their result, and users' playbooks into their statistics."""


class Report(NamedTuple):
    """What is reported of a command: a hint, and what shows it."""

    outcome: Outcome
    evidence: Mapping[str, Any]
    elapsed_seconds: float = 0.0
    changed: bool = False
    """Whether a task says that it changed anything."""


class TaskState(StrEnum):
    """How far a task is on one host."""

    STARTED = "started"
    OK = "ok"
    FAILED = "failed"
    UNREACHABLE = "unreachable"
    SKIPPED = "skipped"


class TaskEvent(NamedTuple):
    """One thing that happened on one host, to be shown as it happens."""

    host: str
    task: str
    state: TaskState


_STATES = {
    "runner_on_start": TaskState.STARTED,
    "runner_on_ok": TaskState.OK,
    "runner_on_failed": TaskState.FAILED,
    "runner_on_unreachable": TaskState.UNREACHABLE,
    "runner_on_skipped": TaskState.SKIPPED,
}


class Hearing:
    """Listens to one run."""

    def __init__(self, errand: Errand) -> None:
        self._errand = errand
        self._begun = False
        self._complaint = ""
        self._said: Mapping[str, Any] | None = None
        self._statistics: Mapping[str, Any] | None = None

    @property
    def ended(self) -> bool:
        """Whether the playbook has come to its end: nothing that matters is told after its statistics."""
        return self._statistics is not None

    def take(self, event: Mapping[str, Any]) -> TaskEvent | None:
        """Take one event; return what there is to show of it."""
        data = event.get("event_data") or {}
        kind = event.get("event")
        if kind == "playbook_on_start":
            self._begun = True
        elif kind == "playbook_on_stats":
            self._statistics = data
        elif kind == "error" or (kind in ("verbose", "warning") and not self._complaint):
            self._complaint = str(event.get("stdout", "")).strip() or self._complaint
        if kind not in _STATES:
            return None
        state, result = _STATES[kind], data.get("res") or {}
        if state in (TaskState.OK, TaskState.FAILED):
            self._said = _said_in(result) or self._said
        if state in (TaskState.FAILED, TaskState.UNREACHABLE):
            self._complaint = _reason_in(result) or self._complaint
        return TaskEvent(str(data.get("host", "")), str(data.get("task", "")), state)

    def report(self) -> Report:
        """Say what became of it, now that nothing more will be told."""
        if not self._begun:
            return not_run(self._complaint or "ansible-playbook could not be started")
        if self._statistics is None:
            return unclear("the playbook did not come to its end")
        answered = set(self._statistics.get("ok") or {}) | set(self._statistics.get("failures") or {})
        silent = set(self._statistics.get("dark") or {})
        host = self._errand.host
        if host not in answered | silent if host is not None else not answered | silent:
            return not_run(f"the inventory has no host '{host}'" if host is not None else "it concerns no host")
        if self._errand.by is By.ANSWER:
            return Report(Outcome.SUCCEEDED, {"on": host not in silent})
        failures = set(self._statistics.get("failures") or {})
        report = self._of_own(failures, silent) if self._errand.by is By.OWN else self._of_ours(failures, silent)
        return report._replace(changed=bool(self._statistics.get("changed")))

    def _of_ours(self, failures: set[str], silent: set[str]) -> Report:
        if self._said is None:
            return unclear(self._complaint or "nothing was reported")
        report = report_in(self._said)
        if report.outcome is Outcome.SUCCEEDED and (failures or silent):
            return Report(Outcome.UNKNOWN, {"reason": self._complaint, **report.evidence})
        return report

    def _of_own(self, failures: set[str], silent: set[str]) -> Report:
        """A playbook of the user's own says by failing that it failed. It may put more into its statistics, or be guarded."""
        assert self._statistics is not None
        told = (self._statistics.get("artifact_data") or {}).get(OURS)
        said = {"outcome": "succeeded", **(told if isinstance(told, Mapping) else self._said or {})}
        outcome, evidence = _outcome_in(said), _evidence_in(said)
        if silent:
            return unclear(self._complaint)
        if failures and outcome is Outcome.SUCCEEDED:
            outcome = Outcome.FAILED
        return Report(outcome, evidence if outcome is Outcome.SUCCEEDED else {"reason": self._complaint, **evidence})


def not_run(reason: str) -> Report:
    """Return the report of what was not even begun."""
    return Report(Outcome.FAILED, {"reason": reason, "not_run": True})


def unclear(reason: str) -> Report:
    """Return the report of what nobody can say anything about."""
    return Report(Outcome.UNKNOWN, {"reason": reason})


def report_in(said: Mapping[str, Any]) -> Report:
    """Return the report that the target program itself gives."""
    return Report(_outcome_in(said), _evidence_in(said))


def _said_in(result: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return what the target program printed, or an action of ours returned."""
    if isinstance(ours := result.get(OURS), Mapping):
        return ours
    for line in reversed(str(result.get("stdout", "")).splitlines()):
        if line.startswith("{"):
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if isinstance(found, dict) and "outcome" in found:
                return found
    return None


def _outcome_in(said: Mapping[str, Any]) -> Outcome:
    try:
        return Outcome(str(said.get("outcome")))
    except ValueError:
        return Outcome.UNKNOWN


def _evidence_in(said: Mapping[str, Any]) -> dict[str, Any]:
    evidence = said.get("evidence")
    return dict(evidence) if isinstance(evidence, Mapping) else {}


def _reason_in(result: Mapping[str, Any]) -> str:
    """Return why a task failed, in one line: the last of what a program said, the first of what Ansible says."""
    for key, which in (("stderr", -1), ("msg", 0)):
        lines = [line.strip() for line in str(result.get(key) or "").splitlines() if line.strip()]
        if lines:
            return lines[which]
    return ""
