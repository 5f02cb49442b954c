"""What can be wrong with a file a person wrote.

InputError            one or more problems, each with its place; the commands print them all and exit with 2
├── TopologyError     in a topology
└── ScenarioError     in a scenario (scenarios.errors)
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

SHOWN_MAX = 60
"""Characters of a value that a message quotes."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong: where it stands, under which key, and what would be right."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return _one_line(f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}")


class InputError(ValueError):
    """Input that cannot be used; `problems` holds everything found, in the order of file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class TopologyError(InputError):
    """A topology that cannot be used."""


def shown(value: object) -> str:
    """Return *value* as a message quotes it: as it stands in a file, and short however long it is."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
    text = str(value)
    short = text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"
    return f"'{short}'" if isinstance(value, str) else short


def _one_line(text: str) -> str:
    """Write out what would break the line or steer the terminal: the text comes from a file that anybody may have written."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for the nearest of *known*, or an empty string when none is near.

    A name that differs in case alone is nearest, and so is a full name (`db-1.example.org`) of which *name* is the host's part.
    """
    names = list(known)
    lower = name.lower()
    whole = next((each for each in names if each.lower() == lower or each.lower().startswith(f"{lower}.")), None)
    close = [whole] if whole else get_close_matches(name, names, n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else ""
