"""A second thought before something that cannot be undone: the name of what it is done to, typed."""

import sys
from typing import Annotated

import typer

from console import output

YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; needed where there is no terminal.")]


def confirm(what: str, name: str, yes: bool) -> None:
    """Go on once *name* was typed, or *yes* was given; else end the command, having done nothing."""
    if yes:
        return
    if not sys.stdin.isatty():
        output.complain(f"{what}. Confirm it with --yes: standard input is no terminal")
        raise typer.Exit(output.BAD_INPUT)
    if asked(f"{what}. Type {name} to go on: ") != name:
        output.complain(f"that is not {name}: nothing was done")
        raise typer.Exit(output.BAD_INPUT)


def reason_for(what: str, reason: str) -> str:
    """Return *reason*, or what is typed where none was given: forced orders need one."""
    if reason.strip():
        return reason
    if not sys.stdin.isatty():
        output.complain(f"{what} needs a reason, which the history keeps: add --reason TEXT")
        raise typer.Exit(output.BAD_INPUT)
    if not (typed := asked(f"{what} needs a reason, which the history keeps: ")):
        output.complain("no reason was given: nothing was done")
        raise typer.Exit(output.BAD_INPUT)
    return typed


def asked(question: str) -> str:
    """Return what is typed; nothing where the terminal is closed."""
    try:
        return input(question).strip()
    except (EOFError, KeyboardInterrupt):
        print(file=sys.stderr)
        return ""
