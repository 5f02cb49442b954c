"""Writes the reference that is made from the code: every command, the states of a failover, and the JSON
Schema of a topology.

python -m console.reference docs/reference
"""

import json
import sys
from pathlib import Path
from typing import Any

import typer.main

from console.main import app
from failover.core.diagram import mermaid
from failover.core.events import NEEDS_REASON
from failover.core.states import EDGES, WAYS_OUT


def documents() -> dict[str, str]:
    """Return the reference documents by file name."""
    from topology.published import published_schema

    return {
        "commands.md": commands_page(),
        "failover-states.md": states_page(),
        "topology.schema.json": json.dumps(published_schema(), indent=2, ensure_ascii=False) + "\n",
    }


def commands_page() -> str:
    """Return all commands with their help and their options, as Markdown."""
    command = typer.main.get_command(app)
    lines = ["# Commands", "", "Made by `make docs` from the commands themselves.", ""]
    lines += ["Exit codes: 0 done, 1 an objective or expectation is missed, 2 bad input, 3 failed, 4 incomplete or unknown.", ""]
    for path, each in _commands(command, "continuance"):
        lines += [f"## {path}", "", *_help(each.help or ""), ""]
        arguments = [parameter for parameter in each.params if parameter.name != "help"]
        if arguments:
            lines += ["| argument or option | meaning |", "|---|---|"]
            lines += [f"| `{_written(parameter)}` | {_meaning(parameter)} |" for parameter in arguments]
            lines.append("")
    return "\n".join(lines)


def states_page() -> str:
    """Return the states of a failover, every way between them and every way out of a halt, as Markdown."""
    lines = ["# The states of a failover", "", "Made by `make docs` from the tables that the controller runs on.", ""]
    lines += ["```mermaid", *mermaid().splitlines(), "```", "", "| from | to | because |", "|---|---|---|"]
    lines += [f"| {before} | {after} | {reason} |" for (before, after), reason in EDGES.items()]
    lines += ["", "## When it halts", "", "The first order is the usual one. Those in *italics* need a reason.", ""]
    lines += ["| it halts because | orders that lead on |", "|---|---|"]
    for reason, orders in WAYS_OUT.items():
        said = (f"*{order}*" if order in NEEDS_REASON else str(order) for order in orders)
        lines.append(f"| {reason} | {', '.join(said)} |")
    return "\n".join(lines) + "\n"


def _commands(command: Any, path: str) -> list[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        return [(path, command)]
    return [found for name, each in sorted(command.commands.items()) for found in _commands(each, f"{path} {name}")]


def _help(text: str) -> list[str]:
    """The help of a command as Markdown: what stands after `Example:` is code."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        stripped = line.strip()
        if stripped.startswith("Example: "):
            lines += ["```", stripped.removeprefix("Example: "), "```"]
        elif stripped.startswith("continuance "):
            lines += ["```", stripped, "```"]
        else:
            lines.append(stripped)
    return lines


def _written(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name.upper())
    names = ", ".join(parameter.opts)
    return f"{names} {parameter.metavar}" if parameter.metavar else names


def _meaning(parameter: Any) -> str:
    text = str(parameter.help or "")
    default = parameter.default
    if parameter.param_type_name != "option" or callable(default) or default in (None, (), [], False):
        return text
    return f"{text} Default: `{default}`."


def main() -> None:
    """Write the reference into the folder named on the command line."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in documents().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
