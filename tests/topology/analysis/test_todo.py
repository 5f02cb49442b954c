"""The questions that weigh most come first, and what they say to write can be written."""

from pathlib import Path

import pytest

from topology.analysis.todo import Question, open_questions
from topology.analysis.widths import Kind
from topology.document import Table, parse_document
from topology.intake.assemble import assemble
from topology.intake.collect import collect
from topology.load import build_topology
from topology.sources import patched
from topology.tidy import document

EXAMPLES = Path(__file__).parents[3] / "examples"
KNOWN = """
name: known
sites: {north: {uses: [grid]}, south: {uses: [grid]}}
components: {grid: {recover: [{wait: 6h}]}}
roles: {any: {recover: [{work: 4h}], fails: {exponential: {mean: 20y}}}}
hosts:
  web-[1-2]: {site: north, role: any}
services:
  shop: {needs: {any: ["web-[1-2]"]}, objectives: {rto: 4h}, cost: 10 USD/h}
"""


def data(text: str) -> Table:
    return parse_document(text, "t.yaml")


def questions(text: str) -> list[Question]:
    return open_questions(build_topology(data(text)))


def test_nothing_is_asked_where_everything_is_known() -> None:
    assert questions(KNOWN) == []


@pytest.mark.parametrize(
    ("known", "unknown", "kind", "hours"),
    [
        ("recover: [{work: 4h}], ", "", Kind.RECOVERY, 332),
        ("recover: [{wait: 6h}]", "", Kind.RECOVERY, 332),
        (", fails: {exponential: {mean: 20y}}", "", Kind.FAILURES, 27),
        ("objectives: {rto: 4h}, ", "", Kind.OBJECTIVES, 68),
        (", cost: 10 USD/h", "", Kind.COST, 8),
        ("{site: north, role: any}", "{role: any}", Kind.SITE, 24),
        ("north: {uses: [grid]}", "north: {}", Kind.SUPPLY, 12),
        ("{work: 4h}", "{work: {value: 4h, low: 2h, high: 12h, mark: assumed}}", Kind.DURATION, 10),
        ("{work: 4h}", "{work: {value: 6h, mark: assumed}}", Kind.DURATION, 16),
        ('{any: ["web-[1-2]"]}', '{value: {any: ["web-[1-2]"]}, mark: assumed, why: guess}', Kind.NEEDS, 24),
        ("role: any}\n", "role: any}\n  spare: {site: north, role: any}\n", None, 0),
        ("role: any}\n", "role: any}\n  esx: {site: north, role: metal, recover: [{wait: 1h}]}\n", Kind.UNUSED, 48),
    ],
)
def test_each_missing_fact_is_asked_for_with_its_weight(known: str, unknown: str, kind: Kind | None, hours: float) -> None:
    assert known in KNOWN
    asked = {question.kind: question.service_hours for question in questions(KNOWN.replace(known, unknown, 1))}
    assert asked == ({kind: pytest.approx(hours)} if kind else {})


def cluster(members: str) -> list[Question]:
    text = KNOWN.replace("north: {uses: [grid]}, south: {uses: [grid]}", "north: {uses: [grid]}, south: {needs: feed}")
    text = text.replace("components: {", "components: {feed: {recover: [{wait: 6h}]}, ")
    text = text.replace("services:", f"clusters: {{db: {{members: {members}, primary: web-1}}}}\nservices:")
    text = text.replace("role: any}\n", "role: any}\n  far: {site: south, role: any}\n").replace('{any: ["web-[1-2]"]}', "db")
    return [question for question in questions(text) if question.kind is Kind.STANDBY]


def test_a_cluster_is_asked_for_a_standby_elsewhere() -> None:
    assert "standby anywhere" in cluster("[web-1]")[0].ask
    assert cluster("[web-1, far]") == []
    assert "does not hang on north" in cluster("[web-1, web-2]")[0].ask


def test_a_reader_hangs_on_what_it_reads() -> None:
    text = KNOWN.replace("objectives: {rto: 4h}, ", "").replace("recover: [{work: 4h}], ", "")
    text += "  search: {needs: grid, reads: [shop], objectives: {rto: 4h}, cost: 1 USD/h}\n"
    recovery = next(question for question in questions(text) if question.kind is Kind.RECOVERY)
    assert recovery.services == ("shop", "search")
    assert recovery.service_hours == 2 * 332


def test_what_a_question_says_to_add_loads_and_settles_it() -> None:
    files = [EXAMPLES / "hospital-inventory.yml", EXAMPLES / "hospital-relations.csv"]
    made = data(document(assemble(*collect(files), "lakeshore").data))
    before = open_questions(build_topology(made))
    tried = [each for each in before if each.kind in (Kind.RECOVERY, Kind.STANDBY, Kind.SUPPLY)]
    assert len({each.kind for each in tried}) == 3
    for question in tried:
        sections = parse_document("{" + question.add + "}", "add")
        after = open_questions(build_topology(_laid_over(made, sections)))
        assert question.ask not in {each.ask for each in after}, question.add


def _laid_over(made: Table, sections: Table) -> Table:
    for cluster_ in sections.get("clusters", {}):
        made = patched(made, {"clusters": {cluster_: {"members": None}}})
    return patched(made, sections)


def test_the_weightiest_question_comes_first() -> None:
    hours = [each.service_hours for each in questions(KNOWN.replace("recover: [{work: 4h}], ", "").replace(", cost: 10 USD/h", ""))]
    assert len(hours) == 2
    assert hours[0] > hours[1]


def test_what_comes_back_with_what_it_is_made_of_is_not_asked_how_it_comes_back() -> None:
    made = "components: {pool: {needs: {all: [web-1]}}, "
    asked = questions(KNOWN.replace("components: {", made).replace('{any: ["web-[1-2]"]}', "pool"))
    assert Kind.RECOVERY not in {question.kind for question in asked}
