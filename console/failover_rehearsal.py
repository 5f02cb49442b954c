"""`continuance failover rehearse`: every right that a failover would need, tested without doing anything."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import output
from console.failover_reach import configuration_of
from console.output import Output, OutputOption

if TYPE_CHECKING:
    from failover.live.configuration import Configuration
    from failover.live.playbook_rights import Rendered, Task
    from failover.live.rehearsal import Rehearsal


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command()(rehearse)


def rehearse(
    cluster: Annotated[str, typer.Argument(help="The cluster.", metavar="CLUSTER")],
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            help="The controller's configuration, with its credentials; that of the controller on duty, else controller.yaml.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    form: OutputOption = Output.TABLE,
) -> None:
    """Log in everywhere with the controller's own credentials, test every right that a failover needs, and do nothing.

    It shows what was tested, and what would be run for each command, secrets masked. Like a controller that starts, it brings the
    target program to hosts that do not have it yet. Run it as the controller's user. Exits with 3 if something would fail, and
    with 4 if something could not be tested.

    Example: continuance failover rehearse cases --config /etc/continuance/controller.yaml
    """
    from failover.core.settings import Settings
    from failover.live.completeness import expect_complete
    from failover.live.configuration import load_configuration
    from failover.live.last_known import last_known

    configuration = load_configuration(configuration_of(None, config))
    expect_cluster(configuration, cluster)
    expect_complete(configuration, cluster)
    settings = Settings(configuration.topology)
    known = last_known(configuration.store, settings)
    rehearsal = _rehearsed(configuration, settings.clusters[cluster], known.state.clusters[cluster].primary)
    remembered = _remember(configuration, rehearsal)
    output.show(_data(rehearsal, known.why_not), form, lambda: _print(rehearsal, configuration, known.why_not))
    if remembered:
        output.complain(remembered)
    code = {"well": output.DONE, "fails": output.FAILED, "untested": output.INCOMPLETE}[rehearsal.worst.value]
    if code:
        raise typer.Exit(code)


def expect_cluster(configuration: "Configuration", name: str) -> None:
    """Refuse a cluster that the topology does not have. Raises InputError."""
    from topology.errors import did_you_mean

    known = list(configuration.topology.clusters)
    if name not in known:
        hint = did_you_mean(name, known) or f"; they are {', '.join(known)}"
        raise output.refused("CLUSTER", f"there is no cluster '{name}'{hint}")


def _rehearsed(configuration: "Configuration", settings: Any, primary: str) -> "Rehearsal":
    import asyncio

    from failover.live.rehearsal import rehearse as test
    from playbooks.inventory import InventoryError

    with output.busy(f"Rehearsing {settings.name}"), _without_warnings("playbooks", "asyncio"):
        try:
            return asyncio.run(test(configuration, settings, primary))
        except InventoryError as error:
            raise output.refused(str(configuration.inventory), str(error).partition(": ")[2] or str(error)) from None


@contextmanager
def _without_warnings(*libraries: str) -> Iterator[None]:
    """Let *libraries* say nothing of hosts that do not answer: that is told afterwards, in words."""
    levels = {logger: logger.level for logger in map(logging.getLogger, libraries)}
    for logger in levels:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in levels.items():
            logger.setLevel(level)


def _remember(configuration: "Configuration", rehearsal: "Rehearsal") -> str:
    """Note that every right was tested and none was lacking; return why that could not be noted."""
    from failover.live.practice import Kind, Practice
    from failover.live.rehearsal import Result

    if rehearsal.worst is not Result.WELL:
        return ""
    try:
        Practice(configuration.state).note(rehearsal.cluster, Kind.REHEARSAL, time.time())
    except OSError as error:
        return f"note: readiness will not know of this rehearsal: {error.filename}: {error.strerror}"
    return ""


def _data(rehearsal: "Rehearsal", why_not: str) -> dict[str, Any]:
    return {
        "format": 1,
        "cluster": rehearsal.cluster,
        "primary": rehearsal.primary,
        "journal": {"read": not why_not, "why_not": why_not or None},
        "result": rehearsal.worst.value,
        "tried": [{**each._asdict(), "commands": list(each.commands), "result": each.result.value} for each in rehearsal.tried],
        "rendered": [_rendered(each) for each in rehearsal.rendered],
    }


def _rendered(each: "Rendered") -> dict[str, Any]:
    tasks = [{**task._asdict(), "arguments": dict(task.arguments)} for task in each.tasks]
    details = {key: list(value) if isinstance(value, tuple) else value for key, value in each.details.items()}
    return {**each._asdict(), "details": details, "hosts": list(each.hosts), "tasks": tasks, "why": each.why or None}


def _print(rehearsal: "Rehearsal", configuration: "Configuration", why_not: str) -> None:
    from rich.text import Text

    from console.tables import counted, new_console
    from failover.live.rehearsal import Result

    console = new_console()
    whence = "by the topology, because the journal cannot be read" if why_not else "by the journal"
    console.print(Text(f"{rehearsal.cluster}: '{rehearsal.primary}' is primary, {whence}. Rehearsed by {configuration.path}"))
    if rehearsal.reaches_none:
        console.print(
            "No host answered at all. Most likely this machine is not in their network: rehearse where the controller runs."
        )
        if configuration.through:
            line = configuration.line("continuance", "failover", "rehearse", rehearsal.cluster, "--config", str(configuration.path))
            console.print(Text(f"  {line}"), soft_wrap=True)
    target = ""
    for each in rehearsal.tried:
        if each.target != target:
            target = each.target
            console.print()
            console.print(Text(target))
        commands = f"  ({', '.join(each.commands)})" if each.commands and each.result is not Result.WELL else ""
        console.print(Text(f"  {_MARKS[each.result.value]}  {each.right}{f': {each.why}' if each.why else ''}{commands}"))
    console.print()
    console.print(Text("What would be run:"))
    for heading, lines in _runs(rehearsal):
        console.print(Text(f"  {heading}"))
        for line in lines:
            console.print(Text(f"      {line}"))
    counts = {result: sum(each.result is result for each in rehearsal.tried) for result in Result}
    console.print()
    console.print(
        Text(
            f"{counted(counts[Result.WELL], 'rights')} well, {counts[Result.FAILS]} would fail, "
            f"{counts[Result.UNTESTED]} could not be tested. Nothing was done."
        )
    )


_MARKS = {"well": "well     ", "fails": "FAILS    ", "untested": "untested "}


def _does(task: "Task") -> str:
    """Say what a task does: by the one thing it is told, or by all that it is told with their names."""
    if len(task.arguments) == 1:
        return "".join(str(value) for value in task.arguments.values())
    return " ".join([task.action, *(f"{name}={value}" for name, value in task.arguments.items())])


def _runs(rehearsal: "Rehearsal") -> Iterator[tuple[str, list[str]]]:
    """Yield what would be run, the same tasks once for all commands and targets that they serve."""
    groups: dict[tuple[str, ...], list[Rendered]] = {}
    for each in rehearsal.rendered:
        lines = [f"{task.name}: {_does(task)}" for task in each.tasks]
        groups.setdefault((Path(each.playbook).name or "nothing", *(lines or [each.why])), []).append(each)
    for (playbook, *lines), those in groups.items():
        commands = ", ".join(dict.fromkeys(each.command for each in those))
        targets = ", ".join(dict.fromkeys(each.target for each in those))
        yield f"{playbook}, for {commands} at {targets}:", lines
