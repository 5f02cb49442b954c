"""What the controller writes down of its own doings: one JSON object a line, each with its time and the name of what happened."""

import json
import logging
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import TextIO

from failover.live.clock import Clock


class Forwarded(logging.Handler):
    """Writes what libraries log as lines of *log*, like everything else."""

    def __init__(self, log: "Log") -> None:
        super().__init__(logging.WARNING)
        self._write = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write *record*. Raises nothing."""
        why = {} if record.exc_info is None else {"why": repr(record.exc_info[1])}
        self._write("library", name=record.name, level=record.levelname.lower(), text=record.getMessage(), **why)


class Log:
    """Writes lines to *stream*. That a line cannot be written never stops anything."""

    def __init__(self, stream: TextIO | None = None, clock: Clock | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._clock = Clock() if clock is None else clock

    def __call__(self, event: str, **data: object) -> None:
        """Write that *event* happened, with what there is to say of it."""
        at = datetime.fromtimestamp(self._clock.wall(), UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"at": at, "event": event, **data}, ensure_ascii=False, default=str)
        with suppress(OSError, ValueError):  # a full disk, a closed pipe
            self._stream.write(f"{line.encode(errors='backslashreplace').decode()}\n")
            self._stream.flush()
