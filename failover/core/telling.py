"""What of the core's notes becomes a record of a timeline, in a replay and on real hosts alike."""

from collections.abc import Mapping
from typing import Any

from failover.core.commands import CommandKind
from failover.core.notes import Note, NoteKind
from timeline.record import FailoverState
from topology.model import Mode

_STATES: Mapping[NoteKind, FailoverState] = {
    NoteKind.SUSPECTED: FailoverState.SUSPECTED,
    NoteKind.WITHDRAWN: FailoverState.WITHDRAWN,
    NoteKind.HELD: FailoverState.HELD,
    NoteKind.WAITING: FailoverState.WAITING,
    NoteKind.FORESEEN: FailoverState.FORESEEN,
    NoteKind.ORDERED: FailoverState.ORDERED,
    NoteKind.ORDER_REFUSED: FailoverState.ORDER_REFUSED,
    NoteKind.DECIDED: FailoverState.DECIDED,
    NoteKind.COMMANDED: FailoverState.COMMAND,
    NoteKind.REFUSED: FailoverState.REFUSED,
    NoteKind.CHOSE: FailoverState.CHOSE,
    NoteKind.FENCED: FailoverState.FENCED,
    NoteKind.PROMOTED: FailoverState.PROMOTED,
    NoteKind.NOT_PROMOTED: FailoverState.FAILED,
    NoteKind.QUARANTINED: FailoverState.QUARANTINED,
    NoteKind.REJOINED: FailoverState.REJOINED,
    NoteKind.HALTED: FailoverState.HALTED,
    NoteKind.RECOVERED: FailoverState.RECOVERED,
}
"""What is written down; the rest is of interest to the core's makers alone."""
OVER = frozenset({NoteKind.RECOVERED, NoteKind.WITHDRAWN})
"""Notes after which a failover is over."""


def record_of(note: Note, mode: Mode, *, somebody_comes: bool = True) -> tuple[FailoverState, dict[str, Any]] | None:
    """Return what a timeline says of *note*, of a cluster whose policy has *mode*; None where it says nothing."""
    state, data = _STATES.get(note.kind), dict(note.data)
    if state is None:
        return None
    if note.kind is NoteKind.COMMANDED and data["command"] == CommandKind.PROMOTE:
        return FailoverState.PROMOTING, {**data, "host": data["target"]}
    if note.kind is NoteKind.DECIDED:
        data["reason"] = data.pop("because")
    by_policy = mode in (Mode.OBSERVE, Mode.MANUAL) and str(data.get("reason", "")).startswith("the policy")
    if note.kind is NoteKind.WAITING or (note.kind is NoteKind.HELD and by_policy):
        return FailoverState.WAITING, {**data, "mode": mode.value, "waits_for": _waits_for(mode, somebody_comes)}
    return state, data


def _waits_for(mode: Mode, somebody_comes: bool) -> str:
    """A policy that wants a person waits for one, and it is of interest whether he ever comes."""
    if mode is Mode.OBSERVE:
        return "nobody: the policy only observes"
    if not somebody_comes:
        return "an operator, who never comes"
    return "an operator's order" if mode is Mode.MANUAL else "an operator's yes"
