from dataclasses import replace

import pytest

from report.curves import backlog_charts
from report.lanes import compare, swimlanes
from report.moments import Clock
from report.network_map import network_map
from report.stages import stage_bars, stage_table
from report.verdict import shown_seconds
from tests.report.examples import START, History, founding_case, respond
from timeline.record import Kind
from topology.model import Gate, Host, Service, Topology
from topology.quantities import HOUR

RESULT, CLOCK = founding_case(), Clock(START)
UNTIL = shown_seconds(RESULT)


def test_the_axis_ends_a_little_after_everything_is_well() -> None:
    assert pytest.approx(1.06 * (892 + 29 * 24) * HOUR) == UNTIL


def test_a_lane_is_covered_from_end_to_end() -> None:
    for each in compare(RESULT, CLOCK, UNTIL):
        segments = each.lane.segments
        assert segments[0].x_percent == 0
        assert sum(segment.width_percent for segment in segments) == pytest.approx(100)


def test_five_minutes_in_two_months_are_still_drawn() -> None:
    best = next(each for each in compare(RESULT, CLOCK, UNTIL) if each.best)
    assert best.lane.segments[0].sliver
    assert (best.headline, best.remark) == ("5m 3s", "least cost")


def test_a_service_that_was_never_touched_has_no_lane() -> None:
    assert [each.calm for each in swimlanes(RESULT, CLOCK, UNTIL)] == [("Hearings by video",)] * 4


def test_the_stages_of_a_bar_add_up_to_its_outage() -> None:
    bars = stage_bars(RESULT)
    assert [[piece.length for piece in bar.pieces] for bar in bars[:2]] == [["9d", "14d", "4h", "14d"], ["9d", "4h", "14d"]]
    assert sum(piece.width_percent for piece in bars[0].pieces) == pytest.approx(100)
    assert stage_table(RESULT).rows[0][0] == "Electronic records"


def test_responses_with_the_same_backlog_share_a_line() -> None:
    hearings = backlog_charts(RESULT, CLOCK, UNTIL)[0]
    assert [line.responses for line in hearings.lines] == ["As it happened and Standby on shared storage", "Spares on hand"]
    assert [line.peak for line in hearings.lines] == ["125,000", "75,000"]
    assert hearings.none == "Independent standby"


def test_the_path_of_the_failure_is_broken_and_no_other() -> None:
    drawing = network_map(RESULT, CLOCK, UNTIL)
    states = {(curve.upper[0], curve.lower[0]): curve.state for curve in drawing.curves}
    assert states["fc-storage", "fc-srv-1"] == "broken"
    assert states["hotline", "case-records"] == "broken"
    assert states["hotline", "ivr-1"] == "whole"
    assert states["case-db", "rs-db-1"] == "absent"


def test_the_stages_of_a_bar_stand_one_after_the_other() -> None:
    pieces = stage_bars(RESULT)[0].pieces
    assert pieces[0].x_percent == 0
    assert [piece.x_percent for piece in pieces[1:]] == pytest.approx([each.x_percent + each.width_percent for each in pieces[:-1]])


@pytest.mark.parametrize("state", ["stale", "backlogged"])
def test_a_service_that_was_not_quite_well_has_a_lane(state: str) -> None:
    history = History()
    history.add(HOUR, Kind.SERVICE, "video", state)
    first = RESULT.responses[0]
    (lanes,) = swimlanes(
        replace(RESULT, responses=(replace(first, timeline=history.timeline(first.name, first.topology)),)), CLOCK, UNTIL
    )
    assert [lane.title for lane in lanes.lanes] == ["Hearings by video"]


def test_an_edge_that_has_as_many_below_it_as_it_needs_is_whole() -> None:
    """The databases are hurt by their storage, and their power is well."""
    states = {(curve.upper[0], curve.lower[0]): curve.state for curve in network_map(RESULT, CLOCK, UNTIL).curves}
    assert states["fc-srv-1", "fc-power"] == "whole"


def test_what_the_incident_struck_is_marked_and_nothing_else() -> None:
    assert {node.name for node in network_map(RESULT, CLOCK, UNTIL).nodes if node.hit} == set(RESULT.hit)


@pytest.mark.parametrize(("lost", "state", "note"), [(0, "up", "40 up"), (1, "partly", "39 up"), (40, "down", "0 up")])
def test_a_box_of_many_hosts_says_how_many_are_up(lost: int, state: str, note: str) -> None:
    hosts = {f"web-{number}": Host(f"web-{number}", role="web") for number in range(40)}
    farm = Topology("farm", hosts=hosts, services={"shop": Service("shop", needs=Gate(1, tuple(hosts)))})
    history = History()
    for number in range(lost):
        history.add(0, Kind.HOST, f"web-{number}", "down")
    response = respond("as-it-stands", "", farm, history.timeline("as-it-stands", farm), {})
    drawing = network_map(replace(RESULT, topology=farm, responses=(response,), hit=(), main_service="shop"), CLOCK, UNTIL)
    (box,) = (node for node in drawing.nodes if node.members)
    assert (box.state, box.note) == (state, note)


def test_the_peak_of_a_backlog_stands_where_it_was_reached() -> None:
    line = backlog_charts(RESULT, CLOCK, UNTIL)[0].lines[0]
    assert line.about == "at most 125,000 hearings on 16 May 2014; cleared on 17 Jun 2014"
    assert line.peak_x_percent == pytest.approx(100 * (34 * 24 + 17) * HOUR / UNTIL)
