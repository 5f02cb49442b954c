"""A replay as a table for people: one column a response, one row a measure."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from rich.console import Console
from rich.table import Table
from rich.text import Text

from console.tables import new_console
from timeline.measures import STAGES, ServiceMeasures
from timeline.results import FailoverResult, ObjectiveResult, ReplayResult
from topology.quantities import show_duration
from topology.wording import compact_names

Row = tuple[str, list[str]]
"""A label and one cell a response; a label without cells stands across the whole table."""

NOTHING = "–"
MET, MISSED, UNKNOWN = "✓ met", "✗ missed", "? not known"
NOT_BACK = "not within the horizon"
GAP = 2
"""Blanks between columns."""
COLUMN_MIN = 11
"""A response is given no less than this: where not all of them fit side by side, some come below."""
LABEL_MIN = 22
_DECIDED = {
    "refused": "refused: no member can be promoted",
    "waiting": "waits for a person",
    "failed": "promotion failed",
    "held": "held back",
    "restarted": "the database was started where it is",
    "withdrawn": "the primary came back first",
}
_FATES = {"lost": "lost", "manual": "by hand", "stale": "stale", "waiting": "still waiting"}


def print_replay(result: ReplayResult) -> None:
    """Print *result* on standard output."""
    console = new_console()
    console.print(Text(result.title, style="bold"))
    if result.summary:
        console.print(Text(result.summary, style="dim"))
    for note in result.notes:
        console.print(Text(f"• {note}"))
    titled = [each for each in result.responses if each.title != each.name]
    if titled:
        console.print()
    for response in titled:
        console.print(Text.assemble((response.name, "bold"), f": {response.title}"))
    rows = [row for section in (_services, _stages, _failovers, _work, _costs) for row in section(result)]
    names = [response.name for response in result.responses]
    column = max(COLUMN_MIN, *(len(piece) for name in names for piece in textwrap.wrap(name, 1, break_long_words=False))) + GAP
    label = min(max((len(label) for label, cells in rows if cells), default=10), console.width // 3) + GAP
    label = min(label, max(LABEL_MIN, console.width - column * len(names)))
    at_once = max(1, (console.width - label) // column)
    for first in range(0, len(names), at_once):
        console.print()
        shown = slice(first, first + at_once)
        _print_rows(console, names[shown], [(label, cells[shown]) for label, cells in rows], label)
    console.print()
    if result.stranded:
        stranded = ", ".join(compact_names(result.stranded))
        console.print(Text(f"Nothing brings {stranded} back: no recovery is stated (`recover`). See: continuance topology todo"))
    for response in result.responses:
        for violation in response.violations:
            console.print(Text(f"The failover controller has a fault ({response.name}): {violation}", style="red"))
    _print_expectations(console, result)


def _print_rows(console: Console, names: Sequence[str], rows: Sequence[Row], label: int) -> None:
    """Print a table of *rows*: the labels are *label* wide, and each response has the same part of the rest, if it needs it."""
    needed = max(len(cell) for cells in (names, *(cells for _, cells in rows)) for cell in cells) + GAP
    width = max(GAP + 1, min(needed, (console.width - label) // len(names)))
    for row_label, cells in (("", list(names)), *rows):
        if not cells:
            console.print(Text(row_label, style="" if row_label.startswith(" ") else "bold"))
            continue
        grid = Table.grid(padding=(0, GAP, 0, 0))
        for each in (label, *(width for _ in cells)):
            grid.add_column(width=each - GAP)
        style = "" if row_label else "bold"
        grid.add_row(_wrapped(row_label, label - GAP), *(_wrapped(cell, width - GAP, style) for cell in cells))
        console.print(grid)


def _wrapped(text: str, width: int, style: str = "") -> Text:
    """Return *text* in lines of *width*, broken at blanks and hyphens, all indented like the first."""
    indent = " " * (len(text) - len(text.lstrip()))
    lines = textwrap.wrap(text.lstrip(), width, initial_indent=indent, subsequent_indent=indent)
    if text == NOT_BACK or text.startswith(MISSED):
        style = "red"
    elif text.startswith(MET):
        style = "green"
    return Text("\n".join(lines), style=style)


def _services(result: ReplayResult) -> Iterator[Row]:
    """The main service first, then the others that had an outage, then the names of those that had none."""
    steady = []
    for service in sorted(result.topology.services.values(), key=lambda service: service.name != result.main_service):
        measured = [response.services[service.name] for response in result.responses]
        if not any(each.outages or each.stale_seconds for each in measured):
            steady.append(service.title)
            continue
        yield service.title, []
        accepts_stale = service.objectives.accepts_stale
        yield (
            "  not available",
            [_duration(each.downtime_seconds + (0 if accepts_stale else each.stale_seconds)) for each in measured],
        )
        if any(each.stale_seconds for each in measured):
            yield (
                "  stale, as accepted" if accepts_stale else "  of that, stale",
                [_duration(each.stale_seconds) for each in measured],
            )
        yield "  stale or back at" if accepts_stale else "  back at", [_back_at(result.start, each) for each in measured]
        for name in result.responses[0].objectives.get(service.name, {}):
            goals = [response.objectives[service.name].get(name) for response in result.responses]
            limits = {_limit(name, each) for each in goals if each is not None}
            label = f"  {name if name == 'availability' else name.upper()}"
            if len(limits) == 1:
                yield f"{label} {limits.pop()}", [_met(name, each) for each in goals]
            else:
                yield label, [f"{_met(name, each)} ({_limit(name, each)})" if each else NOTHING for each in goals]
    if steady:
        yield f"Up throughout: {', '.join(steady)}", []


def _back_at(start: str, measures: ServiceMeasures) -> str:
    if not measures.outages:
        return NOTHING
    if measures.restored_at_seconds is None:
        return NOT_BACK
    return f"{datetime.fromisoformat(start) + timedelta(seconds=measures.restored_at_seconds):%-d %b %Y %H:%M}"


def _met(name: str, found: ObjectiveResult | None) -> str:
    if found is None:
        return NOTHING
    if found.met:
        return MET
    return UNKNOWN if name == "rpo" and found.actual is None else MISSED


def _limit(name: str, found: ObjectiveResult) -> str:
    return f"{found.limit * 100:.6g}%" if name == "availability" else show_duration(found.limit)


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
            reasons = [each.get(host, NOTHING) for each in refusals]
            if len(set(reasons)) == 1:
                yield f"  {host} refused: {reasons[0]}", []
            else:
                yield f"  {host} refused", reasons


def _decision(found: FailoverResult | None) -> str:
    if found is None:
        return NOTHING
    if found.decided == "promoted":
        if found.lost_seconds is None:
            return f"{found.candidate} promoted; what is lost is unknown, no replication lag is stated"
        lost = f"the last {show_duration(found.lost_seconds)}" if found.lost_seconds else "nothing"
        return f"{found.candidate} promoted, {lost} lost"
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
    found = [each.cost for each in result.responses]
    costs = [cost for cost in found if cost is not None]
    if costs:
        yield f"Cost, {costs[0].currency}", []
        for what in ("outage", "option", "total"):
            yield f"  {what}", [f"{getattr(cost, what):,.0f}" if cost else NOTHING for cost in found]


def _duration(seconds: float) -> str:
    return show_duration(seconds) if seconds else NOTHING


def _amount(amount: float) -> str:
    return f"{amount:,.0f}" if amount >= 0.5 else NOTHING


def _print_expectations(console: Console, result: ReplayResult) -> None:
    for each in result.expectations:
        sign = ("✓", "green") if each.met else ("✗", "red")
        expected, actual = _measured(each.measure, (each.expected, each.actual))
        proof = "; calibrated: the answer is among the inputs, so it proves nothing" if each.calibrated else ""
        text = f" {each.response}: {each.measure} is {actual}, expected {expected} within {100 * each.within:.3g}%{proof}"
        console.print(Text.assemble(sign, text))


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
