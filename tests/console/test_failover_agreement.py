import json
from pathlib import Path

import pytest

from failover.core.controller import begin
from failover.core.events import Health, HealthChanged, LeaseGained
from failover.core.settings import Settings
from failover.live.configuration import load_configuration
from failover.live.resuming import begin_rules
from failover.live.store import Store
from tests.console.command_line import continuance
from tests.failover.live.test_configuration import INVENTORY, TOPOLOGY

CONTROLLER = """
topology: court.yaml
inventory: hosts.yml
secrets: {vantage: "env:HOME"}
policy: {cases: {mode: observe}}
"""
AT = 1_790_000_000.0


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A controller that observes, and has seen its primary be replaced by people."""
    (tmp_path / "court.yaml").write_text(TOPOLOGY)
    (tmp_path / "hosts.yml").write_text(INVENTORY)
    path = tmp_path / "controller.yaml"
    path.write_text(CONTROLLER)
    configuration = load_configuration(path)
    store = Store(configuration.store)
    begin_rules(store, begin(Settings(configuration.topology)), since=0)
    store.gain("ctl-1")
    store.append(store.entry(LeaseGained(0.0, AT, 1, "ctl-1")), [])
    sights = [
        (1.0, "db-1", Health.PRIMARY),
        (1.0, "db-2", Health.STANDBY),
        (1.0, "db-3", Health.STANDBY),
        (100.0, "db-1", Health.SILENT),
        (520.0, "db-2", Health.PRIMARY),
    ]
    for at, host, health in sights:
        store.append(store.entry(HealthChanged(at, AT + at, host, health)), [])
    store.close()
    return path


def test_what_it_would_have_done_stands_beside_what_people_did(config: Path) -> None:
    printed = continuance("failover", "agreement", "cases", "--config", config, columns=200).printed
    assert "'db-1' of cases was silent" in printed
    assert "would have failed over to 'db-2' at once" in printed
    assert "'db-2' was made primary after 7m" in printed
    assert printed.endswith("1 occasion: 1 agreed\n")


def test_json_has_every_time_and_reason(config: Path) -> None:
    data = json.loads(continuance("failover", "agreement", "--config", config, "--output", "json").printed)
    (occasion,) = data["occasions"]
    assert data["format"] == 1
    assert data["counts"] == {"agreed": 1}
    assert occasion["would"] == {
        "intent": "failover",
        "candidate": "db-2",
        "wall_seconds": AT + 100,
        "why_not": None,
        "refused": [{"host": "db-3", "reason": "'db-2' has at least as much"}],
        "assumes_that_commits_waited_for": [],
    }
    assert occasion["became"] == {"primary": "db-2", "wall_seconds": AT + 520}


def test_a_cluster_that_is_none_is_refused_with_those_there_are(config: Path) -> None:
    assert continuance("failover", "agreement", "case", "--config", config).problem == (
        "CLUSTER: there is no cluster 'case'; did you mean 'cases'?"
    )


def test_without_a_journal_it_fails_and_says_so(config: Path) -> None:
    for path in (config.parent / "state").iterdir():
        path.unlink()
    outcome = continuance("failover", "agreement", "--config", config)
    assert outcome.code == 3
    assert "there is no such journal" in outcome.err
