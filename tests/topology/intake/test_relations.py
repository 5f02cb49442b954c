"""Relations from CSV: each error with its line."""

from pathlib import Path

import pytest

from topology.errors import InputError
from topology.intake.relations import Kind, read_relations


def written(folder: Path, text: str) -> Path:
    path = folder / "relations.csv"
    path.write_text(text)
    return path


def test_rows_are_read_with_their_lines_whatever_the_order_of_the_columns(tmp_path: Path) -> None:
    path = written(tmp_path, "to,from,kind\n# a comment\n\nsan, web1 ,USES\n")
    (relation,) = read_relations(path)
    assert (relation.source, relation.kind, relation.target, relation.line) == ("web1", Kind.USES, "san", 4)


def test_every_wrong_row_is_named_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, "from,kind,to\na,use,b\na,uses\na,,b\na,uses,b\n")
    with pytest.raises(InputError) as refused:
        read_relations(path)
    first, *others = refused.value.problems
    assert "did you mean 'uses'?" in first.message
    assert [first.line, *(each.line for each in others)] == [2, 3, 4]


@pytest.mark.parametrize("text", ["", "from;kind;to\na;uses;b\n", "a,uses,b\n", 'from,kind,to\n"a,uses,b\n'])
def test_what_is_no_table_of_relations_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"relations\.csv"):
        read_relations(written(tmp_path, text))
