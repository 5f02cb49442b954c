"""`continuance why` and `continuance compare`: reading what a replay left behind."""

import shutil
import textwrap
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import output
from console.output import Output, OutputOption

_VALUE_WIDTH = 24
_TIMELINES = (".jsonl", ".csv")
_NO_RESULT = "is not a result; write one with: continuance replay … --output json"

if TYPE_CHECKING:
    from timeline.record import Record, Timeline

_DEPTH_MAX = 12
"""Steps of an explanation that are indented ever further; the lines must stay readable."""


def register(app: typer.Typer) -> None:
    """Add the commands to *app*."""
    app.command()(why)
    app.command()(compare)


def why(
    service: Annotated[str, typer.Argument(help="The service to explain.", metavar="SERVICE")],
    at: Annotated[str, typer.Option(help="When: after so long (20d, 4h30m), or a wall time.", metavar="TIME")],
    timeline: Annotated[Path, typer.Option(help="A timeline that replay --timeline wrote.", metavar="FILE")],
    response: Annotated[str | None, typer.Option(help="Which response, where the file holds several.", metavar="NAME")] = None,
    form: OutputOption = Output.TABLE,
) -> None:
    """Say why a service was as it was at a time: cause by cause, back to the fault, and what was being waited for.

    Example: continuance why hotline --at 20d --timeline replay.jsonl --response as-happened
    """
    from timeline.causes import explain, going_on, latest
    from timeline.judging import stranded
    from timeline.record import Kind

    told = _chosen_timeline(timeline, response)
    _expect(service, told.services, "service", timeline)
    at_seconds = _seconds(at, told)
    record = latest(told, Kind.SERVICE, service, at_seconds)
    state = record.state if record else "up"
    causes = list(explain(told, record)) if record else []
    waiting = state in ("down", "stale")
    waits = going_on(told, record, at_seconds) if record and waiting else []

    def say(text: str, depth: int = 0) -> None:
        indent = "  " * min(depth, _DEPTH_MAX)
        width = shutil.get_terminal_size().columns
        print(textwrap.fill(text, width, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False))

    def table() -> None:
        since = f"since {_wall(told, record.at)}" if record else "from the start"
        say(f"{service} is {state} {since} ({told.response}, at {_wall(told, at_seconds)})")
        for each in waits:
            say(f"waits for: {_awaited(each)}, since {_wall(told, each.at)}", 1)
        for name in [each for each in stranded(told) if each in {cause.record.subject for cause in causes}] if waiting else []:
            say(f"nothing brings {name} back: no recovery is stated for it", 1)
        for cause in causes:
            again = f"{_since(told, cause.record, at_seconds)}{'  (see above)' if cause.repeated else ''}"
            say(f"{'└ because ' if cause.depth else ''}{_told(told, cause.record)}{again}", cause.depth)

    document = {
        "format": 1,
        "service": service,
        "response": told.response,
        "at_seconds": at_seconds,
        "state": state,
        "since_seconds": record.at if record else 0.0,
        "waits_for": [_record_document(each) for each in waits],
        "because": [{"depth": cause.depth, **_record_document(cause.record)} for cause in causes],
    }
    output.show(document, form, table)


def compare(
    first: Annotated[
        str, typer.Argument(help="A saved result (replay --output json) or timeline; FILE@RESPONSE for one.", metavar="A")
    ],
    second: Annotated[str, typer.Argument(help="What to set beside it.", metavar="B")],
    everything: Annotated[bool, typer.Option("--all", help="Also what is the same in both.")] = False,
    form: OutputOption = Output.TABLE,
) -> None:
    """Set two results or timelines side by side, measure by measure.

    Example: continuance compare result.json@as-happened result.json@independent-standby
    """
    from rich.table import Table

    from console.tables import new_console

    left, right = _measures(first), _measures(second)
    known = [*left, *right]
    if any(Path(_split(named)[0]).suffix in _TIMELINES for named in (first, second)):
        known = [key for key in left if key in right]  # a timeline tells less than a result does
    keys = [key for key in dict.fromkeys(known) if everything or left.get(key) != right.get(key)]
    rows = [{"measure": key, "a": left.get(key), "b": right.get(key), "difference": _difference(left, right, key)} for key in keys]

    def table() -> None:
        console = new_console()
        console.print(f"A  {first}\nB  {second}")
        if not rows:
            console.print("no difference")
            return
        grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        cells = [[_shown(str(row["measure"]), row[side]) for side in ("a", "b", "difference")] for row in rows]
        taken = sum(min(_VALUE_WIDTH, max(5, *map(len, column))) + 2 for column in zip(*cells, strict=True))
        grid.add_column("measure")
        for heading in ("A", "B", "B − A"):
            grid.add_column(heading, justify="right", max_width=_VALUE_WIDTH)
        for row, shown in zip(rows, cells, strict=True):
            grid.add_row(_broken_at_dots(str(row["measure"]), console.width - taken - 2), *shown)
        console.print()
        console.print(grid)

    output.show({"format": 1, "a": first, "b": second, "measures": rows}, form, table)


def _chosen_timeline(path: Path, response: str | None) -> "Timeline":
    from timeline.files import load_timelines
    from topology.errors import InputError, Problem

    timelines = {each.response: each for each in load_timelines(path)}
    if response is None and len(timelines) > 1:
        message = f"holds several responses; choose one with --response: {', '.join(timelines)}"
        raise InputError([Problem(str(path), 0, "", message)])
    if response is not None:
        _expect(response, timelines, "response", path)
    return timelines[response] if response else next(iter(timelines.values()))


def _expect(name: str, known: Any, kind: str, path: Path) -> None:
    from topology.errors import InputError, Problem, did_you_mean

    if name not in known:
        message = f"there is no {kind} '{name}' in it ({', '.join(known)}){did_you_mean(name, known)}"
        raise InputError([Problem(str(path), 0, "", message)])


def _seconds(at: str, timeline: "Timeline") -> float:
    from topology.errors import InputError, Problem, shown
    from topology.quantities import duration_seconds

    try:
        at_seconds = duration_seconds(at)
    except ValueError:
        start = datetime.fromisoformat(timeline.start)
        try:
            wall = datetime.fromisoformat(at)
        except ValueError:
            message = f"{shown(at)} is neither a time since the start (20d, 4h30m) nor a wall time (2014-05-02T12:00)"
            raise InputError([Problem("--at", 0, "", message)]) from None
        at_seconds = ((wall if wall.tzinfo else wall.replace(tzinfo=start.tzinfo)) - start).total_seconds()
    if not 0 <= at_seconds <= timeline.horizon_seconds:
        begin, end = _wall(timeline, 0.0), _wall(timeline, timeline.horizon_seconds)
        raise InputError([Problem("--at", 0, "", f"{shown(at)} is not within this timeline: {begin} to {end}")])
    return at_seconds


def _wall(timeline: "Timeline", at_seconds: float) -> str:
    from topology.quantities import show_duration

    wall = datetime.fromisoformat(timeline.start) + timedelta(seconds=at_seconds)
    return f"{wall:%-d %b %Y %H:%M} (+{show_duration(at_seconds)})"


def _told(timeline: "Timeline", record: "Record") -> str:
    notable = ("reason", "host", "part", "crew", "waits_for", "targets")
    details = [
        f"{key.replace('_', ' ')} {', '.join(value) if isinstance(value, list) else value}"
        for key in notable
        if (value := record.data.get(key))
    ]
    stage = f"{record.data['stage']} " if record.kind == "stage" else ""
    more = f" ({'; '.join(details)})" if details else ""
    return f"{record.kind} {record.subject}: {stage}{record.state}{more}, {_wall(timeline, record.at)}"


def _since(timeline: "Timeline", record: "Record", at_seconds: float) -> str:
    """Say that what went down by *record* has come back by *at_seconds*: it explains the fall, and not that it lasts."""
    from timeline.causes import latest

    now = latest(timeline, record.kind, record.subject, at_seconds)
    return f"; up again since {_wall(timeline, now.at)}" if now and record.state == "down" and now.state == "up" else ""


def _awaited(record: "Record") -> str:
    """Say what *record*, something that is under way, keeps others waiting for."""
    if record.kind == "failover":
        detail = next((f": {record.data[key]}" for key in ("waits_for", "reason", "host") if record.data.get(key)), "")
        return f"failover of {record.subject}, {record.state}{detail}"
    what = " ".join(str(record.data[key]) for key in ("stage", "part", "crew") if record.data.get(key))
    return f"{record.subject}, {what}{f': {reason}' if (reason := record.data.get('reason')) else ''}"


def _record_document(record: "Record") -> dict[str, Any]:
    return {
        "id": record.id,
        "at_seconds": record.at,
        "kind": record.kind.value,
        "subject": record.subject,
        "state": record.state,
        "data": dict(record.data),
    }


def _measures(named: str) -> dict[str, Any]:
    """Return the measures of what *named* means: a result or a timeline, or one response of it after an `@`."""
    from timeline.export import measures
    from topology.errors import InputError, Problem

    name, response = _split(named)
    path = Path(name)
    documents = _documents(path)
    if response:
        _expect(response, documents, "response", path)
    elif not documents:
        raise InputError([Problem(name, 0, "", "holds no response")])
    chosen = documents[response] if response else documents if len(documents) > 1 else next(iter(documents.values()))
    try:
        return measures(chosen)
    except (ValueError, RecursionError):
        raise InputError([Problem(name, 0, "", _NO_RESULT)]) from None


def _split(named: str) -> tuple[str, str]:
    """Return the file and the response that `FILE@RESPONSE` means; a file may have an `@` in its own name."""
    try:
        whole = Path(named).exists()
    except OSError:  # a name too long, which the reader will say
        whole = False
    if whole or "@" not in named:
        return named, ""
    name, _, response = named.rpartition("@")
    return name, response


def _documents(path: Path) -> dict[str, Any]:
    import json

    from timeline.export import timeline_document
    from timeline.files import load_timelines
    from topology.errors import InputError, Problem
    from topology.textfile import read_text

    if path.suffix in _TIMELINES:
        return {each.response: timeline_document(each) for each in load_timelines(path)}
    try:
        data = json.loads(read_text(path))
        left_out = ("name", "title", "must_meet")  # what was asked, not what came of it
        return {str(each["name"]): {key: value for key, value in each.items() if key not in left_out} for each in data["responses"]}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError([Problem(str(path), 0, "", _NO_RESULT)]) from None


def _broken_at_dots(measure: str, width: int) -> str:
    """Return *measure* in lines of *width*, if it can be had, each but the last ending with a dot."""
    lines = textwrap.wrap(measure.replace(".", ". "), max(width, 20), subsequent_indent="  ", break_long_words=False)
    return "\n".join(line.replace(". ", ".") for line in lines)


def _difference(left: dict[str, Any], right: dict[str, Any], key: str) -> float | None:
    a, b = left.get(key), right.get(key)
    numbers = (int, float)
    if isinstance(a, numbers) and isinstance(b, numbers) and not isinstance(a, bool) and not isinstance(b, bool):
        return b - a
    return None


def _shown(measure: str, value: Any) -> str:
    from topology.quantities import show_duration

    if value is None:
        return "–"
    if isinstance(value, (bool, str)):
        return str(value)
    return show_duration(value) if "_seconds" in measure else f"{value:,.6g}"
