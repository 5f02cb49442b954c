"""Services over time as lanes of segments, for the comparison on the first page and for the timeline of all services."""

from collections.abc import Sequence
from typing import NamedTuple

from report.moments import Clock
from report.room import NARROW_PIXELS, WIDE_PIXELS, fits
from report.verdict import as_happened, gone
from report.wording import STATE_WORDS, titled
from timeline.measures import intervals
from timeline.record import ServiceState
from timeline.results import ReplayResult, ResponseResult
from topology.quantities import show_duration

SLIVER_PERCENT = 0.5
"""Below this a segment is drawn as a line of fixed width, so that five minutes in two months are still seen."""


class Segment(NamedTuple):
    """One state of a service, placed in percent of the axis. `label` and `short_label` are `words` as far as they fit."""

    state: str
    begins: float
    ends: float
    x_percent: float
    width_percent: float
    words: str
    label: str
    short_label: str
    about: str

    @property
    def sliver(self) -> bool:
        """Whether it is too short to be drawn to scale."""
        return self.width_percent < SLIVER_PERCENT


class Lane(NamedTuple):
    """One service under one response."""

    title: str
    segments: tuple[Segment, ...]


class Comparison(NamedTuple):
    """The main service under one response, with its headline."""

    title: str
    name: str
    headline: str
    remark: str
    best: bool
    lane: Lane


class Swimlanes(NamedTuple):
    """Every service under one response."""

    title: str
    name: str
    lanes: tuple[Lane, ...]
    calm: tuple[str, ...]
    """Titles of the services that were up throughout and need no lane."""


def compare(result: ReplayResult, clock: Clock, until_seconds: float) -> list[Comparison]:
    """Lay the main service under each response side by side."""
    best, first = result.best().name, as_happened(result).name
    found = []
    for response in result.responses:
        there = gone(response, result.main_service)
        remark = ""
        if response.name == first and len(result.responses) > 1:
            remark = "the comparison"
        if response.name == best and response.name != first:
            remark = "least cost" if response.cost else "shortest"
        headline = there.shown if there.outages else "never gone"
        found.append(
            Comparison(
                title=titled(response),
                name=response.name,
                headline=headline,
                remark=remark,
                best=response.name == best and best != first,
                lane=_lane(response, result.main_service, clock, until_seconds),
            )
        )
    return found


def swimlanes(result: ReplayResult, clock: Clock, until_seconds: float) -> list[Swimlanes]:
    """Lay out every service that was touched, response by response; the main service first."""
    found = []
    for response in result.responses:
        order = sorted(response.timeline.services, key=lambda name: name != result.main_service)
        lanes, calm = [], []
        for service in order:
            lane = _lane(response, service, clock, until_seconds)
            if {segment.state for segment in lane.segments} == {"up"}:
                calm.append(lane.title)
            else:
                lanes.append(lane)
        found.append(Swimlanes(titled(response), response.name, tuple(lanes), tuple(calm)))
    return found


def _lane(response: ResponseResult, service: str, clock: Clock, until_seconds: float) -> Lane:
    title = response.topology.services[service].title or service
    segments = []
    for interval in intervals(response.timeline, service):
        if interval.begins >= until_seconds:
            break
        at_horizon = interval.ends >= response.timeline.horizon_seconds
        ends = min(interval.ends, until_seconds)
        length = show_duration(interval.ends - interval.begins)
        width = 100 * (ends - interval.begins) / until_seconds
        word = STATE_WORDS[interval.state]
        candidates = [] if interval.state is ServiceState.UP else [f"{word} {length}", length]
        until = "the end of the replay" if at_horizon else clock.moment(interval.ends)
        segments.append(
            Segment(
                state=interval.state.value,
                begins=interval.begins,
                ends=ends,
                x_percent=100 * interval.begins / until_seconds,
                width_percent=width,
                words=next(iter(candidates), ""),
                label=_fitting(candidates, width, WIDE_PIXELS),
                short_label=_fitting(candidates, width, NARROW_PIXELS),
                about=f"{title}: {word} for {length}, from {clock.moment(interval.begins)} to {until}",
            )
        )
    return Lane(title, tuple(segments))


def _fitting(candidates: Sequence[str], percent: float, whole_pixels: float) -> str:
    return next((each for each in candidates if fits(each, percent, whole_pixels)), "")
