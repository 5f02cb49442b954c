"""How long commands took in drills, as a part of a topology that replays draw from: `durations`.

A command counts from when it left until its report came, with everything between: the start of the playbook, the way, the act.
Only what succeeded says how long a command takes; what was given up because its host did not answer says how long that takes.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from statistics import median, stdev
from typing import Any, NamedTuple

from failover.core.commands import Outcome
from failover.core.deadlines import DEADLINE_SECONDS
from topology.errors import InputError, Problem
from topology.laws import Z95
from topology.quantities import exact_duration
from topology.timing import Timed

SAMPLES_MIN = 3
"""Of fewer than so many nothing is said."""
SPREAD_MIN = 0.02
"""No command is as regular as a few samples of it may look."""


class Sample(NamedTuple):
    """One command: what it was, and how long it took."""

    timed: Timed
    seconds: float


def read_log(file: Path) -> Iterator[Sample]:
    """Yield what the log of a controller tells of commands. Raises InputError for a line that is no log of ours.

    What a controller sends first waits until it can run playbooks at all: until none of that is under way any more, nothing counts.
    """
    beginning, under_way = False, set[str]()
    for number, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not text.startswith("{"):
            continue  # what the interpreter itself complained of
        try:
            said = json.loads(text)
        except ValueError:
            raise InputError([Problem(str(file), number, "", "is no line of a controller's log")]) from None
        match said.get("event"):
            case "led":
                beginning, under_way = True, set()
            case "sent":
                under_way.add(said.get("id"))
            case "ended":
                under_way.discard(said.get("id"))
                sample = _sample(said)
                if sample is not None and not beginning:
                    yield sample
                beginning = beginning and bool(under_way)


def _sample(said: Mapping[str, Any]) -> Sample | None:
    if said.get("seconds") is None or said["command"] not in tuple(Timed):
        return None
    timed, seconds = Timed(said["command"]), float(said["seconds"])
    if said["outcome"] == Outcome.SUCCEEDED:
        return Sample(timed, seconds)
    in_time = seconds < min(DEADLINE_SECONDS.values())  # a deadline says nothing of how long anything takes
    return Sample(Timed.UNREACHABLE, seconds) if said["outcome"] == Outcome.UNKNOWN and in_time else None


def calibration(samples: Iterable[Sample]) -> dict[str, Any]:
    """Return the section `durations` that *samples* come to: a lognormal law of each command, marked with how many there were."""
    taken: dict[Timed, list[float]] = {}
    for sample in samples:
        taken.setdefault(sample.timed, []).append(sample.seconds)
    return {timed.value: _marked(taken[timed]) for timed in Timed if len(taken.get(timed, ())) >= SAMPLES_MIN}


def _marked(seconds: list[float]) -> dict[str, Any]:
    middle = median(seconds)
    spread = max(stdev([math.log(each) for each in seconds]), SPREAD_MIN)
    law = {"median": _written(middle), "p95": _written(middle * math.exp(Z95 * spread))}
    return {"value": {"lognormal": law}, "mark": "derived", "why": f"measured in drills, {len(seconds)} times"}


def _written(seconds: float) -> str:
    return exact_duration(float(f"{seconds:.4g}"))
