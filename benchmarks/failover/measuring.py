"""One run: writers in the open loop through the proxy, the incident at a moment of its own, and what the writers came to."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.failover.incidents import Incident
from benchmarks.failover.systems.system import System
from lab.errors import LabError
from lab.hosts import Lab
from lab.layout import Role
from lab.load import record
from lab.load.load import Load, traffic
from lab.services.database import side_by_side
from lab.services.proxy import DATABASE_PORT

WARM_SECONDS = 2.0
GAP_SECONDS = 0.3
"""A shorter time without an acknowledgement is no gap: writers try every 100 ms."""
QUIET_SECONDS = 3.0
"""So long writes have to go well for a run to be over."""
PATIENCE_SECONDS = 90.0
LOOKS_SECONDS = 0.5
ASK = "select inet_server_addr(), ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int"
"""Who takes writes, and on which timeline: each promotion begins a new one."""
GOOD = frozenset({"acknowledged"})


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run came to."""

    at: str
    outage_seconds: float | None
    without_writes_seconds: float | None
    load: record.Result
    primary: str | None
    promotions: int | None
    pressure: Mapping[str, float]
    details: Mapping[str, Any]


def power_cycle(lab: Lab) -> None:
    """Let no trace of an earlier run go on at the databases: switch them off and on, whatever state they are in."""
    databases = [host.name for host in lab.layout.of(Role.DATABASE)]

    def cycle(host: str) -> None:
        lab.off(host)
        lab.heal(host)
        lab.on(host)

    side_by_side(cycle, databases)
    lab.wait_until_up(databases)


def measure(lab: Lab, system: System, incident: Incident, phase_seconds: float) -> Measured:
    """Let *incident* happen to the primary that *system* keeps, *phase_seconds* after all is ready."""
    power_cycle(lab)
    try:
        system.start()
        with TemporaryDirectory() as folder:
            measured = asyncio.run(_under_load(lab, system, incident, phase_seconds, Path(folder) / "writes.jsonl"))
    finally:
        details = system.stop()
        for host in lab.layout.of(Role.DATABASE):
            lab.heal(host.name)
    return replace(measured, details={**measured.details, **details})


async def _under_load(lab: Lab, system: System, incident: Incident, phase_seconds: float, recording: Path) -> Measured:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    (cluster,) = lab.layout.topology.clusters.values()
    writing = replace(traffic(lab.layout), lookups_per_second=0.0, calls_per_second=0.0, probes_per_second=0.0)
    _, before = await asyncio.to_thread(_who_takes_writes, lab)
    async with Load(lab, recording, writing) as load:
        await asyncio.sleep(WARM_SECONDS + phase_seconds)
        moment, wall = time.monotonic(), time.time()
        await asyncio.to_thread(incident.begin, lab, system, cluster.primary)
        if incident.end is not None:
            await asyncio.sleep(moment + incident.lasts_seconds - time.monotonic())
            await asyncio.to_thread(incident.end, lab, system, cluster.primary)
        await asyncio.sleep(incident.watched_seconds)
        await _until_well(recording)
    lines = record.read(recording)
    result = await load.result()
    primary, after = await asyncio.to_thread(_who_takes_writes, lab)
    made = gaps(lines, moment)
    over = all(gap.over for gap in made)
    return Measured(
        at=at,
        outage_seconds=round(max((gap.seconds for gap in made), default=0.0), 3) if over else None,
        without_writes_seconds=round(sum(gap.seconds for gap in made), 3) if over else None,
        load=result,
        primary=primary,
        promotions=None if before is None or after is None else after - before,
        pressure={name: round(share.mean, 3) for name, share in result.pressure.items()},
        details={"began_wall_seconds": round(wall, 3), "gaps": [[gap.since_seconds - moment, gap.seconds] for gap in made]},
    )


def gaps(lines: Sequence[record.Line], moment: float) -> list[record.Outage]:
    """Return the times without an acknowledgement that ended after *moment*."""
    return [gap for gap in record.outages(lines, "write", GOOD, GAP_SECONDS) if gap.until_seconds > moment]


async def _until_well(recording: Path) -> None:
    """Wait until writes have been acknowledged without a gap for a while, but not for ever."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        since = time.monotonic() - QUIET_SECONDS
        acknowledged = [line.ended_seconds for line in record.read(recording) if line.outcome in GOOD]
        moments = [since, *(each for each in acknowledged if each > since), time.monotonic()]
        if all(later - earlier <= 2 * GAP_SECONDS for earlier, later in pairwise(moments)):
            return
        await asyncio.sleep(LOOKS_SECONDS)


def _who_takes_writes(lab: Lab) -> tuple[str | None, int | None]:
    """Return who takes writes behind the proxy, and on which timeline; None where nobody says."""
    client, edge = lab.layout.of(Role.LOAD)[0], lab.layout.of(Role.EDGE)[0]
    conninfo = f"host={edge.address} port={DATABASE_PORT} user=court dbname=court connect_timeout=3"
    try:
        address, timeline = lab.inside(client.name, "psql", "-XAtq", "-F", " ", conninfo, "-c", ASK).split()
    except (LabError, ValueError):
        return None, None
    return next((host.name for host in lab.layout.hosts.values() if host.address == address), None), int(timeline)
