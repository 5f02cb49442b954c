import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from jinja2 import FileSystemBytecodeCache

from report.page import write_report
from tests.report.examples import founding_case
from timeline.results import ReplayResult
from topology.errors import InputError
from topology.facts import Fact, Mark

HOSTILE = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


class Reader(HTMLParser):
    """Collects what a browser would act on: elements with their attributes, and the text of each script and style."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inline: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] in ("script", "style") and data.strip():
            self.inline.append((self.elements[-1][0], data))


@pytest.fixture(scope="module")
def result() -> ReplayResult:
    return founding_case()


@pytest.fixture(scope="module")
def page(result: ReplayResult) -> str:
    return write_report(result)


def test_the_same_result_gives_the_same_bytes(page: str) -> None:
    assert write_report(founding_case()) == page


def test_the_policy_forbids_everything_but_our_own_style_and_script(page: str) -> None:
    reader = Reader(page)
    policy = next(attrs["content"] for tag, attrs in reader.elements if attrs.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None and policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for kind, text in reader.inline:
        if kind == "style" or "const DIRECTIONS" in text:
            assert f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" in policy


def test_nothing_in_the_page_leads_anywhere_else(page: str) -> None:
    for tag, attrs in Reader(page).elements:
        assert "style" not in attrs, f"<{tag}> has a style attribute, which the policy blocks"
        assert not [name for name in attrs if name.startswith("on")], f"<{tag}> has an event attribute"
        for name in ("src", "href"):
            address = attrs.get(name)
            assert address is None or address.startswith("#") or address == "data:,"
    assert not re.search(r"url\((?!#)", page)


def test_hostile_text_is_shown_and_not_obeyed(result: ReplayResult) -> None:
    first = result.responses[0]
    host = replace(first.topology.hosts["fc-app-1"], name=HOSTILE, title=HOSTILE)
    topology = replace(first.topology, title=HOSTILE, hosts={**first.topology.hosts, HOSTILE: host})
    fact = Fact(("scenario", HOSTILE), HOSTILE, Mark.REPORTED, source=HOSTILE, why=HOSTILE)
    hostile = replace(
        result,
        title=HOSTILE,
        summary=HOSTILE,
        command=HOSTILE,
        topology=topology,
        facts=(fact,),
        hit=(HOSTILE,),
        responses=(replace(first, title=HOSTILE, bought=(HOSTILE,), topology=topology), *result.responses[1:]),
        notes=(HOSTILE,),
    )
    page = write_report(hostile)
    tags = [tag for tag, _ in Reader(page).elements]
    assert tags.count("script") == 2
    assert "img" not in tags
    assert "alert(1)" in page


def test_every_node_of_the_map_says_its_state(page: str) -> None:
    nodes = {attrs["id"]: attrs for tag, attrs in Reader(page).elements if "data-state" in attrs and "data-name" in attrs}
    assert nodes["n-fc-db-1"]["data-state"] == "down"
    assert nodes["n-rs-db-1"]["data-state"] == "absent"
    assert nodes["n-fc-power"]["data-state"] == "up"


def test_one_node_of_the_map_is_in_the_tab_order(page: str) -> None:
    nodes = [attrs for tag, attrs in Reader(page).elements if "node" in (attrs.get("class") or "").split() and tag == "g"]
    assert [attrs["tabindex"] for attrs in nodes].count("0") == 1
    assert all(attrs["aria-label"] for attrs in nodes)


def test_headings_do_not_skip_a_level(page: str) -> None:
    levels = [int(tag[1]) for tag, _ in Reader(page).elements if tag in ("h1", "h2", "h3", "h4")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_id_is_given_once(page: str) -> None:
    ids = [attrs["id"] for _, attrs in Reader(page).elements if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_every_header_cell_says_what_it_heads(page: str) -> None:
    headers = [attrs for tag, attrs in Reader(page).elements if tag == "th"]
    assert headers and all("scope" in attrs for attrs in headers)


def test_every_number_stands_with_its_mark_and_origin(result: ReplayResult, page: str) -> None:
    assert page.count('class="mark ') == len(result.facts)
    assert "Backblaze, Drive Stats for 2024" in page


def test_a_result_without_costs_reversals_or_expectations_has_a_report(result: ReplayResult) -> None:
    bare = replace(
        result, responses=tuple(replace(each, cost=None) for each in result.responses), reversals=(), expectations=(), facts=()
    )
    page = write_report(bare)
    assert "Outage costs" not in page
    assert "No uncertain number was replayed at its bounds" in page


def test_a_single_response_has_a_report(result: ReplayResult) -> None:
    assert "nothing to compare it with" in write_report(replace(result, responses=result.responses[:1]))


def test_a_network_without_services_has_no_report(result: ReplayResult) -> None:
    with pytest.raises(InputError, match="the network has none"):
        write_report(replace(result, main_service=""))


def test_every_objective_of_every_response_has_its_own_verdict(page: str) -> None:
    assert (page.count('<span class="verdict">✓ met</span>'), page.count('<span class="verdict">✕ missed</span>')) == (8, 12)
    assert '<td class="missed"><span class="verdict">✕ missed</span> <span class="reached">37d 4h</span></td>' in page


def test_what_is_done_anyway_is_not_praised_as_the_best_option(result: ReplayResult, page: str) -> None:
    assert page.count('<tr class="best">') == 1
    assert '<tr class="best">' not in write_report(replace(result, responses=result.responses[:1]))


def test_a_report_is_written_where_compiled_templates_cannot_be_kept(
    result: ReplayResult, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(FileSystemBytecodeCache, "load_bytecode", lambda self, bucket: None)
    monkeypatch.setattr(FileSystemBytecodeCache, "dump_bytecode", refuse)
    assert write_report(result) == page
