"""The file of a series: what it holds, and what is left to do."""

from pathlib import Path

from benchmarks.failover.rows import append, calm, missing, read
from tests.benchmarks.failover.measured import row


def test_a_file_gives_back_what_was_added(tmp_path: Path) -> None:
    file = tmp_path / "out" / "runs.jsonl"
    rows = [row("ours", "hang", repetition=1), row("Patroni", "hang", repetition=1, outage_seconds=None)]
    for each in rows:
        append(file, each)
    assert read(file) == rows


def test_no_file_holds_nothing(tmp_path: Path) -> None:
    assert read(tmp_path / "runs.jsonl") == []


def test_a_line_that_was_cut_short_is_left_out_and_measured_again(tmp_path: Path) -> None:
    file = tmp_path / "runs.jsonl"
    append(file, row("ours", "hang", repetition=1))
    with file.open("a") as lines:
        lines.write('{"system": "ours", "inc')
    assert read(file) == [row("ours", "hang", repetition=1)]
    append(file, row("ours", "hang", repetition=2))
    assert read(file) == [row("ours", "hang", repetition=1), row("ours", "hang", repetition=2)]


def test_what_is_there_is_not_measured_again() -> None:
    rows = [row("ours", "hang", repetition=1), row("ours", "loss", repetition=2)]
    assert list(missing(rows, ["ours"], ["hang", "loss"], 2)) == [(1, "loss", "ours"), (2, "hang", "ours")]


def test_systems_are_measured_turn_by_turn_and_not_always_in_the_same_order() -> None:
    order = [system for _, _, system in missing([], ["a", "b", "c"], ["hang"], 3)]
    assert [order[:3], order[3:6], order[6:]] == [["b", "c", "a"], ["c", "a", "b"], ["a", "b", "c"]]


def test_a_run_on_a_busy_machine_does_not_count() -> None:
    rows = [row("ours", "hang", repetition=1, pressure={"cpu": 0.9}), row("ours", "hang", repetition=2, pressure={"cpu": 0.2})]
    assert list(missing(calm(rows, 0.5), ["ours"], ["hang"], 2)) == [(1, "hang", "ours")]
