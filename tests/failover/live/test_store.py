import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from failover.core.commands import CommandId, CommandKind, Outcome
from failover.core.events import CommandEnded, Event, Woken
from failover.live.store import LeaseLostError, Store, StoreError, read_journal
from tests.failover.live.scenes import ONE_OF_EACH, command


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = Store(path)
    yield opened
    opened.close()


def journal(store: Store, *events: Event) -> None:
    for event in events:
        store.append(store.entry(event), ())


def test_what_is_journaled_is_read_back_equal(path: Path) -> None:
    store = Store(path)
    store.gain("controller-1")
    journal(store, *ONE_OF_EACH)
    store.close()
    store = Store(path)
    assert tuple(store.history()) == ONE_OF_EACH
    assert [(each.number, each.term) for each in read_journal(path)] == [(number, 1) for number in range(5)]
    store.close()


def test_what_is_applied_is_what_will_be_read_back(store: Store) -> None:
    store.gain("controller-1")
    event = CommandEnded(1.0, 1.0, CommandId("db", 1), Outcome.SUCCEEDED, {"standbys": ["b", "a"]})
    assert store.entry(event).event == event._replace(evidence={"standbys": ("b", "a")})


def test_every_start_is_a_new_term(path: Path) -> None:
    terms = []
    for _ in range(3):
        store = Store(path)
        store.gain("controller-1")
        terms.append(store.term)
        store.close()
    assert terms == [1, 2, 3]


def test_a_term_is_new_even_if_nothing_was_journaled_in_it(store: Store) -> None:
    store.gain("controller-1")
    store.gain("controller-1")
    assert store.term == 2


_HOLD = """
import os, subprocess, sys, time
from pathlib import Path
from failover.live.store import Store
store = Store(Path(sys.argv[1]))
child = os.fork()
if child == 0:
    time.sleep(60)
print(child, flush=True)
time.sleep(60)
"""


def test_a_second_process_is_refused_until_the_first_is_gone_whatever_it_has_started(path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", _HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    child = int(holder.stdout.readline())
    try:
        with pytest.raises(StoreError, match=f"in use by process {holder.pid}: a journal has one controller at a time"):
            Store(path)
        holder.kill()
        holder.wait()
        Store(path).close()  # although its child, who inherited every open file, still runs
    finally:
        os.kill(child, signal.SIGKILL)
        holder.stdout.close()


def test_an_event_is_written_with_all_that_it_leads_to_or_not_at_all(store: Store) -> None:
    store.gain("controller-1")
    with pytest.raises(TypeError):
        store.append(store.entry(Woken(1.0, 1.0)), [command(number=1), command(number=2, unspeakable=object())])
    assert store.length == 0
    assert list(store.history()) == []
    assert store.unfinished(CommandKind) == []


def test_a_full_disk_writes_nothing_and_says_so(store: Store) -> None:
    store.gain("controller-1")
    pages = store._database.execute("PRAGMA page_count").fetchone()[0]
    store._database.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="full"):
        journal(store, *ONE_OF_EACH * 100)
    assert len(list(store.history())) == store.length


def test_commands_are_unfinished_until_something_is_reported_of_them(store: Store) -> None:
    store.gain("controller-1")
    notify, ask = command(CommandKind.NOTIFY, 1, text="help"), command(CommandKind.ASK, 2)
    store.append(store.entry(Woken(1.0, 1.0)), [notify, ask, command(number=3)])
    assert store.unfinished({CommandKind.NOTIFY, CommandKind.ASK}) == [notify, ask]
    journal(store, CommandEnded(2.0, 2.0, notify.id, Outcome.SUCCEEDED, {}))
    assert store.unfinished({CommandKind.NOTIFY, CommandKind.ASK}) == [ask]


def test_a_command_that_is_sent_again_is_intended_once(store: Store) -> None:
    store.gain("controller-1")
    hook = command(CommandKind.HOOK, name="after_failover")
    for at in (1.0, 2.0):
        store.append(store.entry(Woken(at, at)), [hook])
    assert store.unfinished({CommandKind.HOOK}) == [hook]


# The lease.


def other_files(path: Path) -> list[Path]:
    return [path.with_name(f"{path.name}{ending}") for ending in ("-wal", "-shm")]


def remove(path: Path) -> None:
    for each in (path, *other_files(path)):
        each.unlink(missing_ok=True)


def replace(path: Path) -> None:
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    copy.replace(path)


def take_over(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("UPDATE lease SET term = term + 1, holder = 'controller-2', token = 'theirs'")
    database.commit()
    database.close()


def remove_lock(path: Path) -> None:
    path.with_name(f"{path.name}.lock").unlink()


@pytest.mark.parametrize("harm", [remove, replace, take_over, remove_lock])
def test_a_store_that_is_no_longer_ours_is_not_written_to(path: Path, store: Store, harm: object) -> None:
    store.gain("controller-1")
    journal(store, Woken(1.0, 1.0))
    assert store.holds_lease()
    harm(path)  # type: ignore[operator]
    assert not store.holds_lease()
    with pytest.raises(LeaseLostError):
        journal(store, Woken(2.0, 2.0))


def copy_of(path: Path) -> dict[Path, bytes]:
    return {each: each.read_bytes() for each in (path, *other_files(path)) if each.exists()}


def put_back(path: Path, copy: dict[Path, bytes]) -> None:
    remove(path)
    for each, content in copy.items():
        each.write_bytes(content)


def test_a_journal_put_back_from_an_old_copy_is_noticed_and_its_terms_do_not_come_again(path: Path) -> None:
    store = Store(path)
    assert store.gain("controller-1") is False
    journal(store, Woken(1.0, 1.0))
    store.close()
    copy = copy_of(path)
    store = Store(path)
    assert store.gain("controller-1") is False
    journal(store, Woken(2.0, 2.0), Woken(3.0, 3.0))
    assert store.term == 2
    store.close()
    put_back(path, copy)
    store = Store(path)
    assert store.gain("controller-1") is True
    assert store.term == 3
    store.close()


def test_a_journal_that_is_gone_is_noticed(path: Path) -> None:
    store = Store(path)
    store.gain("controller-1")
    journal(store, Woken(1.0, 1.0))
    store.close()
    remove(path)
    store = Store(path)
    assert store.gain("controller-1") is True
    store.close()


def test_what_was_seen_may_be_cut_short_without_harm(path: Path) -> None:
    Store(path).close()
    path.with_name(f"{path.name}.seen").write_bytes(b"12")
    store = Store(path)
    assert store.gain("controller-1") is False
    store.close()


# Files that are none.


def text(path: Path) -> None:
    path.write_text("this is no database, whoever it may be\n" * 20)


def foreign(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE cases (id)")
    database.close()


def later_format(path: Path) -> None:
    Store(path).close()
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()


def with_hole(path: Path) -> None:
    store = Store(path)
    store.gain("controller-1")
    journal(store, *ONE_OF_EACH)
    store.close()
    database = sqlite3.connect(path)
    database.execute("DELETE FROM journal WHERE number = 2")
    database.commit()
    database.close()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (text, "not a database"),
        (foreign, "no journal of"),
        (later_format, "another format"),
        (with_hole, "1 are missing"),
    ],
)
def test_what_is_no_whole_journal_is_refused_and_not_held(path: Path, make: object, message: str) -> None:
    path.parent.mkdir()
    make(path)  # type: ignore[operator]
    for _ in range(2):
        with pytest.raises(StoreError, match=message):
            Store(path)


def test_a_record_that_nobody_understands_is_said_to_be_damaged(path: Path) -> None:
    store = Store(path)
    store.gain("controller-1")
    journal(store, Woken(1.0, 1.0))
    store._database.execute("UPDATE journal SET record = '{}', checksum = checksum(number, term, '{}')")
    with pytest.raises(StoreError, match="is damaged: record None has format None"):
        list(store.history())
    store.close()


def test_the_journal_is_for_its_owner_alone(path: Path, store: Store) -> None:
    store.gain("controller-1")
    journal(store, *ONE_OF_EACH)
    assert {each.name: each.stat().st_mode & 0o077 for each in path.parent.iterdir()} == dict.fromkeys(
        ("journal.db", "journal.db-shm", "journal.db-wal", "journal.db.lock", "journal.db.seen"), 0
    )


def test_a_place_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"journal\.db: "):
        Store(tmp_path / "file" / "journal.db")
