"""Work as a fluid: it arrives by the calendar and, by the state of its service, is served, lost, done by hand, or waits.

At every moment arrived = served + stale + lost + manual + waiting. What was done by hand is entered afterwards, which is counted
apart. While the service is available its arrivals are served as they come; what is behind is worked off with the capacity that they
leave (waiting work) or that is set aside for it (entering).
"""

from functools import lru_cache

from simulator.flows import NOTHING, Rate, rate_of
from timeline.record import AVAILABLE, ServiceState
from timeline.results import WorkloadResult
from topology.work import WhenDown, Workload

NEVER = float("inf")


@lru_cache(maxsize=256)
def drain_rate(workload: Workload, start: str, horizon_seconds: float) -> Rate | None:
    """Return how fast what is behind is worked off while the service is available; None is at once."""
    if workload.enter_later is not None:
        labour = rate_of(workload.enter_later.capacity, start, horizon_seconds)
        each_seconds = workload.enter_later.each_seconds
        return labour.minus(NOTHING, 1 / each_seconds) if each_seconds else None
    if workload.when_down is WhenDown.WAIT and workload.capacity is not None:
        return rate_of(workload.capacity, start, horizon_seconds).minus(rate_of(workload.arrivals, start, horizon_seconds))
    return None


class Fluid:
    """One workload in time. Tell it of every change of its service with `turn`, and of the end with `finish`."""

    def __init__(self, workload: Workload, start: str, horizon_seconds: float) -> None:
        self.workload = workload
        self._arrivals = rate_of(workload.arrivals, start, horizon_seconds)
        self._drain = drain_rate(workload, start, horizon_seconds)
        self._state = ServiceState.UP
        self._since = 0.0
        self.served = self.stale = self.lost = self.manual = self.entered = 0.0
        self.behind = 0.0
        """What waits, or was done by hand and is to be entered."""
        self.peak = 0.0
        self.cleared_at: float | None = None
        self._curve: list[tuple[float, float]] = [(0.0, 0.0)]

    @property
    def _falls_behind(self) -> bool:
        return self.workload.when_down is WhenDown.WAIT or self.workload.enter_later is not None

    @property
    def waiting(self) -> float:
        """Work that waits for the service."""
        return self.behind if self.workload.when_down is WhenDown.WAIT else 0.0

    @property
    def arrived(self) -> float:
        """All work that has arrived by the latest turn."""
        return self._arrivals.until(self._since)

    def turn(self, state: ServiceState, now: float) -> None:
        """Take account of the time until *now*, at which the service turns to *state*."""
        self._advance(now)
        self._state = state
        if state in AVAILABLE and self.behind and self._drain is None:
            self._work_off(self.behind)
            self._clear(now)
        self._curve.append((now, self.behind))

    def clears_at(self) -> float:
        """Return when nothing will be behind any more if the service stays available; infinity if never."""
        if not self.behind:
            return self._since
        return NEVER if self._drain is None else self._drain.when(self._since, self.behind)

    def clear(self, now: float) -> None:
        """Take account of the time until *now*, when what is behind has been worked off."""
        self._advance(now)
        self._work_off(self.behind)
        self._clear(now)
        self._curve.append((now, 0.0))

    def _clear(self, now: float) -> None:
        self.behind = 0.0
        self.cleared_at = now

    def _work_off(self, amount: float) -> None:
        if self.workload.when_down is WhenDown.WAIT:
            self.served += amount
        else:
            self.entered += amount

    def _advance(self, now: float) -> None:
        arrived = self._arrivals.between(self._since, now)
        if self._state in AVAILABLE:
            self.served += arrived
            if self.behind and self._drain is not None:
                done = min(self.behind, self._drain.between(self._since, now))
                self._trace(now, self._drain, -1.0)
                self.behind -= done
                self._work_off(done)
        elif self._state is ServiceState.STALE:
            self.stale += arrived
        else:
            if self._falls_behind:
                self._trace(now, self._arrivals, 1.0)
                self.behind += arrived
            match self.workload.when_down:
                case WhenDown.LOST:
                    self.lost += arrived
                case WhenDown.MANUAL:
                    self.manual += arrived
                case WhenDown.WAIT:
                    pass
        self.peak = max(self.peak, self.behind)
        self._since = now

    def _trace(self, now: float, rate: Rate, sign: float) -> None:
        """Add the corners of the curve between the latest turn and *now*."""
        for corner in rate.corners:
            if self._since < corner < now:
                self._curve.append((corner, max(0.0, self.behind + sign * rate.between(self._since, corner))))

    def finish(self, horizon_seconds: float) -> WorkloadResult:
        """Take account of the time until the horizon and return what it all comes to."""
        self._advance(horizon_seconds)
        self._curve.append((horizon_seconds, self.behind))
        return WorkloadResult(
            arrived=self.arrived,
            served=self.served,
            stale=self.stale,
            lost=self.lost,
            manual=self.manual,
            waiting=self.waiting,
            entered=self.entered,
            backlog_peak=self.peak,
            backlog_cleared_at_seconds=self.cleared_at if not self.behind else None,
            backlog=tuple(self._curve) if self.peak else (),
        )
