"""`continuance topology init` and `todo`: from what people have to a topology, and what to find out next."""

import textwrap
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import output
from console.topology_commands import TopologyArgument, load

if TYPE_CHECKING:
    from topology.analysis.todo import Question
    from topology.analysis.widths import Kind

QUESTIONS_SHOWN = 10
"""How many questions `todo` shows unless asked for all: what one can look into in a week."""
SHOWN_OF_A_KIND = 3
"""How many of one kind it shows, lest one question asked of every role hide the others."""
NAMES_SHOWN = 6
WIDTH = 110


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    app.command()(init)
    app.command()(todo)


def init(
    sources: Annotated[
        list[Path],
        typer.Option("--from", help="An Ansible inventory (YAML, JSON or INI) or a relations CSV; repeatable.", metavar="FILE"),
    ],
    name: Annotated[str, typer.Option("--name", help="What to call the topology.")],
    out: Annotated[Path | None, typer.Option("--out", help="The file to write; standard output by default.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Make a first topology from inventories and relations. Nothing is run; every guess is marked `assumed`, with its reason.

    Example: continuance topology init --from inventory.yml --from relations.csv --name lakeshore --out lakeshore.yaml
    """
    from topology.document import parse_document
    from topology.intake.assemble import assemble
    from topology.intake.collect import collect
    from topology.load import build_topology
    from topology.tidy import document

    assembly = assemble(*collect(sources), name)
    for note in assembly.notes:
        output.complain(f"note: {note}")
    text = document(
        assembly.data,
        (
            f"Made by `continuance topology init` from {', '.join(each.name for each in sources)}.",
            "What is marked `assumed` is a guess, with its reason. Put it right, then take the mark off.",
            "`continuance topology todo FILE` says what to find out first.",
        ),
        {"hosts": "A role is the variable `role`, or (assumed) the smallest group that names no place, platform or stage."},
    )
    build_topology(parse_document(text, f"the topology {name}"))  # what relations say may not fit together
    if out is None:
        typer.echo(text, nl=False)
        return
    _write(out, text, force)
    data = assembly.data
    output.complain(f"{out}: {len(data['sites'])} sites, {len(data['clusters'])} clusters, {len(data['services'])} services")


def _write(path: Path, text: str, force: bool) -> None:
    from topology.errors import InputError, Problem
    from topology.textfile import write_whole

    try:
        write_whole(path, text, replace=force)
    except FileExistsError:
        raise InputError([Problem(str(path), 0, "", "exists already; give --force to replace it")]) from None


def todo(
    topology: TopologyArgument,
    all_: Annotated[bool, typer.Option("--all", help="Show every question, not the ten that weigh most.")] = False,
    form: output.OutputOption = output.Output.TABLE,
) -> None:
    """Say which missing facts weigh most on the answer, what to ask about which hosts, and what to write.

    Example: continuance topology todo lakeshore.yaml
    """
    from topology.analysis.todo import open_questions

    questions = open_questions(load(topology))
    chosen = questions if all_ else _the_weightiest(questions)
    data = {"format": 1, "questions": [_as_data(question) for question in chosen], "left_out": len(questions) - len(chosen)}
    output.show(data, form, lambda: _print(chosen, questions))


def _the_weightiest(questions: "list[Question]") -> "list[Question]":
    """Return the first questions, at most SHOWN_OF_A_KIND of each kind."""
    seen: Counter[Kind] = Counter()
    chosen = []
    for question in questions:
        seen[question.kind] += 1
        if seen[question.kind] <= SHOWN_OF_A_KIND:
            chosen.append(question)
    return chosen[:QUESTIONS_SHOWN]


def _as_data(question: "Question") -> dict[str, Any]:
    return {
        "kind": question.kind.value,
        "ask": question.ask,
        "of": list(question.of),
        "why": question.why,
        "services": list(question.services),
        "uncertain_service_hours": round(question.service_hours, 1),
        "add": question.add,
    }


def _print(chosen: "list[Question]", questions: "list[Question]") -> None:
    if not questions:
        print("Nothing is missing that would change the answer.")
        return
    for number, question in enumerate(chosen, start=1):
        print(_wrapped(f"{number:2}. ", f"{question.ask} ({question.service_hours:,.0f} service-hours)"))
        if question.of != question.services:
            print(_wrapped("    of:       ", _shortened(question.of)))
        print(_wrapped("    why:      ", question.why))
        print(_wrapped("    services: ", _shortened(question.services)))
        print(f"    add:      {question.add}")  # in one piece, to be copied
    if left := len(questions) - len(chosen):
        alike = sorted({question.kind.value for question in questions if question not in chosen})
        print(f"\n{left} more with --all ({', '.join(alike)}).")


def _wrapped(label: str, text: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=label, subsequent_indent=" " * len(label), break_on_hyphens=False)


def _shortened(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return ", ".join(names[:NAMES_SHOWN]) + more
