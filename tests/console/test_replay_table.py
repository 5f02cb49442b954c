import re
from pathlib import Path

import pytest

from tests.console.command_line import continuance
from tests.scenarios.writing import NETWORK, write

NAMES = ["as-happened", "spares-on-hand", "shared-standby", "independent-standby"]
WIDTHS = [60, 80, 100, 140, 200]


@pytest.mark.parametrize("columns", WIDTHS)
def test_no_line_is_wider_than_the_screen(columns: int) -> None:
    for scenario in ("five-server-outage", "lines-cut"):
        lines = continuance("replay", scenario, columns=columns).printed.splitlines()
        assert max(map(len, lines)) <= columns


@pytest.mark.parametrize("columns", WIDTHS)
def test_names_are_broken_at_their_hyphens_alone(columns: int) -> None:
    printed = continuance("replay", "five-server-outage", columns=columns).printed
    table = printed[printed.index("another site") :]
    words = {word for name in NAMES for part in re.findall(r"[^-]+-?", name) for word in (part, part.removesuffix("-"))}
    heads = [line for line in table.splitlines() if re.search(r"\b(spares|shared|independent)-", line)]
    assert heads
    for line in heads:
        assert set(re.findall(r"[a-z]+-?", line)) <= words


@pytest.mark.parametrize("columns", WIDTHS)
def test_nothing_is_left_out_however_narrow_the_screen(columns: int) -> None:
    words = " ".join(continuance("replay", "five-server-outage", columns=columns).printed.split())
    for each in ("37d 4h", "23d 4h", "5m 8s", "58d 4h", "17,840,000", "11,122,000", "61,709", "125,000", "98,833"):
        assert each in words


def test_on_a_narrow_screen_responses_come_below_each_other() -> None:
    assert continuance("replay", "five-server-outage", columns=60).printed.count("Where the time of case-records went") > 1
    assert continuance("replay", "five-server-outage", columns=80).printed.count("Where the time of case-records went") == 1


def test_a_limit_stands_in_the_label_where_all_responses_share_it() -> None:
    printed = continuance("replay", "five-server-outage").printed
    assert re.search(r"^  RTO 4h +✗ missed +✗ missed +✗ missed +✓ met *$", printed, re.MULTILINE)
    assert re.search(r"^  availability 99.9% +✗ missed +✗ missed +✗ missed +✓ met *$", printed, re.MULTILINE)


def test_a_limit_stands_beside_the_verdict_where_a_response_changes_it(tmp_path: Path) -> None:
    body = """\
incident: [{at: 0h, fail: [db-1], recover: [{wait: 2h}]}]
responses: {as-it-is: {}, lenient: {changes: {services: {orders: {objectives: {rto: 3h}}}}}}
"""
    printed = continuance("replay", write(tmp_path, body)).printed
    assert re.search(r"^  RTO +✗ missed \(1h\) +✓ met \(3h\) *$", printed, re.MULTILINE)


def test_a_refusal_for_the_same_reason_everywhere_is_told_once() -> None:
    printed = continuance("replay", "five-server-outage").printed
    assert printed.count("hangs on 'fc-storage', which failed") == 1


def test_a_service_that_never_came_back_says_so(tmp_path: Path) -> None:
    path = write(tmp_path, "incident: [{at: 0h, fail: [db-1], recover: [{wait: 40d}]}]\n")
    assert "not within the horizon" in continuance("replay", path).printed


def test_services_that_lost_nothing_are_named_together(tmp_path: Path) -> None:
    printed = continuance("replay", write(tmp_path, "incident: [{at: 0h, fail: [db-3]}]\n")).printed
    assert "Up throughout: orders, search\n" in printed
    assert "Where the time" not in printed


def test_an_old_copy_that_is_accepted_is_not_counted_as_missing(tmp_path: Path) -> None:
    orders = "search: {needs: {any: [web-1, web-2]}, reads: [orders]"
    accepting = f"{orders}, fallback: {{to: stale, after: 30m}}, objectives: {{rto: 1h, accepts_stale: true}}"
    path = write(
        tmp_path, "incident: [{at: 0h, fail: [db-1], recover: [{wait: 2h}]}]\n", network=NETWORK.replace(orders, accepting)
    )
    printed = continuance("replay", path).printed
    search = printed[printed.index("search\n") :]
    assert re.search(r"^  not available +30m *$", search, re.MULTILINE)
    assert re.search(r"^  stale, as accepted +1h 30m *$", search, re.MULTILINE)
    assert re.search(r"^  stale or back at +6 Jan 2025 00:30 *$", search, re.MULTILINE)


def test_an_old_copy_that_is_not_accepted_counts_as_missing(tmp_path: Path) -> None:
    orders = "search: {needs: {any: [web-1, web-2]}, reads: [orders]"
    network = NETWORK.replace(orders, f"{orders}, fallback: {{to: stale, after: 30m}}")
    path = write(tmp_path, "incident: [{at: 0h, fail: [db-1], recover: [{wait: 2h}]}]\n", network=network)
    printed = continuance("replay", path).printed
    search = printed[printed.index("search\n") :]
    assert re.search(r"^  not available +2h *$", search, re.MULTILINE)
    assert re.search(r"^  of that, stale +1h 30m *$", search, re.MULTILINE)
    assert re.search(r"^  back at +6 Jan 2025 02:00 *$", search, re.MULTILINE)


def test_a_service_that_was_only_stale_was_not_up_throughout(tmp_path: Path) -> None:
    orders = "search: {needs: {any: [web-1, web-2]}, reads: [orders]"
    accepting = f"{orders}, fallback: {{to: stale, after: 0s}}, objectives: {{rto: 1h, accepts_stale: true}}"
    path = write(
        tmp_path, "incident: [{at: 0h, fail: [db-1], recover: [{wait: 2h}]}]\n", network=NETWORK.replace(orders, accepting)
    )
    printed = continuance("replay", path).printed
    assert re.search(r"^  stale, as accepted +2h *$", printed, re.MULTILINE)
    assert "Up throughout" not in printed


def test_what_an_option_costs_stands_between_the_outage_and_the_total() -> None:
    printed = continuance("replay", "five-server-outage").printed
    costs = printed[printed.index("Cost, USD") :].splitlines()[1:4]
    assert [line.split() for line in costs] == [
        ["outage", "17,840,000", "11,120,000", "17,840,000", "1,709"],
        ["option", "0", "2,000", "0", "60,000"],
        ["total", "17,840,000", "11,122,000", "17,840,000", "61,709"],
    ]
