from pathlib import Path

import pytest

from scenarios.model import FaultKind
from tests.scenarios.writing import HEAD, loaded, wrong
from topology.laws import Fixed

KINDS = ", ".join(FaultKind)
TRIGGER = "the keys here are command, phase, nth, cluster"
RATE = "write a rate such as 102% or 0.98, more than 0 and at most 1000%"
WHEN = "say when: `at: 2h` (after the start), or `when: {command: promote, phase: before}`"


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ("{at: 0h, xyzzy: [db-1]}", f": 'xyzzy' is no fault that is known here; one is {KINDS}"),
        ("{at: 0h, fial: [db-1]}", ": 'fial' is no fault that is known here; did you mean 'fail'?"),
        ("{at: 0h}", f": a fault says what it does: one of {KINDS}"),
        ("{at: 0h, fail: null}", ".fail: null is not a name; write a name or a list of names, such as [app-1, app-2]"),
        ("{at: 0h, fail: [db-1], flap: [db-2]}", ": a fault is of one kind; this one is fail and flap"),
        ("{at: 0h, delay: [board]}", ": 'delay' needs 'by'"),
        ("{at: 0h, flap: [db-1], up: 1m}", ": 'flap' needs 'down'"),
        ("{at: 0h, flap: [db-1]}", ": 'flap' needs 'down', 'up'"),
        ("{at: 0h, fail: [db-1], down: 1m}", ": 'fail' takes no 'down'"),
        ("{at: 0h, restore: [db-1], recover: []}", ": 'restore' takes no 'recover'"),
        ("{fail: [db-1]}", f": {WHEN}"),
        ("{fail: [db-1], at: 0h, when: {command: promote, phase: before}}", f": {WHEN}; not both"),
        ("{at: 0h, fail: [db-1], caus: fire}", ": 'fail' takes no 'caus'; did you mean 'cause'?"),
        ("{at: 0h, fail: [db-1], xyzzy: 1}", ": 'fail' takes no 'xyzzy'"),
        (
            "{at: 0h, partition: {site: a}}",
            ".partition: a mapping is not a name; write a name or a list of names, such as [app-1, app-2]",
        ),
        ("{at: 0h, cut: [db-1], loss: 3%}", ": 'cut' takes no 'loss'"),
        ("{at: 0h, cut: [db-1], from: []}", ".from: names nothing; write a name or a list of names"),
        ("{at: 0h, cut: [db-1], one_way: maybe}", ".one_way: 'maybe' is neither true nor false"),
        ("{at: 0h, cut: [db-1], for: 0s}", ".for: '0s' is no time at all; write more than 0, for example 1h"),
        ("{at: 0h, lossy: [db-1]}", ": 'lossy' needs 'loss', 'jitter' or both"),
        ("{at: 0h, lossy: [db-1], loss: 130%}", ".loss: '130%' is not a share; it must lie between 0% and 100%"),
        ("{at: 0h, store_slow: store, by: -3s}", ".by: '-3s' is negative; a duration is 0 or more"),
        ("{at: 0h, clock_rate: leader}", ": 'clock_rate' needs 'rate'"),
        ("{at: 0h, clock_rate: leader, rate: fast}", f".rate: 'fast' is not how fast a clock runs; {RATE}"),
        ("{at: 0h, clock_rate: leader, rate: 0}", f".rate: 0 is not how fast a clock runs; {RATE}"),
        ("{at: 0h, clock_rate: leader, rate: .nan}", f".rate: nan is not how fast a clock runs; {RATE}"),
        ("{at: 0h, fence_hits: [db-1]}", ": 'fence_hits' needs 'instead'"),
        ("{at: 0h, fence_lies: [db-1], times: 0}", ".times: 0 is too small; it must be 1 or more"),
        ("{at: 0h, report_lost: [db-1], commands: promot}", ".commands: 'promot' is no command; did you mean 'promote'?"),
        ("{fail: [db-1], when: promote}", ".when: 'promote' is not a mapping of keys to values"),
        ("{fail: [db-1], when: {command: promote}}", ".when.phase: the key 'phase' is missing"),
        (
            "{fail: [db-1], when: {command: promote, phase: durin}}",
            ".when.phase: 'durin' is not one of 'before', 'within' or 'after'",
        ),
        ("{fail: [db-1], when: {command: promote, phase: after, nth: 0}}", ".when.nth: 0 is too small; it must be 1 or more"),
        ("{fail: [db-1], when: {command: promote, phase: after, of: db}}", f".when.of: 'of' is not a key here; {TRIGGER}"),
        ("{at: 0h, order: null}", ": 'order' says nothing; write for example {kind: pause, cluster: orders-db, by: ana}"),
        ("{at: 0h, order: pause}", ".order: 'pause' is not a mapping of keys to values"),
        ("{at: 0h, order: {kind: pause, cluster: db}}", ".order.by: the key 'by' is missing"),
        ('{at: 0h, order: {kind: pause, cluster: db, by: ""}}', ".order.by: must not be empty"),
        (
            "{at: 0h, order: {kind: pause, cluster: db, by: ana, hots: x}}",
            ".order.hots: 'hots' is not a key here; did you mean 'host'?",
        ),
        (
            "{at: 0h, order: {kind: failover, cluster: db, by: ana}}",
            ".order: 'failover' forces something, so it needs a 'reason'",
        ),
        ("{at: 0h, order: {kind: rejoin, cluster: db, by: ana}}", ".order: 'rejoin' needs the 'host' it speaks of"),
        ("{at: 0h, order: {kind: pause, cluster: db, by: ana, host: db-1}}", ".order: 'pause' takes no 'host'"),
        ("{at: 0h, order: {kind: pause, cluster: db, by: ana, for: 1h}}", ".order: 'pause' takes no 'for'"),
        (
            "{at: 0h, order: {kind: maintenance, cluster: db, by: ana, host: db-1}}",
            ".order: 'maintenance' needs 'for': how long it lasts",
        ),
        (
            "{at: 0h, order: {kind: withdraw_page, cluster: db, by: ana, host: db-1, reason: old}}",
            ".order: 'withdraw_page' needs the 'service' whose page it is",
        ),
        ("{at: 0h, order: {kind: pause, cluster: db, by: ana, service: orders}}", ".order: 'pause' takes no 'service'"),
        ("{at: -3h, fail: [db-1]}", ".at: '-3h' is negative; a duration is 0 or more"),
        (
            "{at: 3, fail: [db-1]}",
            ".at: 3 has no unit; write a duration such as 30s, 4h30m or 14d (ms, s, m (minutes), h, d, w, y)",
        ),
        ("{at: 0h, fail: []}", ".fail: names nothing; write a name or a list of names"),
        ("{at: 0h, partition: []}", ".partition: names nothing; write a name or a list of names"),
        ("{at: 0h, delay: [], by: 1d}", ".delay: names nothing; write a name or a list of names"),
        ("{at: 0h, fail: [5]}", ".fail: 5 is not a name; write a name or a list of names, such as [app-1, app-2]"),
        ("{at: 0h, fail: ['db-[2-1]']}", ".fail: 'db-[2-1]' is not a range; write for example web-[1-3], lowest first"),
        (
            "{at: 0h, fail: {rol: web}}",
            ".fail: hosts are not selected by 'rol', but by site, role, uses, count; did you mean 'role'?",
        ),
        ("{at: 0h, fail: {count: 0}}", ".fail: 'count' is 0, not a whole number of hosts, 1 or more"),
        ("{at: 0h, fail: {site: [a]}}", ".fail: 'site' is a list, not a name"),
        ("{at: 0h, flap: [db-1], down: 1s, up: 1s, times: 0}", ".times: 0 is too small; it must be 1 or more"),
        ("{at: 0h, flap: [db-1], down: 1s, up: 1s, times: 99999}", ".times: 99999 is too large; it must be 10,000 or less"),
        ("{at: 0h, fail: [db-1], consumes: {board: 0}}", ".consumes.board: 0 is too small; it must be 1 or more"),
        ("db-1", ": 'db-1' is not a mapping of keys to values"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_with_what_would_be_right(tmp_path: Path, fault: str, complaint: str) -> None:
    assert wrong(tmp_path, f"incident:\n  - {fault}\n") == [f"night.yaml:6: incident.0{complaint}"]


@pytest.mark.parametrize(
    ("written", "instead", "complaint"),
    [
        (
            "2025-01-06T00:00+01:00",
            "2025-01-06T00:00",
            "night.yaml:3: start: '2025-01-06T00:00' is not a time with its offset; write 2014-04-12T00:00-04:00",
        ),
        (
            "2025-01-06T00:00+01:00",
            "yesterday",
            "night.yaml:3: start: 'yesterday' is not a time with its offset; write 2014-04-12T00:00-04:00",
        ),
        (
            "2025-01-06T00:00+01:00",
            "9999-12-31T23:59+00:00",
            "night.yaml:3: start: '9999-12-31T23:59+00:00' is too far off; a scenario begins between 1900 and 2399",
        ),
        ("horizon: 30d\n", "", "night.yaml:1: horizon: the key 'horizon' is missing"),
        (
            "30d",
            "0d",
            "night.yaml:4: horizon: '0d' is no time to look on for; write more than 0 and at most 200y, for example 120d",
        ),
        (
            "30d",
            "9000y",
            "night.yaml:4: horizon: '9000y' is no time to look on for; write more than 0 and at most 200y, for example 120d",
        ),
        (
            "30d",
            "30",
            "night.yaml:4: horizon: 30 has no unit; write a duration such as 30s, 4h30m or 14d (ms, s, m (minutes), h, d, w, y)",
        ),
        ("name: night", 'name: ""', "night.yaml:1: name: must not be empty"),
        ("name: night", "nme: night", "night.yaml:1: name: the key 'name' is missing"),
    ],
)
def test_a_head_that_cannot_be_is_refused(tmp_path: Path, written: str, instead: str, complaint: str) -> None:
    body = "incident: [{at: 0h, fail: [db-1]}]\n"
    assert complaint in wrong(tmp_path, body, HEAD.replace(written, instead))


@pytest.mark.parametrize("value", ["abc", "x%", ".inf", ".nan", "-.inf", "1e999", "inf%", "nan%", "true", "[1]", "null"])
def test_a_value_that_is_no_number_cannot_be_expected(tmp_path: Path, value: str) -> None:
    expect = f"expect: [{{response: as-it-stands, measure: services.orders.outages, value: {value}, within: 5%}}]\n"
    (complaint,) = wrong(tmp_path, f"incident: [{{at: 0h, fail: [db-1]}}]\n{expect}")
    assert complaint.startswith("night.yaml:6: expect.0.value: ")
    assert "write a duration such as" in complaint


@pytest.mark.parametrize(("value", "meant"), [("2d", 172_800.0), ("99.5%", 0.995), ("17", 17.0), ("-2.5", -2.5), ("0", 0.0)])
def test_a_value_to_expect_is_a_duration_a_share_or_a_number(tmp_path: Path, value: str, meant: float) -> None:
    expect = f"expect: [{{response: as-it-stands, measure: services.orders.outages, value: {value}, within: 5%}}]\n"
    (expectation,) = loaded(tmp_path, f"incident: [{{at: 0h, fail: [db-1]}}]\n{expect}").expectations
    assert expectation.value == meant


def test_the_operator_never_comes_or_answers_by_a_law(tmp_path: Path) -> None:
    body = "incident: [{at: 0h, fail: [db-1]}]\nresponses: {a: {}, b: {operator: never}, c: {operator: 20m}}\n"
    never, stated, answers = loaded(tmp_path, body).responses
    assert (never.operator, stated.operator, answers.operator) == (None, None, Fixed(1200.0))


def test_an_operator_that_is_neither_is_told_both_ways(tmp_path: Path) -> None:
    (complaint,) = wrong(tmp_path, "incident: [{at: 0h, fail: [db-1]}]\nresponses:\n  a: {operator: nevr}\n")
    assert complaint.startswith("night.yaml:7: responses.a.operator: 'nevr' is not a duration")
    assert complaint.endswith("or 'never'")
