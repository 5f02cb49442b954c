import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failover.core.commands import CommandId, CommandKind, Outcome
from failover.core.controller import fold
from failover.core.events import CommandEnded, Event, Health, HealthChanged, LeaseGained, Ordered, OrderKind, Woken
from failover.core.journal import JournalError, read, write
from tests.failover.core.playing import TRIO, play, say

TIMES = st.floats(allow_nan=False, allow_infinity=False)
NAMES = st.text(max_size=8)
HOSTS = st.none() | NAMES
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TIMES | NAMES, lambda each: st.lists(each, max_size=3).map(tuple), max_leaves=5
)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(LeaseGained, TIMES, TIMES, st.integers(0), NAMES, st.booleans()),
    st.builds(HealthChanged, TIMES, TIMES, NAMES, st.sampled_from(Health), st.lists(NAMES).map(tuple), st.booleans()),
    st.builds(
        CommandEnded,
        TIMES,
        TIMES,
        st.builds(CommandId, NAMES, st.integers(0)),
        st.sampled_from(Outcome),
        st.dictionaries(NAMES, VALUES, max_size=4),
    ),
    st.builds(
        Ordered, TIMES, TIMES, NAMES, st.sampled_from(OrderKind), NAMES, HOSTS, NAMES, HOSTS, TIMES, st.none() | TIMES, HOSTS
    ),
    st.builds(Woken, TIMES, TIMES),
)


def through_a_file(event: Event, index: int = 7, term: int = 3) -> Event:
    return read(json.loads(json.dumps(write(index, term, event))))


@given(EVENTS)
def test_what_is_written_is_read_back_equal(event: Event) -> None:
    found = through_a_file(event)

    assert found == event
    assert type(found) is type(event)


@given(EVENTS, st.data())
def test_a_record_that_lacks_anything_is_refused(event: Event, data: st.DataObject) -> None:
    record = write(0, 1, event)
    del record[data.draw(st.sampled_from(sorted(record.keys() - {"index", "term", "back", "service"})))]

    with pytest.raises(JournalError):
        read(record)


@pytest.mark.parametrize(
    ("event", "lacks"),
    [
        (HealthChanged(0.0, 0.0, "db-1", Health.PROCESS_DEAD, ("v-1",)), "back"),
        (Ordered(0.0, 0.0, "db", OrderKind.PAUSE, "anna"), "service"),
    ],
)
def test_a_record_of_before_a_field_was_told_is_read_as_if_it_had_not_been(event: Event, lacks: str) -> None:
    record = write(7, 3, event)
    del record[lacks]

    assert read(record) == event


def test_a_record_says_which_it_is_and_under_whose_lease_it_was_written() -> None:
    record = write(7, 3, Woken(1.5, 2.5))

    assert record == {"format": 1, "index": 7, "term": 3, "event": "woken", "at": 1.5, "wall_seconds": 2.5}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": 2}, "format 2"),
        ({"event": "slept"}, "'slept', which is no event"),
        ({"event": ["woken"]}, "which is no event"),
        ({"health": "so-so"}, "so-so"),
        ({"health": ["silent"]}, "health_changed"),
        ({"seen_by": None}, "health_changed"),
    ],
)
def test_what_no_program_of_this_format_wrote_is_refused_with_its_number(changes: dict[str, Any], said: str) -> None:
    record = write(7, 3, HealthChanged(0.0, 0.0, "db-1", Health.SILENT)) | changes

    with pytest.raises(JournalError, match=f"record 7.*{said}"):
        read(record)


def test_evidence_that_is_none_is_refused_and_never_an_error_of_another_kind() -> None:
    record = write(7, 3, CommandEnded(0.0, 0.0, CommandId("db", 1), Outcome.FAILED, {}))

    evidence: tuple[Any, ...] = (None, [], "off", 1)
    names: tuple[Any, ...] = (None, [], ["db"], ["db", 1, 2], 5)
    for changes in (*({"evidence": each} for each in evidence), *({"id": each} for each in names)):
        with pytest.raises(JournalError, match="record 7"):
            read(record | changes)


def test_whoever_reads_the_journal_from_a_file_knows_what_its_writer_knew() -> None:
    p = play(TRIO)
    p.bends.append(say(CommandKind.PROMOTE, Outcome.UNKNOWN, does=True))
    p.lose("db-1")
    p.pass_time(30.0)
    p.order(OrderKind.PAUSE)

    from_file = fold(p.settings, [through_a_file(event) for event in p.journal])

    assert from_file.clusters == p.state.clusters
    assert any(isinstance(event, CommandEnded) and "position" in event.evidence for event in p.journal)
    assert any(isinstance(event, CommandEnded) and event.evidence.get("primary") is None for event in p.journal)
