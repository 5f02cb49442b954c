"""How commands speak: tables for people, JSON and YAML for programs, errors on standard error."""

import json
import sys
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

import typer


class Output(StrEnum):
    """The forms a command can print in."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


OutputOption = Annotated[Output, typer.Option("--output", "-o", help="How to print: a table for people, or JSON or YAML.")]

DONE, MISSED, BAD_INPUT, FAILED, INCOMPLETE = 0, 1, 2, 3, 4
"""Exit codes: done; an objective or expectation is missed; bad input; failed; incomplete or unknown."""


def show(data: Any, output: Output, table: Callable[[], None]) -> None:
    """Print *data* as JSON or YAML, or call *table* to print it for people. The same data gives the same bytes."""
    match output:
        case Output.TABLE:
            table()
        case Output.JSON:
            json.dump(data, sys.stdout, indent=2, ensure_ascii=False, allow_nan=False)
            sys.stdout.write("\n")
        case Output.YAML:
            import yaml

            yaml.safe_dump(data, sys.stdout, sort_keys=False, allow_unicode=True, width=120)


def complain(message: str) -> None:
    """Print *message* on standard error, as one line of plain text."""
    print(message, file=sys.stderr)
