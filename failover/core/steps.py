"""How one step is done: act, then look, whatever the act was reported to be. A report is a hint; what is seen counts.

What is looked at and found undone may be done again, because it has been looked at. What cannot be looked at stays unclear, and
is never repeated.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from failover.core.commands import CommandKind, Question


class Status(StrEnum):
    """How far a step is."""

    TODO = "todo"
    ACTING = "acting"
    LOOKING = "looking"
    RESTING = "resting"  # the look failed; it is repeated when it is due
    DONE = "done"
    FAILED = "failed"  # looked at, and found undone
    UNCLEAR = "unclear"  # nobody can say


SETTLED = frozenset({Status.DONE, Status.FAILED, Status.UNCLEAR})

LOOK_AGAIN_SECONDS = 1.0


class Step(NamedTuple):
    """One thing to be done: *kind* at *target*, then a look. Without a kind there is only the look.

    *question* is what `verify` asks; None reads the target's position instead. *look_first* spares the act where the look finds it
    done. *after* are the keys of the steps that have to be settled before. Found undone it is done again, *tries* times in all;
    with none, its stage decides each time whether it is.
    """

    key: str
    kind: CommandKind | None
    target: str
    question: Question | None
    details: Mapping[str, Any] = {}
    after: tuple[str, ...] = ()
    tries: int = 2
    looks: int = 4
    look_first: bool = False


class Progress(NamedTuple):
    """How far *step* is, and what the latest look found."""

    step: Step
    status: Status = Status.TODO
    tries: int = 0
    looks: int = 0
    due: float | None = None
    evidence: Mapping[str, Any] = {}


def fulfilled(step: Step, evidence: Mapping[str, Any]) -> bool:
    """Say whether *evidence*, which answers the question of *step*, shows that it is done."""
    match step.question:
        case None:
            return step.kind is None or evidence["receiving"] is False
        case Question.IS_OFF:
            return evidence["off"] is True and evidence["identity"] == step.target
        case Question.IS_ON:
            return evidence["on"] is True
        case Question.ROLE:
            return bool(evidence["role"] == step.details["role"])
        case Question.ROUTED:
            return bool(evidence["primary"] == step.details.get("primary"))
        case Question.SERVES:
            return evidence["serves"] is True
        case Question.FOLLOWS:
            return bool(evidence["follows"] == step.details["primary"])
        case Question.SYNCHRONOUS:
            return step.kind is None or list(evidence["standbys"]) == list(step.details["standbys"])
        case Question.PAGE_WITHDRAWN:
            return evidence["withdrawn"] is True
