"""Whatever becomes of the journal: it is refused, or what is read of it is what was written, or it is known to be old."""

import itertools
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from failover.core.cluster import Controller as CoreState
from failover.core.commands import CommandKind
from failover.core.controller import fold, step
from failover.core.events import Event, LeaseGained, OrderKind
from failover.core.states import HaltReason, State
from failover.live.carrying import PEOPLE
from failover.live.resuming import resumed, state_text
from failover.live.store import Store, StoreError
from tests.failover.core.playing import PAIR, play
from tests.failover.live.scenes import command

MEMORY = Path("/dev/shm")
EVERY_BYTE = "CONTINUANCE_EVERY_BYTE" in os.environ
"""Whether nothing is left out, as `make prove-journal` wants it; that takes a quarter of an hour."""
FRAME_BYTES = 512 + 24
"""A page, as it is written ahead."""


def places(length: int, step: int) -> Iterator[int]:
    """Yield where a file of this *length* is cut or damaged: every *step* bytes, and at the edges of its pages; or everywhere."""
    return itertools.chain(range(0, length, 1 if EVERY_BYTE else step), () if EVERY_BYTE else range(0, length, 512))


class Journal(NamedTuple):
    """A journal with everything in it, and what it leads to."""

    folder: Path
    files: dict[str, bytes]
    states: list[CoreState]
    """Before each event, and at the end."""

    @property
    def path(self) -> Path:
        return self.folder / "journal.db"

    def put(self, **changed: bytes) -> None:
        for each in self.folder.iterdir():
            each.unlink()
        for name, content in {**self.files, **{name.replace("_", "-"): content for name, content in changed.items()}}.items():
            (self.folder / f"journal.{name}").write_bytes(content)


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    """A small journal in small pages: half of it packed, and the latest events only in the file that SQLite writes ahead."""
    folder = tmp_path_factory.mktemp("damage") if not os.access(MEMORY, os.W_OK) else MEMORY / f"continuance-damage-{os.getpid()}"
    folder.mkdir(exist_ok=True)
    path = folder / "journal.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript("PRAGMA page_size = 512; CREATE TABLE x (y); DROP TABLE x")
    played = play(PAIR, mode="approve")
    played.lose("db-1")
    played.order(OrderKind.APPROVE)
    played.pass_time(30.0)
    store = Store(path)
    store.gain("controller-1")
    resumed(played.settings, store)
    half = len(played.journal) // 2
    write(store, played.journal[:half])
    store.compact(state_text(fold(played.settings, played.journal[:half])))
    store._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    write(store, played.journal[half:])
    files = {each.name.removeprefix("journal."): each.read_bytes() for each in folder.iterdir()}
    store.close()
    states = [fold(played.settings, played.journal[:upto]) for upto in range(len(played.journal) + 1)]
    yield Journal(folder, {name: content for name, content in files.items() if name in ("db", "db-wal", "db.seen")}, states)
    for each in folder.iterdir():
        each.unlink()
    folder.rmdir()


def write(store: Store, events: list[Event]) -> None:
    for number, event in enumerate(events):
        sent = [command(CommandKind.NOTIFY, store.length, "db", text="help")] if number % 5 == 0 else []
        store.append(store.entry(event), sent)


def judge(journal: Journal) -> str:
    """Open what is there, as a controller does that starts; say how that went, or fail."""
    try:
        store = Store(journal.path)
    except StoreError:
        return "refused"
    try:
        state = resumed(journal.states[0].settings, store)
        found = store.length
        behind = store.gain("controller-1")
        store.unfinished(PEOPLE)
    except StoreError:
        return "refused"
    finally:
        store.close()
    assert found <= len(journal.states) - 1
    assert state.clusters == journal.states[found].clusters, f"after {found} events it is in no state that was"
    if found == len(journal.states) - 1:
        return "whole"
    assert behind, "nobody would know that it is old"
    return "old"


def test_it_is_whole_if_nothing_becomes_of_it(journal: Journal) -> None:
    journal.put()
    assert judge(journal) == "whole"


def test_what_is_written_ahead_may_be_cut_anywhere(journal: Journal) -> None:
    ahead = journal.files["db-wal"]
    assert len(ahead) > 5000
    latest = len(ahead) - 2 * FRAME_BYTES
    verdicts = set()
    for cut in itertools.chain(places(latest, 61), range(0, latest, FRAME_BYTES), range(latest, len(ahead))):
        journal.put(db_wal=ahead[:cut])
        verdicts.add(judge(journal))
    assert verdicts == {"old"}


def test_the_file_may_be_cut_anywhere(journal: Journal) -> None:
    whole = journal.files["db"]
    for cut in places(len(whole), 37):
        journal.put(db=whole[:cut])
        assert judge(journal) in ("refused", "old", "whole")  # whole if all that was cut off is written ahead, too
    verdicts = set()
    for cut in places(len(whole), 37):
        journal.put(db=whole[:cut], db_wal=b"")
        verdicts.add(judge(journal))
    assert verdicts == {"refused", "old"}


@pytest.mark.parametrize("name", ["db", "db-wal"])
def test_a_bit_may_be_flipped_anywhere(journal: Journal, name: str) -> None:
    content = journal.files[name]
    for place in places(len(content), 11):
        flipped = bytearray(content)
        flipped[place] ^= 1 << place % 8
        journal.put(**{name.replace("-", "_"): bytes(flipped)})
        assert judge(journal) in ("refused", "whole", "old")


def test_an_old_journal_moves_nothing_until_somebody_says_who_is_primary(journal: Journal) -> None:
    for state in journal.states:
        led = step(state, LeaseGained(1e6, 1e6, 9, "controller-1", behind=True))
        assert led.state.clusters["db"].state is State.HALTED
        assert led.state.clusters["db"].halted is HaltReason.STALE_JOURNAL
        assert {each.kind for each in led.commands} <= PEOPLE


_FILL = """
import resource, signal, sys
from pathlib import Path
from failover.core.events import Woken
from failover.live.store import Store, StoreError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Store(Path(sys.argv[1]))
store.gain("controller-1")
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    while True:
        store.append(store.entry(Woken(1.0, 1.0)), [])
except StoreError as error:
    print(store.length, error)
"""


def test_on_a_full_disk_nothing_is_half_written(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    limit = 4 * resource.getpagesize() * 20
    said = subprocess.run([sys.executable, "-c", _FILL, path, str(limit)], capture_output=True, text=True, check=True).stdout
    assert "disk" in said or "I/O" in said
    store = Store(path)
    assert len(list(store.history())) == store.length == int(said.split()[0]) > 0
    assert store.gain("controller-1") is False, "nothing that was acknowledged is missing"
    store.close()
