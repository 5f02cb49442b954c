"""How commands speak: tables for people, JSON and YAML for programs, errors on standard error."""

import json
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from topology.errors import InputError


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


def refused(where: str, message: str) -> "InputError":
    """Return the error that what was typed at *where*, an option or a file, is wrong."""
    from topology.errors import InputError, Problem

    return InputError([Problem(where, 0, "", message)])


def as_root() -> str:
    """Return what was typed as root types it: by its whole path, because `sudo` looks for programs in its own places."""
    program = Path(sys.executable).with_name("continuance")
    lab = os.environ.get("CONTINUANCE_LAB")
    kept = ["env", f"CONTINUANCE_LAB={lab}"] if lab else []
    return shlex.join(["sudo", *kept, str(program), *sys.argv[1:]])


@contextmanager
def busy(text: str) -> Iterator[None]:
    """Say on a terminal what is being done, as long as it lasts."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(text):
        yield
