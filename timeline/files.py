"""Timelines on disk: JSON lines (complete) and CSV (for spreadsheets). One file may hold the timelines of several responses.

JSON lines: a head (`{"format": 1, "scenario": …, "response": …}`), then one record a line, until the next head.
CSV: one record a row, `because` as numbers with blanks between, `data` as JSON; the first row of a response is its head.
"""

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from timeline.measures import STAGES
from timeline.record import FailoverState, Kind, Record, ServiceState, Timeline
from topology.errors import InputError, Problem, shown
from topology.textfile import BYTES_MAX, read_text, write_whole

FORMAT = 1
_STATES = {Kind.SERVICE: frozenset(ServiceState), Kind.FAILOVER: frozenset(FailoverState)}
_COLUMNS = ("response", "id", "at_seconds", "kind", "subject", "state", "because", "data")


def save_timelines(timelines: Iterable[Timeline], path: Path) -> None:
    """Write *timelines* to *path*, as CSV if it ends in `.csv`, else as JSON lines; all or nothing."""
    write_whole(path, _as_csv(timelines) if path.suffix == ".csv" else _as_lines(timelines))


def load_timelines(path: Path) -> list[Timeline]:
    """Read the timelines in *path*. Raises InputError that names the line where it is not one."""
    text = read_text(path)
    rows = _from_csv(text, path) if path.suffix == ".csv" else _from_lines(text, path)
    timelines: list[tuple[Timeline, list[Record]]] = []
    for line, row in rows:
        try:
            if "format" in row:
                head = _timeline(row)
                if any(head.response == other.response for other, _ in timelines):
                    raise ValueError(f"the response {shown(head.response)} is told twice")
                timelines.append((head, []))
            elif not timelines:
                raise ValueError("a record comes before the head of its timeline")
            else:
                timelines[-1][1].append(_record(row, *timelines[-1]))
        except (ValueError, TypeError) as error:
            raise InputError([Problem(str(path), line, "", f"not a timeline: {error}")]) from None
    if not timelines:
        raise InputError([Problem(str(path), 0, "", "holds no timeline; write one with: continuance replay … --timeline FILE")])
    return [replace(head, records=tuple(records)) for head, records in timelines]


def _head(timeline: Timeline) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "scenario": timeline.scenario,
        "response": timeline.response,
        "start": timeline.start,
        "horizon_seconds": timeline.horizon_seconds,
        "seed": timeline.seed,
        "services": list(timeline.services),
    }


def _timeline(head: dict[str, Any]) -> Timeline:
    """Return the timeline that *head* begins, without its records. Raises ValueError that says what is wrong."""
    if head["format"] != FORMAT:
        raise ValueError(f"format {shown(head['format'])} is not known; this version reads format {FORMAT}")
    horizon_seconds = _number(head, "horizon_seconds")
    if horizon_seconds <= 0:
        raise ValueError(f"'horizon_seconds' is {shown(horizon_seconds)}; it must be more than 0")
    services = _value(head, "services", list, "a list of names")
    if not all(isinstance(each, str) for each in services):
        raise ValueError("'services' is not a list of names")
    start = _value(head, "start", str, "a time")
    if datetime.fromisoformat(start).tzinfo is None:
        raise ValueError(f"'start' is {shown(start)}, a time without its offset")
    return Timeline(
        scenario=_value(head, "scenario", str, "a name"),
        response=_value(head, "response", str, "a name"),
        start=start,
        horizon_seconds=horizon_seconds,
        seed=_value(head, "seed", int, "a whole number"),
        services=tuple(services),
        records=(),
    )


def _as_lines(timelines: Iterable[Timeline]) -> str:
    lines = []
    for timeline in timelines:
        lines.append(json.dumps(_head(timeline), ensure_ascii=False))
        for each in timeline.records:
            row = {
                "id": each.id,
                "at_seconds": each.at,
                "kind": each.kind.value,
                "subject": each.subject,
                "state": each.state,
                "because": list(each.because),
                "data": dict(each.data),
            }
            lines.append(json.dumps(row, ensure_ascii=False))
    return "".join(f"{line}\n" for line in lines)


def _as_csv(timelines: Iterable[Timeline]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for timeline in timelines:
        writer.writerow([timeline.response, "", 0.0, "timeline", timeline.scenario, "", "", json.dumps(_head(timeline))])
        for each in timeline.records:
            because = " ".join(map(str, each.because))
            data = json.dumps(dict(each.data), ensure_ascii=False)
            writer.writerow([timeline.response, each.id, each.at, each.kind.value, each.subject, each.state, because, data])
    return text.getvalue()


def _from_lines(text: str, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, written in enumerate(text.split("\n"), start=1):  # not by splitlines: text may hold other separators
        if written.strip():
            yield line, _object(written, path, line)


def _from_csv(text: str, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    csv.field_size_limit(BYTES_MAX)  # a fault may name thousands of hosts in one field
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        if reader.fieldnames is None or tuple(reader.fieldnames) != _COLUMNS:
            raise InputError([Problem(str(path), 1, "", f"not a timeline: its columns are not {', '.join(_COLUMNS)}")])
        for row in reader:
            if None in row or None in row.values():
                raise InputError([Problem(str(path), reader.line_num, "", f"not a timeline: a row has {len(_COLUMNS)} columns")])
            data = _object(row["data"] or "{}", path, reader.line_num)
            yield reader.line_num, data if row["kind"] == "timeline" else _numbers_read({**row, "data": data})
    except csv.Error as error:
        raise InputError([Problem(str(path), reader.line_num, "", f"not a timeline: {error}")]) from None


def _numbers_read(row: dict[str, Any]) -> dict[str, Any]:
    """Return *row* with what reads as a number as one; what does not stays, to be complained of."""
    with suppress(ValueError):
        row["id"] = int(row["id"])
    with suppress(ValueError):
        row["at_seconds"] = float(row["at_seconds"])
    with suppress(ValueError):
        row["because"] = [int(each) for each in row["because"].split()]
    return row


def _object(written: str, path: Path, line: int) -> dict[str, Any]:
    try:
        found = json.loads(written)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InputError([Problem(str(path), line, "", "not a timeline: this line is not a JSON object")])
    return found


def _record(row: dict[str, Any], timeline: Timeline, before: list[Record]) -> Record:
    """Return the record in *row*, which follows those *before* it. Raises ValueError that says what is wrong."""
    number = _value(row, "id", int, "a whole number")
    because = _value(row, "because", list, "a list of records")
    at = _number(row, "at_seconds")
    if number != len(before) or not all(isinstance(each, int) and 0 <= each < number for each in because):
        raise ValueError(f"record {number} is out of order, or comes before one of its causes")
    if not (before[-1].at if before else 0.0) <= at <= timeline.horizon_seconds:
        raise ValueError(f"record {number} is at {at:g} seconds: before the one above it, or after the horizon")
    kind, state = _value(row, "kind", str, "a kind of record"), _value(row, "state", str, "a state")
    data = _value(row, "data", dict, "a mapping")
    if kind not in frozenset(Kind):
        raise ValueError(f"{shown(kind)} is not a kind of record: {', '.join(Kind)}")
    if state not in _STATES.get(Kind(kind), {state}):
        raise ValueError(f"{shown(state)} is not a state of a {kind}")
    if (kind == Kind.STAGE or "stage" in data) and data.get("stage") not in STAGES:
        raise ValueError(f"{shown(data.get('stage'))} is not a stage: {', '.join(STAGES)}")
    return Record(number, at, Kind(kind), _value(row, "subject", str, "a name"), state, tuple(because), data)


def _value(row: dict[str, Any], key: str, kind: type | tuple[type, ...], words: str) -> Any:
    if key not in row:
        raise ValueError(f"the key '{key}' is missing")
    if not isinstance(row[key], kind) or isinstance(row[key], bool):
        raise ValueError(f"'{key}' is {shown(row[key])}, not {words}")
    return row[key]


def _number(row: dict[str, Any], key: str) -> float:
    value = float(_value(row, key, (int, float), "a number"))
    if not math.isfinite(value):
        raise ValueError(f"'{key}' is {value}, not a number of any use")
    return value
