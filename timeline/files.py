"""Timelines on disk: JSON lines (complete) and CSV (for spreadsheets). One file may hold the timelines of several responses.

JSON lines: a head (`{"format": 1, "scenario": …, "response": …}`), then one record a line, until the next head.
CSV: one record a row, `because` as numbers with blanks between, `data` as JSON; the first row of a response is its head.
"""

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from timeline.record import Kind, Record, Timeline
from topology.errors import InputError, Problem

FORMAT = 1
_COLUMNS = ("response", "id", "at_seconds", "kind", "subject", "state", "because", "data")


def save_timelines(timelines: Iterable[Timeline], path: Path) -> None:
    """Write *timelines* to *path*, as CSV if it ends in `.csv`, else as JSON lines; all or nothing."""
    write_whole(path, _as_csv(timelines) if path.suffix == ".csv" else _as_lines(timelines))


def write_whole(path: Path, text: str) -> None:
    """Write *text* to *path* so that the file is either whole or as it was. Raises InputError when it cannot be written."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_text(text, encoding="utf-8", newline="")
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise InputError([Problem(str(path), 0, "", f"cannot be written: {error.strerror}")]) from None


def load_timelines(path: Path) -> list[Timeline]:
    """Read the timelines in *path*. Raises InputError that names the line where it is not one."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError([Problem(str(path), 0, "", "this is not a text file (UTF-8)")]) from None
    except OSError as error:
        raise InputError([Problem(str(path), 0, "", f"cannot be read: {error.strerror}")]) from None
    rows = _from_csv(text, path) if path.suffix == ".csv" else _from_lines(text, path)
    timelines: list[tuple[dict[str, Any], list[Record]]] = []
    for line, row in rows:
        try:
            if "format" in row:
                if row["format"] != FORMAT:
                    raise ValueError(f"format {row['format']} is not known; this version reads format {FORMAT}")
                timelines.append((row, []))
            elif not timelines:
                raise ValueError("a record comes before the head of its timeline")
            else:
                timelines[-1][1].append(_record(row, len(timelines[-1][1])))
        except (ValueError, KeyError, TypeError) as error:
            what = f"the key {error} is missing" if isinstance(error, KeyError) else str(error)
            raise InputError([Problem(str(path), line, "", f"not a timeline: {what}")]) from None
    if not timelines:
        raise InputError([Problem(str(path), 0, "", "holds no timeline")])
    return [_timeline(head, records, path) for head, records in timelines]


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


def _timeline(head: dict[str, Any], records: list[Record], path: Path) -> Timeline:
    try:
        return Timeline(
            scenario=str(head["scenario"]),
            response=str(head["response"]),
            start=str(head["start"]),
            horizon_seconds=float(head["horizon_seconds"]),
            seed=int(head["seed"]),
            services=tuple(map(str, head["services"])),
            records=tuple(records),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError([Problem(str(path), 0, "", f"not a timeline: its head lacks or garbles {error}")]) from None


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
    for line, written in enumerate(text.splitlines(), start=1):
        if written.strip():
            yield line, _object(written, path, line)


def _from_csv(text: str, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text))
    if reader.fieldnames is None or tuple(reader.fieldnames) != _COLUMNS:
        raise InputError([Problem(str(path), 1, "", f"not a timeline: its columns are not {', '.join(_COLUMNS)}")])
    for row in reader:
        data = _object(row["data"] or "{}", path, reader.line_num)
        if row["kind"] == "timeline":
            yield reader.line_num, data
        else:
            yield reader.line_num, {**row, "because": (row["because"] or "").split(), "data": data}


def _object(written: str, path: Path, line: int) -> dict[str, Any]:
    try:
        found = json.loads(written)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InputError([Problem(str(path), line, "", "not a timeline: this line is not a JSON object")])
    return found


def _record(row: dict[str, Any], number: int) -> Record:
    because = tuple(int(each) for each in row["because"])
    if int(row["id"]) != number or any(not 0 <= each < number for each in because):
        raise ValueError(f"record {row['id']} is out of order, or comes before one of its causes")
    return Record(
        number, float(row["at_seconds"]), Kind(row["kind"]), str(row["subject"]), str(row["state"]), because, dict(row["data"])
    )
