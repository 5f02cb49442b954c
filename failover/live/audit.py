"""Who ordered what, why, and from where; and what was changed in the configuration: rows that nobody changes unnoticed.

Each row bears the SHA-256 of the row before it and of its own text. So a row that was changed, left out or put in is found by
whoever computes the chain again; and what was cut off at the end is missed, because the controller keeps the last hash in a file
beside the journal. It proves nothing against somebody who may write to both: keep a backup, or the last hash, where he may not.
"""

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from failover.core.events import Ordered
from failover.live.journal_file import BEFORE_ALL, StoreError, opened_for_reading, read_seen
from failover.live.origin import Origin


class Head(NamedTuple):
    """How many rows there are, and the hash of the last."""

    rows: int
    hash: str


class Row(NamedTuple):
    """One row: its number, what it says, and its hash."""

    number: int
    said: Mapping[str, Any]
    hash: str


def order_said(number: int, order: Ordered, origin: Origin | None, refusal: str) -> dict[str, Any]:
    """Return what is written of *order*, which is event *number*; *refusal* says why it was not taken."""
    where = (origin or Origin(order.operator))._asdict()
    told = {key: value for key, value in order._asdict().items() if key not in ("at", "wall_seconds", "operator", "kind")}
    said = {**told, **where, "operator": order.operator, "order": order.kind.value, "taken": not refusal, "refusal": refusal}
    return {"what": "order", "event": number, "at_wall_seconds": order.wall_seconds, **said}


def head(database: sqlite3.Connection) -> Head:
    """Return where the chain ends."""
    row = database.execute("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1").fetchone()
    return Head(0, BEFORE_ALL) if row is None else Head(row[0] + 1, row[1])


def add(database: sqlite3.Connection, before: Head, said: Mapping[str, Any]) -> Head:
    """Write one more row, within the transaction that is open; return where the chain ends then."""
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), allow_nan=False)
    after = Head(before.rows + 1, _chained(before.hash, text))
    database.execute("INSERT INTO audit VALUES (?, ?, ?)", (before.rows, text, after.hash))
    return after


def latest(database: sqlite3.Connection, what: str) -> Mapping[str, Any] | None:
    """Return the latest row that tells of *what*."""
    query = "SELECT text FROM audit WHERE json_extract(text, '$.what') = ? ORDER BY number DESC LIMIT 1"
    row = database.execute(query, (what,)).fetchone()
    return None if row is None else dict(json.loads(row[0]))


def read_audit(path: Path) -> list[Row]:
    """Return what was written, in order. Raises StoreError."""
    with opened_for_reading(path) as database:
        try:
            return [Row(number, json.loads(text), found) for number, text, found in _rows(database)]
        except ValueError as error:
            raise StoreError(f"{path}: the audit is damaged: {error}") from None


def verify(path: Path) -> str:
    """Return what is wrong with the audit of the journal at *path*, naming the first broken row; nothing where it is whole.

    Raises StoreError where the journal cannot be read.
    """
    with opened_for_reading(path) as database:
        seen = read_seen(path)  # first: rows that are written meanwhile are more than were seen, never fewer
        known = {0: BEFORE_ALL}
        for place, (number, text, found) in enumerate(_rows(database)):
            if number != place:
                return f"row {place} of the audit is missing"
            if found != _chained(known[place], text):
                return f"row {place} of the audit was changed, or one before it was left out or put in"
            known[place + 1] = found
    if seen.rows not in known:
        return f"the audit ends before row {len(known) - 1}, and {seen.rows} rows have been there: its end was cut off"
    if seen.rows and known[seen.rows] != seen.hash:
        return f"row {seen.rows - 1} of the audit is not the one that was there: the chain was written anew"
    return ""


def _rows(database: sqlite3.Connection) -> sqlite3.Cursor:
    return database.execute("SELECT number, text, hash FROM audit ORDER BY number")


def _chained(before: str, text: str) -> str:
    return hashlib.sha256(f"{before}\n{text}".encode(errors="surrogatepass")).hexdigest()
