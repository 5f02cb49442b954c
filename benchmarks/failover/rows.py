"""What was measured: a line for each run in a file that grows, so that a series that was broken off goes on where it stood."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One run of one incident against one system. Times are seconds; what nobody could tell is None."""

    system: str
    incident: str
    repetition: int
    at: str
    """When it began, by the calendar."""
    phase_seconds: float
    """How long after everything was ready the incident came."""
    outage_seconds: float | None
    """From the last acknowledgement before the longest gap that the incident made to the first after it; 0 where it made none."""
    without_writes_seconds: float | None
    """All such gaps together."""
    attempted: int
    acknowledged: int
    failed: int
    unknown: int
    lost: int | None
    unknown_committed: int | None
    promotions: int | None
    primary: str | None
    """Who took writes in the end."""
    pressure: Mapping[str, float]
    """The mean share of the time in which some task waited, by resource."""
    details: Mapping[str, Any] = field(default_factory=dict)


def read(file: Path) -> list[Row]:
    """Return what *file* holds; nothing where there is none. A last line that was cut short is left out."""
    if not file.exists():
        return []
    return [Row(**json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines(keepends=True) if line.endswith("\n")]


def append(file: Path, row: Row) -> None:
    """Add *row* to *file*."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab+") as lines:
        lines.seek(0)
        lines.truncate(lines.read().rfind(b"\n") + 1)  # a last line that was cut short
        lines.write(json.dumps(asdict(row)).encode() + b"\n")


def calm(rows: Iterable[Row], pressure_max: float) -> list[Row]:
    """Return the *rows* of runs in which the share of the time that some task waited for a processor was *pressure_max* at most."""
    return [row for row in rows if row.pressure.get("cpu", 0.0) <= pressure_max]


def missing(rows: Sequence[Row], systems: Sequence[str], incidents: Sequence[str], repeats: int) -> Iterator[tuple[int, str, str]]:
    """Yield what is left to do of *repeats* runs each: repetition, incident and system, all systems of one before the next."""
    done = {(row.repetition, row.incident, row.system) for row in rows}
    for repetition in range(1, repeats + 1):
        for incident in incidents:
            turn = repetition % max(1, len(systems))  # who comes first does not always
            for system in (*systems[turn:], *systems[:turn]):
                if (repetition, incident, system) not in done:
                    yield repetition, incident, system
