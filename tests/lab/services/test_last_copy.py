"""The last copy serves whatever becomes of the database, and never as fresh what is old."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lab.services.programs.last_copy import Cases, LastCopy


class Database:
    """A database that answers until it is told not to."""

    def __init__(self) -> None:
        self.cases: dict[str, Mapping[str, Any]] = {"LAB-000001": {"status": "pending"}}
        self.answers = True

    def read(self) -> Cases:
        if not self.answers:
            raise TimeoutError("no answer")
        return dict(self.cases)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1_900_000_000.0]
    monkeypatch.setattr("lab.services.programs.last_copy.time.time", lambda: now[0])
    return now


def test_nothing_is_answered_before_anything_was_read(tmp_path: Path) -> None:
    assert LastCopy(Database().read, tmp_path / "cases.json").answer("LAB-000001") is None


def test_an_answer_grows_old_while_the_database_is_silent_and_says_so(tmp_path: Path, clock: list[float]) -> None:
    database = Database()
    copy = LastCopy(database.read, tmp_path / "cases.json", fresh_seconds=1.0)
    copy.renew()
    database.answers = False
    clock[0] += 5.0
    assert not copy.renew()
    answer = copy.answer("LAB-000001")
    assert answer is not None
    assert (answer.case, answer.freshness, answer.age_seconds) == ({"status": "pending"}, "stale", 5.0)


def test_an_answer_is_fresh_again_once_the_database_is_back(tmp_path: Path, clock: list[float]) -> None:
    database = Database()
    copy = LastCopy(database.read, tmp_path / "cases.json", fresh_seconds=1.0)
    copy.renew()
    clock[0] += 5.0
    database.cases["LAB-000001"] = {"status": "closed"}
    assert copy.renew()
    answer = copy.answer("LAB-000001")
    assert answer is not None
    assert (answer.case, answer.freshness) == ({"status": "closed"}, "fresh")


def test_a_copy_is_as_old_as_the_beginning_of_its_reading(tmp_path: Path, clock: list[float]) -> None:
    def slowly() -> Cases:
        clock[0] += 3.0
        return {}

    copy = LastCopy(slowly, tmp_path / "cases.json", fresh_seconds=1.0)
    copy.renew()
    answer = copy.answer("LAB-000001")
    assert answer is not None
    assert answer.age_seconds == 3.0
    assert not answer.fresh


def test_a_restart_finds_the_copy_and_its_date(tmp_path: Path, clock: list[float]) -> None:
    file = tmp_path / "cases.json"
    database = Database()
    LastCopy(database.read, file).renew()
    clock[0] += 60.0
    answer = LastCopy(database.read, file).answer("LAB-000001")
    assert answer is not None
    assert (answer.case, answer.freshness, answer.age_seconds) == ({"status": "pending"}, "stale", 60.0)


def test_a_broken_file_is_as_none(tmp_path: Path) -> None:
    file = tmp_path / "cases.json"
    file.write_text('{"as_of": 1')
    assert LastCopy(Database().read, file).answer("LAB-000001") is None


def test_the_journal_hears_of_trouble_once_and_of_its_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = Database()
    copy = LastCopy(database.read, tmp_path / "cases.json")
    for answers in (True, False, False, False, True, True):
        database.answers = answers
        copy.renew()
    assert capsys.readouterr().out == "the cases cannot be read: no answer\nthe cases can be read again\n"
