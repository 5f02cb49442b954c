"""`continuance playbooks`: whether a playbook of one's own can stand in for one of ours."""

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import output
from console.output import Output, OutputOption

if TYPE_CHECKING:
    from failover.core.commands import CommandKind
    from playbooks.contract import Finding

app = typer.Typer(no_args_is_help=True)


@app.callback()
def playbooks() -> None:
    """Playbooks of your own, in place of ours."""


@app.command()
def verify(
    playbook: Annotated[Path, typer.Argument(help="The playbook.", metavar="FILE")],
    command: Annotated[str, typer.Option(help="The command that it carries out: promote, reroute, fence, hook …")],
    inventory: Annotated[Path, typer.Option(help="The inventory of the host that it is tried on.", metavar="FILE")],
    on: Annotated[str, typer.Option("--on", help="The host that it is tried on: it is really carried out there.", metavar="HOST")],
    details: Annotated[str, typer.Option(help="What the command says besides, as JSON.", metavar="JSON")] = "{}",
    within: Annotated[str, typer.Option(help="How long it may take.", metavar="DURATION")] = "60s",
    form: OutputOption = Output.TABLE,
) -> None:
    """Try a playbook of your own on a host that is there for it, and see whether it holds to the contract.

    It is carried out several times: to see that it works, that it may be repeated, and that it refuses an older epoch.
    Exits with 1 if a rule is not met.

    Example: continuance playbooks verify our/promote.yml --command promote --inventory lab/hosts.yml --on lab-db-2
    """
    from topology.quantities import duration_seconds

    for path in (playbook, inventory):
        if not path.is_file():
            raise output.refused(str(path), "there is no such file")
    try:
        within_seconds = duration_seconds(within)
    except ValueError as error:
        raise output.refused("--within", str(error)) from None
    findings = _try_out(playbook.resolve(), _kind(command), inventory, on, _details(details), within_seconds)
    data = {
        "format": 1,
        "playbook": str(playbook),
        "command": command,
        "host": on,
        "rules": [{"rule": each.rule, "met": each.met, "seen": each.seen} for each in findings],
    }
    output.show(data, form, lambda: _print(findings))
    if not all(each.met for each in findings):
        raise typer.Exit(output.MISSED)


def _try_out(
    playbook: Path, kind: "CommandKind", inventory: Path, host: str, details: dict[str, Any], within_seconds: float
) -> "list[Finding]":
    import asyncio

    from playbooks.contract import Trial, try_out
    from playbooks.inventory import InventoryError

    trial = Trial(playbook, kind, host, details, within_seconds)
    with tempfile.TemporaryDirectory(prefix="continuance-") as state, output.busy(f"Trying {playbook.name} on {host}"):
        try:
            return asyncio.run(try_out(trial, inventory, Path(state), _secret))
        except InventoryError as error:
            raise output.refused(str(inventory), str(error).removeprefix(f"{inventory.resolve()}: ")) from None


def _secret(name: str) -> str:
    """A trial has no configuration, and so no secrets: they come from the environment of whoever tries."""
    variable = f"CONTINUANCE_SECRET_{name.upper().replace('-', '_')}"
    if variable not in os.environ:
        raise OSError(f"there is no secret '{name}' here; set {variable}")
    return os.environ[variable]


def _kind(name: str) -> "CommandKind":
    from failover.core.commands import CommandKind
    from playbooks.equipment import PLAYABLE
    from topology.errors import did_you_mean

    known = sorted(kind.value for kind in PLAYABLE)
    if name not in known:
        hint = did_you_mean(name, known) or f"; they are {', '.join(known)}"
        raise output.refused("--command", f"'{name}' is no command for a playbook of your own{hint}")
    return CommandKind(name)


def _details(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise output.refused("--details", f"this is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise output.refused("--details", "this has to be a JSON object")
    return found


def _print(findings: "list[Finding]") -> None:
    from console.tables import new_console, print_rows

    print_rows(new_console(), ("met", "rule", "seen"), [("yes" if each.met else "no", each.rule, each.seen) for each in findings])
