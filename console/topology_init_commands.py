"""`continuance topology init` and `todo`: from what people have to a topology, and what to find out next."""

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import output

if TYPE_CHECKING:
    from topology.todo import Question

WRITTEN_AS_ITEMS = 10
"""How many questions `todo` shows unless asked for all: what one can look into in a week."""
ITEMS_PER_KIND = 3
"""How many of one kind it shows, lest one question asked of every role hide the others."""


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
    from topology.assemble import assemble
    from topology.collect import collect
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
        {
            "hosts": "The roles are assumed: the smallest group of each host that names no place, platform or stage, or its variable `role`."
        },
    )
    if out is None:
        typer.echo(text, nl=False)
        return
    _write(out, text, force)
    data = assembly.data
    output.complain(f"{out}: {len(data['sites'])} sites, {len(data['clusters'])} clusters, {len(data['services'])} services")


def _write(path: Path, text: str, force: bool) -> None:
    """Write the whole of *text* to *path* or nothing: under another name first, then moved into place."""
    from topology.errors import InputError, Problem

    try:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            file.write(text)
        written = Path(file.name)
        try:
            written.chmod(0o644)
            if force:
                written.replace(path)
            else:
                os.link(written, path)  # unlike a rename, this fails if the file exists, even if it came into being just now
        finally:
            written.unlink(missing_ok=True)
    except FileExistsError:
        raise InputError([Problem(str(path), 0, "", "exists already; give --force to replace it")]) from None
    except OSError as error:
        raise InputError([Problem(str(path), 0, "", f"cannot be written: {error.strerror}")]) from None


def todo(
    topology: Annotated[str, typer.Argument(help="A topology file, or the name of a shipped network.", metavar="TOPOLOGY")],
    all_: Annotated[bool, typer.Option("--all", help="Show every question, not the ten that weigh most.")] = False,
    form: output.OutputOption = output.Output.TABLE,
) -> None:
    """Say which missing facts weigh most on the answer, what to ask about which hosts, and what to write.

    Example: continuance topology todo lakeshore.yaml
    """
    from topology.load import load_topology
    from topology.sources import find_network
    from topology.todo import open_questions

    questions = open_questions(load_topology(find_network(topology)))
    chosen = questions if all_ else _the_weightiest(questions)
    data = {"format": 1, "questions": [_as_data(question) for question in chosen], "left_out": len(questions) - len(chosen)}
    output.show(data, form, lambda: _print(chosen, questions))


def _the_weightiest(questions: "list[Question]") -> "list[Question]":
    """Return the first questions, at most ITEMS_PER_KIND of each kind."""
    seen: dict[str, int] = {}
    chosen = []
    for question in questions:
        seen[question.kind] = seen.get(question.kind, 0) + 1
        if seen[question.kind] <= ITEMS_PER_KIND:
            chosen.append(question)
    return chosen[:WRITTEN_AS_ITEMS]


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
        print(f"{number:2}. {question.ask}")
        print(f"    of:   {_shortened(question.of)}")
        print(f"    why:  {question.why}; {_services(question.services)} ({question.service_hours:,.0f} service-hours in doubt)")
        print(f"    add:  {question.add}")
    if left := len(questions) - len(chosen):
        alike = sorted({question.kind.value for question in questions if question not in chosen})
        print(f"\n{left} more with --all ({', '.join(alike)}).")


def _services(names: tuple[str, ...]) -> str:
    return f"{len(names)} service{'s' if len(names) != 1 else ''}: {_shortened(names)}"


def _shortened(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:6])
    return f"{shown} and {len(names) - 6} more" if len(names) > 6 else shown
