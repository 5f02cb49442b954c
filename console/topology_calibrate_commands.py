"""`continuance topology calibrate`: laws of failure and repair from a user's own past."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.output import Output, OutputOption, busy, complain, refused, show
from console.topology_commands import TopologyArgument, load

if TYPE_CHECKING:
    from topology.intake.history import Kind
    from topology.intake.learned_laws import Entry


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command()(calibrate)


def calibrate(
    topology: TopologyArgument,
    history: Annotated[Path, typer.Option(help="Incidents as CSV: what failed, when, and when it was back.", metavar="FILE")],
    column: Annotated[
        list[str] | None,
        typer.Option(help="What a column is called there; the names are what, failed, back.", metavar="NAME=COLUMN"),
    ] = None,
    since: Annotated[str | None, typer.Option(help="When watching began [the first incident].", metavar="TIME")] = None,
    until: Annotated[str | None, typer.Option(help="When it ended [the last incident].", metavar="TIME")] = None,
    new: Annotated[bool, typer.Option("--new", help="All was new when watching began, not of unknown age.")] = False,
    write: Annotated[
        Path | None, typer.Option(help="Write a copy of the topology here, with what was learned in it.", metavar="FILE")
    ] = None,
    recorded: Annotated[
        bool, typer.Option("--recorded", help="With --write: where no law fits the repairs, take them as they were.")
    ] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Learn from past incidents how often things fail and how long they take to come back, as lines for the topology.

    Example: continuance topology calibrate mine.yaml --history incidents.csv --since 2023-01-01 --until 2026-01-01
    """
    from console.calibration_text import calibration_data, calibration_text
    from topology.intake.history import learn, read_incidents
    from topology.intake.learned_laws import entry, parts_that_fail, recorded_name

    if recorded and write is None:
        raise refused("--recorded", "goes with --write FILE: the repairs are written beside that file")
    loaded = load(topology)
    incidents = read_incidents(history, _columns(column or []))
    times = [each.failed for each in incidents] + [each.back for each in incidents if each.back is not None]
    begins, ends = _moment("--since", since, min(times)), _moment("--until", until, max(times))
    if ends <= begins:
        raise refused("--until", "ends before watching begins" if since or until else "all incidents are of one moment")
    with busy("fitting laws"):
        kinds, silent = learn(loaded, incidents, begins, ends, str(history), new)
    files = {}
    if recorded and write is not None:
        files = {
            each.name: recorded_name(write.stem, each.name) for each in kinds if each.repair is not None and each.repair.misfits
        }
    entries = {each.name: entry(loaded, each, history.name, files.get(each.name)) for each in kinds}
    if write is not None:
        _write(topology, write, history, entries, {files[each.name]: each for each in kinds if each.name in files})

    def table() -> None:
        print(
            f"# Learned from {history.name}, watched from {_written(begins)} to {_written(ends)}. In brackets: intervals of 95 %."
        )
        if since is None or until is None:
            print(
                "# That is from the first incident to the last. Give --since and --until: quiet times before and after count, too."
            )
        for line in calibration_text(kinds, entries, {each.name: parts_that_fail(loaded, each.name) for each in kinds}):
            print(line)
        if silent:
            print(f"# No incident, and so nothing learned, of {_listed(silent)}.")

    data = {
        "format": 1,
        "topology": loaded.name,
        "watched_seconds": ends - begins,
        "kinds": calibration_data(kinds, entries),
        "without_incidents": silent,
    }
    show(data, output, table)


def _listed(kinds: Sequence[str]) -> str:
    from topology.wording import listed

    return listed(kinds)


def _written(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


def _write(topology: str, path: Path, history: Path, entries: Mapping[str, "Entry"], recorded: Mapping[str, "Kind"]) -> None:
    """Write the topology with *entries* laid over it, and *recorded* repairs in the files of these names beside it."""
    from topology.document import parse_document
    from topology.intake.learned_laws import hosts_of_their_own, laid_over
    from topology.load import build_topology
    from topology.sources import find_network, patched, read_sources
    from topology.textfile import write_whole
    from topology.tidy import document

    for name, kind in recorded.items():
        write_whole(path.parent / name, "\n".join(["seconds", *(f"{each:.10g}" for each in kind.repairs_seconds), ""]))
    data: dict[str, Any] = patched(read_sources(find_network(topology)), laid_over(entries))
    data.pop("include", None)
    text = document(data, (f"{data['name']} with what `continuance topology calibrate` learned from {history.name}.",))
    built = build_topology(parse_document(text, str(path)), path.parent)  # the laws must fit what is written
    write_whole(path, text)
    if own := hosts_of_their_own(built, entries, path.parent):
        complain(f"note: {_listed(own)} keep laws of their own, which go before those of their role")
    complain(f"{path}: written, with what was learned")


def _columns(given: Sequence[str]) -> dict[str, str]:
    from topology.errors import did_you_mean
    from topology.intake.history import COLUMNS

    found = {}
    for each in given:
        name, equals, called = each.partition("=")
        if not equals or name not in COLUMNS:
            raise refused(
                "--column", f"'{each}' is not NAME=COLUMN with a NAME of {', '.join(COLUMNS)}{did_you_mean(name, COLUMNS)}"
            )
        found[name] = called
    return found


def _moment(option: str, text: str | None, otherwise: float) -> float:
    from topology.intake.history import moment

    if text is None:
        return otherwise
    try:
        return moment(text)
    except ValueError as error:
        raise refused(option, str(error)) from None
