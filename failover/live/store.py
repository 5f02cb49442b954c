"""The journal of one controller, in SQLite: every event in order, the commands each led to, and the lease of who may write.

An event and what it leads to are committed together, on disk before anything of it is known elsewhere: so nothing is applied that
is not journaled, and nothing is sent whose intent is not. Only one process may have the store open; each start of it is a new term.

Two files stand beside the journal: a lock, and how long the longest journal was that this controller has seen. If the journal is
ever put back from an old copy, the second tells.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from failover.core.commands import Command, CommandId, CommandKind, Epoch
from failover.core.events import CommandEnded, Event
from failover.core.journal import JournalError, read, write
from failover.live.lock import LockedError, ProcessLock, is_same

FORMAT = 1
_APPLICATION = 0x636F6E74
"""By which SQLite, and `file`, know whose the file is."""
_TABLES = """
CREATE TABLE journal (number INTEGER PRIMARY KEY, term INTEGER NOT NULL, record TEXT NOT NULL);
CREATE TABLE intents (
    cluster TEXT NOT NULL, number INTEGER NOT NULL, event INTEGER NOT NULL, command TEXT NOT NULL,
    outcome TEXT, PRIMARY KEY (cluster, number)
) WITHOUT ROWID;
CREATE TABLE lease (one INTEGER PRIMARY KEY CHECK (one = 1), term INTEGER NOT NULL, holder TEXT NOT NULL, token TEXT NOT NULL);
"""


class StoreError(Exception):
    """The store cannot be used, and so nothing may be done: what is wrong."""


class LeaseLostError(StoreError):
    """The store is no longer this process's to write."""


class Entry(NamedTuple):
    """One event as it will stand in the journal. `event` is what is read back from `text`: that, and nothing else, is applied."""

    number: int
    event: Event
    text: str


class Written(NamedTuple):
    """One line of the journal."""

    number: int
    term: int
    event: Event


class Store:
    """The store at *path*, which is made if there is none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.term = 0
        self._token = ""
        with ExitStack() as opened, _said_clearly(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = ProcessLock(_beside(path, "lock"))
            opened.callback(self._lock.release)
            os.close(_for_owner_alone(path))
            self._seen = _for_owner_alone(_beside(path, "seen"))
            opened.callback(os.close, self._seen)
            self._database = sqlite3.connect(path, timeout=2.0, isolation_level=None, check_same_thread=False)
            opened.callback(self._database.close)
            _prepare(self._database, path)
            self.length = _length(self._database, path)
            self._stat = path.stat()
            self._opened = opened.pop_all()

    def history(self) -> Iterator[Event]:
        """Yield the events of the journal. Raises StoreError where it is damaged."""
        with _said_clearly(self._path):
            for line in _lines(self._database, self._path):
                yield line.event

    # The lease.

    def gain(self, holder: str) -> bool:
        """Let *holder* lead from now on, under a term that has never been. Return whether the journal lacks what was seen in it.

        Raises StoreError.
        """
        seen_length, seen_term = self._read_seen()
        self._token = str(uuid4())
        with self._transaction():
            (written,) = self._database.execute(
                "SELECT max(coalesce((SELECT max(term) FROM journal), 0), coalesce((SELECT term FROM lease), 0))"
            ).fetchone()
            term = max(written, seen_term) + 1
            self._database.execute("REPLACE INTO lease VALUES (1, ?, ?, ?)", (term, holder, self._token))
        self.term = term
        self._write_seen()
        return seen_length > self.length

    def holds_lease(self) -> bool:
        """Say whether this process may still write: under the same term, and to the file that others would find."""
        try:
            with _said_clearly(self._path):
                return self._is_ours()
        except StoreError:
            return False

    def _is_ours(self) -> bool:
        lease = self._database.execute("SELECT term, token FROM lease").fetchone()
        return lease == (self.term, self._token) and self._lock.holds() and is_same(self._stat, self._path)

    # The journal.

    def entry(self, event: Event) -> Entry:
        """Return *event* as it will be journaled next. Raises ValueError or TypeError for what no journal can hold."""
        record = write(self.length, self.term, event)
        text = json.dumps(record, allow_nan=False)
        return Entry(self.length, read(json.loads(text)), text)

    def append(self, entry: Entry, commands: Iterable[Command]) -> None:
        """Journal *entry*, and the intent of the *commands* it leads to.

        Raises LeaseLostError, or another StoreError; then nothing was written.
        """
        with self._transaction():
            if not self._is_ours():
                raise LeaseLostError(f"{self._path} was taken over, put back from a copy, or removed")
            self._database.execute("INSERT INTO journal VALUES (?, ?, ?)", (entry.number, self.term, entry.text))
            if isinstance(entry.event, CommandEnded):
                ended = (entry.event.outcome.value, *entry.event.id)
                self._database.execute("UPDATE intents SET outcome = ? WHERE cluster = ? AND number = ?", ended)
            for command in commands:  # one that stands there already is sent again: a hook that is not known to have run
                row = (*command.id, entry.number, json.dumps(command[1:]))
                self._database.execute("INSERT OR IGNORE INTO intents VALUES (?, ?, ?, ?, NULL)", row)
        self.length += 1
        self._write_seen()

    def unfinished(self, kinds: Iterable[CommandKind]) -> list[Command]:
        """Return the commands of *kinds* that were intended, and of which nothing was reported."""
        with _said_clearly(self._path):
            rows = self._database.execute("SELECT cluster, number, command FROM intents WHERE outcome IS NULL ORDER BY event")
            found = [_command(*row) for row in rows]
        wanted = frozenset(kinds)
        return [each for each in found if each.kind in wanted]

    def close(self) -> None:
        """Let another process have the store."""
        self._opened.close()

    # What this controller has seen, in a file of its own.

    def _read_seen(self) -> tuple[int, int]:
        try:
            length, term = os.pread(self._seen, 64, 0).split()
            return int(length), int(term)
        except ValueError:  # new, or cut short
            return 0, 0

    def _write_seen(self) -> None:
        """Write it after each commit. It needs no sync of its own: at worst it knows of fewer events than there were."""
        with suppress(OSError):
            os.pwrite(self._seen, f"{self.length:<20d} {self.term:<20d}\n".encode(), 0)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with _said_clearly(self._path):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # what kept it from being written may keep it from being taken back
                    self._database.execute("ROLLBACK")
                raise


def read_journal(path: Path) -> list[Written]:
    """Return what stands in the journal at *path*, whoever has it open. Raises StoreError."""
    with _said_clearly(path):
        database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=2.0)
        try:
            return list(_lines(database, path))
        finally:
            database.close()


def _for_owner_alone(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f"{path.name}.{ending}")


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    """Make the tables of a new file; refuse one that is not ours, or not whole."""
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not tables:
        database.executescript(f"BEGIN; {_TABLES} PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {FORMAT}; COMMIT;")
        return
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if application != _APPLICATION or version != FORMAT:
        raise StoreError(f"{path} is no journal of this program, or one of another format")
    (whole,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if whole != "ok":
        raise StoreError(f"{path} is damaged: {whole}; put it back from a copy")


def _length(database: sqlite3.Connection, path: Path) -> int:
    count, last = database.execute("SELECT count(*), max(number) FROM journal").fetchone()
    if count and last != count - 1:
        raise StoreError(f"{path} is damaged: of {last + 1} records {last + 1 - count} are missing")
    return int(count)


def _lines(database: sqlite3.Connection, path: Path) -> Iterator[Written]:
    rows = database.execute("SELECT number, term, record FROM journal ORDER BY number")
    for number, term, record in rows:
        try:
            yield Written(number, term, read(json.loads(record)))
        except (JournalError, ValueError) as error:
            raise StoreError(f"{path} is damaged: {error}") from None


def _command(cluster: str, number: int, text: str) -> Command:
    run, kind, target, epoch, details = json.loads(text)
    return Command(CommandId(cluster, number), run, CommandKind(kind), target, Epoch(*epoch), details)


@contextmanager
def _said_clearly(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say into a StoreError."""
    try:
        yield
    except LockedError as error:
        raise StoreError(f"{path} is in use by {error}: a journal has one controller at a time") from None
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}") from None
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}") from None
