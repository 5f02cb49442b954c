"""A replay as a table for people: one column a response, one row a measure."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from rich.console import Console
from rich.table import Table
from rich.text import Text

from timeline.measures import STAGES, ServiceMeasures
from timeline.results import FailoverResult, ObjectiveResult, ReplayResult
from topology.quantities import show_duration

Row = tuple[str, list[str]]
"""A label and one cell a response; a label without cells is a heading."""

NOTHING = "–"
GAP = 2
"""Blanks between columns."""
_DECIDED = {
    "refused": "refused: no member can be promoted",
    "waiting": "waits for a person",
    "failed": "promotion failed",
    "withdrawn": "the primary came back first",
}
_FATES = {"lost": "lost", "manual": "by hand", "stale": "stale", "waiting": "still waiting"}


def print_replay(result: ReplayResult) -> None:
    """Print *result* on standard output."""
    console = Console(highlight=False)
    console.print(f"[bold]{result.title}[/bold]")
    if result.summary:
        console.print(result.summary, style="dim")
    for note in result.notes:
        console.print(f"• {note}")
    console.print()
    for response in result.responses:
        if response.title != response.name:
            console.print(f"[bold]{response.name}[/bold]: {response.title}")
    console.print()
    rows = [row for section in (_services, _stages, _failovers, _work, _costs) for row in section(result)]
    widths = _widths(rows, [response.name for response in result.responses], console.width)
    _print_row(console, ("", [f"[bold]{response.name}[/bold]" for response in result.responses]), widths)
    for row in rows:
        _print_row(console, row, widths)
    console.print()
    _print_expectations(console, result)


def _widths(rows: list[Row], names: list[str], width: int) -> list[int]:
    """Share *width* out: the labels get what they need up to a third, each response the same part of the rest."""
    label = min(max((len(label) for label, cells in rows if cells), default=10), width // 3) + GAP
    needed = max((len(Text.from_markup(cell)) for _, cells in rows for cell in (*cells, *names)), default=10) + GAP
    return [label, *(min(needed, (width - label) // max(1, len(names))) for _ in names)]


def _print_row(console: Console, row: Row, widths: list[int]) -> None:
    label, cells = row
    if not cells:
        console.print(f"[bold]{label}[/bold]")
        return
    grid = Table.grid(padding=(0, GAP, 0, 0))
    for width in widths:
        grid.add_column(width=width - GAP, overflow="fold")
    grid.add_row(label, *cells)
    console.print(grid)


def _services(result: ReplayResult) -> Iterator[Row]:
    """The main service first, then the others that had an outage, then the names of those that had none."""
    steady = []
    for service in sorted(result.topology.services.values(), key=lambda service: service.name != result.main_service):
        measured = [response.services[service.name] for response in result.responses]
        if not any(each.outages for each in measured):
            steady.append(service.title)
            continue
        yield service.title, []
        yield "  not available", [_duration(each.downtime_seconds + each.stale_seconds) for each in measured]
        if any(each.stale_seconds for each in measured):
            yield "  of that, stale", [_duration(each.stale_seconds) for each in measured]
        yield "  back at", [_back_at(result.start, each) for each in measured]
        for name in result.responses[0].objectives.get(service.name, {}):
            goals = [response.objectives[service.name].get(name) for response in result.responses]
            yield f"  {name if name == 'availability' else name.upper()}", [_objective(name, each) for each in goals]
    if steady:
        yield f"Up throughout: {', '.join(steady)}", []


def _back_at(start: str, measures: ServiceMeasures) -> str:
    if not measures.outages:
        return NOTHING
    if measures.restored_at_seconds is None:
        return "[red]not within the horizon[/red]"
    return f"{datetime.fromisoformat(start) + timedelta(seconds=measures.restored_at_seconds):%-d %b %Y %H:%M}"


def _objective(name: str, found: ObjectiveResult | None) -> str:
    if found is None:
        return NOTHING
    sign = "[green]✓ met[/green]" if found.met else "[red]✗ missed[/red]"
    return f"{sign} ({found.limit * 100:.6g}%)" if name == "availability" else f"{sign} ({show_duration(found.limit)})"


def _stages(result: ReplayResult) -> Iterator[Row]:
    measured = [each.services[result.main_service] for each in result.responses if result.main_service]
    if not any(each.outages for each in measured):
        return
    yield f"Where the time of {result.main_service} went", []
    for stage in STAGES:
        if any(each.stages_seconds[stage] for each in measured):
            yield f"  {stage}", [_duration(each.stages_seconds[stage]) for each in measured]


def _failovers(result: ReplayResult) -> Iterator[Row]:
    for cluster in dict.fromkeys(each.cluster for response in result.responses for each in response.failover):
        found = [next((each for each in response.failover if each.cluster == cluster), None) for response in result.responses]
        yield f"Failover of {cluster}", []
        yield "  decided", [_decision(each) for each in found]
        refusals = [dict(each.refused) if each else {} for each in found]
        for host in dict.fromkeys(host for each in refusals for host in each):
            yield f"  {host} refused", [each.get(host, NOTHING) for each in refusals]


def _decision(found: FailoverResult | None) -> str:
    if found is None:
        return NOTHING
    if found.decided == "promoted":
        return f"{found.candidate} promoted, the last {show_duration(found.lost_seconds or 0.0)} lost"
    return _DECIDED.get(found.decided, found.decided)


def _work(result: ReplayResult) -> Iterator[Row]:
    rows = [
        (f"  {workload.title}, {words}", [_amount(getattr(each.workloads[workload.name], fate)) for each in result.responses])
        for workload in result.topology.workloads.values()
        for fate, words in _FATES.items()
    ]
    told = [(label, cells) for label, cells in rows if any(cell != NOTHING for cell in cells)]
    if told:
        yield "Work", []
        yield from told


def _costs(result: ReplayResult) -> Iterator[Row]:
    costs = [(each.name, each.cost) for each in result.responses if each.cost is not None]
    if costs:
        yield "Cost", []
        for what in ("outage", "option", "total"):
            yield f"  {what}", [f"{getattr(cost, what):,.0f} {cost.currency}" for _, cost in costs]


def _duration(seconds: float) -> str:
    return show_duration(seconds) if seconds else NOTHING


def _amount(amount: float) -> str:
    return f"{amount:,.0f}" if amount >= 0.5 else NOTHING


def _print_expectations(console: Console, result: ReplayResult) -> None:
    for each in result.expectations:
        sign = "[green]✓[/green]" if each.met else "[red]✗[/red]"
        expected, actual = _measured(each.measure, (each.expected, each.actual))
        proof = "; calibrated: the answer is among the inputs, so it proves nothing" if each.calibrated else ""
        console.print(f"{sign} {each.response}: {each.measure} is {actual}, expected {expected} within {each.within:.0%}{proof}")


def _measured(measure: str, values: Iterable[float | None]) -> list[str]:
    seconds = measure.endswith("_seconds")
    return [
        "not reached"
        if value is None
        else show_duration(value)
        if seconds
        else f"{value:,.6g}"
        if abs(value) < 1000
        else f"{value:,.0f}"
        for value in values
    ]
