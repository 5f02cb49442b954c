"""How important each thing is to a service, as `topology weak-points` shows it."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rich.console import Console
from rich.text import Text

from console.tables import ROWS_MAX, new_console, print_rows, titled
from console.topology_data import VIEW_KEYS
from report.importance import ServiceSpared, Spared
from simulator.exact.importance import Importance, ServiceImportance
from simulator.exact.independence import Dependence
from topology.gates import View
from topology.model import Topology
from topology.quantities import YEAR, show_duration
from topology.wording import listed

MISSING = "importance is left out, for RePyability is not installed; install continuance[exact]"
SHARE_MIN, BIRNBAUM_MIN = 0.0005, 0.01
"""What is below both is left to JSON."""
PLACES_MAX = 14
"""Decimals in percent, beyond which a share of one is no longer told from one."""

ByView = Mapping[View, Sequence[ServiceImportance]]


class Row(NamedTuple):
    """Things of which all figures read the same."""

    thing: str
    availability: str
    birnbaum: str
    fussell_vesely: str
    downtime: str


def importance_data(found: ByView) -> dict[str, Any]:
    """Return the JSON of the importance in each view; what cannot be told is null."""
    return {VIEW_KEYS[view]: {each.service: _service(each) for each in services} for view, services in found.items()}


def _service(found: ServiceImportance) -> dict[str, Any]:
    return {
        "exact": found.exact,
        "refused": found.refused or None,
        "against": [{"subject": each.subject, "why": each.why} for each in found.against],
        "unavailability": _finite(found.unavailability),
        "things": [
            {
                "name": each.thing.name,
                "part": each.thing.part,
                "availability": 1.0 - each.unavailability,
                "unavailability": each.unavailability,
                "birnbaum": each.birnbaum,
                "fussell_vesely": each.fussell_vesely,
                "risk_achievement_worth": each.risk_achievement_worth,
                "risk_reduction_worth": _finite(each.risk_reduction_worth),
                "downtime_hours_a_year": each.hours_a_year,
            }
            for each in found.ranked
        ],
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def spared_by_service(found: ByView) -> list[ServiceSpared]:
    """Return what a report draws of it: each service once, and in each view where the views differ."""
    drawn = []
    for services in zip(*found.values(), strict=True):
        for view, service in _views(found, services):
            things = [Spared(_title(group), _lost(group[0])) for group in _alike(service.ranked).values()]
            left_out = list(dict.fromkeys(each.subject for each in service.against))
            drawn.append(ServiceSpared(service.service, view, service.unavailability, things, left_out))
    return drawn


def _views(found: ByView, services: Sequence[ServiceImportance]) -> list[tuple[str, ServiceImportance]]:
    """Return what was found for a service by the name of the view, under one name where the views agree."""
    if all(service == services[0] for service in services):
        return [(" and ".join(view.value for view in found), services[0])]
    return [(view.value, service) for view, service in zip(found, services, strict=True)]


def print_importance(topology: Topology, found: ByView) -> None:
    """Print a ranking for each service, and for each view where the views differ; then what stands against exact answers."""
    console = new_console()
    console.print()
    console.print(Text("Importance in the long run: what the service would be spared if the thing never failed", style="bold"))
    numbered = list(zip(*found.values(), strict=True))
    for services in numbered[:ROWS_MAX]:
        name = services[0].service
        console.print()
        console.print(Text(titled(name, topology.services[name].title), style="bold"))
        for number, (view, service) in enumerate(_views(found, services)):
            if number:
                console.print()
            _print_view(console, view, service)
    if len(numbered) > ROWS_MAX:
        console.print(Text(f"\n… and {len(numbered) - ROWS_MAX:,} more services: --service NAME, or --output json"))
    print_rows(console, ("not exact because of", "in that", "for"), _against([each for services in numbered for each in services]))


def _print_view(console: Console, view: str, found: ServiceImportance) -> None:
    console.print(Text(f"{view}: {told(found)}"))
    shown = rows_of([each for each in found.ranked if each.fussell_vesely >= SHARE_MIN or each.birnbaum >= BIRNBAUM_MIN])[:ROWS_MAX]
    print_rows(console, ("thing", "availability", "Birnbaum", "Fussell-Vesely", "downtime a year"), shown)


def told(found: ServiceImportance) -> str:
    """Say in one line what was worked out for a service, and whether it is exact."""
    if found.refused:
        return f"not worked out: {found.refused}"
    return f"{downtime(found.unavailability)} down or stale a year, {'exact' if found.exact else 'not exact'}"


def _against(found: Sequence[ServiceImportance]) -> list[tuple[str, str, str]]:
    concerned: dict[Dependence, dict[str, None]] = {}
    for service in found:
        for each in service.against:
            concerned.setdefault(each, {})[service.service] = None
    subjects = list(dict.fromkeys(each.subject for each in concerned))
    grouped = sorted(concerned.items(), key=lambda item: subjects.index(item[0].subject))
    return [(*each, listed(services)) for each, services in grouped]


def rows_of(ranked: Sequence[Importance]) -> list[Row]:
    """Write a row for each thing, one for all of a kind whose figures read the same."""
    return [Row(_title(group), *figures) for (_, *figures), group in _alike(ranked).items()]


def _alike(ranked: Sequence[Importance]) -> dict[tuple[str | None, str, str, str, str], list[Importance]]:
    found: dict[tuple[str | None, str, str, str, str], list[Importance]] = {}
    for each in ranked:
        figures = share(each.unavailability), f"{each.birnbaum:.3g}", f"{each.fussell_vesely:.3f}", downtime(_lost(each))
        found.setdefault((each.thing.part, *figures), []).append(each)
    return found


def _lost(each: Importance) -> float:
    return each.birnbaum * each.unavailability


def _title(group: Sequence[Importance]) -> str:
    """Write things of a kind: `web-1`, `disk in web-[1-2], each`."""
    part = group[0].thing.part
    names = listed(each.thing.name for each in group)
    words = f"{part} in {names}" if part else names
    return f"{words}, each" if len(group) > 1 else words


def share(unavailability: float) -> str:
    """Write an availability with as many nines as it has, and two digits beyond them: `99.988%`."""
    if unavailability == 0.0:
        return "100%"
    places = min(PLACES_MAX, max(1, 1 - math.floor(math.log10(100 * unavailability))))
    return f"{100 * (1 - unavailability):.{places}f}%"


def downtime(unavailability: float) -> str:
    """Write a share of the time as time a year, to the second."""
    seconds = unavailability * YEAR
    if seconds == 0.0:
        return "0"
    return show_duration(seconds) if seconds >= 1.0 else "< 1s"
