"""A lock that one process holds, and that is free the moment it is gone, however it went."""

import fcntl
import os
from pathlib import Path


class LockedError(Exception):
    """Somebody else holds the lock; the message says who."""


class ProcessLock:
    """Holds the file at *path* for this process. Programs that it starts do not inherit it, and so never outlive it with the lock.

    A process that opened the file twice would not be refused by itself, and lose the lock when it closed one: so nobody else may
    open the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(self._file, 32, 0).decode(errors="replace").strip()
            os.close(self._file)
            raise LockedError(f"process {holder}" if holder else "another process") from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def holds(self) -> bool:
        """Say whether the lock is still in the place where others would look for it."""
        return is_same(os.fstat(self._file), self._path)

    def release(self) -> None:
        """Let others have it."""
        os.close(self._file)


def is_same(known: os.stat_result, path: Path) -> bool:
    """Say whether *path* still leads to the file of which *known* speaks: it may be gone, or another put in its place."""
    try:
        return os.path.samestat(known, path.stat())
    except OSError:
        return False
