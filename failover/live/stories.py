"""Recoveries as data: in short, and as whole stories; and how people name one."""

from collections.abc import Iterator
from typing import Any

from failover.core.notes import NoteKind
from failover.live.history import COMMAND, ENDED, EVERYBODY, SEEN, Happening, History, Run, RunOutcome

LAST = "last"
_EVERYDAY = frozenset({SEEN, COMMAND, ENDED, NoteKind.ENTERED, NoteKind.REFUSED, NoteKind.FORESEEN})
"""What of the things that belong to no recovery is of no interest later."""


class UnknownRunError(Exception):
    """There is no such recovery, or several are meant: the message says which there are."""


class NoRunsError(UnknownRunError):
    """There has been no recovery at all: nothing was typed wrongly."""


def summary(run: Run) -> dict[str, Any]:
    """Return *run* in short."""
    over = run.outcome is not RunOutcome.UNDER_WAY and run.last is not None
    ended = run.last if over else None
    lost = next((each["lost_seconds"] for each in run.told(NoteKind.PROMOTED)), 0.0)
    return {
        "run": run.id,
        "cluster": run.cluster,
        "goal": run.goal.value,
        "because": run.because,
        "outcome": run.outcome.value,
        "why": _why(run),
        "primary_before": run.primary_before,
        "primary": run.primary,
        "began_wall_seconds": run.began.wall_seconds,
        "ended_wall_seconds": ended.wall_seconds if ended else None,
        "took_seconds": round(ended.clock_seconds - run.began.clock_seconds, 3) if ended else None,
        "recovery_seconds": round(ended.clock_seconds - run.decided_clock_seconds, 3) if ended else None,
        "lost_seconds": lost,
        "orders": [dict(each) for each in run.told(NoteKind.ORDERED)],
    }


def story(run: Run) -> dict[str, Any]:
    """Return *run* with everything that happened."""
    return {"format": 1, **summary(run), "happenings": [happening_document(run, each) for each in run.happenings]}


def happening_document(run: Run, happening: Happening) -> dict[str, Any]:
    """Return one *happening*, with how long after the beginning of *run* it was."""
    after = round(happening.clock_seconds - run.began.clock_seconds, 4)
    said = {"event": happening.event, "at_wall_seconds": happening.wall_seconds, "after_seconds": after}
    return {**said, "what": happening.what, "data": dict(happening.data)}


def history_document(history: History, cluster: str | None) -> dict[str, Any]:
    """Return what happened, to *cluster* or to all: recoveries in short, and what belongs to none, in order of time."""
    entries: list[tuple[int, dict[str, Any]]] = []
    for name, runs in history.runs.items():
        entries += [(run.began.event, summary(run)) for run in runs if cluster in (None, name)]
    for name, happenings in history.outside.items():
        for each in happenings:
            if (cluster is None or name in (cluster, EVERYBODY)) and each.what not in _EVERYDAY:
                said = {
                    "run": None,
                    "cluster": name,
                    "at_wall_seconds": each.wall_seconds,
                    "what": each.what,
                    "data": dict(each.data),
                }
                entries.append((each.event, said))
    entries.sort(key=lambda entry: entry[0])
    return {"format": 1, "entries": [said for _, said in entries]}


def find_run(history: History, name: str) -> Run:
    """Return the recovery that *name* means: `cases/3`, the beginning of one name alone, a number, a cluster, or `last`.

    Raises UnknownRunError.
    """
    runs = sorted((run for each in history.runs.values() for run in each), key=lambda run: run.began.event)
    if not runs:
        observed = ", ".join(f"'{each}'" for each in history.last_well)
        none = f", and there will be none of {observed}, which it only observes" if observed else ""
        raise NoRunsError(f"there has been no recovery yet{none}")
    if name == LAST:
        return runs[-1]
    if name in history.runs and (latest := history.latest(name)) is not None:
        return latest
    found = next((list(each) for each in _meant(runs, name) if each), [])
    if len(found) == 1:
        return found[0]
    known = ", ".join(run.id for run in (found or runs)[-8:])
    raise UnknownRunError(f"several begin with '{name}': {known}" if found else f"there is no run '{name}'; the latest are {known}")


def _meant(runs: list[Run], name: str) -> Iterator[list[Run]]:
    yield [run for run in runs if run.id == name]
    yield [run for run in runs if str(run.number) == name]
    yield [run for run in runs if run.id.startswith(name)]


def _why(run: Run) -> str:
    """Say why it came to what it did."""
    match run.outcome:
        case RunOutcome.HALTED:
            return next((str(each["text"]) for each in reversed(list(run.told(NoteKind.HALTED)))), "")
        case RunOutcome.NOT_DONE:
            if refused := [str(each["reason"]) for each in run.told(NoteKind.ORDER_REFUSED)]:
                return refused[-1]
            if held := [str(each["reason"]) for each in run.told(NoteKind.HELD)]:
                return held[-1]
            if any(run.told(NoteKind.WITHDRAWN)):
                return f"'{run.primary}' is back, and nobody took over"
            return "it was stopped or undone"
        case _:
            return ""
