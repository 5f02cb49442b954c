"""Backlogs over time: for each workload one chart, one line for each course that it took under some response."""

from math import ceil, floor, log10
from typing import NamedTuple

from report.moments import Clock
from report.wording import listed, show_items, titled
from timeline.results import ReplayResult, WorkloadResult
from topology.work import Workload

HEIGHT = 1000.0
"""Charts are drawn in a box of this height and width, and stretched to the page."""
HEADROOM = 1.12


class Line(NamedTuple):
    """One course of a backlog. `points` is for an SVG polyline in the box; the peak is placed in percent of the box."""

    responses: str
    points: str
    peak: str
    peak_x_percent: float
    peak_y_percent: float
    about: str


class Level(NamedTuple):
    """A grid line across a chart."""

    y_percent: float
    label: str


class Chart(NamedTuple):
    """The backlog of one workload under every response that had one."""

    title: str
    unit: str
    lines: tuple[Line, ...]
    levels: tuple[Level, ...]
    none: str
    """Titles of the responses without a backlog worth drawing."""


def backlog_charts(result: ReplayResult, clock: Clock, until_seconds: float) -> list[Chart]:
    """Draw every workload that had a backlog under some response."""
    charts = []
    workloads = {name: each for response in result.responses for name, each in response.topology.workloads.items()}
    for name, workload in workloads.items():
        of_each = [(titled(response), response.workloads[name]) for response in result.responses if name in response.workloads]
        peak = max((each.backlog_peak for _, each in of_each), default=0.0)
        if peak >= 1:
            charts.append(_chart(workload, of_each, peak, clock, until_seconds))
    return charts


def _chart(workload: Workload, of_each: list[tuple[str, WorkloadResult]], peak: float, clock: Clock, until_seconds: float) -> Chart:
    top = peak * HEADROOM
    courses: dict[tuple[tuple[float, float], ...], list[str]] = {}
    calm = []
    for title, each in of_each:
        if each.backlog_peak < peak / 1000:
            calm.append(title)
        else:
            courses.setdefault(each.backlog, []).append(title)
    by_title = dict(of_each)
    lines = []
    for corners, titles in courses.items():
        each = by_title[titles[0]]
        peak_at = max(corners, key=lambda corner: corner[1])[0]
        cleared = each.backlog_cleared_at_seconds
        cleared_words = "not cleared within the replay" if cleared is None else f"cleared on {clock.day(cleared)}"
        unit = workload.unit or "items"
        lines.append(
            Line(
                responses=listed(titles),
                points=_points(corners, until_seconds, top),
                peak=show_items(each.backlog_peak),
                peak_x_percent=100 * peak_at / until_seconds,
                peak_y_percent=100 * (1 - each.backlog_peak / top),
                about=f"at most {show_items(each.backlog_peak)} {unit} on {clock.day(peak_at)}; {cleared_words}",
            )
        )
    levels = tuple(Level(100 * (1 - value / top), show_items(value)) for value in _round_levels(peak))
    return Chart(workload.title or workload.name, workload.unit or "items", tuple(lines), levels, listed(calm))


def _points(corners: tuple[tuple[float, float], ...], until_seconds: float, top: float) -> str:
    return " ".join(
        f"{HEIGHT * seconds / until_seconds:.2f},{HEIGHT * (1 - items / top):.2f}"
        for seconds, items in corners
    )  # fmt: skip


def _round_levels(peak: float) -> list[float]:
    """Return one to four round values above 0 and below *peak*."""
    power = 10.0 ** floor(log10(peak))
    step = next(each * power for each in (0.2, 0.5, 1.0, 2.0) if peak / (each * power) <= 5)
    return [number * step for number in range(1, ceil(peak / step))]
