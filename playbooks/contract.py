"""What a playbook of the user's own has to hold to, tried on a host that is there for it. It is really carried out, repeatedly."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from failover.core.commands import COMMANDS_A_TERM, Command, CommandId, CommandKind, Epoch, Outcome, Question, answers
from playbooks.equipment import REPLACEABLE, Equipment, FencePlaybook
from playbooks.runner import Runner
from playbooks.verdict import Report, TaskEvent

_TRIAL = "playbooks-verify"


class Finding(NamedTuple):
    """One rule, whether it was held to, and what was seen."""

    rule: str
    met: bool
    seen: str


class Trial(NamedTuple):
    """What is tried: *playbook* for the command *kind* at *host*, with the *details* of the command."""

    playbook: Path
    kind: CommandKind
    host: str
    details: Mapping[str, Any]
    within_seconds: float


async def try_out(trial: Trial, inventory: Path, state: Path, secrets: Callable[[str], str]) -> list[Finding]:
    """Carry the playbook out on its host, and say of each rule whether it was held to. Raises InventoryError."""
    runner = Runner(_equipment(trial), inventory, state, secrets)
    try:
        await runner.start([] if trial.kind is CommandKind.FENCE else [trial.host])
        return await _Contract(trial, runner).findings()
    finally:
        await runner.close()


def _equipment(trial: Trial) -> Equipment:
    match trial.kind:
        case CommandKind.FENCE:
            return Equipment(power=(FencePlaybook(trial.host, trial.playbook),))
        case CommandKind.HOOK:
            return Equipment(hooks={_TRIAL: trial.playbook})
        case _:
            return Equipment(playbooks={trial.kind: trial.playbook})


class _Contract:
    """Tries the rules one after the other; the first that fails in earnest ends it."""

    def __init__(self, trial: Trial, runner: Runner) -> None:
        self._trial = trial
        self._runner = runner
        self._touched: set[str] = set()
        self._term = int(time.time())
        """Newer than that of any earlier trial: hosts remember what was done on them."""

    async def findings(self) -> list[Finding]:
        trial = self._trial
        report = await self._carry_out(1)
        found = [Finding("it succeeds, within its time", report.outcome is Outcome.SUCCEEDED, _seen(report))]
        if not found[0].met:
            return found
        if trial.kind in REPLACEABLE:
            others = sorted(self._touched - {trial.host, "localhost"})
            found.append(Finding("it touches its target alone", not others, ", ".join(others) or trial.host))
        if trial.kind is CommandKind.FENCE:
            found.append(await self._is_off())
        if trial.kind is not CommandKind.HOOK:
            found.append(_repeated(await self._carry_out(1)))
            report = await self._carry_out(2)
            rule = "another command for what is done already succeeds too"
            found.append(Finding(rule, report.outcome is Outcome.SUCCEEDED, _seen(report)))
        if trial.kind in REPLACEABLE:
            found.append(self._refused(await self._carry_out(3, behind=1)))
        return found

    async def _is_off(self) -> Finding:
        details = {"question": Question.IS_OFF.value, "level": "playbook", "identity": self._trial.host}
        order = self._order(CommandKind.VERIFY, 9, details)
        report = await self._runner.carry_out(order, self._trial.within_seconds)
        off = answers(Question.IS_OFF, report.evidence) and report.evidence["off"] is True
        met = off and report.evidence["identity"] == self._trial.host
        return Finding("asked by verify, it says whether the host is off, and which host that is", met, _seen(report))

    async def _carry_out(self, number: int, behind: int = 0) -> Report:
        trial = self._trial
        details = dict(trial.details)
        if trial.kind is CommandKind.HOOK:
            details["name"] = _TRIAL
        elif trial.kind is CommandKind.FENCE:
            details |= {"level": "playbook", "identity": trial.host, "incarnation": 0}
        order = self._order(trial.kind, number, details, behind)
        return await self._runner.carry_out(order, trial.within_seconds, self._heard)

    def _order(self, kind: CommandKind, number: int, details: Mapping[str, Any], behind: int = 0) -> Command:
        """Return a command of this trial, its term *behind* the newest."""
        id_of_it = CommandId(_TRIAL, self._term * COMMANDS_A_TERM + number)
        return Command(id_of_it, 1, kind, self._trial.host, Epoch(self._term - behind, 1), details)

    def _refused(self, report: Report) -> Finding:
        met = report.outcome is Outcome.FAILED and report.evidence.get("newer_epoch") == [self._term, 1]
        return Finding("an older epoch is refused, and the newer one is told", met, _seen(report))

    def _heard(self, event: TaskEvent) -> None:
        self._touched.add(event.host)


def _repeated(report: Report) -> Finding:
    met = report.outcome is Outcome.SUCCEEDED and not report.changed
    return Finding("the same command again changes nothing", met, "it changed something" if report.changed else _seen(report))


def _seen(report: Report) -> str:
    reason = report.evidence.get("reason")
    return f"{report.outcome.value} after {report.elapsed_seconds} s" + (f": {reason}" if reason else "")
