"""The journal of one controller, in SQLite: every event in order, the commands each led to, and the lease of who may write.

An event and what it leads to are committed together, on disk before anything of it is known elsewhere: so nothing is applied that
is not journaled, and nothing is sent whose intent is not. Only one process may have the store open; each start of it is a new term.

Every so often a snapshot of the state is kept and the events before it are packed, so that neither starting nor what is held in
memory grows with the journal; and whenever the rules change by which events are decided, so that nothing that was decided by the
old ones is ever decided again by the new.

Two files stand beside the journal: a lock, and how long the longest journal was that this controller has seen. If the journal is
ever put back from an old copy, the second tells.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from failover.core.commands import Command, CommandId, CommandKind, Epoch
from failover.core.events import CommandEnded, Event, Ordered
from failover.core.journal import read, write
from failover.live import audit
from failover.live.carrying import PEOPLE
from failover.live.journal_file import (
    COPY,
    Seen,
    Snapshot,
    StoreError,
    Written,
    beside,
    checksum,
    for_owner_alone,
    length_of,
    lines,
    packed,
    prepare,
    put_away,
    read_journal,
    read_seen,
    said_clearly,
    seen_bytes,
    snapshots,
)
from failover.live.lock import ProcessLock, is_same
from failover.live.origin import Origin

__all__ = ["COMPACT_AFTER", "Entry", "LeaseLostError", "Store", "StoreError", "Written", "read_journal"]

COMPACT_AFTER = 10_000
"""So many events after the latest snapshot, another one is worth its while."""


class LeaseLostError(StoreError):
    """The store is no longer this process's to write."""


class Entry(NamedTuple):
    """One event as it will stand in the journal. `event` is what is read back from `text`: that, and nothing else, is applied."""

    number: int
    event: Event
    text: str


class Store:
    """The store at *path*, which is made if there is none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.term = 0
        self._token = ""
        with ExitStack() as opened, said_clearly(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = ProcessLock(beside(path, "lock"))
            opened.callback(self._lock.release)
            os.close(for_owner_alone(path))
            self._seen = for_owner_alone(beside(path, "seen"))
            opened.callback(os.close, self._seen)
            self._database = sqlite3.connect(path, timeout=2.0, isolation_level=None, check_same_thread=False)
            opened.callback(self._database.close)
            prepare(self._database, path)
            self.length = length_of(self._database, path)
            self._audited = audit.head(self._database)
            self._stat = path.stat()
            self._opened = opened.pop_all()
            kept = self.snapshot()
            self.snapshot_at = 0 if kept is None else kept.number

    @property
    def path(self) -> Path:
        """Return where it is."""
        return self._path

    def history(self, since: int = 0) -> Iterator[Event]:
        """Yield the events of the journal from number *since* on. Raises StoreError where it is damaged."""
        with said_clearly(self._path):
            for line in lines(self._database, self._path, since):
                yield line.event

    # The lease.

    def gain(self, holder: str) -> bool:
        """Let *holder* lead from now on, under a term that has never been. Return whether the journal lacks what was seen in it.

        Raises StoreError.
        """
        seen = read_seen(self._path)
        with self._transaction():
            held = self._held()
            behind = seen.length > self.length or held[1] == COPY
            self._token = str(uuid4())
            (written,) = self._database.execute("SELECT coalesce(max(term), 0) FROM journal").fetchone()
            term = max(written, held[0], seen.term) + 1
            self._database.execute("REPLACE INTO lease VALUES (1, ?, ?, ?)", (term, holder, self._token))
            head = self._audited
            if behind or seen.rows > head.rows:
                head = audit.add(self._database, head, {"what": "put back", "seen": seen._asdict(), "found": self.length})
        self.term, self._audited = term, head
        self._write_seen()
        return behind

    def holds_lease(self) -> bool:
        """Say whether this process may still write: under the same term, and to the file that others would find."""
        try:
            with said_clearly(self._path):
                return self._is_ours()
        except StoreError:
            return False

    def _is_ours(self) -> bool:
        return self._held() == (self.term, self._token) and self._is_in_place()

    def _held(self) -> tuple[int, str]:
        """Return who holds the lease: term and token."""
        return self._database.execute("SELECT term, token FROM lease").fetchone() or (0, "")

    def _is_in_place(self) -> bool:
        return self._lock.holds() and is_same(self._stat, self._path)

    # The journal.

    def entry(self, event: Event) -> Entry:
        """Return *event* as it will be journaled next. Raises ValueError or TypeError for what no journal can hold."""
        record = write(self.length, self.term, event)
        text = json.dumps(record, allow_nan=False)
        return Entry(self.length, read(json.loads(text)), text)

    def append(self, entry: Entry, commands: Iterable[Command], origin: Origin | None = None, refusal: str = "") -> None:
        """Journal *entry*, and the intent of the *commands* it leads to; an order also where it comes from, and why it is refused.

        Raises LeaseLostError, or another StoreError; then nothing was written.
        """
        head = self._audited
        with self._transaction():
            if not self._is_ours():
                raise LeaseLostError(f"{self._path} was taken over, put back from a copy, or removed")
            line = (entry.number, self.term, entry.text)
            self._database.execute("INSERT INTO journal VALUES (?, ?, ?, ?)", (*line, checksum(*line)))
            if isinstance(entry.event, CommandEnded):
                ended = (entry.event.outcome.value, *entry.event.id)
                self._database.execute("UPDATE intents SET outcome = ? WHERE cluster = ? AND number = ?", ended)
            if isinstance(entry.event, Ordered):
                head = audit.add(self._database, head, audit.order_said(entry.number, entry.event, origin, refusal))
            for command in commands:  # one that stands there already is sent again: a hook that is not known to have run
                row = (*command.id, entry.number, json.dumps(command[1:]))
                self._database.execute("INSERT OR IGNORE INTO intents VALUES (?, ?, ?, ?, NULL)", row)
        self.length, self._audited = self.length + 1, head
        self._write_seen()

    def unfinished(self, kinds: Iterable[CommandKind]) -> list[Command]:
        """Return the commands of *kinds* that were intended, and of which nothing was reported."""
        with said_clearly(self._path):
            rows = self._database.execute("SELECT cluster, number, command FROM intents WHERE outcome IS NULL ORDER BY event")
            found = [_command(*row) for row in rows]
        wanted = frozenset(kinds)
        return [each for each in found if each.kind in wanted]

    # Snapshots and rules.

    def snapshot(self) -> Snapshot | None:
        """Return the latest snapshot."""
        with said_clearly(self._path):
            return next(reversed(snapshots(self._database, self._path)), None)

    def begin_rules(self, topology: str, state: str, since: int | None = None) -> None:
        """Let what is decided from now on, or *since* an event, be decided by *topology*, from *state* on. Raises StoreError."""
        number = self.length if since is None else since
        with self._transaction():
            self._in_place()
            self._database.execute("REPLACE INTO rules VALUES (?, ?)", (number, packed(topology, number)))
            self._database.execute("REPLACE INTO snapshots VALUES (?, ?)", (number, packed(state, number)))
        self.snapshot_at = number

    def compact(self, state: str) -> None:
        """Keep *state*, which all events so far lead to, and pack what it makes unnecessary. Raises StoreError."""
        with self._transaction():
            self._in_place()
            self._database.execute("DELETE FROM snapshots WHERE number NOT IN (SELECT since FROM rules)")
            self._database.execute("REPLACE INTO snapshots VALUES (?, ?)", (self.length, packed(state, self.length)))
            put_away(self._database, self.length)
            people = ", ".join(f"'{kind.value}'" for kind in sorted(PEOPLE))
            given_up = f"event < ? AND json_extract(command, '$[1]') NOT IN ({people})"
            self._database.execute(f"DELETE FROM intents WHERE outcome IS NOT NULL OR ({given_up})", (self.snapshot_at,))
        self.snapshot_at = self.length

    def note(self, said: Mapping[str, Any]) -> None:
        """Write into the audit what somebody changed without an order. Raises StoreError."""
        with self._transaction():
            self._in_place()
            head = audit.add(self._database, self._audited, {**said, "event": self.length})
        self._audited = head
        self._write_seen()

    def note_if_new(self, said: Mapping[str, Any]) -> None:
        """Write it unless the latest row of its kind says the same of the files. Raises StoreError."""
        with said_clearly(self._path):
            known = audit.latest(self._database, said["what"])
        if known is None or known["files"] != said["files"]:
            self.note(said)

    def _in_place(self) -> None:
        if not self._is_in_place():
            raise LeaseLostError(f"{self._path} was put back from a copy, or removed")

    def close(self) -> None:
        """Let another process have the store."""
        self._opened.close()

    def _write_seen(self) -> None:
        """Write it after each commit. It needs no sync of its own: at worst it knows of fewer events than there were."""
        with suppress(OSError):
            os.pwrite(self._seen, seen_bytes(Seen(self.length, self.term, *self._audited)), 0)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with said_clearly(self._path):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # what kept it from being written may keep it from being taken back
                    self._database.execute("ROLLBACK")
                raise


def _command(cluster: str, number: int, text: str) -> Command:
    try:
        run, kind, target, epoch, details = json.loads(text)
        return Command(CommandId(cluster, number), run, CommandKind(kind), target, Epoch(*epoch), details)
    except (TypeError, ValueError) as error:
        raise StoreError(f"the journal is damaged: the command {number} of '{cluster}' cannot be read: {error}") from None
