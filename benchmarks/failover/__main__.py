"""How long nobody can write while the primary is lost, for us and for Patroni, in the same lab, turn by turn.

    python -m benchmarks.failover [--repeats 3] [--incidents power-cut …] [--systems ours …] [--out FILE]

Needs root, Linux, and what the lab needs; the peers are fetched once. Runs are added to FILE until there are so many of each, and
the tables are printed from it: broken off, it goes on. A run on a machine that was too busy with other things is kept, but does not
count, and the next call repeats it. Each system makes its cluster anew for every run, on the same hosts.
"""

import argparse
import random
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.failover.front import stand_before_ours
from benchmarks.failover.incidents import INCIDENTS
from benchmarks.failover.measuring import Measured, measure
from benchmarks.failover.rows import Row, append, calm, missing, read
from benchmarks.failover.systems.floor import Floor
from benchmarks.failover.systems.ours import Ours
from benchmarks.failover.systems.patroni import DEFAULTS, FASTEST, Patroni
from benchmarks.failover.systems.system import System
from benchmarks.failover.table import FLOOR, OURS, floor_table, tables
from lab import lifecycle
from lab.errors import LabError, NotUpError
from lab.hosts import Lab
from topology.sources import find_network

NETWORK = "court-lab"
SYSTEMS: Mapping[str, Callable[[Lab], System]] = {
    OURS: Ours,
    "Patroni, defaults": lambda lab: Patroni(lab, DEFAULTS),
    "Patroni, fastest": lambda lab: Patroni(lab, FASTEST),
    FLOOR: Floor,
}
HAS_A_FLOOR = ("power-cut", "hang", "partition")
"""The incidents whose failover is the sequence that the floor knows."""
SEED = "failover"


def main() -> None:
    """Measure what is missing, and print."""
    given = _arguments()
    rows = calm(read(given.out), given.pressure_max)
    for repetition, incident, name in missing(rows, given.systems, given.incidents, given.repeats):
        if name == FLOOR and incident not in HAS_A_FLOOR:
            continue
        lab = _lab()
        system = SYSTEMS[name](lab)
        if name in (OURS, FLOOR):
            stand_before_ours(lab)
        phase_seconds = random.Random(f"{SEED} {repetition} {incident} {name}").uniform(0.0, system.period_seconds)
        measured = measure(lab, system, INCIDENTS[incident], phase_seconds)
        row = _row(name, incident, repetition, phase_seconds, measured)
        append(given.out, row)
        print(f"{time.strftime('%H:%M:%S')} {repetition} {incident}, {name}: {_told(row)}", flush=True)
    rows = calm(read(given.out), given.pressure_max)
    titles = {name: incident.title for name, incident in INCIDENTS.items()}
    vain = [name for name in ("loss", "short-freeze") if any(row.incident == name for row in rows)]
    forced = [name for name in INCIDENTS if name not in vain and any(row.incident == name for row in rows)]
    print("\n".join((*tables(rows, titles, forced, vain), "", *floor_table(rows, titles))))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.failover", description="Measure failovers of ours and of Patroni.")
    parser.add_argument("--repeats", type=int, default=3, help="how many runs of each incident against each system there are to be")
    parser.add_argument("--incidents", nargs="+", choices=INCIDENTS, default=list(INCIDENTS))
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS))
    parser.add_argument("--pressure-max", type=float, default=0.8, help="the CPU pressure above which a run does not count")
    parser.add_argument("--out", type=Path, default=Path("out/failover.jsonl"), help="the file that runs are added to")
    return parser.parse_args()


def _lab() -> Lab:
    try:
        return Lab.current()
    except NotUpError:
        return lifecycle.up(find_network(NETWORK), lambda what, done, count: None)


def _row(system: str, incident: str, repetition: int, phase_seconds: float, measured: Measured) -> Row:
    writes = measured.load.writes
    return Row(
        system=system,
        incident=incident,
        repetition=repetition,
        at=measured.at,
        phase_seconds=round(phase_seconds, 3),
        outage_seconds=measured.outage_seconds,
        without_writes_seconds=measured.without_writes_seconds,
        attempted=writes.attempted,
        acknowledged=writes.acknowledged,
        failed=writes.failed,
        unknown=writes.unknown,
        lost=writes.lost,
        unknown_committed=writes.unknown_committed,
        promotions=measured.promotions,
        primary=measured.primary,
        pressure=measured.pressure,
        details=measured.details,
    )


def _told(row: Row) -> str:
    outage = "no end" if row.outage_seconds is None else f"{row.outage_seconds:.2f} s"
    failed = f"{row.failed + row.unknown} of {row.attempted} failed, lost {row.lost}"
    return f"{outage}, {failed}, {row.primary} after {row.promotions} promotions, CPU pressure {row.pressure.get('cpu', 0):.0%}"


if __name__ == "__main__":
    try:
        main()
    except LabError as error:
        raise SystemExit(f"error: {error}") from None
