"""What the documents show works as they show it."""

import re
from pathlib import Path

import pytest

from scenarios.load import build_scenario, read_scenario
from simulator.replay import replay
from topology.load import load_topology

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


@pytest.mark.parametrize("kind", ["fail", "restore", "partition", "flap", "delay"])
def test_every_kind_of_fault_is_documented(kind: str) -> None:
    assert f"| `{kind}: " in (DOCS / "scenarios.md").read_text(encoding="utf-8")
