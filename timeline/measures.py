"""What a timeline comes to: for each service how long it was down, how often, and where the time went."""

from collections.abc import Iterator
from dataclasses import dataclass

from timeline.causes import going_on
from timeline.record import AVAILABLE, Kind, Record, ServiceState, Timeline
from topology.model import Objectives

STAGES = ("wait", "part", "work", "restore", "failover", "fallback", "other")
"""Where the time of an outage can go: the stages of recovery, a failover, the wait for an old copy, and none of these."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A service in one state from *begins* to *ends* (seconds); the record that began it, if one did."""

    state: ServiceState
    begins: float
    ends: float
    record: Record | None


@dataclass(frozen=True, slots=True)
class Outage:
    """A time without service. *restored* is the record that ended it; None if the horizon did."""

    begins: float
    ends: float
    began: Record | None
    restored: Record | None

    @property
    def seconds(self) -> float:
        """How long it lasted."""
        return self.ends - self.begins


@dataclass(frozen=True, slots=True)
class ServiceMeasures:
    """One service over one timeline. Times are seconds; `restored_at_seconds` is None when it was not, or had no outage.

    An outage runs until the service is up, or stale where its objectives accept that. `stages_seconds` adds up to all outages.
    """

    downtime_seconds: float
    stale_seconds: float
    backlogged_seconds: float
    outages: int
    longest_outage_seconds: float
    availability: float
    restored_at_seconds: float | None
    stages_seconds: dict[str, float]


def intervals(timeline: Timeline, service: str) -> Iterator[Interval]:
    """Yield the states of *service* one after the other, from second 0 to the horizon, none of them empty."""
    state, since, began = ServiceState.UP, 0.0, None
    for record in timeline.about(Kind.SERVICE, service):
        if record.at > since:
            yield Interval(state, since, record.at, began)
        state, since, began = ServiceState(record.state), record.at, record
    if timeline.horizon_seconds > since:
        yield Interval(state, since, timeline.horizon_seconds, began)


def outages(timeline: Timeline, service: str, accepts_stale: bool = False) -> list[Outage]:
    """Return the outages of *service* in order."""
    well = AVAILABLE | {ServiceState.STALE} if accepts_stale else AVAILABLE
    found: list[Outage] = []
    open_since: Interval | None = None
    for interval in intervals(timeline, service):
        if interval.state not in well and open_since is None:
            open_since = interval
        elif interval.state in well and open_since is not None:
            found.append(Outage(open_since.begins, interval.begins, open_since.record, interval.record))
            open_since = None
    if open_since is not None:
        found.append(Outage(open_since.begins, timeline.horizon_seconds, open_since.record, None))
    return found


def measure_service(timeline: Timeline, service: str, objectives: Objectives) -> ServiceMeasures:
    """Measure *service* over *timeline*."""
    seconds = dict.fromkeys(ServiceState, 0.0)
    for interval in intervals(timeline, service):
        seconds[interval.state] += interval.ends - interval.begins
    found = outages(timeline, service, objectives.accepts_stale)
    stages = dict.fromkeys(STAGES, 0.0)
    for outage in found:
        for name, spent in spent_on(timeline, outage):
            stages[name] += spent
    return ServiceMeasures(
        downtime_seconds=seconds[ServiceState.DOWN],
        stale_seconds=seconds[ServiceState.STALE],
        backlogged_seconds=seconds[ServiceState.BACKLOGGED],
        outages=len(found),
        longest_outage_seconds=max((outage.seconds for outage in found), default=0.0),
        availability=sum(seconds[state] for state in ServiceState if state in AVAILABLE) / timeline.horizon_seconds,
        restored_at_seconds=found[-1].restored.at if found and found[-1].restored else None,
        stages_seconds=stages,
    )


def spent_on(timeline: Timeline, outage: Outage) -> list[tuple[str, float]]:
    """Say where the time of *outage* went, latest first: (stage, seconds) that add up to its length.

    Walks back from its end along the latest cause of each record: what everything else had finished before, and so waited for.
    What is between a record and its latest cause was spent on that record's stage. An outage that the horizon cut short has
    no end to walk from; its last stretch is the stage that was still going on.
    """
    spent: list[tuple[str, float]] = []
    until = outage.ends
    record = outage.restored or _unfinished(timeline, outage)
    if record is not None and outage.restored is None:
        since = max(record.at, outage.begins)
        spent.append((str(record.data.get("stage", "other")), until - since))
        until = since
    while record is not None and until > outage.begins:
        cause = timeline.latest_cause(record)
        since = max(cause.at if cause else outage.begins, outage.begins)
        if since < until:
            spent.append((str(record.data.get("stage", "other")), until - since))
            until = since
        record = cause
    if until > outage.begins:
        spent.append(("other", until - outage.begins))
    return spent


def _unfinished(timeline: Timeline, outage: Outage) -> Record | None:
    """Return the latest stage that *outage* still waited for at the horizon."""
    if outage.began is None:
        return None
    under_way = going_on(timeline, outage.began, timeline.horizon_seconds)
    return max(under_way, key=lambda record: record.id, default=None)
