import pytest

from tests.timeline.histories import History, repaired
from timeline.record import Kind


def test_a_timeline_tells_of_one_subject_in_order() -> None:
    history = History()
    repaired(history)
    told = history.timeline().about(Kind.HOST, "db-1")
    assert [(record.at, record.state) for record in told] == [(100.0, "down"), (380.0, "up")]


def test_a_subject_is_told_of_by_its_kind() -> None:
    history = History()
    history.add(0.0, Kind.HOST, "same", "down")
    history.add(1.0, Kind.SERVICE, "same", "down")
    assert [record.id for record in history.timeline().about(Kind.SERVICE, "same")] == [1]


def test_a_record_cannot_be_changed() -> None:
    history = History()
    history.add(0.0, Kind.HOST, "db-1", "down")
    with pytest.raises(AttributeError):
        history.records[0].at = 5.0  # type: ignore[misc]
