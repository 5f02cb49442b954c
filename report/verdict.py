"""How long each response leaves a service gone, how many objectives it meets, and how much of the horizon is worth drawing."""

from typing import NamedTuple

from timeline.measures import Outage, outages
from timeline.record import Kind, ServiceState
from timeline.results import ReplayResult, ResponseResult, Reversal
from topology.quantities import show_duration

ALIKE = 0.01
"""Two lengths of an outage are called the same within this share."""


class Gone(NamedTuple):
    """For how long a service was not there for people under one response, in seconds, and whether it came back."""

    total_seconds: float
    longest_seconds: float
    outages: tuple[Outage, ...]

    @property
    def restored(self) -> bool:
        """Whether every outage ended before the horizon."""
        return all(outage.restored is not None for outage in self.outages)

    @property
    def shown(self) -> str:
        """Write the total: `37d 4h`, `over 120d` when it was still going on."""
        return show_duration(self.total_seconds) if self.restored else f"over {show_duration(self.total_seconds)}"


def as_happened(result: ReplayResult) -> ResponseResult:
    """Return the response all others are compared with: the first of the scenario."""
    return result.responses[0]


def gone(response: ResponseResult, service: str) -> Gone:
    """Return for how long *service* was gone under *response*: not up, nor stale where its objectives accept that."""
    accepts_stale = response.topology.services[service].objectives.accepts_stale
    found = tuple(outages(response.timeline, service, accepts_stale))
    lengths = [outage.seconds for outage in found]
    return Gone(sum(lengths), max(lengths, default=0.0), found)


def objectives_met(response: ResponseResult) -> tuple[int, int]:
    """Return how many objectives of all services were met, and how many there are."""
    found = [each.met for goals in response.objectives.values() for each in goals.values()]
    return sum(found), len(found)


def reversing(result: ReplayResult) -> list[Reversal]:
    """Return the assumptions whose bound changes the conclusion."""
    return [reversal for reversal in result.reversals if reversal.reverses]


def same_length(one: float, other: float) -> bool:
    """Whether two lengths of an outage are the same for all that matters here."""
    return abs(one - other) <= ALIKE * max(one, other)


def catching_up_seconds(response: ResponseResult, service: str) -> float:
    """Return for how long *service* was up but working off what had piled up."""
    return response.services[service].backlogged_seconds if service in response.services else 0.0


def shown_seconds(result: ReplayResult) -> float:
    """Return how much of the horizon is worth drawing: until every service under every response is well, and a little more."""
    last = 0.0
    for response in result.responses:
        for service in response.timeline.services:
            records = response.timeline.about(Kind.SERVICE, service)
            if records and records[-1].state != ServiceState.UP:
                return result.horizon_seconds
            last = max([last, *(record.at for record in records)])
    return min(last * 1.06, result.horizon_seconds) or result.horizon_seconds
