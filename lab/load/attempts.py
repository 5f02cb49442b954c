"""Attempts in the open loop: a new one whenever its time has come, whatever became of those before, and a line for each in the end.

A loop that waited for its own answers would ask less the worse things are, and would round a short outage up to its own patience.

Lines are JSON, one attempt each, in the order in which attempts ended:

    {"kind": "write", "outcome": "acknowledged", "begun_seconds": …, "ended_seconds": …, "wall_seconds": …, "id": …}

`begun_seconds` and `ended_seconds` are on the machine's monotonic clock, which all its processes share; `wall_seconds` is when it
began by the calendar's. What else a line holds is said where it is made: `writers`, `lookups`, `calls`, `probes`, `pressure`.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple, TextIO


class Ended(NamedTuple):
    """What became of an attempt: one word, and whatever else is worth keeping of it."""

    outcome: str
    details: Mapping[str, Any] = {}


Attempt = Callable[[], Awaitable[Ended]]


class Recording:
    """The file of lines, each complete on disk as far as this process can tell before the next begins."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    async def take(self, kind: str, attempt: Attempt) -> Ended:
        """Make one attempt and write down what became of it."""
        wall, begun = time.time(), time.monotonic()
        ended = await attempt()
        self.line(kind, ended, begun, wall)
        return ended

    def line(self, kind: str, ended: Ended, begun_seconds: float, wall_seconds: float) -> None:
        """Write one line."""
        line = {
            "kind": kind,
            "outcome": ended.outcome,
            "begun_seconds": round(begun_seconds, 6),
            "ended_seconds": round(time.monotonic(), 6),
            "wall_seconds": round(wall_seconds, 6),
            **ended.details,
        }
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def mark(self, outcome: str, **details: Any) -> None:
        """Write down a moment: `began` and `ended` say from when until when attempts were made."""
        self.line("load", Ended(outcome, details), time.monotonic(), time.time())


async def open_loop(kind: str, per_second: float, attempt: Attempt, recording: Recording, stop: asyncio.Event) -> None:
    """Begin an attempt *per_second* times a second until *stop*, then wait for those under way, each of which has its own bound."""
    under_way: set[asyncio.Task[Ended]] = set()
    due = time.monotonic()
    while not stop.is_set():
        task = asyncio.create_task(recording.take(kind, attempt))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        due += 1 / per_second
        await _until(due, stop)
    await asyncio.gather(*under_way)


async def closed_loop(kind: str, per_second: float, attempt: Attempt, recording: Recording, stop: asyncio.Event) -> None:
    """Make one attempt at a time, at most *per_second* of them a second: for those who only look on and must not pile up."""
    while not stop.is_set():
        due = time.monotonic() + 1 / per_second
        await recording.take(kind, attempt)
        await _until(due, stop)


async def _until(due: float, stop: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), max(0.0, due - time.monotonic()))
