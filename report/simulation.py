"""The report on a simulation: one HTML file that says how bad it may get, and which changes would help most. Takes plain data."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from report.importance import ServiceSpared, importance_charts, why_not_exact
from report.page import _asset, _environment, _hash
from report.wording import show_amount, show_share
from topology.model import Topology
from topology.quantities import YEAR, show_duration

CHANGES_MAX = 8
WHISKER = "\n.whisker { stroke: var(--ink); stroke-width: 2; }\n"


class Change(NamedTuple):
    """What a change of the network would save in one run, and how far its interval of 95 % reaches to either side."""

    title: str
    saved: float
    half_width: float


class Bar(NamedTuple):
    """A change as a bar of the ranking; all in percent of the drawing's width."""

    title: str
    saved: str
    low: str
    high: str
    certain: bool
    width_percent: float
    low_percent: float
    high_percent: float


class Row(NamedTuple):
    """A service as a row of the table."""

    title: str
    cells: tuple[str, ...]


class Level(NamedTuple):
    """A grid line across a chart."""

    y_percent: float
    label: str


class Curve(NamedTuple):
    """How likely a service is down for longer than so much."""

    title: str
    points: str
    levels: tuple[Level, ...]
    about: str


def write_simulation_report(
    document: Mapping[str, Any], changes: Sequence[Change], spared: Sequence[ServiceSpared], topology: Topology, command: str
) -> str:
    """Return the report on the simulation in *document* as the text of an HTML file; of importance it says what *spared* does."""
    style = _asset("report.css") + WHISKER
    years = document["horizon_seconds"] / YEAR
    currency = topology.currency() if any(service.cost_per_hour for service in topology.services.values()) else None
    bars = _bars(changes[:CHANGES_MAX], years, currency)
    return (
        _environment()
        .get_template("simulation.html")
        .render(
            title=topology.title or topology.name,
            style=Markup(style),  # our own file, not data: everything else is escaped
            policy=f"default-src 'none'; img-src data:; style-src {_hash(style)}; base-uri 'none'; form-action 'none'",
            runs=f"{document['runs']:,}",
            length=show_duration(document["horizon_seconds"]),
            sentences=_sentences(document, bars, topology, years),
            saved_words="What it saves a year"
            + (f", in {currency}." if currency else ", as time that services are not available."),
            bars=bars,
            importance=importance_charts(spared, topology),
            not_exact=why_not_exact(spared),
            rows=[_row(topology, name, found, years) for name, found in document["services"].items()],
            cautions=document["cautions"],
            curves=_curves(topology, document),
            command=command,
        )
    )


def _sentences(document: Mapping[str, Any], bars: Sequence[Bar], topology: Topology, years: float) -> list[str]:
    name, found = max(document["services"].items(), key=lambda item: item[1]["downtime_seconds"]["mean"])
    down = found["downtime_seconds"]
    if not down["max"]:
        return [f"No service was down in any of {document['runs']:,} runs."]
    low, high = (show_duration(max(0.0, each) / years) for each in down["ci95"])
    said = [
        f"{_title(topology, name)} is down for {show_duration(down['mean'] / years)} a year on average (between {low} and {high}); "
        f"the worst single outage seen lasts {show_duration(found['longest_outage_seconds']['max'])}."
    ]
    helping = [bar for bar in bars if bar.certain][:3]
    if helping:
        said.append("What would help most: " + "; ".join(f"{bar.title} ({bar.saved} a year)" for bar in helping) + ".")
    else:
        said.append("None of the changes that were tried is proven to help.")
    return said


def _title(topology: Topology, name: str) -> str:
    return topology.services[name].title or name


def _row(topology: Topology, name: str, found: Mapping[str, Any], years: float) -> Row:
    down = found["downtime_seconds"]
    low, high = (max(0.0, each) / years for each in down["ci95"])
    return Row(
        _title(topology, name),
        (
            show_share(found["availability"]["mean"]),
            _time(down["mean"] / years),
            f"{_time(low)} – {_time(high)}",
            f"{found['outages']['mean'] / years:.2g}",
            _time(down["p95"]),
            _time(down["p99"]),
            _time(found["longest_outage_seconds"]["max"]),
        ),
    )


def _time(seconds: float) -> str:
    return show_duration(seconds) if seconds else "0"


def _bars(changes: Sequence[Change], years: float, currency: str | None) -> list[Bar]:
    most = max((change.saved + change.half_width for change in changes), default=0.0) or 1.0

    def shown(amount: float) -> str:
        yearly = max(0.0, amount) / years
        return f"{show_amount(yearly)} {currency}" if currency else _time(yearly)

    def percent(amount: float) -> float:
        return 100 * min(1.0, max(0.0, amount / most))

    return [
        Bar(
            change.title,
            shown(change.saved),
            shown(change.saved - change.half_width),
            shown(change.saved + change.half_width),
            change.saved > change.half_width,
            percent(change.saved),
            percent(change.saved - change.half_width),
            percent(change.saved + change.half_width),
        )
        for change in changes
    ]


def _curves(topology: Topology, document: Mapping[str, Any]) -> list[Curve]:
    found = []
    for name, measures in document["services"].items():
        points = [(each["above"], each["share"]) for each in measures["downtime_seconds"]["exceedance"]]
        drawn = [(above, share) for above, share in points if above > 0 and share > 0]
        if len(drawn) >= 2:
            found.append(_curve(_title(topology, name), drawn, points[0][1] if points[0][0] == 0 else 1.0))
    return found


def _curve(title: str, points: Sequence[tuple[float, float]], ever: float) -> Curve:
    left, right = (math.log10(points[at][0]) for at in (0, -1))
    top = math.ceil(math.log10(points[0][1]) + 1e-9)
    bottom = math.floor(math.log10(points[-1][1]))
    height = max(1, top - bottom)

    def y(share: float) -> float:
        return (top - math.log10(share)) / height

    places = ((math.log10(above) - left) / max(1e-9, right - left) for above, _ in points)
    drawn = " ".join(f"{1000 * x:.1f},{1000 * y(share):.1f}" for x, (_, share) in zip(places, points, strict=True))
    levels = tuple(Level(100 * y(10.0**power), show_share(10.0**power)) for power in range(bottom, top + 1))
    about = f"down at all in {show_share(ever)} of runs; from {show_duration(points[0][0])} to {show_duration(points[-1][0])}"
    return Curve(title, drawn, levels, about)
