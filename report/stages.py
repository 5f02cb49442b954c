"""Where the days went: for each response a bar of stages that adds up to the time the main service was gone."""

from typing import NamedTuple

from report.room import NARROW_PIXELS, WIDE_PIXELS, fits
from report.verdict import gone
from report.wording import STAGE_WORDS, titled
from timeline.measures import STAGES
from timeline.results import ReplayResult
from topology.quantities import show_duration


class Piece(NamedTuple):
    """One stage in a bar, in percent of the longest bar."""

    stage: str
    x_percent: float
    width_percent: float
    length: str
    fits_wide: bool
    fits_narrow: bool


class Bar(NamedTuple):
    """The outages of the main service under one response."""

    title: str
    total: str
    pieces: tuple[Piece, ...]


class StageTable(NamedTuple):
    """Stages in columns, one row for each service and response that was gone for a while."""

    stages: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[str, ...], str], ...]
    """(service, response, length by stage, total)."""


def stage_bars(result: ReplayResult) -> list[Bar]:
    """Return one bar a response for the main service."""
    longest = max((gone(response, result.main_service).total_seconds for response in result.responses), default=0.0) or 1.0
    bars = []
    for response in result.responses:
        spent = response.services[result.main_service].stages_seconds
        x, pieces = 0.0, []
        for stage in STAGES:
            seconds = spent.get(stage, 0.0)
            if seconds > 0:
                width = 100 * seconds / longest
                length = show_duration(seconds)
                pieces.append(Piece(stage, x, width, length, fits(length, width, WIDE_PIXELS), fits(length, width, NARROW_PIXELS)))
                x += width
        bars.append(Bar(titled(response), gone(response, result.main_service).shown, tuple(pieces)))
    return bars


def stages_used(result: ReplayResult) -> list[tuple[str, str]]:
    """Return the stages that took any time at all, with what people call them."""
    spent = [measures.stages_seconds for response in result.responses for measures in response.services.values()]
    return [(stage, STAGE_WORDS[stage]) for stage in STAGES if any(each.get(stage, 0.0) > 0 for each in spent)]


def stage_table(result: ReplayResult) -> StageTable:
    """Return the numbers behind the bars, for every service."""
    stages = [stage for stage, _ in stages_used(result)]
    rows = []
    order = sorted(result.topology.services, key=lambda name: name != result.main_service)
    for service in order:
        for response in result.responses:
            if service not in response.services:
                continue
            spent = response.services[service].stages_seconds
            total = gone(response, service)
            if total.total_seconds > 0:
                lengths = tuple(show_duration(spent[stage]) if spent.get(stage, 0.0) > 0 else "–" for stage in stages)
                rows.append((response.topology.services[service].title or service, titled(response), lengths, total.shown))
    return StageTable(tuple(STAGE_WORDS[stage] for stage in stages), tuple(rows))
