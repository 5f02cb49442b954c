"""`continuance simulate`: a network run through years of lawful failures, as often as it takes."""

import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import output
from console.output import Output, OutputOption
from console.topology_commands import TopologyArgument, load

if TYPE_CHECKING:
    from report.importance import ServiceSpared
    from simulator.plant.plant import Plant
    from simulator.runs.carrying_out import Measured
    from simulator.runs.engines import EngineName
    from simulator.runs.saving import RunFile
    from simulator.runs.simulation import Carrier, Request
    from simulator.runs.summary import Summary
    from topology.errors import InputError
    from topology.laws import Law
    from topology.model import Topology

START = "2026-01-05T00:00+00:00"
RUNS, RUNS_UNTIL_PRECISE = 1_000, 1_000_000


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command()(simulate)


def simulate(
    topology: TopologyArgument,
    horizon: Annotated[str, typer.Option("--for", help="How long each run is.", metavar="DURATION")] = "5y",
    runs: Annotated[
        int | None, typer.Option(help=f"How many runs [{RUNS:,}]; at most so many with --until [{RUNS_UNTIL_PRECISE:,}].", min=1)
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Stop when every mean downtime is known within this share of itself.", metavar="PRECISION")
    ] = None,
    seed: Annotated[int, typer.Option(help="The luck: the same seed gives the same bytes.", min=0)] = 0,
    start: Annotated[str, typer.Option(help="When a run begins; calendars go by it.", metavar="TIME")] = START,
    operator: Annotated[
        str, typer.Option(help="When a person answers a cluster that waits for one: a duration, or never.", metavar="DURATION")
    ] = "never",
    engine: Annotated[str, typer.Option(help="auto, simpy or compiled; both give the same bits.", metavar="ENGINE")] = "auto",
    workers: Annotated[int | None, typer.Option(help="Threads of the compiled engine [one a processor].", min=1)] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Let a Dask cluster do it: the address of its scheduler.", metavar="TCP://…")
    ] = None,
    save: Annotated[Path | None, typer.Option(help="Write every run here: CSV, or JSON lines (.jsonl).", metavar="FILE")] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write a report here, one HTML file; it also weighs what would help.", metavar="FILE")
    ] = None,
    timing: Annotated[bool, typer.Option("--timing", help="Tell how fast it was.")] = False,
    form: OutputOption = Output.TABLE,
) -> None:
    """Run a network through years of lawful failures: how often its services are down, for how long, how bad it may get.

    Ctrl-C keeps what is done, and exits with 4.

    Examples:

      continuance simulate immigration-courts --for 5y --runs 100000

      continuance simulate north-coast-ferries --until 5% --operator 2h --save runs.csv --report report.html
    """
    from simulator.runs.document import simulation_document

    request = _request(topology, horizon, runs, until, seed, start, operator, engine, workers)
    file = _file(save, request)
    begun = time.perf_counter()
    summary = _carried_out(request, file, scheduler)
    elapsed_seconds = time.perf_counter() - begun
    document = simulation_document(summary, request.plant.plan, seed, request.runs)
    document["engine"] = request.chosen().value
    if timing:
        from simulator.plant.columns import EVENTS

        events = summary.mean(EVENTS) * summary.runs
        document["timing"] = {"elapsed_seconds": elapsed_seconds, "events_per_second": events / elapsed_seconds}
    if report is not None:
        _write_report(report, request, document)
    output.show(document, form, lambda: _print(request, summary, document, file, report))
    if file is not None and file.problem:
        output.complain(file.problem)
        raise typer.Exit(output.FAILED)
    if summary.runs < request.runs and until is None:
        raise typer.Exit(output.INCOMPLETE)


def _request(
    topology: str,
    horizon: str,
    runs: int | None,
    until: str | None,
    seed: int,
    start: str,
    operator: str,
    engine: str,
    workers: int | None,
) -> "Request":
    from simulator.plant.compiling import compile_plant
    from simulator.plant.fitting import fit_switchovers
    from simulator.runs.simulation import Request
    from topology.quantities import duration_seconds, share

    horizon_seconds = _read("--for", horizon, duration_seconds)
    if horizon_seconds <= 0:
        raise _refused("--for", "a run of no length says nothing")
    precision = None if until is None else _read("--until", until, share)
    if precision == 0:
        raise _refused("--until", "nothing is ever known exactly; write for example 5%")
    when = _read("--start", start, _moment)
    answers = _read("--operator", operator, _answers)
    name = _engine(engine)
    loaded = load(topology)
    if not loaded.services:
        raise _refused(topology, "the network has no services, so there is nothing to measure")
    plant = compile_plant(loaded, when, horizon_seconds, fit_switchovers(loaded, answers, when))
    _check_engine(plant, name)
    most = runs or (RUNS if precision is None else RUNS_UNTIL_PRECISE)
    return Request(plant, answers, most, seed, name, workers or os.cpu_count() or 1, precision)


def _check_engine(plant: "Plant", name: "EngineName") -> None:
    from simulator.plant.refusals import refusals
    from simulator.runs.engines import EngineName

    if name is EngineName.COMPILED and (reasons := refusals(plant.plan.topology)):
        raise _refused("--engine", f"the compiled engine cannot express {reasons[0]}; take simpy, or auto")


def _read(option: str, text: str, parse: Callable[[str], Any]) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        raise _refused(option, str(error)) from None


def _moment(text: str) -> str:
    from datetime import datetime

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(f"'{text}' is not a time with its offset; write for example {START}")
    return text


def _answers(text: str) -> "Law | None":
    from topology.laws import Fixed
    from topology.quantities import duration_seconds

    return None if text == "never" else Fixed(duration_seconds(text))


def _engine(text: str) -> "EngineName":
    from simulator.runs.engines import EngineName
    from topology.errors import did_you_mean

    if text not in list(EngineName):
        hint = did_you_mean(text, EngineName) or f"; they are {', '.join(EngineName)}"
        raise _refused("--engine", f"'{text}' is no engine{hint}")
    return EngineName(text)


def _file(path: Path | None, request: "Request") -> "RunFile | None":
    from simulator.plant.columns import columns
    from simulator.runs.saving import CSV, JSON_LINES, RunFile

    if path is None:
        return None
    if path.suffix not in (CSV, JSON_LINES):
        raise _refused("--save", f"'{path}' says by its name neither CSV (.csv) nor JSON lines (.jsonl)")
    file = RunFile(path, columns(request.plant.names))
    if file.problem:
        raise _refused("--save", file.problem)
    return file


def _carried_out(request: "Request", file: "RunFile | None", scheduler: str | None) -> "Summary":
    from simulator.runs.simulation import simulate as carry_out

    with _progress(request.runs) as advance:

        def told(first: int, measured: "Measured") -> None:
            if file is not None:
                file.write(first, measured)
            advance(len(measured))

        summary = carry_out(request, told, _carrier(request, scheduler))
    if file is not None:
        file.close()
    _complain_of_cache(request)
    if not summary.runs:
        output.complain("stopped before the first runs were done")
        raise typer.Exit(output.INCOMPLETE)
    return summary


def _write_report(path: Path, request: "Request", document: dict[str, Any]) -> None:
    """Weigh the changes that could be made, on as many runs as were done, and write the report."""
    from report.simulation import Change, write_simulation_report
    from simulator.runs.worth import Trial, weigh_changes
    from topology.textfile import write_whole

    trial = Trial(request.plant, request.operator, document["runs"], request.seed, request.chosen(), request.workers)
    with _weighing() as told:
        changes = [Change(worth.title, worth.saved, worth.half_width) for worth in weigh_changes(trial, told)]
    command = shlex.join(["continuance", *sys.argv[1:]])
    topology = request.plant.plan.topology
    write_whole(path, write_simulation_report(document, changes, _spared(topology), topology, command))


def _spared(topology: "Topology") -> "list[ServiceSpared]":
    """Return how important everything is to each service; nothing where RePyability is missing, which is said."""
    from console.importance_table import MISSING, spared_by_service
    from simulator.exact.importance import importance_by_view

    try:
        return spared_by_service(importance_by_view(topology, list(topology.services)))
    except ImportError:
        output.complain(MISSING)
        return []


@contextmanager
def _weighing() -> Iterator[Callable[[str], None]]:
    """Show on a terminal which change is being weighed."""
    if not sys.stderr.isatty():
        yield lambda title: None
        return
    from rich.console import Console

    with Console(stderr=True).status("Weighing what would help") as status:
        yield lambda title: status.update(f"Weighing {title}")


def _complain_of_cache(request: "Request") -> None:
    """Say that the compiled engine could not be kept, if it was used and could not."""
    from simulator.runs.engines import EngineName

    if request.chosen() is EngineName.COMPILED:
        from simulator.kernel.compiled import is_kept
        from simulator.kernel.histories import simulate as kernel

        if not is_kept(kernel):
            output.complain("the compiled engine can be kept nowhere and is compiled anew each time; NUMBA_CACHE_DIR names a place")


def _carrier(request: "Request", scheduler: str | None) -> "Carrier | None":
    """Return what takes the chunks to the Dask cluster behind *scheduler*, if one is named."""
    if scheduler is None:
        return None
    from simulator.runs.cluster import ClusterLostError, carry_out_on, connect

    try:
        client = connect(scheduler)
    except ClusterLostError as error:
        raise _refused("--scheduler", str(error)) from None
    except ImportError:
        raise _refused("--scheduler", "Dask is not installed; install continuance[cluster]") from None

    def lost(why: str) -> None:
        output.complain(f"the Dask cluster at {scheduler} is lost ({why}); what it had finished is kept, the rest is done here")

    return lambda chunks: carry_out_on(client, request.plant, request.chosen(), request.seed, chunks, request.workers, lost)


def _refused(option: str, message: str) -> "InputError":
    from topology.errors import InputError, Problem

    return InputError([Problem(option, 0, "", message)])


@contextmanager
def _progress(runs: int) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on a terminal; yield what is called with how many more runs are done."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Simulating (the engine is compiled once)", total=runs)

        def advance(done: int) -> None:
            progress.update(task, description="Simulating", advance=done)

        yield advance


def _print(request: "Request", summary: "Summary", document: dict[str, Any], file: "RunFile | None", report: Path | None) -> None:
    from console.simulate_table import print_simulation

    print_simulation(request.plant.plan, summary, document)
    for what, path in (("runs", file.path if file is not None and not file.problem else None), ("report", report)):
        if path is not None:
            print(f"{what}: {path}")
