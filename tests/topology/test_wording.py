from hypothesis import given
from hypothesis import strategies as st

from topology.model import Gate
from topology.name_ranges import expand_range
from topology.wording import compact_names, gate_text, group_text, listed

NAMES = st.from_regex(r"(web|rack)-?[0-9]{1,3}(-n[0-9]{1,2})?", fullmatch=True)


@given(st.lists(NAMES, max_size=30))
def test_shortened_names_stand_for_the_same_names(names: list[str]) -> None:
    expanded = [name for short in compact_names(names) for name in expand_range(short)]

    assert len(expanded) == len(set(expanded))
    assert set(expanded) == set(names)


def test_numbers_that_follow_one_another_become_a_range() -> None:
    assert compact_names(["fc-3", "web", "fc-1", "fc-2", "fc-5"]) == ["fc-[1-3]", "fc-5", "web"]


def test_leading_zeros_are_kept() -> None:
    assert compact_names(["n08", "n09", "n10", "n11"]) == ["n[08-11]"]


def test_two_numbers_make_two_ranges_where_they_form_a_block() -> None:
    block = [f"rack{rack:02}-node{node}" for rack in range(1, 21) for node in range(1, 5)]

    assert compact_names(block) == ["rack[01-20]-node[1-4]"]


def test_a_long_list_ends_with_how_many_more_there_are() -> None:
    assert listed(["a", "b", "c", "d"], most=2) == "a, b, and 2 more"
    assert listed([]) == "–"


def test_a_gate_reads_as_people_say_it() -> None:
    apps = Gate(2, ("app-1", "app-2", "app-3"))

    assert gate_text(Gate(2, ("case-db", apps))) == "case-db and 2 of app-[1-3]"
    assert gate_text(Gate(1, ("ivr-1", "ivr-2"))) == "any of ivr-[1-2]"
    assert gate_text(Gate(1, ("a", Gate(2, ("b", "c"))))) == "any of a, (b and c)"
    assert gate_text(Gate(2, ("x-1", "x-2"))) == "x-[1-2]"


def test_a_group_says_how_many_of_it() -> None:
    assert group_text(1, ["a"]) == "a"
    assert group_text(2, ["a-1", "a-2", "a-3"]) == "any 2 of a-[1-3]"
    assert group_text(2, ["a-1", "a-2"]) == "all of a-[1-2]"
    assert group_text(1, ["a-1", "a-2"]) == "any of a-[1-2]"


def test_a_list_that_just_fits_is_written_out() -> None:
    assert listed(["a", "b", "c"], most=3) == "a, b, c"
    assert listed(["a", "b", "c"], most=2) == "a, b, and 1 more"
