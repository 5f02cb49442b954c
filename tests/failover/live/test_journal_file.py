"""The journal as a file: older formats, copies, and what is seen of it beside it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from failover.core.events import Woken
from failover.live.audit import verify
from failover.live.journal_file import Seen, copy_journal, read_seen, said_clearly, seen_bytes
from failover.live.store import Store, StoreError, read_journal
from tests.failover.live.scenes import ONE_OF_EACH

FIRST_FORMAT = """
CREATE TABLE journal (number INTEGER PRIMARY KEY, term INTEGER NOT NULL, record TEXT NOT NULL);
CREATE TABLE intents (
    cluster TEXT NOT NULL, number INTEGER NOT NULL, event INTEGER NOT NULL, command TEXT NOT NULL,
    outcome TEXT, PRIMARY KEY (cluster, number)
) WITHOUT ROWID;
CREATE TABLE lease (one INTEGER PRIMARY KEY CHECK (one = 1), term INTEGER NOT NULL, holder TEXT NOT NULL, token TEXT NOT NULL);
PRAGMA application_id = 1668247156;
PRAGMA user_version = 1;
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def written(path: Path) -> Store:
    store = Store(path)
    store.gain("controller-1")
    for event in ONE_OF_EACH:
        store.append(store.entry(event), ())
    return store


def first_format(path: Path) -> None:
    """Write a journal as the first format had it."""
    other = path.with_name("other.db")
    written(other).close()
    with closing(sqlite3.connect(path)) as database:
        database.executescript(FIRST_FORMAT)
        database.execute("ATTACH ? AS other", (str(other),))
        database.execute("INSERT INTO journal SELECT number, term, record FROM other.journal")
        database.execute("INSERT INTO lease SELECT * FROM other.lease")
        database.commit()
    path.with_name("journal.db.seen").write_text(f"{5:<20d} {1:<20d}\n")


def test_a_journal_of_the_first_format_is_brought_up_to_date_and_kept_as_it_was(path: Path) -> None:
    first_format(path)
    store = Store(path)
    assert tuple(store.history()) == ONE_OF_EACH
    assert store.gain("controller-1") is False
    store.append(store.entry(Woken(9.0, 9.0)), ())
    store.close()
    kept = path.with_name("journal.db.format-1")
    with closing(sqlite3.connect(kept)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (1,)
        assert database.execute("SELECT count(*) FROM journal").fetchone() == (5,)
    Store(path).close()
    assert kept.stat().st_mode & 0o077 == 0


def test_tables_that_are_not_as_they_were_made_are_refused(path: Path) -> None:
    written(path).close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("ALTER TABLE lease RENAME COLUMN holder TO holden")
    with pytest.raises(StoreError, match="its tables are not as they were made"):
        Store(path)


def test_a_journal_can_be_copied_while_it_is_written_to(path: Path, tmp_path: Path) -> None:
    store = written(path)
    copy = tmp_path / "copies" / "copy.db"
    copy.parent.mkdir()
    copy_journal(path, copy)
    store.append(store.entry(Woken(9.0, 9.0)), ())
    store.close()
    assert [each.event for each in read_journal(copy)] == list(ONE_OF_EACH)
    assert [each.name for each in copy.parent.iterdir()] == ["copy.db"]
    assert copy.stat().st_mode & 0o077 == 0
    assert verify(copy) == ""


def test_whoever_leads_by_a_copy_knows_that_it_is_one_wherever_it_is_put(path: Path, tmp_path: Path) -> None:
    store = written(path)
    copy = tmp_path / "elsewhere" / "journal.db"
    copy.parent.mkdir()
    copy_journal(path, copy)
    store.close()
    store = Store(copy)
    assert store.gain("controller-1") is True
    assert store.term == 2
    store.close()
    store = Store(copy)
    assert store.gain("controller-1") is False, "it is told once: what is done about it stands in the journal"
    store.close()


def test_what_is_no_journal_cannot_be_copied(path: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no such journal"):
        copy_journal(path, tmp_path / "copy.db")
    written(path).close()
    with pytest.raises(StoreError, match="nowhere"):
        copy_journal(path, tmp_path / "nowhere" / "copy.db")


@pytest.mark.parametrize("content", [b"", b"12", b"12 x", b"1 2 3", b"1 2 3 short", b"\xff\xfe\x00"])
def test_what_was_seen_is_nothing_where_it_was_cut_short(path: Path, content: bytes) -> None:
    path.with_name("journal.db.seen").write_bytes(content)
    assert read_seen(path) == Seen()


def test_what_was_seen_is_read_back_and_as_the_first_format_had_it(path: Path) -> None:
    beside = path.with_name("journal.db.seen")
    seen = Seen(12, 3, 4, "ab" * 32)
    beside.write_bytes(seen_bytes(seen))
    assert read_seen(path) == seen
    beside.write_text(f"{12:<20d} {3:<20d}\n")
    assert read_seen(path) == Seen(12, 3)


def test_a_journal_that_this_account_may_not_read_says_whose_it_is(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="this account may not read it: it is the controller's"), said_clearly(tmp_path):
        raise sqlite3.OperationalError("attempt to write a readonly database")
