import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from failover.core.commands import CommandKind
from failover.core.events import Ordered, OrderKind, Woken
from failover.live.audit import read_audit, verify
from failover.live.origin import Origin
from failover.live.store import Store
from tests.failover.live.scenes import command


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = Store(path)
    opened.gain("controller-1")
    yield opened
    opened.close()


def order(store: Store, operator: str = "anna", refusal: str = "") -> None:
    event = Ordered(1.0, 1.7e9, "db", OrderKind.FAILOVER, operator, "db-2", "smoke")
    origin = Origin(operator, "operator", 1000, 4711, "CHG-12")
    store.append(store.entry(event), [], origin, refusal)


def harm(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute(statement)
        database.commit()


def test_an_order_says_who_why_and_from_where_whether_it_was_taken_or_refused(store: Store, path: Path) -> None:
    order(store)
    order(store, "änna \ud800", "the cluster is promoting")
    first, second = read_audit(path)
    assert first.said == {
        "what": "order", "event": 0, "at_wall_seconds": 1.7e9, "cluster": "db", "order": "failover", "host": "db-2",
        "reason": "smoke", "expected_primary": None, "for_seconds": 0.0, "typed_wall_seconds": None, "service": None,
        "operator": "anna", "user": "operator", "uid": 1000, "pid": 4711, "change": "CHG-12", "taken": True, "refusal": "",
    }  # fmt: skip
    assert (second.said["operator"], second.said["taken"]) == ("änna \ud800", False)
    assert second.said["refusal"] == "the cluster is promoting"
    assert verify(path) == ""


def test_what_is_no_order_is_not_audited(store: Store, path: Path) -> None:
    store.append(store.entry(Woken(1.0, 1.0)), [command()])
    assert read_audit(path) == []
    assert verify(path) == ""


def test_an_order_is_audited_with_its_event_or_not_at_all(store: Store, path: Path) -> None:
    event = Ordered(1.0, 1.0, "db", OrderKind.PAUSE, "anna")
    with pytest.raises(TypeError):
        store.append(store.entry(event), [command(CommandKind.FENCE, unspeakable=object())])
    assert read_audit(path) == []
    order(store)
    assert [each.number for each in read_audit(path)] == [0]
    assert verify(path) == ""


def test_the_chain_goes_on_after_a_restart(path: Path) -> None:
    for _ in range(3):
        store = Store(path)
        store.gain("controller-1")
        order(store)
        store.close()
    assert len(read_audit(path)) == 3
    assert verify(path) == ""


def test_a_change_of_the_configuration_is_a_row_once(store: Store, path: Path) -> None:
    for digest in ("a", "a", "b"):
        store.note_if_new({"what": "configuration", "files": {"controller.yaml": digest}})
    assert [each.said["files"]["controller.yaml"] for each in read_audit(path)] == ["a", "b"]


HARMS = {
    "a changed reason": ("UPDATE audit SET text = replace(text, 'smoke', '') WHERE number = 1", "row 1 of the audit was changed"),
    "a changed hash": (f"UPDATE audit SET hash = '{'0' * 64}' WHERE number = 1", "row 1 of the audit was changed"),
    "a row left out": ("DELETE FROM audit WHERE number = 1", "row 1 of the audit is missing"),
    "a row left out, the others moved up": (
        "DELETE FROM audit WHERE number = 0; UPDATE audit SET number = number - 1", "row 0 of the audit was changed, or one before"
    ),
    "the end cut off": ("DELETE FROM audit WHERE number >= 2", "the audit ends before row 2, and 4 rows have been there"),
    "all of it gone": ("DELETE FROM audit", "the audit ends before row 0, and 4 rows have been there"),
}  # fmt: skip


@pytest.mark.parametrize("name", HARMS)
def test_what_was_done_to_it_is_found(store: Store, path: Path, name: str) -> None:
    for _ in range(4):
        order(store)
    statements, message = HARMS[name]
    for each in statements.split("; "):
        harm(path, each)
    assert message in verify(path)


def test_a_chain_that_was_computed_anew_is_found_by_the_hash_beside_the_journal(store: Store, path: Path, tmp_path: Path) -> None:
    for _ in range(2):
        order(store)
    other = Store(tmp_path / "other.db")
    other.gain("controller-1")
    for _ in range(2):
        order(other, "berta")
    other.close()
    harm(path, "DELETE FROM audit")
    with closing(sqlite3.connect(path)) as database:
        database.execute("ATTACH ? AS other", (str(tmp_path / "other.db"),))
        database.execute("INSERT INTO audit SELECT * FROM other.audit")
        database.commit()
    assert "row 1 of the audit is not the one that was there" in verify(path)


def test_a_journal_that_was_put_back_says_so_for_ever(path: Path) -> None:
    store = Store(path)
    store.gain("controller-1")
    order(store)
    store.close()
    for each in (path, path.with_name("journal.db-wal"), path.with_name("journal.db-shm")):
        each.unlink(missing_ok=True)
    store = Store(path)
    assert store.gain("controller-1") is True
    store.close()
    (row,) = read_audit(path)
    assert (row.said["what"], row.said["seen"]["length"], row.said["found"]) == ("put back", 1, 0)
    assert verify(path) == ""
