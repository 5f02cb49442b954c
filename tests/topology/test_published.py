from typing import Any

import pytest
from jsonschema import Draft202012Validator

from topology.document import parse_document
from topology.published import published_schema
from topology.sources import find_network, network_names, read_sources


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = published_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def paths(validator: Draft202012Validator, data: Any) -> list[str]:
    return [error.json_path for error in validator.iter_errors(data)]


def entry(text: str) -> Any:
    return parse_document(f"name: test\n{text}\n", "test.yaml")


@pytest.mark.parametrize("name", network_names())
def test_the_shipped_networks_are_valid(validator: Draft202012Validator, name: str) -> None:
    assert paths(validator, read_sources(find_network(name))) == []


@pytest.mark.parametrize(
    "text",
    [
        "hosts: {web-1: {fails: {weibull: {mean: 3y, shape: 1.4}}}}",
        "hosts: {web-1: , web-2: {site: here}}",
        "hosts:",
        "hosts: {web-1: {needs: {at_least: 1, of: [a, {any: [b, {all: [c]}]}]}}}",
        "hosts: {web-1: {fails: {value: {exponential: {mean: 90d}}, mark: assumed, low: 30d}}}",
        "parts: {drive: {lead_time: 14d, unit_cost: 400 USD, mark: reported, source: the press}}",
        "stock: {here: {drive: 0, mark: derived, why: none was left}}",
        "calendars: {open: {days: {value: [mon, tue], mark: assumed}, hours: '08:00-17:00'}}",
        "workloads: {calls: {service: hotline, arrivals: {mon-fri: {value: 5000/d, mark: assumed}}}}",
        "clusters: {db: {members: [a], primary: a, fence: self}}",
        "clusters: {db: {members: [a], primary: a, fence: [redfish, {playbook: {uses: [p]}}, operator], routes: [b, c]}}",
        "clusters: {db: {members: [a], primary: a, policy: {approvals: 2, attempts: 3, within: 1h, restart: 30s, quorum: 3}}}",
        "controllers: [a, b]\nvantages: c\nsafety: {town: {clusters: [db, log], at_most: 1}}",
    ],
)
def test_what_people_may_write_is_valid(validator: Draft202012Validator, text: str) -> None:
    assert paths(validator, entry(text)) == []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("hots: {}", "$"),
        ("hosts: {web-1: {sit: here}}", "$.hosts['web-1']"),
        ("sites: {here: {timezon: UTC}}", "$.sites.here"),
        ("hosts: {web-1: {needs: {at_last: 1, of: [a]}}}", "$.hosts['web-1']"),
        ("components: {feed: {fails: {weibul: {mean: 3y}}}}", "$.components.feed"),
        ("crews: {field: {size: 2, mark: sure}}", "$.crews.field"),
        ("crews: {field: {size: 2, mark: reported}}", "$.crews.field"),
        ("crews: {field: {size: 2, why: because}}", "$.crews.field"),
        ("crews: {field: {size: two}}", "$.crews.field.size"),
        ("clusters: {db: {members: [a], primary: a, fence: stonith}}", "$.clusters.db.fence"),
        ("clusters: {db: {members: [a], primary: a, fence: [{self: {uses: [p]}}]}}", "$.clusters.db.fence"),
        ("clusters: {db: {members: [a], primary: a, policy: {approvals: 3}}}", "$.clusters.db.policy"),
        ("clusters: {db: {members: [a], primary: a, policy: {quorum: 1}}}", "$.clusters.db.policy"),
        ("safety: {town: {clusters: [db], at_most: 0}}", "$.safety.town"),
        ("controllers: {a: {}}", "$.controllers"),
    ],
)
def test_what_is_wrong_is_refused_at_its_place(validator: Draft202012Validator, text: str, path: str) -> None:
    found = paths(validator, entry(text))

    assert found
    assert all(each.startswith(path) for each in found)


def test_a_file_without_a_name_is_refused(validator: Draft202012Validator) -> None:
    assert paths(validator, {"hosts": {}}) == ["$"]
