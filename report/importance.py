"""How important things are to each service, as bars: what the service would be spared a year if the thing never failed."""

from collections.abc import Sequence
from typing import NamedTuple

from report.wording import listed
from topology.model import Topology
from topology.quantities import YEAR, show_duration

BARS_MAX = 6
SHARE_MIN = 0.001
"""A thing that would spare less than this share of what a service is down is not drawn."""


class Spared(NamedTuple):
    """Things of a kind: a service would be spared so much of the time if each of them alone never failed."""

    title: str
    share: float


class ServiceSpared(NamedTuple):
    """What was worked out for a service: how much of the time it is not up, and what would spare it how much, the most first."""

    service: str
    view: str
    unavailability: float
    things: Sequence[Spared]
    left_out: Sequence[str]
    """What stands against an exact answer; nothing where it is exact."""


class ImportanceBar(NamedTuple):
    """A thing as a bar, in percent of what its service is down."""

    title: str
    spared: str
    width_percent: float


class ImportanceChart(NamedTuple):
    """The bars of a service in one view; its title is empty where it goes on from the one before."""

    title: str
    about: str
    bars: tuple[ImportanceBar, ...]


def importance_charts(found: Sequence[ServiceSpared], topology: Topology) -> list[ImportanceChart]:
    """Draw every service that anything can take down."""
    charts: list[ImportanceChart] = []
    titled = ""
    for each in found:
        drawn = [thing for thing in each.things if thing.share > SHARE_MIN * each.unavailability][:BARS_MAX]
        if drawn:
            title = "" if each.service == titled else topology.services[each.service].title or each.service
            worth = "not exact" if each.left_out else "exact"
            about = f"{each.view}: {_a_year(each.unavailability)} down or stale a year, {worth}"
            charts.append(ImportanceChart(title, about, tuple(_bar(thing, each.unavailability) for thing in drawn)))
            titled = each.service
    return charts


def _bar(thing: Spared, whole: float) -> ImportanceBar:
    return ImportanceBar(thing.title, _a_year(thing.share), 100 * thing.share / whole)


def why_not_exact(found: Sequence[ServiceSpared]) -> str:
    """Name everything that stands against exact answers."""
    return listed(list(dict.fromkeys(subject for each in found for subject in each.left_out)))


def _a_year(share: float) -> str:
    return show_duration(share * YEAR) if share * YEAR >= 1.0 else "< 1s"
