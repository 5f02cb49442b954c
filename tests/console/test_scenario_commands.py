import json
from pathlib import Path

import pytest
import yaml

from scenarios.load import library_names
from tests.console.command_line import continuance
from tests.scenarios.writing import write

INCIDENT = "incident: [{at: 0h, fail: [db-1]}]\n"


def test_the_library_is_listed_with_what_can_be_tried() -> None:
    printed = continuance("scenarios", "list", columns=80).printed
    document = json.loads(continuance("scenarios", "list", "--output", "json").printed)
    assert [each["name"] for each in document["scenarios"]] == library_names()
    for each in document["scenarios"]:
        assert f"{each['name']}: {each['title']}\n" in printed
        assert all(response in printed for response in each["responses"])


@pytest.mark.parametrize("name", library_names())
@pytest.mark.parametrize("columns", [80, 140])
def test_a_scenario_is_shown_whole_and_within_the_screen(name: str, columns: int) -> None:
    printed = continuance("scenarios", "show", name, columns=columns).printed
    assert max(map(len, printed.splitlines())) <= columns
    document = json.loads(continuance("scenarios", "show", name, "--output", "json").printed)
    words = " ".join(printed.split())
    for fact in document["facts"]:
        assert fact["key"] in words.replace(" ", "") or fact["key"] in words
        assert " ".join((fact["source"] or fact["why"]).split()) in words
    for response in document["responses"]:
        assert f"{response['name']}: {response['title']}" in words


def test_hosts_that_fail_together_are_shown_as_a_range() -> None:
    printed = continuance("scenarios", "show", "five-server-outage").printed
    assert "after 0s: fail fc-srv-[1-5] (storage drives fail in five servers)" in printed


def test_yaml_holds_the_same_as_json() -> None:
    shown = [continuance("scenarios", "show", "lines-cut", "--output", form).printed for form in ("json", "yaml")]
    assert json.loads(shown[0]) == yaml.safe_load(shown[1])


def test_a_scenario_that_is_right_is_said_to_be(tmp_path: Path) -> None:
    path = write(tmp_path, INCIDENT)
    assert continuance("scenarios", "validate", path).printed == "night: 1 fault, 1 response; nothing is wrong\n"


def test_everything_that_is_wrong_is_said_line_by_line(tmp_path: Path) -> None:
    path = write(tmp_path, "incident:\n  - {at: 0h, fail: [db-9]}\n  - {at: 99d, fail: [orders]}\n")
    outcome = continuance("scenarios", "validate", path)
    assert (outcome.code, outcome.out) == (2, "")
    assert [line.removeprefix(f"{path}:") for line in outcome.err.splitlines()] == [
        "6: incident.0.fail: the name 'db-9' is not defined; did you mean 'db-3'?",
        "7: incident.1.at: 99d is not before the horizon of 30d, so it would never be seen",
        "7: incident.1.fail: 'orders' is a service, which fails only through its hosts; name hosts, components or sites",
    ]


@pytest.mark.parametrize("command", ["show", "validate"])
def test_a_scenario_nobody_knows_is_refused_with_the_nearest(command: str) -> None:
    assert continuance("scenarios", command, "line-cut").problem.endswith("did you mean 'lines-cut'?")
