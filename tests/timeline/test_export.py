from typing import Any

import pytest

from scenarios.load import find_scenario, load_scenario
from simulator.replay import replay
from timeline.export import measure_at, measures, replay_document, response_document, service_measures, workload_measures
from topology.model import Objectives

DOCUMENT: dict[str, Any] = {
    "services": {
        "a": {"down": 1, "b": {"c": 2.5}},
        "a.b": {"c": 3, "never": None, "met": True, "word": "up"},
        "a.b.c": {"deep": 4},
    }
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return replay_document(replay(load_scenario(find_scenario("five-server-outage"))))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("services.a.down", 1),
        ("services.a.b.c.deep", 4),
        ("services.a.b.never", None),
    ],
)
def test_a_measure_is_found_by_its_dotted_path_also_where_names_hold_dots(path: str, value: float | None) -> None:
    assert measure_at(DOCUMENT, path) == value


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("services.x.down", "there is no 'x' among a, a.b, a.b.c"),
        ("services.a.dwn", "there is no 'dwn' among down, b"),
        ("services.a.down.more", r"nothing lies below a number \('more'\)"),
        ("services.a", "it is not a number"),
        ("services.a.b.met", "it is not a number"),
        ("services.a.b.word", "it is not a number"),
        ("", "there is no '' among services"),
    ],
)
def test_a_path_that_leads_to_no_number_says_what_there_is(path: str, complaint: str) -> None:
    with pytest.raises(KeyError, match=complaint):
        measure_at(DOCUMENT, path)


def test_the_names_of_the_measures_are_those_of_the_document(document: dict[str, Any]) -> None:
    scenario = load_scenario(find_scenario("five-server-outage"))
    response = document["responses"][0]
    for name, service in scenario.topology.services.items():
        written = [path for path, value in measures(response["services"][name]).items() if not isinstance(value, bool)]
        assert sorted(written) == sorted(service_measures(service.objectives))
    for workload in response["workloads"].values():
        assert sorted(measures(workload)) == sorted(workload_measures())


def test_a_service_without_objectives_has_no_measures_of_them() -> None:
    assert not any("objectives" in name for name in service_measures(Objectives()))


def test_every_single_value_has_its_path() -> None:
    document = {"list": [{"name": "x", "value": 1}, {"host": "y"}, 7], "none": None}
    assert measures(document) == {"list.x.name": "x", "list.x.value": 1, "list.y.host": "y", "list.2": 7, "none": None}


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan")])
def test_a_number_that_is_none_is_no_measure(number: float) -> None:
    with pytest.raises(ValueError, match=r"a\.b is "):
        measures({"a": {"b": number}})


def test_what_was_not_reached_is_null(document: dict[str, Any]) -> None:
    by_name = {response["name"]: response for response in document["responses"]}
    video = by_name["as-happened"]["services"]["video"]
    assert (video["outages"], video["restored_at_seconds"]) == (0, None)


def test_a_response_in_a_document_is_that_response() -> None:
    result = replay(load_scenario(find_scenario("lines-cut")))
    assert replay_document(result)["responses"] == [response_document(each) for each in result.responses]


def test_an_item_of_a_list_goes_by_its_name_else_its_cluster_else_its_host() -> None:
    document = [{"cluster": "db", "host": "db-1", "lost": 5}, {"name": "x", "cluster": "db", "lost": 6}]
    assert {path: value for path, value in measures(document).items() if path.endswith("lost")} == {"db.lost": 5, "x.lost": 6}
