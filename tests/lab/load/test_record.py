"""What a recording comes to, counted on lines written by hand."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from lab.load.record import Line, Outage, Share, outages, read, result, span


def write(outcome: str, id_: int, begun: float, ended: float) -> Line:
    return Line("write", outcome, begun, ended, 0.0, {"id": id_})


def lookup(outcome: str, ended: float) -> Line:
    return Line("lookup", outcome, ended - 0.01, ended, 0.0, {"host": "app-1"})


def probe(host: str, timeline: int, begun: float, ended: float) -> Line:
    return Line("probe", "accepted", begun, ended, 0.0, {"host": host, "timeline": timeline})


def during(began: float, ended: float, *lines: Line) -> Sequence[Line]:
    return (Line("load", "began", began, began, 0.0), *lines, Line("load", "ended", ended, ended, 0.0))


WRITES = during(
    100.0,
    110.0,
    write("acknowledged", 1, 100.0, 100.1),
    write("acknowledged", 2, 101.0, 101.1),
    write("unknown", 3, 102.0, 104.0),
    write("unknown", 4, 102.1, 104.1),
    write("failed", 5, 103.0, 103.5),
    write("acknowledged", 6, 105.0, 105.5),
    write("acknowledged", 7, 109.0, 109.5),
)


def test_an_acknowledged_write_that_the_final_primary_lacks_is_lost() -> None:
    writes = result(WRITES, present={1, 3, 6, 7}).writes
    assert (writes.attempted, writes.acknowledged, writes.failed, writes.unknown) == (7, 4, 1, 2)
    assert writes.lost == 1


def test_an_unknown_write_may_turn_out_to_be_committed_and_is_not_lost_if_not() -> None:
    writes = result(WRITES, present={1, 2, 3, 6, 7}).writes
    assert (writes.lost, writes.unknown_committed) == (0, 1)


def test_nothing_is_said_of_losses_where_nobody_could_look() -> None:
    writes = result(WRITES, present=None).writes
    assert (writes.lost, writes.unknown_committed) == (None, None)


def test_writes_of_others_in_the_final_primary_count_for_nothing() -> None:
    assert result(WRITES, present=range(1000)).writes.unknown_committed == 2


def test_the_longest_outage_is_from_the_last_acknowledgement_to_the_next() -> None:
    assert result(WRITES, present=None).writes.longest_outage == Outage(101.1, 105.5)


def test_what_is_acknowledged_late_ends_the_outage_when_it_is_acknowledged_not_when_it_was_tried() -> None:
    lines = during(
        0.0, 5.0, write("acknowledged", 1, 0.0, 0.1), write("acknowledged", 2, 0.2, 4.0), write("acknowledged", 3, 4.5, 4.6)
    )
    assert outages(lines, "write", {"acknowledged"}, longer_than_seconds=1.0) == (Outage(0.1, 4.0),)


def test_lines_count_by_when_they_ended_whatever_order_they_stand_in() -> None:
    lines = during(0.0, 3.0, write("acknowledged", 2, 1.0, 2.5), write("acknowledged", 1, 1.1, 1.2))
    assert [gap.seconds for gap in outages(lines, "write", {"acknowledged"})] == pytest.approx([1.2, 1.3, 0.5])


def test_an_outage_that_was_not_over_when_the_load_ended_says_so() -> None:
    lines = during(0.0, 9.0, write("acknowledged", 1, 0.0, 1.0), write("unknown", 2, 1.0, 3.0))
    longest = result(lines, present={1}).writes.longest_outage
    assert longest == Outage(1.0, 9.0, over=False)
    assert longest.seconds == 8.0


def test_an_acknowledgement_after_the_load_ended_leaves_no_outage_behind_it() -> None:
    lines = during(0.0, 2.0, write("acknowledged", 1, 0.0, 0.5), write("acknowledged", 2, 1.9, 2.4))
    assert outages(lines, "write", {"acknowledged"}, longer_than_seconds=0.6) == (Outage(0.5, 2.4),)


def test_without_any_attempt_no_outage_is_claimed() -> None:
    assert result(during(0.0, 60.0), present=set()).writes.longest_outage is None


def test_a_stale_answer_is_an_answer_but_not_a_fresh_one() -> None:
    lines = during(
        0.0, 4.0, lookup("fresh", 0.5), lookup("stale", 1.0), lookup("stale", 2.0), lookup("failed", 2.2), lookup("fresh", 3.5)
    )
    lookups = result(lines, present=None).lookups
    assert (lookups.attempted, lookups.fresh, lookups.stale, lookups.failed) == (5, 2, 2, 1)
    assert lookups.longest_outage == Outage(2.0, 3.5)
    assert lookups.longest_without_fresh == Outage(0.5, 3.5)


def test_one_host_accepts_at_a_time_in_a_clean_failover() -> None:
    lines = during(0.0, 9.0, probe("db-1", 1, 1.0, 1.1), probe("db-1", 1, 2.0, 2.1), probe("db-2", 2, 5.0, 5.1))
    accepts = result(lines, present=None).accepts
    assert accepts.accepted == {"db-1": 2, "db-2": 1}
    assert (accepts.shared, accepts.outdated) == ((), 0)


def test_two_hosts_that_accept_on_one_timeline_are_split_brain() -> None:
    accepts = result(during(0.0, 9.0, probe("db-2", 2, 1.0, 1.1), probe("db-3", 2, 1.5, 1.6)), present=None).accepts
    assert accepts.timelines == {2: ("db-2", "db-3")}
    assert accepts.shared == (2,)


def test_a_former_primary_that_accepts_after_its_successor_is_found() -> None:
    lines = during(
        0.0, 9.0, probe("db-1", 1, 1.0, 1.1), probe("db-2", 2, 2.0, 2.1), probe("db-1", 1, 3.0, 3.1), probe("db-2", 2, 4.0, 4.1)
    )
    assert result(lines, present=None).accepts.outdated == 1


def test_what_the_former_primary_was_asked_before_its_successor_accepted_is_not_held_against_it() -> None:
    lines = during(0.0, 9.0, probe("db-2", 2, 2.0, 2.1), probe("db-1", 1, 1.9, 2.2))
    assert result(lines, present=None).accepts.outdated == 0


def test_pressure_is_told_as_mean_and_most() -> None:
    shares: Sequence[dict[str, Any]] = ({"cpu": 0.1, "io": 0.0}, {"cpu": 0.5, "io": 0.0})
    lines = [Line("pressure", "sampled", index, index + 1.0, 0.0, each) for index, each in enumerate(shares)]
    pressure = result(during(0.0, 2.0, *lines), present=None).pressure
    assert pressure["cpu"].mean == pytest.approx(0.3)
    assert (pressure["cpu"].most, pressure["io"]) == (0.5, Share(0.0, 0.0))


def test_a_load_that_was_killed_lasts_until_its_last_line() -> None:
    assert span((Line("load", "began", 1.0, 1.0, 0.0), lookup("fresh", 4.0))) == (1.0, 4.0)


def test_a_recording_is_read_as_it_was_written_but_for_a_last_line_cut_short(tmp_path: Path) -> None:
    file = tmp_path / "recording"
    line = {
        "kind": "write",
        "outcome": "unknown",
        "begun_seconds": 1.0,
        "ended_seconds": 3.0,
        "wall_seconds": 7.0,
        "id": 5,
        "reason": "x",
    }
    file.write_text(json.dumps(line) + "\n" + json.dumps(line)[:-9])
    assert read(file) == (Line("write", "unknown", 1.0, 3.0, 7.0, {"id": 5, "reason": "x"}),)
