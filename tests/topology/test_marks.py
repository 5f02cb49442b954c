from topology.document import parse_document
from topology.errors import Problem
from topology.facts import Fact, Mark
from topology.marks import take_marks


def test_a_mark_on_one_value_is_taken_off_it() -> None:
    text = "parts:\n  drive:\n    lead_time: {value: 14d, low: 7d, high: 21d, mark: reported, source: the press}\n    title: Drive"
    data, facts, problems = take_marks(parse_document(text, "f"))
    assert data == {"parts": {"drive": {"lead_time": "14d", "title": "Drive"}}}
    assert facts == [Fact(("parts", "drive", "lead_time"), "14d", Mark.REPORTED, "the press", low="7d", high="21d")]
    assert problems == []


def test_a_mark_on_an_entry_speaks_of_all_its_numbers_but_not_of_its_words() -> None:
    data, facts, _ = take_marks(parse_document("crews:\n  field: {size: 5, site: east, each: [3h, x], mark: assumed}", "f"))
    assert data == {"crews": {"field": {"size": 5, "site": "east", "each": ["3h", "x"]}}}
    assert [fact.key for fact in facts] == ["crews.field.size", "crews.field.each.0"]


def test_a_value_with_its_own_mark_does_not_take_that_of_its_entry() -> None:
    text = "parts:\n  d: {mark: assumed, lead_time: {value: 14d, mark: derived, why: arithmetic}, unit_cost: 4 USD}"
    _, facts, _ = take_marks(parse_document(text, "f"))
    assert {fact.key: fact.mark for fact in facts} == {"parts.d.lead_time": Mark.DERIVED, "parts.d.unit_cost": Mark.ASSUMED}


def test_what_has_no_marks_is_shared_and_not_copied() -> None:
    document = parse_document("hosts: {a: {uses: [x, y]}}\ncrews: {c: {size: 1, mark: assumed}}", "f")
    data, _, _ = take_marks(document)
    assert data["hosts"] is document["hosts"]
    assert document["crews"]["c"] == {"size": 1, "mark": "assumed"}


def test_marks_within_lists_leave_the_list_its_lines() -> None:
    data, facts, _ = take_marks(parse_document("recover:\n- {wait: 2h}\n- {wait: 3h, mark: assumed}", "f"))
    assert data["recover"] == [{"wait": "2h"}, {"wait": "3h"}]
    assert data["recover"].lines == [2, 3]
    assert facts[0].path == ("recover", 1, "wait")


def test_a_host_may_be_called_mark() -> None:
    data, facts, problems = take_marks(parse_document("hosts: {mark: {site: a}}", "f"))
    assert (data, facts, problems) == ({"hosts": {"mark": {"site": "a"}}}, [], [])


def problems_of(text: str) -> list[Problem]:
    return take_marks(parse_document(text, "f"))[2]


def test_wrong_marks_are_reported_with_their_line() -> None:
    assert problems_of("a:\n  value: 3d\n  mark: reportd\n") == [
        Problem("f", 3, "a.mark", "'reportd' is not a mark: reported, derived, assumed; did you mean 'reported'?")
    ]
    assert problems_of("a:\n  value: 3d\n  mark: 7\n") == [Problem("f", 3, "a.mark", "7 is not a mark: reported, derived, assumed")]


def test_a_reported_number_names_its_source() -> None:
    assert problems_of("a: {value: 3d, mark: reported}") == [
        Problem("f", 1, "a", "a reported number names its source, or why it follows (`source`, `why`)")
    ]


def test_bounds_stand_beside_one_number() -> None:
    assert problems_of("a: {x: 3d, y: 4d, low: 1d, mark: assumed}") == [
        Problem("f", 1, "a", "`low` and `high` bound one number; give them beside a single value")
    ]


def test_a_value_without_its_mark_is_told_so() -> None:
    assert problems_of("a: {value: 3d, source: somebody}") == [
        Problem("f", 1, "a", "a `value` takes a `mark` beside it: reported, derived, assumed")
    ]


def test_a_derived_number_says_why_it_follows_and_an_assumed_one_need_not() -> None:
    assert problems_of("a: {value: 3d, mark: derived}") == [
        Problem("f", 1, "a", "a derived number names its source, or why it follows (`source`, `why`)")
    ]
    assert problems_of("a: {value: 3d, mark: assumed}") == []
