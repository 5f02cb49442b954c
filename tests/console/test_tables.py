import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from console.tables import ROWS_MAX, print_rows

WORDS = st.text(st.characters(categories=["Ll"]), min_size=1, max_size=9)
CELLS = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)


def printed(width: int, headings: list[str], rows: list[list[str]]) -> list[str]:
    """The lines of a table on a terminal *width* columns wide."""
    file = io.StringIO()
    print_rows(Console(file=file, width=width, highlight=False, markup=False, emoji=False), headings, rows)
    return file.getvalue().splitlines()[1:]


def test_lines_are_broken_between_words_where_that_fits() -> None:
    lines = printed(24, ["service", "down a year"], [["case-records", "2m 10s (0 – 6m 24s)"]])

    assert [line.rstrip() for line in lines] == [
        "              DOWN A",
        "SERVICE       YEAR",
        "case-records  2m 10s (0",
        "              – 6m 24s)",
    ]


@given(st.lists(st.tuples(CELLS, CELLS, CELLS).map(list), min_size=1, max_size=ROWS_MAX), st.integers(33, 120))
def test_no_word_is_ever_broken_where_the_longest_of_each_column_fit(rows: list[list[str]], width: int) -> None:
    lines = printed(width, ["a", "b", "c"], rows)

    said = {word for line in lines for word in line.split()}
    assert said == {"A", "B", "C"} | {word for row in rows for cell in row for word in cell.split()}
    assert max(map(len, lines)) <= width


def test_a_table_of_words_too_long_for_a_line_is_folded_and_loses_nothing() -> None:
    lines = printed(20, ["part", "host"], [["x" * 30, "y" * 30]])

    assert sum(line.count("x") for line in lines) == sum(line.count("y") for line in lines) == 30
    assert max(map(len, lines)) <= 20


@pytest.mark.parametrize(("rows", "more"), [(ROWS_MAX, False), (ROWS_MAX + 1, True)])
def test_what_does_not_fit_a_screen_is_cut_short_and_said_to_be(rows: int, more: bool) -> None:
    lines = printed(40, ["n"], [[str(number)] for number in range(rows)])

    assert [line.strip() for line in lines[1 : 1 + ROWS_MAX]] == [str(number) for number in range(ROWS_MAX)]
    assert any(line.startswith("… and 1 more rows") for line in lines) is more
