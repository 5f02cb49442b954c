"""`continuance drill` and `calibrate`: an incident on real hosts beside its prediction, and what that teaches the next one."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import output
from console.lab_commands import require_libraries, require_root
from console.output import Output, OutputOption

if TYPE_CHECKING:
    from lab.drills.drill import Drilled
    from scenarios.model import Response, Scenario
    from timeline.results import ResponseResult

USUAL = "database-power-cut"


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    app.command()(drill)
    app.command()(calibrate)


def drill(
    scenario: Annotated[str, typer.Argument(help="A scenario of the library on the lab's network, or a file.")] = USUAL,
    response: Annotated[
        str | None, typer.Option(help="How it is met; the response that must meet its objectives unless given.", metavar="NAME")
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(help="Keep what was recorded here; in a folder of the lab unless given.", metavar="FOLDER"),
    ] = None,
    timeline: Annotated[
        Path | None, typer.Option(help="Write what happened here: JSON lines, or CSV by the name.", metavar="FILE")
    ] = None,
    seed: Annotated[int, typer.Option(help="The luck of the prediction.", min=0)] = 0,
    form: OutputOption = Output.TABLE,
) -> None:
    """Let an incident happen on the lab's real hosts under load, and set what it came to beside what was predicted.

    The controller meets it by the response's policy. A lab that is down is brought up first. Needs Linux and root. Exits with 1 if
    an acknowledged write was lost or two databases accepted writes at once, with 4 if not everything was well in the end.

    Example: continuance drill database-power-cut
    """
    from scenarios.load import build_scenario, find_scenario, read_scenario

    source = read_scenario(find_scenario(scenario))
    played = build_scenario(source)
    met = _response(played, response)
    require_root()
    require_libraries()
    from lab import lifecycle
    from lab.drills.drill import drill as play
    from lab.drills.result import document
    from lab.errors import NotUpError
    from lab.hosts import Lab
    from lab.places import STATE
    from simulator.replay import replay_response
    from timeline.files import save_timelines

    try:
        lab = Lab.current()
    except NotUpError:
        _told("the lab is down; bringing it up")
        lab = lifecycle.up(Path(source.network.file), lambda what, done, count: _told(f"{what} ({done + 1} of {count})"))
    folder = keep or STATE / "drills" / time.strftime(f"%Y-%m-%dT%H%M%S-{played.name}")
    drilled = play(lab, played, met, folder.absolute(), _told)
    predicted = replay_response(played, met, seed)
    if timeline is not None:
        save_timelines([drilled.timeline], timeline)
    data = document(drilled, predicted)
    output.show(data, form, lambda: _print(drilled, predicted, data))
    if data["measured"]["writes"]["lost"] or data["measured"]["two_writers"]:
        raise typer.Exit(output.MISSED)
    if not drilled.settled:
        raise typer.Exit(output.INCOMPLETE)


def calibrate(
    drills: Annotated[list[Path], typer.Argument(help="Folders that drills have kept, or folders of such.", metavar="FOLDER…")],
    write: Annotated[Path, typer.Option(help="The file to write, which a topology can include.", metavar="FILE")] = Path(
        "calibration.yaml"
    ),
) -> None:
    """Turn the durations that drills recorded into a part of a topology, from which replays draw then.

    Example: continuance calibrate /var/lib/continuance-lab/drills --write calibration.yaml
    """
    import yaml

    from console.tables import counted
    from lab.drills.calibration import calibration, read_log
    from topology.textfile import write_whole

    logs = [log for folder in drills for log in sorted(folder.rglob("controller.log"))]
    if not logs:
        raise output.refused("FOLDER", f"no drill was kept in {', '.join(map(str, drills))}")
    durations = calibration(sample for log in logs for sample in read_log(log))
    if not durations:
        raise output.refused("FOLDER", f"too few commands to say how long any takes, in {counted(len(logs), 'drills')}")
    text = yaml.safe_dump({"durations": durations}, sort_keys=False, width=132, default_flow_style=None)
    write_whole(write, f"# How long commands took in {len(logs)} drills. Written by `continuance calibrate`.\n{text}")
    print(f"{write}: {counted(len(durations), 'commands')}, from {counted(len(logs), 'drills')}")


def _told(what: str) -> None:
    """Say on a terminal what is being done."""
    if sys.stderr.isatty():
        print(f"{time.strftime('%H:%M:%S')}  {what}", file=sys.stderr)


def _response(scenario: "Scenario", name: str | None) -> "Response":
    """Return the response called *name*, or else the one that must meet its objectives."""
    from topology.errors import did_you_mean

    if name is None:
        return next((each for each in scenario.responses if each.must_meet), scenario.responses[0])
    known = {each.name: each for each in scenario.responses}
    if name not in known:
        raise output.refused("--response", f"'{name}' is no response here; they are {', '.join(known)}{did_you_mean(name, known)}")
    return known[name]


def _print(drilled: "Drilled", predicted: "ResponseResult", data: dict[str, Any]) -> None:
    """Print predicted beside measured, and what the load found."""
    from rich.text import Text

    from console.tables import new_console, print_grid, print_rows

    console = new_console()
    measured = data["measured"]
    console.print(Text(f"{drilled.scenario}, met {drilled.response}: {_ending(drilled)}"))
    rows = []
    for name, service in measured["services"].items():
        foreseen = data["predicted"]["services"][name]
        for key, words in (("downtime_seconds", "not available"), ("stale_seconds", "stale")):
            rows.append((f"{name}, {words}", _time(foreseen[key]), _time(service[key]), _ratio(service[key], foreseen[key])))
    print_rows(console, ("service", "predicted", "measured", "ratio"), rows)
    writes, lookups, calls = measured["writes"], measured["lookups"], measured["calls"]
    console.print()
    print_grid(
        console,
        [
            ("writes", f"{writes['acknowledged']:,} acknowledged, {_known(writes['lost'])} lost, {writes['unknown']} unknown"),
            ("write outage", _time(writes["longest_outage_seconds"])),
            ("lookups", f"{lookups['attempted']:,}: {lookups['stale']} stale, {lookups['failed']} failed"),
            ("calls", f"{calls['attempted']:,}: {calls['stale']} answered from the stale copy, {calls['failed']} failed"),
            ("two writers", "never" if not measured["two_writers"] else f"{measured['two_writers']} times"),
            ("pressure", ", ".join(f"{name} {share['mean']:.0%}" for name, share in measured["pressure"].items())),
            ("recorded in", data["folder"]),
        ],
    )


def _ending(drilled: "Drilled") -> str:
    leads = ", ".join(f"'{host}' is primary of {cluster}" for cluster, host in drilled.primary.items())
    return f"all is well, {leads}" if drilled.settled else "not everything was well in the end"


def _time(seconds: float | None) -> str:
    return "nobody can say" if seconds is None else "–" if not seconds else f"{seconds:.2f} s"


def _ratio(measured: float, predicted: float) -> str:
    return f"{measured / predicted:.2f}" if measured and predicted else "–"


def _known(count: int | None) -> str:
    return "nobody can say how many" if count is None else str(count)
