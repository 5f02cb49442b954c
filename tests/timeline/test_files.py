import json
import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.timeline.histories import History, repaired, timelines
from timeline.files import load_timelines, save_timelines
from timeline.record import Kind, Timeline
from topology.errors import InputError

NAMES = ("told.jsonl", "told.csv")


@pytest.mark.parametrize("name", NAMES)
@given(st.lists(st.text(max_size=4), max_size=3, unique=True).flatmap(lambda names: st.tuples(*map(timelines, names))))
def test_what_is_saved_is_loaded_exactly(name: str, told: tuple[Timeline, ...]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        save_timelines(told, path)
        if told:
            assert load_timelines(path) == list(told)
        else:
            with pytest.raises(InputError, match="holds no timeline"):
                load_timelines(path)


@pytest.mark.parametrize("name", NAMES)
def test_a_fault_may_name_more_hosts_than_a_spreadsheet_likes(tmp_path: Path, name: str) -> None:
    history = History()
    history.add(0.0, Kind.FAULT, "a leak", "fail", targets=[f"host-{number}" for number in range(30_000)])
    save_timelines([history.timeline()], tmp_path / name)
    assert load_timelines(tmp_path / name) == [history.timeline()]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("strange", ["a\u2028b", "a\x85b", "a\rb", "a\nb", 'a"b,c', "a\x1cb", "a\x00b", "=1+1", "\ufeff"])
def test_text_with_separators_in_it_comes_back(tmp_path: Path, name: str, strange: str) -> None:
    history = History()
    history.add(0.0, Kind.FAULT, strange, strange, why=strange)
    save_timelines([history.timeline(response=strange)], tmp_path / name)
    assert load_timelines(tmp_path / name) == [history.timeline(response=strange)]


def test_a_timeline_that_a_spreadsheet_has_saved_again_is_read(tmp_path: Path) -> None:
    history = History()
    repaired(history)
    save_timelines([history.timeline()], tmp_path / "told.csv")
    content = (tmp_path / "told.csv").read_bytes()
    (tmp_path / "told.csv").write_bytes(b"\xef\xbb\xbf" + content)
    assert load_timelines(tmp_path / "told.csv") == [history.timeline()]


HEAD = {
    "format": 1,
    "scenario": "night",
    "response": "one",
    "start": "2025-01-06T00:00+01:00",
    "horizon_seconds": 1000.0,
    "seed": 0,
    "services": ["orders"],
}
ROW = {"id": 0, "at_seconds": 5.0, "kind": "host", "subject": "db-1", "state": "down", "because": [], "data": {}}
LATER = {**ROW, "id": 1, "at_seconds": 4.0}

BROKEN: dict[str, tuple[list[Any] | str, str]] = {
    "empty": ("", r"holds no timeline; write one with: continuance replay … --timeline FILE"),
    "blank lines": ("\n\n", r"holds no timeline"),
    "truncated": (json.dumps(HEAD) + "\n" + json.dumps(ROW)[:-9], r":2: not a timeline: this line is not a JSON object"),
    "no JSON": ("name: night\n", r":1: not a timeline: this line is not a JSON object"),
    "a list": ("[1]\n", r":1: not a timeline: this line is not a JSON object"),
    "nested without end": ("[" * 100_000, r":1: not a timeline: this line is not a JSON object"),
    "without a head": ([ROW], r":1: not a timeline: a record comes before the head of its timeline"),
    "another format": ([{**HEAD, "format": 2}], r":1: not a timeline: format 2 is not known; this version reads format 1"),
    "twice the same response": ([HEAD, HEAD], r":2: not a timeline: the response 'one' is told twice"),
    "a head without start": ([{**HEAD, "start": None}], r":1: not a timeline: 'start' is null, not a time"),
    "a start that is no time": ([{**HEAD, "start": "x"}], r":1: not a timeline: Invalid isoformat string: 'x'"),
    "a start without offset": ([{**HEAD, "start": "2025-01-06"}], r":1: .*'start' is '2025-01-06', a time without its offset"),
    "no horizon": ([{**HEAD, "horizon_seconds": 0}], r":1: .*'horizon_seconds' is 0.0; it must be more than 0"),
    "a horizon for ever": ([{**HEAD, "horizon_seconds": float("inf")}], r":1: .*'horizon_seconds' is inf"),
    "a horizon in words": ([{**HEAD, "horizon_seconds": "long"}], r":1: .*'horizon_seconds' is 'long', not a number"),
    "services in one word": ([{**HEAD, "services": "orders"}], r":1: .*'services' is 'orders', not a list of names"),
    "services by number": ([{**HEAD, "services": [5]}], r":1: .*'services' is not a list of names"),
    "a seed that is true": ([{**HEAD, "seed": True}], r":1: .*'seed' is true, not a whole number"),
    "a time that is true": ([HEAD, {**ROW, "at_seconds": True}], r":2: .*'at_seconds' is true, not a number"),
    "a seed in words": ([{**HEAD, "seed": "x"}], r":1: .*'seed' is 'x', not a whole number"),
    "a head with a key missing": ([{"format": 1}], r":1: not a timeline: the key 'horizon_seconds' is missing"),
    "a record with a key missing": ([HEAD, {"id": 0}], r":2: not a timeline: the key 'because' is missing"),
    "records out of order": ([HEAD, {**ROW, "id": 1}], r":2: .*record 1 is out of order, or comes before one of its causes"),
    "its own cause": ([HEAD, {**ROW, "because": [0]}], r":2: .*record 0 is out of order, or comes before one of its causes"),
    "a cause in words": ([HEAD, {**ROW, "because": ["x"]}], r":2: .*record 0 is out of order, or comes before one of its causes"),
    "causes that are no list": ([HEAD, {**ROW, "because": 5}], r":2: .*'because' is 5, not a list of records"),
    "backwards in time": ([HEAD, ROW, LATER], r":3: .*record 1 is at 4 seconds: before the one above it, or after the horizon"),
    "after the horizon": ([HEAD, {**ROW, "at_seconds": 1001}], r":2: .*record 0 is at 1001 seconds: before the one above it"),
    "before the start": ([HEAD, {**ROW, "at_seconds": -1}], r":2: .*record 0 is at -1 seconds"),
    "at no time": ([HEAD, {**ROW, "at_seconds": float("nan")}], r":2: .*'at_seconds' is nan, not a number of any use"),
    "a kind nobody knows": ([HEAD, {**ROW, "kind": "ghost"}], r":2: .*'ghost' is not a kind of record: fault, site, "),
    "a service in no state": ([HEAD, {**ROW, "kind": "service"}, ROW | {"id": 1, "kind": "service", "state": "odd"}],
                              r":3: .*'odd' is not a state of a service"),
    "a stage of no kind": ([HEAD, {**ROW, "kind": "stage"}], r":2: .*null is not a stage: wait, part, work, "),
    "time spent on nothing": ([HEAD, {**ROW, "data": {"stage": "nap"}}], r":2: .*'nap' is not a stage: wait, part, work, "),
    "data that is a list": ([HEAD, {**ROW, "data": [1]}], r":2: .*'data' is a list, not a mapping"),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_no_timeline_is_refused_with_its_line(tmp_path: Path, what: str) -> None:
    content, complaint = BROKEN[what]
    path = tmp_path / "broken.jsonl"
    path.write_text(content if isinstance(content, str) else "".join(json.dumps(row) + "\n" for row in content), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_timelines(path)
    (problem,) = refused.value.problems
    assert re.match(re.escape(str(path)) + r"(: )?" + complaint, str(problem)), str(problem)


Spoil = Callable[[str], str]


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda text: "", r":1: not a timeline: its columns are not response, id, at_seconds, kind, "),
        (lambda text: "a,b\n1,2\n", r":1: not a timeline: its columns are not response, id, at_seconds, kind, "),
        (lambda text: text.replace("because", "cause", 1), r":1: not a timeline: its columns are not response, id, "),
        (lambda text: text.replace(",", ";"), r":1: not a timeline: its columns are not response, id, "),
        (lambda text: text.splitlines()[0], r": holds no timeline"),
        (lambda text: text + "one,9,400\n", r":\d+: not a timeline: a row has 8 columns"),
        (lambda text: text + "one,9,400.0,host,db-1,down,,{},more\n", r":\d+: not a timeline: a row has 8 columns"),
        (lambda text: text + "one,x,400.0,host,db-1,down,,{}\n", r":\d+: not a timeline: 'id' is 'x', not a whole number"),
        (lambda text: text + "one,10,soon,host,db-1,down,,{}\n", r":\d+: not a timeline: 'at_seconds' is 'soon', not a number"),
        (
            lambda text: text + "one,10,1.0,host,db-1,down,x y,{}\n",
            r":\d+: not a timeline: 'because' is 'x y', not a list of records",
        ),
        (lambda text: text + "one,10,1.0,host,db-1,down,,{]\n", r":\d+: not a timeline: this line is not a JSON object"),
    ],
)
def test_a_table_that_is_no_timeline_is_refused_with_its_line(tmp_path: Path, spoil: Spoil, complaint: str) -> None:
    history = History()
    repaired(history)
    path = tmp_path / "broken.csv"
    save_timelines([history.timeline()], path)
    path.write_text(spoil(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_timelines(path)
    (problem,) = refused.value.problems
    assert re.match(re.escape(str(path)) + complaint, str(problem)), str(problem)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x01", b"\x89PNG\r\n\x1a\n\x00"])
def test_a_binary_file_is_no_timeline(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "picture.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match="this is not a text file"):
        load_timelines(path)


@pytest.mark.parametrize("name", ["nowhere.jsonl", ".", "x" * 5000])
def test_what_is_no_file_cannot_be_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot be read: "):
        load_timelines(tmp_path / name)
