"""What this host remembers of a cluster over every restart, and the lock that lets one command at a time act on it.

An order under an older epoch than the newest that was seen here is refused. The lock is held from that check until the act is over,
and everything that the act starts holds it too: should this program be killed, the next command still waits for what it began.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from .order import FailedError, Order

STATE = Path(os.environ.get("CONTINUANCE_STATE", "/var/lib/continuance"))
REMEMBERED = 256
"""How many commands are remembered as done."""


class Guard:
    """The memory of one cluster on this host, locked."""

    def __init__(self, order: Order, directory: Path = STATE) -> None:
        self._order = order
        self._path = directory / f"{order.cluster}.json"
        self._lock_path = directory / f"{order.cluster}.lock"
        self.lock = -1
        """The descriptor that holds the lock."""
        self.memory: dict[str, Any] = {}

    def __enter__(self) -> Guard:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self.lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        while True:
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > self._order.ends_at:
                    raise FailedError("another command is still under way", busy=True) from None
                time.sleep(0.005)
        if self._path.exists():
            self.memory = json.loads(self._path.read_text(encoding="utf-8"))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        os.close(self.lock)

    @property
    def epoch(self) -> tuple[int, int]:
        """The newest that was seen here."""
        term, number = self.memory.get("epoch", (0, 0))
        return term, number

    def has_done(self) -> bool:
        """Say whether this very command has been done here before."""
        return self._order.number in self.memory.get("done", [])

    def admit(self) -> None:
        """Refuse an older epoch; remember a newer one before anything is done under it."""
        if self._order.epoch < self.epoch:
            raise FailedError("a newer epoch was seen here", newer_epoch=list(self.epoch))
        if self._order.epoch > self.epoch:
            self.remember(epoch=list(self._order.epoch))

    def done(self) -> None:
        """Remember that this command has been done."""
        self.remember(done=[*self.memory.get("done", []), self._order.number][-REMEMBERED:])

    def remember(self, **facts: Any) -> None:
        """Put *facts* on the disk, so that not even a power cut forgets them."""
        self.memory.update(facts)
        draft = self._path.with_suffix(".new")
        with draft.open("w", encoding="utf-8") as file:
            json.dump(self.memory, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
        sync_directory(self._path.parent)


def sync_directory(path: Path) -> None:
    """Make sure that what was created or renamed in *path* is found there after a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
