"""Rows as tables: the median of each system, how far its runs lie apart, and how many times as long a peer takes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median

from benchmarks.failover.rows import Row

OURS, FLOOR = "ours", "floor"


def tables(rows: Sequence[Row], incidents: Mapping[str, str], forced: Sequence[str], unforced: Sequence[str]) -> Iterator[str]:
    """Yield Markdown: outages under the *forced* incidents, then whether anybody took over in vain under the *unforced* ones.

    *incidents* holds the title of each.
    """
    systems = list(dict.fromkeys(row.system for row in rows if row.system != FLOOR))
    systems.sort(key=lambda system: system != OURS)
    peers = [system for system in systems if system != OURS]
    yield from _table(
        ("incident", *(f"{system}: outage" for system in systems), *(f"{peer} ÷ {OURS}" for peer in peers)),
        (
            (incidents[incident], *(_outage(_of(rows, system, incident)) for system in systems), *_ratios(rows, incident, peers))
            for incident in forced
        ),
    )
    yield ""
    yield from _table(
        ("incident", "system", "runs", "requests failed", "writes lost", "CPU pressure"),
        ((incidents[incident], system, *_quality(_of(rows, system, incident))) for incident in forced for system in systems),
    )
    yield ""
    yield from _table(
        ("incident", "system", "runs", "false failovers", "longest gap", "requests failed", "writes lost", "CPU pressure"),
        (
            (incidents[incident], system, runs, _false(found), _outage(found), *others)
            for incident in unforced
            for system in systems
            if (found := _of(rows, system, incident))
            for runs, *others in [_quality(found)]
        ),
    )


def floor_table(rows: Sequence[Row], incidents: Mapping[str, str]) -> Iterator[str]:
    """Yield Markdown: ours beside its floor, which is what the bare commands took and what starting a playbook for each takes.

    Each run of ours is set beside the floor of its own repetition, for the machine is not always as fast.
    """
    lines = []
    for incident in dict.fromkeys(row.incident for row in rows if row.system == FLOOR):
        bare, ours = ({row.repetition: row for row in _of(rows, system, incident)} for system in (FLOOR, OURS))
        both = [(bare[each], ours[each]) for each in bare if each in ours]
        pairs = [(low.outage_seconds, sum(low.details["starts_seconds"]), our.outage_seconds) for low, our in both]
        found = [(alone, starts, took) for alone, starts, took in pairs if alone and took]
        floors = [alone + starts for alone, starts, _ in found]
        ratios = [took / floor for (_, _, took), floor in zip(found, floors, strict=True)]
        columns = ([alone for alone, _, _ in found], [starts for _, starts, _ in found], floors, [took for _, _, took in found])
        ratio = f"{median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})" if ratios else "–"
        lines.append((incidents[incident], *map(_spread, columns), ratio))
    return _table(("incident", "commands alone", "starts of playbooks", "floor", OURS, f"{OURS} ÷ floor"), lines)


def _of(rows: Iterable[Row], system: str, incident: str) -> list[Row]:
    return [row for row in rows if (row.system, row.incident) == (system, incident)]


def _outages(rows: Iterable[Row]) -> list[float]:
    return [row.outage_seconds for row in rows if row.outage_seconds is not None]


def _outage(rows: Sequence[Row]) -> str:
    found = _outages(rows)
    endless = len(rows) - len(found)
    return _spread(found) + (f", and {endless} never over" if endless else "")


def _spread(seconds: Sequence[float]) -> str:
    """Return the median, and from where to where they go where there are several."""
    if len(seconds) < 2:
        return f"{seconds[0]:.2f} s" if seconds else "–"
    return f"{median(seconds):.2f} s ({min(seconds):.2f}–{max(seconds):.2f})"


def _ratios(rows: Sequence[Row], incident: str, peers: Iterable[str]) -> Iterator[str]:
    ours = _outages(_of(rows, OURS, incident))
    for peer in peers:
        theirs = _outages(_of(rows, peer, incident))
        yield f"{median(theirs) / median(ours):.1f}" if ours and theirs and median(ours) else "–"


def _quality(rows: Sequence[Row]) -> tuple[str, str, str, str]:
    """Return how many runs there were, and of these the median of failed requests, all lost writes, and the pressure."""
    if not rows:
        return "0", "–", "–", "–"
    failed = median(row.failed + row.unknown for row in rows)
    attempted = median(row.attempted for row in rows)
    unseen = sum(row.lost is None for row in rows)
    lost = f"{sum(row.lost or 0 for row in rows)} of {sum(row.acknowledged for row in rows):,}"
    pressed = [row.pressure["cpu"] for row in rows if "cpu" in row.pressure]
    return (
        str(len(rows)),
        f"{failed:g} of {attempted:g}",
        lost + (f" ({unseen} runs not counted)" if unseen else ""),
        f"{median(pressed):.0%}" if pressed else "–",
    )


def _false(rows: Sequence[Row]) -> str:
    """Return how many promotions there were, and in how many runs; a run that nobody could look at in the end is counted apart."""
    unseen = sum(row.promotions is None for row in rows)
    with_any = sum(bool(row.promotions) for row in rows)
    return f"in {with_any} of {len(rows) - unseen}" + (f" ({unseen} unknown)" if unseen else "")


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(line)} |" for line in lines)
