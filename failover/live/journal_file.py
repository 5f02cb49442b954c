"""The journal as a file: its tables, how older formats become this one, how it is read and copied while somebody writes to it.

Beside it stands what its controller has seen: how long the journal was, and where its audit ended.
"""

import json
import os
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from failover.core.events import Event
from failover.core.journal import JournalError, read
from failover.live.lock import LockedError

FORMAT = 2
_APPLICATION = 0x636F6E74
"""By which SQLite, and `file`, know whose the file is."""
_FIRST_TABLES = """
CREATE TABLE journal (number INTEGER PRIMARY KEY, term INTEGER NOT NULL, record TEXT NOT NULL);
CREATE TABLE intents (
    cluster TEXT NOT NULL, number INTEGER NOT NULL, event INTEGER NOT NULL, command TEXT NOT NULL,
    outcome TEXT, PRIMARY KEY (cluster, number)
) WITHOUT ROWID;
CREATE TABLE lease (one INTEGER PRIMARY KEY CHECK (one = 1), term INTEGER NOT NULL, holder TEXT NOT NULL, token TEXT NOT NULL);
"""
_MORE_TABLES = """
CREATE TABLE archive (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, lines BLOB NOT NULL);
CREATE TABLE rules (since INTEGER PRIMARY KEY, topology BLOB NOT NULL);
CREATE TABLE snapshots (number INTEGER PRIMARY KEY, state BLOB NOT NULL);
CREATE TABLE audit (number INTEGER PRIMARY KEY, text TEXT NOT NULL, hash TEXT NOT NULL);
ALTER TABLE journal ADD COLUMN checksum INTEGER;
UPDATE journal SET checksum = checksum(number, term, record);
"""
COPY = "copy"
"""What stands for the token of the lease in a copy."""
MIGRATIONS: Mapping[int, str] = {1: _MORE_TABLES}
"""What makes a journal of each older format one of the next."""


BEFORE_ALL = "0" * 64
"""What stands for the hash before the first row of the audit."""


class StoreError(Exception):
    """The store cannot be used, and so nothing may be done: what is wrong."""


class Written(NamedTuple):
    """One line of the journal."""

    number: int
    term: int
    event: Event


class Snapshot(NamedTuple):
    """The state before event *number*, and the topology, policies included, by which it goes on from there: both encoded."""

    number: int
    topology: str
    state: str


class Seen(NamedTuple):
    """What the controller of a journal has seen of it: its length, the latest term, the rows of its audit, the hash of the last."""

    length: int = 0
    term: int = 0
    rows: int = 0
    hash: str = BEFORE_ALL


def prepare(database: sqlite3.Connection, path: Path) -> None:
    """Make the tables of a new file, or bring an older one up to date; refuse one that is not ours, or not whole."""
    database.create_function("checksum", 3, checksum, deterministic=True)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not tables:
        _change(database, _FIRST_TABLES + _MORE_TABLES, FORMAT)
        return
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if application != _APPLICATION or version < 1:
        raise StoreError(f"{path} is no journal of this program")
    if version > FORMAT:
        raise StoreError(f"{path} is of another format, {version}: a newer version wrote it, and this one knows {FORMAT}")
    (whole,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if whole != "ok":
        raise StoreError(f"{path} is damaged: {whole}; put it back from a copy")
    if version < FORMAT:
        copy_journal(path, path.with_name(f"{path.name}.format-{version}"))
    while version < FORMAT:
        _change(database, MIGRATIONS[version], version + 1)
        version += 1
    if _schema(database) != _expected_schema():
        raise StoreError(f"{path} is damaged: its tables are not as they were made; put it back from a copy")


def _schema(database: sqlite3.Connection) -> list[tuple[object, ...]]:
    """Return every column of every table, and what it may hold."""
    columns = 'SELECT t.name, c.name, c.type, c."notnull", c.pk FROM sqlite_master AS t, pragma_table_info(t.name) AS c'
    return sorted(database.execute(f"{columns} WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%'"))


def _expected_schema() -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(":memory:")) as database:
        database.create_function("checksum", 3, checksum, deterministic=True)
        _change(database, _FIRST_TABLES + _MORE_TABLES, FORMAT)
        return _schema(database)


def _change(database: sqlite3.Connection, statements: str, version: int) -> None:
    database.executescript(f"BEGIN; {statements} PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {version}; COMMIT;")


def length_of(database: sqlite3.Connection, path: Path) -> int:
    """Return how many events there have been. Raises StoreError where some are missing."""
    upto = 0
    ranges = database.execute("SELECT first, last FROM archive ORDER BY first").fetchall()
    count, first, last = database.execute("SELECT count(*), min(number), max(number) FROM journal").fetchone()
    if count and last - first != count - 1:
        raise StoreError(f"{path} is damaged: of {last + 1 - first} records {last + 1 - first - count} are missing")
    for begin, end in [*ranges, *([(first, last)] if count else [])]:
        if begin != upto or not isinstance(end, int):
            raise StoreError(f"{path} is damaged: the records from {upto} on are missing")
        upto = end + 1
    return upto


def lines(database: sqlite3.Connection, path: Path, since: int = 0) -> Iterator[Written]:
    """Yield the lines from number *since* on, those that were put away among them."""
    for number, term, record in _records(database, path, since):
        try:
            yield Written(number, term, read(json.loads(record)))
        except (JournalError, ValueError) as error:
            raise StoreError(f"{path} is damaged: {error}") from None


def checksum(number: int, term: int, record: str) -> int:
    """Return what tells a line from one in which something has changed: SQLite itself sees that only of its own pages."""
    return zlib.crc32(f"{number} {term} {record}".encode())


def _records(database: sqlite3.Connection, path: Path, since: int) -> Iterator[tuple[int, int, str]]:
    for first, lines in database.execute("SELECT first, lines FROM archive WHERE last >= ? ORDER BY first", (since,)):
        try:
            found = json.loads(_unpacked(lines, first))
        except (TypeError, ValueError, zlib.error) as error:
            raise StoreError(f"{path} is damaged: what was put away cannot be read: {error}") from None
        yield from ((number, term, record) for number, term, record in found if number >= since)
    found = database.execute("SELECT number, term, record, checksum FROM journal WHERE number >= ? ORDER BY number", (since,))
    for number, term, record, check in found:
        if check != checksum(number, term, record):
            raise StoreError(f"{path} is damaged: record {number} is not as it was written; put it back from a copy")
        yield number, term, record


def put_away(database: sqlite3.Connection, before: int) -> None:
    """Pack the lines before number *before*, within the transaction that is open."""
    found = database.execute("SELECT number, term, record FROM journal WHERE number < ? ORDER BY number", (before,)).fetchall()
    if found:
        database.execute(
            "INSERT INTO archive VALUES (?, ?, ?)", (found[0][0], found[-1][0], packed(json.dumps(found), found[0][0]))
        )
        database.execute("DELETE FROM journal WHERE number < ?", (before,))


def snapshots(database: sqlite3.Connection, path: Path) -> list[Snapshot]:
    """Return the snapshots that are kept, in order: one where each set of rules begins, and the latest."""
    try:
        rules = {since: _unpacked(found, since) for since, found in database.execute("SELECT since, topology FROM rules")}
        states = {number: _unpacked(found, number) for number, found in database.execute("SELECT number, state FROM snapshots")}
        if not rules.keys() <= states.keys():
            raise ValueError("the rules begin where there is none")
        return [
            Snapshot(number, rules[max(since for since in rules if since <= number)], states[number]) for number in sorted(states)
        ]
    except (TypeError, ValueError, zlib.error) as error:
        raise StoreError(f"{path} is damaged: a snapshot cannot be read: {error}") from None


def packed(text: str, number: int) -> bytes:
    """Return *text* as it is kept where it is large, with the *number* of the event that it is for."""
    return zlib.compress(f"{number}\n{text}".encode())


def _unpacked(found: bytes, number: int) -> str:
    meant, _, text = zlib.decompress(found).decode().partition("\n")
    if meant != str(number):
        raise ValueError(f"it is for event {meant} and stands at {number}")
    return text


def read_journal(path: Path) -> list[Written]:
    """Return what stands in the journal at *path*, whoever has it open. Raises StoreError."""
    with opened_for_reading(path) as database:
        return list(lines(database, path))


def copy_journal(path: Path, copy: Path) -> None:
    """Copy the journal at *path*, as it is at one moment, although somebody may write to it. Raises StoreError.

    The copy says that it is one: whoever leads by it cannot know what was done since.
    """
    part = copy.with_name(f"{copy.name}.part")
    with opened_for_reading(path) as database, said_clearly(copy):
        part.unlink(missing_ok=True)
        os.close(for_owner_alone(part))
        with closing(sqlite3.connect(part)) as other:
            database.backup(other)
            other.execute("PRAGMA journal_mode = DELETE")  # one file, whole
            other.execute("UPDATE lease SET token = ?", (COPY,))
            other.commit()
        part.replace(copy)


@contextmanager
def opened_for_reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the journal at *path* beside whoever has it open. Raises StoreError."""
    with said_clearly(path):
        if not path.is_file():
            raise StoreError(f"{path}: there is no such journal")
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=2.0)) as database:
            yield database


def read_seen(path: Path) -> Seen:
    """Return what was seen of the journal at *path*; nothing where nobody has noted it, or it was cut short."""
    try:
        words = beside(path, "seen").read_bytes().split()
    except OSError:
        words = []
    try:
        match words:
            case [length, term]:  # as the first format had it
                return Seen(int(length), int(term))
            case [length, term, rows, last] if len(last) == len(BEFORE_ALL):
                return Seen(int(length), int(term), int(rows), last.decode())
    except ValueError:
        pass
    return Seen()


def seen_bytes(seen: Seen) -> bytes:
    """Return *seen* as it stands in its file: always as long."""
    return f"{seen.length:<20d} {seen.term:<20d} {seen.rows:<20d} {seen.hash}\n".encode()


def for_owner_alone(path: Path) -> int:
    """Open the file at *path*, which is made if there is none, and which nobody else may read."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def beside(path: Path, ending: str) -> Path:
    """Return the file that stands beside the journal at *path*."""
    return path.with_name(f"{path.name}.{ending}")


@contextmanager
def said_clearly(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say into a StoreError."""
    try:
        yield
    except LockedError as error:
        raise StoreError(f"{path} is in use by {error}: a journal has one controller at a time") from None
    except sqlite3.OperationalError as error:
        ours = "readonly" not in str(error) and "unable to open" not in str(error)
        why = str(error) if ours else "this account may not read it: it is the controller's (its account, or root, may)"
        raise StoreError(f"{path}: {why}") from None
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}") from None
    except UnicodeDecodeError:
        raise StoreError(f"{path} is damaged: there are words in it that are none; put it back from a copy") from None
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}") from None
