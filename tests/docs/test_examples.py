"""What the documents show works as they show it."""

import re
from pathlib import Path

import pytest

from failover.core.events import OrderKind
from scenarios.kinds import RULES
from scenarios.load import build_scenario, load_scenario, read_scenario
from scenarios.model import FaultKind
from simulator.replay import replay
from topology.load import load_topology
from topology.schema import ClusterEntry, PolicyEntry
from topology.sources import LISTS

DOCS = Path(__file__).parents[2] / "docs"


def example(document: str, folder: Path) -> Path:
    """Write the first whole file that *document* shows into *folder*."""
    text = (DOCS / document).read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(name: .*?)```", text, re.DOTALL)
    path = folder / "example.yaml"
    path.write_text(block, encoding="utf-8")
    return path


def test_the_topology_that_the_document_shows_is_valid(tmp_path: Path) -> None:
    topology = load_topology(example("topology.md", tmp_path))
    assert set(topology.services) == {"orders", "catalogue"}


def test_the_scenario_that_the_document_shows_replays_and_meets_what_it_expects(tmp_path: Path) -> None:
    result = replay(build_scenario(read_scenario(example("scenarios.md", tmp_path))))
    assert [each.met for each in result.expectations] == [True]


def test_the_incident_that_the_document_shows_is_valid(tmp_path: Path) -> None:
    whole = example("scenarios.md", tmp_path)
    (incident,) = re.findall(r"```yaml\n(incident:.*?)```", (DOCS / "scenarios.md").read_text(encoding="utf-8"), re.DOTALL)
    head = re.sub(r"\n(incident|responses|expect):.*?(?=\n\w|\Z)", "", whole.read_text(encoding="utf-8"), flags=re.DOTALL)
    whole.write_text(f"{head.rstrip()}\n{incident}", encoding="utf-8")
    assert [fault.kind.value for fault in load_scenario(whole).incident] == ["cut", "kill_controller", "order"]


@pytest.mark.parametrize("kind", FaultKind)
def test_every_kind_of_fault_is_documented_with_its_options(kind: FaultKind) -> None:
    text = (DOCS / "scenarios.md").read_text(encoding="utf-8")
    (row,) = [line for line in text.splitlines() if line.startswith("|") and f"`{kind}" in line.split("|")[1]][:1]
    rule = RULES[kind]
    assert all(re.search(rf"\b{option}\b", row) for option in (*rule.must, *rule.may))


@pytest.mark.parametrize("kind", OrderKind)
def test_every_order_is_documented(kind: OrderKind) -> None:
    assert kind in re.findall(r"\w+", (DOCS / "scenarios.md").read_text(encoding="utf-8").split("An order has a `kind`")[1])


@pytest.mark.parametrize("key", [*PolicyEntry.model_fields, *ClusterEntry.model_fields, *LISTS, "safety"])
def test_every_key_of_a_cluster_is_documented(key: str) -> None:
    assert f"`{key}" in (DOCS / "topology.md").read_text(encoding="utf-8") or key in ("title", "members", "primary")
