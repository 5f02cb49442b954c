"""`continuance replay`: an outage, played with each of its responses and set side by side."""

import shlex
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from console import output
from console.output import Output, OutputOption

if TYPE_CHECKING:
    from scenarios.load import Source
    from timeline.results import ReplayResult

T = TypeVar("T")
START = "2026-01-05T09:00+00:00"
HORIZON = "120d"


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command()(replay)


def replay(
    scenario: Annotated[str | None, typer.Argument(help="A scenario of the library, or a file.", metavar="SCENARIO")] = None,
    on: Annotated[str | None, typer.Option(help="Play its pattern on this network instead of its own.", metavar="TOPOLOGY")] = None,
    fail: Annotated[
        list[str] | None, typer.Option(help="Let these fail, with --on; names, ranges, or several with commas.", metavar="HOST…")
    ] = None,
    response: Annotated[list[str] | None, typer.Option(help="Only this response; may be given again.", metavar="NAME")] = None,
    seed: Annotated[int, typer.Option(help="The luck: the same seed gives the same bytes.", min=0)] = 0,
    start: Annotated[str | None, typer.Option(help=f"With --fail: when it happens [{START}].", metavar="TIME")] = None,
    horizon: Annotated[str | None, typer.Option(help=f"With --fail: how long to look on [{HORIZON}].", metavar="DURATION")] = None,
    report: Annotated[Path | None, typer.Option(help="Write the report here, one HTML file.", metavar="FILE")] = None,
    timeline: Annotated[
        Path | None, typer.Option(help="Write what happened here: JSON lines, or CSV by the name.", metavar="FILE")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 1 if an expectation or objective is missed, 4 if there is none.")
    ] = False,
    form: OutputOption = Output.TABLE,
) -> None:
    """Replay an outage with each of its responses, side by side.

    Examples:

      continuance replay five-server-outage --report report.html

      continuance replay five-server-outage --on mine.yaml

      continuance replay --on mine.yaml --fail 'db-[1-2]' --fail storage
    """
    from scenarios.load import build_scenario
    from simulator.replay import replay as play
    from simulator.reversals import trials, with_reversals
    from timeline.export import replay_document
    from timeline.files import save_timelines
    from topology.textfile import write_whole

    if report is not None and timeline is not None and report.resolve() == timeline.resolve():
        raise output.refused("--timeline", "names the same file as --report; give each its own")
    source = replace(_source(scenario, on, fail or [], start, horizon), only=tuple(response or ()))
    result = replace(play(build_scenario(source), seed), command=shlex.join(["continuance", *sys.argv[1:]]))
    if report is not None:
        from report.page import write_report

        result = with_reversals(source, result, _tracked(trials(result)))
        write_whole(report, write_report(result))
    if timeline is not None:
        save_timelines([each.timeline for each in result.responses], timeline)

    def table() -> None:
        from console.replay_table import print_replay

        print_replay(result)
        for what, path in (("report", report), ("timeline", timeline)):
            if path is not None:
                print(f"{what}: {path}")

    output.show(replay_document(result), form, table)
    if check:
        _check(result)


def _check(result: "ReplayResult") -> None:
    """Say what was held against what, on standard error, and exit with 1 if anything was missed, with 4 if there was nothing.

    Objectives count for the responses that must meet them; where none must, and nothing is expected either, for all.
    """
    judged = [each for each in result.responses if each.must_meet]
    if not judged and not result.expectations:
        judged = list(result.responses)
    objectives = [
        (response.name, service, name, each.met)
        for response in judged
        for service, goals in response.objectives.items()
        for name, each in goals.items()
    ]
    missed = [
        f"missed: {each.response}: {each.measure} is {each.actual}, expected {each.expected} within {each.within:.0%}"
        for each in result.expectations
        if not each.met
    ]
    missed += [f"missed: {response}: {name} of {service}" for response, service, name, met in objectives if not met]
    for line in missed:
        output.complain(line)
    of = f" of {', '.join(each.name for each in judged)}" if judged else ""
    output.complain(f"checked: {len(result.expectations)} expectations, {len(objectives)} objectives{of}; {len(missed)} missed")
    if missed:
        raise typer.Exit(output.MISSED)
    if not objectives and not result.expectations:
        raise typer.Exit(output.INCOMPLETE)


def _source(scenario: str | None, on: str | None, fail: Sequence[str], start: str | None, horizon: str | None) -> "Source":
    from scenarios.load import find_scenario, read_scenario
    from scenarios.pattern import ad_hoc, on_network
    from topology.sources import find_network

    failed = [name for each in fail for name in each.split(",") if name]
    if scenario is None:
        if on is None or not failed:
            given = "--fail" if failed else "--on" if on else "replay"
            raise output.refused(given, "name a scenario, or a network and what fails on it: --on FILE --fail HOST")
        return ad_hoc(find_network(on), failed, start or START, horizon or HORIZON)
    if failed:
        raise output.refused("--fail", f"makes a scenario of its own; leave '{scenario}' out, or --fail")
    for option, value in (("--start", start), ("--horizon", horizon)):
        if value is not None:
            raise output.refused(option, "goes with --fail; a scenario has its own")
    home = read_scenario(find_scenario(scenario))
    return home if on is None else on_network(home, find_network(on))


def _tracked(items: Sequence[T]) -> Iterable[T]:
    """Return *items*, with a progress bar on a terminal while they are gone through."""
    if not sys.stderr.isatty():
        return items
    from rich.console import Console
    from rich.progress import track

    return track(items, "Trying the assumptions", console=Console(stderr=True), transient=True)
