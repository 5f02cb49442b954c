from dataclasses import replace
from pathlib import Path

import pytest

from scenarios.load import build_scenario, find_scenario, read_scenario
from scenarios.model import FaultKind
from tests.scenarios.writing import HEAD, NETWORK, loaded, write, wrong
from topology.errors import InputError
from topology.laws import Fixed
from topology.model import Mode

INCIDENT = "incident: [{at: 0h, fail: [db-1]}]\n"


def test_a_scenario_has_its_network_its_incident_and_a_network_for_each_response(tmp_path: Path) -> None:
    body = """\
incident:
  - {at: 2h, fail: ["db-[1-2]", line], cause: "a leak"}
responses:
  as-it-is:
  staffed: {policy: {mode: automatic}, crews: {night: {size: 4}}, stock: {a: {board: 2}, b: {board: 1}}}
""".replace("as-it-is:", "as-it-is: {}")
    scenario = loaded(tmp_path, body)
    (fault,) = scenario.incident
    assert (fault.at_seconds, fault.kind, fault.targets) == (7200.0, FaultKind.FAIL, ("db-1", "db-2", "line"))
    plain, staffed = (response.topology for response in scenario.responses)
    assert plain == scenario.topology
    assert staffed.clusters["db"].policy.mode is Mode.AUTOMATIC
    assert staffed.crews["night"].size == 4
    assert staffed.stock == {"a": {"board": 2}, "b": {"board": 1}}


def test_a_scenario_without_responses_is_played_as_it_stands(tmp_path: Path) -> None:
    (response,) = loaded(tmp_path, INCIDENT).responses
    assert (response.name, response.title) == ("as-it-stands", "As it stands")


def test_hosts_can_be_chosen_by_what_they_are(tmp_path: Path) -> None:
    body = """\
incident:
  - {at: 0h, fail: {site: a, role: database}}
  - {at: 1h, fail: {role: web, count: 1}}
"""
    first, second = loaded(tmp_path, body).incident
    assert (first.targets, second.targets) == (("db-1", "db-2"), ("web-1",))


@pytest.mark.parametrize(
    ("targets", "complaint"),
    [
        ("[db-11]", "incident.0.fail: the name 'db-11' is not defined; did you mean 'db-1'?"),
        ("[db]", "incident.0.fail: 'db' is a cluster, which fails only through its hosts; name hosts, components or sites"),
        ("orders", "incident.0.fail: 'orders' is a service, which fails only through its hosts; name hosts, components or sites"),
        ("{role: web, count: 3}", "incident.0.fail: this selects 2 hosts, fewer than the 3 it asks for"),
        ("{site: b, role: web}", "incident.0.fail: this selects 0 hosts, fewer than the 1 it asks for"),
    ],
)
def test_what_cannot_fail_is_refused_in_its_own_line(tmp_path: Path, targets: str, complaint: str) -> None:
    assert wrong(tmp_path, f"incident:\n  - {{at: 0h, restore: [db-3]}}\n  - {{at: 0h, fail: {targets}}}\n") == [
        f"night.yaml:7: {complaint.replace('incident.0', 'incident.1')}"
    ]


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ("partition: [c]", "partition: the site 'c' is not defined"),
        ("delay: [bord], by: 2d", "delay: the part 'bord' is not defined; did you mean 'board'?"),
        ("fail: [db-1], consumes: {bored: 1}", "consumes: the part 'bored' is not defined; did you mean 'board'?"),
        ("fail: [db-1], recover: [{part: boar}]", "recover.0.part: the part 'boar' is not defined; did you mean 'board'?"),
        (
            "fail: [db-1], recover: [{work: 1h, crew: nigth}]",
            "recover.0.crew: the crew 'nigth' is not defined; did you mean 'night'?",
        ),
    ],
)
def test_names_in_a_fault_must_exist(tmp_path: Path, fault: str, complaint: str) -> None:
    assert wrong(tmp_path, f"incident: [{{at: 0h, {fault}}}]\n") == [f"night.yaml:5: incident.0.{complaint}"]


def test_cutting_off_a_site_that_nothing_links_is_refused(tmp_path: Path) -> None:
    network = NETWORK.replace("  line: {links: [a, b]}\n", "  line: {}\n")
    (complaint,) = wrong(tmp_path, "incident: [{at: 0h, partition: [a]}]\n", network=network)
    assert complaint.startswith("night.yaml:5: incident.0.partition: no component links 'a'")


def test_a_fault_that_the_horizon_hides_is_refused(tmp_path: Path) -> None:
    assert wrong(tmp_path, "incident:\n  - {at: 30d, fail: [db-1]}\n") == [
        "night.yaml:6: incident.0.at: 30d is not before the horizon of 30d, so it would never be seen"
    ]


@pytest.mark.parametrize("body", ["incident: []\n", "incident: []\nbackground: false\n"])
def test_a_scenario_in_which_nothing_goes_wrong_is_refused(tmp_path: Path, body: str) -> None:
    assert wrong(tmp_path, body) == ["night.yaml:5: incident: nothing goes wrong: give a fault, or `background: true`"]


def test_lawful_failures_alone_are_enough_to_go_wrong(tmp_path: Path) -> None:
    assert loaded(tmp_path, "incident: []\nbackground: true\n").background


def test_a_network_without_services_is_refused(tmp_path: Path) -> None:
    network = NETWORK[: NETWORK.index("services:")]
    assert wrong(tmp_path, INCIDENT, network=network) == [
        "shop.yaml:1: services: there is no service, so nothing could be measured; say what people use"
    ]


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    body = """\
incident: [{at: 0h, fail: [db-9]}]
responses:
  one: {stock: {c: {board: 1}, a: {bord: 1}}, crews: {nights: {size: 2}}}
  two: {changes: {hosts: {db-4: {site: c}}}}
expect:
  - {response: three, measure: services.orders.outages, value: 1, within: 0%}
  - {response: one, measure: services.order.outages, value: 1, within: 0%}
"""
    assert wrong(tmp_path, body) == [
        "night.yaml:5: incident.0.fail: the name 'db-9' is not defined; did you mean 'db-3'?",
        "night.yaml:7: responses.one.crews: the crew 'nights' is not defined; did you mean 'night'?",
        "night.yaml:7: responses.one.stock: the site 'c' is not defined",
        "night.yaml:7: responses.one.stock.a: the part 'bord' is not defined; did you mean 'board'?",
        "night.yaml:8: responses.two.changes.hosts.db-4.site: the site 'c' is not defined",
        "night.yaml:10: expect.0.response: the response 'three' is not defined",
        "night.yaml:11: expect.1.measure: 'order' is not among the services; did you mean 'orders'?",
    ]


def test_changes_that_break_the_network_are_told_in_the_scenario(tmp_path: Path) -> None:
    body = """\
responses:
  without:
    changes:
      hosts:
        web-1: null
incident: [{at: 0h, fail: [db-1]}]
"""
    network = NETWORK.replace("  web-[1-2]: {site: a, role: web}", "  web-1: {site: a, role: web}\n  web-2: {site: a, role: web}")
    complaints = wrong(tmp_path, body, network=network)
    assert complaints[0] == (
        "night.yaml:7: responses.without.changes: with these changes, "
        "shop.yaml:16: services.orders.needs: the name 'web-1' is not defined; did you mean 'web-2'?"
    )
    assert all(complaint.startswith("night.yaml:7: ") for complaint in complaints)


def test_changes_with_a_key_nobody_knows_are_told_in_their_own_line(tmp_path: Path) -> None:
    body = INCIDENT + "responses:\n  more:\n    changes:\n      hosts:\n        db-4:\n          sight: b\n"
    assert wrong(tmp_path, body) == [
        "night.yaml:11: responses.more.changes.hosts.db-4.sight: 'sight' is not a key here; did you mean 'site'?"
    ]


def test_a_response_takes_no_service_and_no_work_away(tmp_path: Path) -> None:
    body = INCIDENT + "responses:\n  less:\n    changes:\n      services: {search: null}\n      workloads: {baskets: null}\n"
    compared = "may not be taken away: responses are compared by their"
    assert wrong(tmp_path, body) == [
        f"night.yaml:9: responses.less.changes.services: 'search' {compared} services",
        f"night.yaml:10: responses.less.changes.workloads: 'baskets' {compared} workloads",
    ]


@pytest.mark.parametrize(
    ("measure", "complaint"),
    [
        ("orders.outages", "a measure begins with `services.` or `workloads.`"),
        ("services.orders.outage", "'outage' is not a measure of 'orders'; did you mean 'outages'?"),
        ("services.orders.objectives.rto.met", "'objectives.rto.met' is not a measure of 'orders'; did you mean "),
        ("services.search.objectives.rto.actual_seconds", "'objectives.rto.actual_seconds' is not a measure of 'search'"),
        ("services.orders", "'' is not a measure of 'orders'; it has downtime_seconds, "),
        ("workloads.baskets.backlog", "'backlog' is not a measure of 'baskets'; did you mean 'backlog_peak'?"),
        ("workloads.basket.lost", "'basket' is not among the workloads; did you mean 'baskets'?"),
    ],
)
def test_what_is_no_measure_cannot_be_expected(tmp_path: Path, measure: str, complaint: str) -> None:
    expect = f"expect: [{{response: as-it-stands, measure: {measure}, value: 1, within: 5%}}]\n"
    (line,) = wrong(tmp_path, INCIDENT + expect)
    assert line.startswith(f"night.yaml:6: expect.0.measure: {complaint}")


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("topology: shopp\n", "topology: 'shopp': there is no such file, and no shipped network of that name"),
        ("topology: [shop]\n", "topology: a list is not the name of a topology"),
        ("topology: 5\n", "topology: 5 is not the name of a topology"),
    ],
)
def test_a_network_that_cannot_be_found_is_told_in_the_scenario(tmp_path: Path, name: str, complaint: str) -> None:
    (line,) = wrong(tmp_path, INCIDENT, HEAD.replace("topology: shop\n", name))
    assert line.startswith(f"night.yaml:2: {complaint}")


def test_a_scenario_that_names_no_network_is_refused(tmp_path: Path) -> None:
    head = HEAD.replace("topology: shop\n", "")
    assert wrong(tmp_path, INCIDENT, head) == ["night.yaml:1: topology: the key 'topology' is missing"]


def test_what_is_wrong_with_the_network_is_told_in_the_network(tmp_path: Path) -> None:
    assert wrong(tmp_path, INCIDENT, network=NETWORK.replace("primary: db-1", "primary: db-7")) == [
        "shop.yaml:13: clusters.db.primary: 'db-7' is not among the members; did you mean 'db-3'?"
    ]


@pytest.mark.parametrize("name", ["nowhere", "a/b.yaml", "", "x" * 5000, "nul\0byte"])
def test_a_scenario_that_is_nowhere_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        find_scenario(name)


def test_a_fact_of_the_scenario_can_be_given_another_value(tmp_path: Path) -> None:
    body = "incident: [{at: 0h, fail: [db-1], recover: [{wait: {value: 9d, low: 2d, mark: assumed, why: guess}}]}]\n"
    source = read_scenario(write(tmp_path, body))
    (fact,) = build_scenario(source).facts
    assert fact.key == "scenario.incident.0.recover.0.wait"
    varied = build_scenario(source.with_value(fact, "2d"))
    assert [stage.law for fault in varied.incident for stage in fault.recover or ()] == [Fixed(172_800.0)]


def test_what_a_response_puts_on_a_shelf_leaves_the_rest_of_the_shelf(tmp_path: Path) -> None:
    network = NETWORK.replace("parts: {", "parts: {fan: {lead_time: 1d}, ").replace("{a: {board: 0}}", "{a: {board: 0, fan: 3}}")
    body = INCIDENT + "responses: {stocked: {stock: {a: {board: 2}}}}\n"
    (response,) = loaded(tmp_path, body, network=network).responses
    assert response.topology.stock == {"a": {"board": 2, "fan": 3}}


def test_what_comes_and_goes_is_down_and_up_for_as_long_as_it_says(tmp_path: Path) -> None:
    (fault,) = loaded(tmp_path, "incident: [{at: 0h, flap: [db-1], down: 10m, up: 1h, times: 3}]\n").incident
    assert (fault.kind, fault.down_seconds, fault.up_seconds, fault.times) == (FaultKind.FLAP, 600.0, 3600.0, 3)


def test_only_the_responses_asked_for_are_built_and_one_that_is_not_there_is_refused(tmp_path: Path) -> None:
    source = read_scenario(write(tmp_path, INCIDENT + "responses: {one: {}, two: {}, three: {}}\n"))
    chosen = build_scenario(replace(source, only=("three", "one")))
    assert [response.name for response in chosen.responses] == ["one", "three"]
    with pytest.raises(InputError, match="the response 'tow' is not defined; did you mean 'two'"):
        build_scenario(replace(source, only=("one", "tow")))
