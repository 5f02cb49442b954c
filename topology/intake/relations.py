"""Relations between things, as a table that people keep: a CSV file with the columns from, kind and to.

from,kind,to
ehr_app,uses,harbor-san        hosts, or all hosts of a group, hang on something shared
ehr,needs,ehr_app              a service needs a cluster, a component, a host, or enough hosts of a group
portal,reads,ehr               a service reads the data of another
hb-db-02,member,ehr_db         a host belongs to a cluster; the first named is taken as its primary
"""

import csv
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from topology.errors import InputError, Problem, did_you_mean
from topology.textfile import read_text

COLUMNS = ("from", "kind", "to")


class Kind(StrEnum):
    """How one thing relates to another."""

    USES = "uses"
    NEEDS = "needs"
    READS = "reads"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Relation:
    """One line of the table, and where it stands."""

    source: str
    kind: Kind
    target: str
    file: str
    line: int

    def problem(self, message: str) -> Problem:
        """Return *message* as a problem at this line."""
        return Problem(self.file, self.line, "", message)


def read_relations(path: Path) -> list[Relation]:
    """Read the relations in the file at *path*; empty lines and lines that begin with `#` say nothing.

    Raises InputError with everything that is wrong, each with its line.
    """
    rows = csv.reader(read_text(path).splitlines(), skipinitialspace=True, strict=True)
    header: list[str] | None = None
    relations: list[Relation] = []
    problems: list[Problem] = []
    try:
        for row in rows:
            cells = [cell.strip() for cell in row]
            if not any(cells) or cells[0].startswith("#"):
                continue
            if header is None:
                header = [cell.lower() for cell in cells]
                if sorted(header) != sorted(COLUMNS):
                    message = f"the first line names the columns: from,kind,to; this one is '{','.join(row)}'"
                    raise InputError([Problem(str(path), rows.line_num, "", message)])
                continue
            found = _relation(header, cells, str(path), rows.line_num)
            if isinstance(found, Relation):
                relations.append(found)
            else:
                problems.append(found)
    except csv.Error as error:
        problems.append(Problem(str(path), rows.line_num, "", f"cannot be read as CSV: {error}"))
    if header is None and not problems:
        problems.append(Problem(str(path), 0, "", "the file is empty; its first line is from,kind,to"))
    if problems:
        raise InputError(problems)
    return relations


def _relation(header: list[str], cells: list[str], file: str, line: int) -> Relation | Problem:
    if len(cells) != len(header) or not all(cells):
        return Problem(file, line, "", f"a relation has three values, from, kind and to; this line is '{','.join(cells)}'")
    row = dict(zip(header, cells, strict=True))
    try:
        kind = Kind(row["kind"].lower())
    except ValueError:
        known = [each.value for each in Kind]
        hint = did_you_mean(row["kind"], known)
        return Problem(file, line, "kind", f"'{row['kind']}' is not a kind: {', '.join(known)}{hint}")
    return Relation(row["from"], kind, row["to"], file, line)
