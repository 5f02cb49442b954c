import json
import sys
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from console.main import main
from console.topology_commands import app
from tests.console.command_line import continuance


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Run `continuance topology WORDS`; return its exit code and what it printed on both outputs."""
    monkeypatch.setattr(sys, "argv", ["continuance", "topology", *words])
    monkeypatch.setenv("COLUMNS", "140")
    with pytest.raises(SystemExit) as left:
        main()
    printed = capsys.readouterr()
    code = left.value.code or 0
    assert isinstance(code, int)
    return code, printed.out, printed.err


class Runner:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch = monkeypatch
        self.capsys = capsys

    def refused(self, *words: str) -> list[str]:
        code, out, err = run(self.monkeypatch, self.capsys, *words)
        assert (code, out) == (2, "")
        return err.splitlines()

    def text(self, *words: str) -> str:
        code, out, err = run(self.monkeypatch, self.capsys, *words)
        assert (code, err) == (0, "")
        return out

    def data(self, *words: str) -> Any:
        return json.loads(self.text(*words, "--output", "json"))


@pytest.fixture
def topology(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Runner:
    return Runner(monkeypatch, capsys)


COURTS = "immigration-courts"
SERVERS = [f"fc-srv-{number}" for number in range(1, 6)]


def test_validate_says_in_one_line_that_nothing_is_wrong(topology: Runner) -> None:
    assert topology.text("validate", COURTS) == "immigration-courts: 14 hosts, 6 services; nothing is wrong\n"


def test_show_tells_of_everything_in_compact_ranges(topology: Runner) -> None:
    text = topology.text("show", COURTS)

    for words in ("fc-srv-[1-5]", "case-db and 2 of fc-app-[1-3]", "any of ivr-[1-2]", "RTO 4h, RPO 15m, 99.9%", "1 cluster, "):
        assert words in text
    assert "29 assumed" in text


def test_show_as_data_has_what_the_screen_has(topology: Runner) -> None:
    data = topology.data("show", COURTS)

    assert data["format"] == 1
    assert data["counts"]["hosts"] == 14
    assert data["sites"]["falls-church"]["hosts"][:5] == SERVERS
    assert data["elsewhere"] == {"hosts": [], "components": ["court-video"]}
    assert data["clusters"]["case-db"]["policy"] == {"mode": "manual", "detection_window_seconds": 3.0, "rpo_seconds": 900.0}
    assert data["services"]["case-records"]["objectives"]["rto_seconds"] == 4 * 3600.0
    assert data["workloads"]["calls"]["arrivals"][0] == {"calendar": "mon-fri", "amount_per_day": 5000.0}


def test_show_as_yaml_is_the_same_data(topology: Runner) -> None:
    assert yaml.safe_load(topology.text("show", COURTS, "--output", "yaml")) == topology.data("show", COURTS)


def test_impact_names_what_is_down_and_why_nobody_can_take_over(topology: Runner) -> None:
    text = topology.text("impact", COURTS, "fc-srv-[1-5]")

    for words in ("As it stands, and after a successful failover", "fc-db-[1-2]", "down, stale after 11d", "reads case-records"):
        assert words in text
    assert "no: hangs on fc-storage, which is down because fc-srv-[1-5] failed" in text


def test_impact_shows_both_views_where_a_failover_changes_something(topology: Runner) -> None:
    text = topology.text("impact", COURTS, "fc-db-1")

    assert text.index("As it stands") < text.index("After a successful failover")
    assert "no further loss" in text


def test_impact_as_data(topology: Runner) -> None:
    data = topology.data("impact", COURTS, "fc-db-1")
    before, after = data["views"]["as_it_stands"], data["views"]["after_failover"]

    assert data["failed"] == ["fc-db-1"]
    assert before["down"] == {"sites": [], "components": [], "hosts": ["fc-db-1"], "clusters": ["case-db"]}
    assert before["services"]["hotline"]["state"] == "stale"
    assert before["services"]["hotline"]["stale_after_seconds"] == 11 * 86400.0
    assert before["services"]["case-records"]["because"] == {"needs_hold": False, "sources_lost": []}
    assert after["services"]["case-records"]["bears"]["losses"] == 0
    assert "fc-db-2" in after["services"]["case-records"]["bears"]["next_losses"]
    standby: dict[str, Any] = {"can_take_over": True, "reason": None, "failed": [], "through": [], "suspect": []}
    assert data["clusters"] == {"case-db": {"primary": "fc-db-1", "primary_down": True, "standbys": {"fc-db-2": standby}}}


def test_impact_refuses_names_that_are_not_there_in_one_line_each(topology: Runner) -> None:
    lines = topology.refused("impact", COURTS, "fc-srw-1", "fc-db-1")

    assert lines == [
        "fc-srw-1: there is no host, component or site 'fc-srw-1' in immigration-courts; did you mean 'fc-srv-1'?",
    ]


def test_weak_points_are_told_for_each_service_in_both_views(topology: Runner) -> None:
    text = topology.text("weak-points", COURTS)

    for words in ("falls-church, fc-power, fc-storage, fc-db-1", "any 2 of fc-srv-[1-5]", "all of fc-db-[1-2]", "→ case-db →"):
        assert words in text
    weak_points = text.partition("Importance in the long run")[0]
    assert weak_points.count("as it stands and after a successful failover") == 2  # eregistration and video have no cluster


def test_weak_points_as_data(topology: Runner) -> None:
    data = topology.data("weak-points", COURTS, "--service", "hotline", "--order", "3")
    view = data["views"]["after_failover"]
    hotline = view["services"]["hotline"]

    assert (data["order"], hotline["complete_to_order"]) == (3, 3)
    assert list(view["services"]) == ["hotline"]
    assert hotline["single_points"][0] == {"name": "falls-church", "leaves": "stale", "stale_after_seconds": 11 * 86400.0}
    assert ["fc-db-1", "fc-db-2"] in [each["names"] for each in hotline["cut_sets"]]
    assert hotline["recovery_order"][-1] == ["hotline"]
    assert view["clusters"]["case-db"]["shared_with"]["fc-db-2"] == ["falls-church", "fc-power", "fc-storage"]


def test_weak_points_of_an_unknown_service_are_refused(topology: Runner) -> None:
    assert topology.refused("weak-points", COURTS, "--service", "hotlin") == [
        "hotlin: there is no service 'hotlin' in immigration-courts; did you mean 'hotline'?"
    ]


def test_combinations_too_many_to_list_are_said_to_be(topology: Runner, tmp_path: Any) -> None:
    path = tmp_path / "wide.yaml"
    path.write_text('name: wide\nhosts: {"web-[1-1000]": {}}\nservices: {work: {needs: {at_least: 999, of: ["web-[1-1000]"]}}}\n')

    assert "combinations of 2 and more: too many to list" in topology.text("weak-points", str(path))
    assert topology.data("weak-points", str(path))["views"]["as_it_stands"]["services"]["work"]["complete_to_order"] == 1


def test_the_schema_is_one_that_checkers_take(topology: Runner) -> None:
    Draft202012Validator.check_schema(json.loads(topology.text("schema")))


@pytest.mark.parametrize("command", app.registered_commands, ids=lambda command: command.callback.__name__)
def test_every_command_has_an_example(command: Any) -> None:
    assert "Example: continuance topology " in command.callback.__doc__


def test_what_one_more_would_be_worth_is_weighed_on_request() -> None:
    words = ("topology", "weak-points", "immigration-courts", "--order", 1, "--runs", 200)
    found = json.loads(continuance(*words, "--output", "json").printed)["one_more"]

    assert (found["runs"], found["saved_in"]) == (200, "USD")
    assert {each["change"] for each in found["changes"]} >= {"one more storage-drive at falls-church", "one more in the crew field"}
    assert "What one more would be worth a year, on 200 runs" in continuance(*words, columns=200).printed


HARBOUR = """
name: exact
components: {power: {fails: {exponential: {mean: 99d}}, recover: [{wait: 1d}]}}
hosts: {"web-[1-2]": {uses: [power], fails: {exponential: {mean: 9d}}, recover: [{wait: 1d}]}}
services: {shop: {title: "The shop", needs: {any: ["web-[1-2]"]}}}
"""


def test_importance_is_ranked_for_each_service(topology: Runner, tmp_path: Any) -> None:
    path = tmp_path / "exact.yaml"
    path.write_text(HARBOUR)
    data = topology.data("weak-points", str(path), "--service", "shop")["importance"]["as_it_stands"]["shop"]
    web, _, power = data["things"]

    assert (data["exact"], data["against"], power["name"], web["name"]) == (True, [], "power", "web-1")
    assert power["birnbaum"] == pytest.approx(1 - 0.1**2)
    assert web["downtime_hours_a_year"] == pytest.approx(0.1 * 0.1 * 0.99 * 8760)
    text = topology.text("weak-points", str(path))
    assert "as it stands and after a successful failover: 7d 6h down or stale a year, exact" in text
    assert "web-[1-2], each  90.0%         0.099     0.503           3d 15h" in text


def test_what_stands_against_an_exact_answer_is_told_once_with_the_services_it_concerns(topology: Runner) -> None:
    text = topology.text("weak-points", "north-coast-ferries")

    assert text.count("crew technicians") == 2
    assert "up to 31 recoveries want its 2 at once" in " ".join(text.split())


def test_without_repyability_one_line_says_what_to_install_and_the_rest_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "repyability", None)
    outcome = continuance("topology", "weak-points", "north-coast-ferries", "--output", "json")

    assert outcome.code == 0
    assert outcome.err == "importance is left out, for RePyability is not installed; install continuance[exact]\n"
    assert json.loads(outcome.out)["importance"] is None
