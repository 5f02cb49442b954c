"""`continuance fuzz`: the failover controller played through schedules of faults that nobody would think of."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import output
from console.output import Output, OutputOption

if TYPE_CHECKING:
    from scenarios.model import FaultKind
    from simulator.fuzzing.campaign import Campaign, Found, Tally
    from simulator.fuzzing.filing import Filed

PROVING_GROUND = "failover-proving"


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command()(fuzz)


RECORDED_EVERY = 5_000
"""Schedules after which the totals are written down, so that a long run can be broken off and taken up again."""


def fuzz(
    schedules: Annotated[int, typer.Option(help="How many schedules of faults to play.", min=1)] = 20_000,
    seed: Annotated[int, typer.Option(help="The luck: the same seed and number give the same schedule.", min=0)] = 0,
    first: Annotated[
        int | None, typer.Option(help="The number of the first schedule; 0, or where --record ends, unless given.", min=0)
    ] = None,
    topology: Annotated[str, typer.Option(help="The network they are played on.", metavar="TOPOLOGY")] = PROVING_GROUND,
    faults: Annotated[
        list[str] | None, typer.Option(help="Only faults of these kinds; several with commas.", metavar="KIND…")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; one for each processor unless given.", min=1)] = None,
    into: Annotated[Path, typer.Option(help="Write scenarios that break something into this folder.", metavar="FOLDER")] = Path(),
    record: Annotated[Path | None, typer.Option(help="Add the totals to this file, range after range.", metavar="FILE")] = None,
    timing: Annotated[bool, typer.Option("--timing", help="Tell how fast it was.")] = False,
    form: OutputOption = Output.TABLE,
) -> None:
    """Play the failover controller through random schedules of faults, and check its invariants after every event.

    Exits with 3 if anything is violated: each such schedule is made as small as possible and written as a scenario.

    Example: continuance fuzz --schedules 2000 --seed 7
    """
    from simulator.fuzzing.campaign import Campaign, Tally, run_campaign
    from simulator.fuzzing.proof import Proof
    from topology.load import load_topology
    from topology.sources import find_network

    network = load_topology(find_network(topology))
    if not network.clusters:
        raise output.refused("--topology", f"'{topology}' has no cluster, so there is nothing to fail over")
    campaign = Campaign(network, seed, first or 0, schedules, _kinds(faults or []))
    if first is None and record is not None:
        campaign = campaign._replace(first=Proof(record).next_number(campaign))
    begun = time.perf_counter()
    tally = Tally()
    with _progress(schedules) as told:
        for part in campaign.parts(schedules if record is None else RECORDED_EVERY):
            played = run_campaign(part, workers or os.cpu_count() or 1, told)
            if record is not None:
                Proof(record).add(part, played)
            tally.add(played)
    elapsed_seconds = time.perf_counter() - begun
    filed = _file(campaign, tally, topology, into)
    data = _document(campaign, tally, filed, elapsed_seconds if timing else None)
    output.show(data, form, lambda: _print(campaign, tally, filed, data, topology))
    if tally.violations:
        raise typer.Exit(output.FAILED)


def _kinds(given: list[str]) -> "frozenset[FaultKind]":
    from scenarios.model import FaultKind
    from topology.errors import did_you_mean

    known = {kind.value: kind for kind in FaultKind}
    names = [name.strip() for each in given for name in each.split(",") if name.strip()]
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known) or f"; they are {', '.join(known)}"
            raise output.refused("--faults", f"'{name}' is no kind of fault{hint}")
    return frozenset(known[name] for name in names)


@contextmanager
def _progress(schedules: int) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on a terminal; yield what is called with how many more have been played."""
    if not sys.stderr.isatty():
        yield lambda played: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Playing schedules", total=schedules)
        yield lambda played: progress.advance(task, played)


def _file(campaign: "Campaign", tally: "Tally", topology: str, folder: Path) -> "dict[Found, Filed]":
    """Write down the first violation of each invariant; return where."""
    from simulator.fuzzing.filing import file_violation

    drawn = campaign.drawn()
    first = {found.invariant: found for found in reversed(tally.violations)}
    return {found: file_violation(drawn.draw(found.number), found, topology, folder) for found in first.values()}


def _document(campaign: "Campaign", tally: "Tally", filed: "dict[Found, Filed]", elapsed_seconds: float | None) -> dict[str, Any]:
    from failover.core.states import EDGES

    taken = {edge for edge in EDGES if (edge[0].value, edge[1].value) in tally.edges}
    violations = []
    for found in tally.violations:
        written = filed.get(found)
        violations.append(
            {
                "invariant": found.invariant,
                "seed": found.seed,
                "number": found.number,
                "cluster": found.cluster,
                "at_seconds": found.at_seconds,
                "text": found.text,
                "scenario_file": str(written.path) if written else None,
            }
        )
    document = {
        "format": 1,
        "topology": campaign.topology.name,
        "schedules": tally.schedules,
        "seed": campaign.seed,
        "first": campaign.first,
        "steps": tally.steps,
        "faults": dict(sorted(tally.faults.items())),
        "edges": {
            "declared": len(EDGES),
            "taken": len(taken),
            "untaken": [f"{before.value} → {after.value}" for before, after in EDGES if (before, after) not in taken],
        },
        "violations": violations,
    }
    if elapsed_seconds is not None:
        document["timing"] = {
            "elapsed_seconds": elapsed_seconds,
            "schedules_per_second": tally.schedules / elapsed_seconds,
            "steps_per_second": tally.steps / elapsed_seconds,
        }
    return document


def _print(campaign: "Campaign", tally: "Tally", filed: "dict[Found, Filed]", data: dict[str, Any], topology: str) -> None:
    from rich.text import Text

    from console.tables import counted, new_console, print_grid
    from simulator.fuzzing.filing import repeat_command

    console = new_console()
    edges = data["edges"]
    last = campaign.first + tally.schedules - 1
    rows = [
        ("schedules", f"{tally.schedules:,}, from {campaign.first} to {last} of seed {campaign.seed}, on {campaign.topology.name}"),
        ("faults that struck", f"{sum(tally.faults.values()):,}, of {counted(len(tally.faults), 'kinds')}"),
        ("decisions", f"{tally.steps:,}"),
        ("edges taken", f"{edges['taken']} of {edges['declared']}"),
        ("violations", f"{len(tally.violations):,}"),
    ]
    if "timing" in data:
        speed = data["timing"]
        fast = f"{speed['schedules_per_second']:,.0f} schedules, {speed['steps_per_second']:,.0f} decisions"
        rows.append(("a second", fast))
    print_grid(console, rows)
    for found in tally.violations:
        console.print()
        where = f" of {found.cluster}" if found.cluster else ""
        console.print(Text(f"{found.invariant}{where} at second {found.at_seconds}: {found.text}", style="red"))
        written = filed.get(found)
        again = written.again if written else repeat_command(found, topology)
        console.print(Text(f"  again:  {again}"), soft_wrap=True)
        if written:
            console.print(Text(f"  replay: {written.replay}"), soft_wrap=True)
