"""What is shipped: every scenario loads and replays, and every number in it and in its network says how well it is known."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scenarios.load import build_scenario, find_scenario, library_names, load_scenario, read_scenario
from simulator.replay import replay
from topology.document import read_document
from topology.sources import NETWORKS, network_names

PROVING_GROUND = "failover-proving"
"""A network made to be broken: its numbers estimate nothing."""
FILES = [find_scenario(name) for name in library_names()] + [
    NETWORKS / f"{name}.yaml" for name in network_names() if name != PROVING_GROUND
]

_NUMBER = re.compile(r"[-+]?\.?\d.*")
_GIVEN = {
    # What is no estimate: when the story begins and how long it is told, what happened when, what a response or a gate says
    # as a matter of design, and how far from a published figure a replay may be.
    "start", "horizon", "at", "at_least", "count", "within", "low", "high", "source", "why", "title", "summary", "for",
    "cause", "measure", "name", "topology", "to", "of", "members", "primary", "uses", "needs", "reads", "fail", "restore", "flap",
}  # fmt: skip


def unmarked(value: Any, path: tuple[str, ...] = (), marked: bool = False) -> Iterator[str]:
    """Yield the path of every number below *value* that has no mark beside or above it."""
    if isinstance(value, dict):
        marked = marked or "mark" in value
        for key, each in value.items():
            if key not in _GIVEN:
                yield from unmarked(each, (*path, key), marked)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from unmarked(each, (*path, str(number)), marked)
    else:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not marked and (is_number or (isinstance(value, str) and _NUMBER.fullmatch(value))):
            yield ".".join(path)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_number_that_is_shipped_is_marked(path: Path) -> None:
    """Policies, stock and faults of a response are options to choose from, not estimates; all else needs its mark."""
    choices = re.compile(r"responses\.[^.]+\.stock\..*|common_causes\.[^.]+\.fails\..*|incident\.\d+\.(flap|times)")
    assert [each for each in unmarked(read_document(path)) if not choices.fullmatch(each)] == []


def test_a_number_without_its_mark_is_found() -> None:
    data = {"parts": {"a": {"lead_time": "3d", "unit_cost": {"value": "4 EUR", "mark": "assumed"}}, "b": [{"wait": 1}]}}
    assert list(unmarked(data)) == ["parts.a.lead_time", "parts.b.0.wait"]


@pytest.mark.parametrize("name", library_names())
def test_every_scenario_that_is_shipped_loads_and_replays(name: str) -> None:
    result = replay(load_scenario(find_scenario(name)))
    assert result.responses
    assert all(each.met for each in result.expectations)


@pytest.mark.parametrize("name", library_names())
def test_every_scenario_that_is_shipped_is_called_by_its_file_name(name: str) -> None:
    assert load_scenario(find_scenario(name)).name == name


@pytest.mark.parametrize("name", library_names())
def test_every_bound_of_every_assumption_builds(name: str) -> None:
    source = read_scenario(find_scenario(name))
    facts = build_scenario(source).facts
    bounds = [(fact, bound) for fact in facts for bound in (fact.low, fact.high) if bound is not None]
    assert bounds
    for fact, bound in bounds:
        build_scenario(source.with_value(fact, bound))
