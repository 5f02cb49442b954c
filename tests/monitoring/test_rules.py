"""Rules and dashboard name nothing that is not there; every alert has its page; Prometheus's own tool agrees."""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import generate_latest

from console.main import app
from monitoring.dashboard import ROWS
from monitoring.rules import ALERTS, RECORDINGS, rules
from tests.monitoring.exposed import exposed
from tests.monitoring.firing import FIRING

ROOT = Path(__file__).parents[2]
RULES = ROOT / "docs" / "monitoring" / "rules.yml"
NAME = re.compile(r"\b(?:[a-z_]+:)*(?:continuance|process)_[a-z_:0-9]+|\bcontinuance:[a-z_:0-9]+")
RECORDED = {each.name for each in RECORDINGS}


def named(expression: str) -> set[str]:
    """The metrics and recorded series that *expression* names."""
    return set(NAME.findall(re.sub('"[^"]*"', '""', expression)))


def dashboard_expressions() -> Iterable[str]:
    return (query.expression for _, row in ROWS for panel in row for query in panel.queries)


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    found = exposed(tmp_path_factory.mktemp("duty")).collect()
    return {sample.name for family in found for sample in family.samples}


def test_every_metric_that_a_rule_or_a_panel_names_is_exposed(samples: set[str]) -> None:
    expressions = [*(each.expression for each in (*ALERTS, *RECORDINGS)), *dashboard_expressions()]
    assert all(named(each) for each in expressions)
    assert {name for each in expressions for name in named(each)} - RECORDED - samples == set()


def test_everything_that_is_recorded_is_used() -> None:
    used = {name for each in (*(alert.expression for alert in ALERTS), *dashboard_expressions()) for name in named(each)}
    assert used >= RECORDED


def test_every_metric_is_in_the_manual(samples: set[str]) -> None:
    manual = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    ours = {re.sub("_(bucket|sum|count)$", "", name) for name in samples if name.startswith("continuance_")}
    assert {name for name in ours if f"`{name}`" not in manual} == set()


def test_every_alert_has_a_page_and_no_page_is_left_over() -> None:
    pages = {each.stem for each in (ROOT / "docs" / "alerts").glob("*.md")} - {"README"}
    assert pages == {each.page for each in ALERTS}
    urls = [rule["annotations"]["runbook_url"] for group in rules()["groups"] for rule in group["rules"] if "alert" in rule]
    assert [ROOT / url for url in urls if not (ROOT / url).is_file()] == []


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: str(alert.page))
def test_a_page_says_what_it_means_what_to_look_at_and_what_to_type(alert: Any) -> None:
    page = (ROOT / "docs" / "alerts" / f"{alert.page}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {alert.name}\n")
    headings = [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")]
    assert headings == ["What it means", "What to look at", "What to type"]
    assert "\ncontinuance " in page, "a command by itself on a line"


def test_every_command_on_a_page_exists() -> None:
    from typer.main import get_command

    known = get_command(app)
    for alert in ALERTS:
        page = (ROOT / "docs" / "alerts" / f"{alert.page}.md").read_text(encoding="utf-8")
        for line in (line for line in page.splitlines() if line.startswith("continuance ")):
            command: Any = known
            for word in line.split()[1:]:
                if not hasattr(command, "commands"):
                    break
                assert word in command.commands, f"{alert.page}: {line}"
                command = command.commands[word]


def test_no_alert_of_ours_can_be_taken_for_what_somebody_else_sees() -> None:
    from failover.live.monitoring_schema import OUR_ALERTS

    assert [each.name for each in ALERTS if not each.name.startswith(OUR_ALERTS)] == []


def test_every_alert_is_tried() -> None:
    assert set(FIRING) == {each.name for each in ALERTS}


# Prometheus's own tool.


def promtool(*words: str | Path, said: bytes | None = None) -> str:
    done = subprocess.run(["promtool", *map(str, words)], input=said, capture_output=True, check=False)
    told = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, told
    return told


@pytest.mark.lab
def test_promtool_finds_nothing_wrong_with_the_rules() -> None:
    assert f"SUCCESS: {len(ALERTS) + len(RECORDINGS)} rules found" in promtool("check", "rules", RULES)


@pytest.mark.lab
def test_promtool_finds_nothing_wrong_with_the_metrics(tmp_path: Path) -> None:
    assert promtool("check", "metrics", said=generate_latest(exposed(tmp_path))) == ""


@pytest.mark.lab
@pytest.mark.parametrize("name", FIRING)
def test_an_alert_fires_when_it_should_and_not_before(tmp_path: Path, name: str) -> None:
    series, fires_at, quiet_at, labels = FIRING[name]
    alert = next(each for each in ALERTS if each.name == name)
    found = next(rule for group in rules()["groups"] for rule in group["rules"] if rule.get("alert") == name)
    annotations = {key: _filled(text, labels) for key, text in found["annotations"].items()}
    fired = {"exp_labels": {**labels, "severity": alert.severity}, "exp_annotations": annotations}
    test = {
        "rule_files": [str(RULES)],
        "evaluation_interval": "15s",
        "tests": [
            {
                "interval": "15s",
                "input_series": [{"series": each, "values": values} for each, values in series.items()],
                "alert_rule_test": [
                    {"eval_time": quiet_at, "alertname": name},
                    {"eval_time": fires_at, "alertname": name, "exp_alerts": [fired]},
                ],
            }
        ],
    }
    path = tmp_path / "test.yml"
    path.write_text(yaml.safe_dump(test, sort_keys=False))
    promtool("test", "rules", path)


def _filled(text: str, labels: dict[str, str]) -> str:
    return re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda match: labels[match[1]], text)
