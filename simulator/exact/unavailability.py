"""How much of the time each thing is down by itself, in the long run: mean time down over mean time from failure to failure.

That is the renewal-reward theorem, and holds whatever the laws. What a recovery waits for enters by its mean: a part by the mean
wait at a base stock (METRIC: Sherbrooke, Operations Research 16, 1968), a crew's hours by the mean over a year. Common causes enter
by how often they take each unit. Queues for a crew are left out.
"""

import math
from bisect import bisect_right
from statistics import fmean

from simulator.calendars import open_spans, working_end
from simulator.exact.jobs import Job, Thing, jobs_of
from topology.laws import Law, mean_seconds, quantile
from topology.model import Stage, Topology
from topology.quantities import HOUR, YEAR
from topology.work import Calendar

START = "2026-01-05T00:00+00:00"
"""From here on a year of a crew's hours is looked at."""
STEP_SECONDS = 5 * HOUR
"""Work is let begin so often: in every hour of the day and of the week, in the course of a year."""
SHARES = tuple((number + 0.5) / 20 for number in range(20))
"""Quantiles that stand for a law where its mean is not enough."""


class Unavailability:
    """The long-run unavailability of everything in a topology that can fail."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._jobs = jobs_of(topology)
        self._failing = {job.thing: job for job in self._jobs if job.per_second}
        self._waits: dict[tuple[str, str], float] = {}
        self._idle: dict[tuple[Calendar, Law], float] = {}

    def of(self, thing: Thing) -> float:
        """Return the share of the time that *thing* is down by itself; 0 where it never fails."""
        job = self._failing.get(thing)
        if job is None:
            return 0.0
        away = self._unit(job)
        if thing.part is None:
            return away
        fitting = self._topology.hosts[thing.name].parts[thing.part]
        fewest = fitting.installed - fitting.required + 1
        return math.fsum(
            math.comb(fitting.installed, gone) * away**gone * (1.0 - away) ** (fitting.installed - gone)
            for gone in range(fewest, fitting.installed + 1)
        )

    def _unit(self, job: Job) -> float:
        down_seconds = math.fsum(self._stage(job, stage) for stage in job.stages) if job.stages else math.inf
        return 1.0 if down_seconds == math.inf else down_seconds / (1.0 / job.per_second + down_seconds)

    def _stage(self, job: Job, stage: Stage) -> float:
        """Return the mean seconds of *stage*."""
        if stage.part is not None:
            return self._wait(job.site or "", stage.part)
        assert stage.law is not None  # only a part has none
        calendar = self._topology.crews[stage.crew].calendar if stage.crew is not None else None
        return mean_seconds(stage.law) + (0.0 if calendar is None else self._off_duty(calendar, stage.law))

    def _wait(self, site: str, part: str) -> float:
        """Return the mean seconds that a unit of *part* is waited for at *site*."""
        if (site, part) not in self._waits:
            lead_time = self._topology.parts[part].lead_time
            stock = self._topology.stock.get(site, {}).get(part, 0)
            wanted = [job for job in self._jobs if part in job.fetches() and (job.site or "") == site]
            per_second = math.fsum(job.count * job.per_second for job in wanted)
            assert lead_time is not None  # checked with the topology
            self._waits[site, part] = mean_wait(stock, per_second, mean_seconds(lead_time))
        return self._waits[site, part]

    def _off_duty(self, calendar: Calendar, law: Law) -> float:
        """Return the mean seconds that work by *law* rests because *calendar* is closed, whenever it begins."""
        if (calendar, law) not in self._idle:
            spans = open_spans(calendar, START, 2 * YEAR)
            closes = [span[1] for span in spans]
            works = [quantile(law, share) for share in SHARES]
            rests = []
            for number in range(int(YEAR / STEP_SECONDS)):
                begins = (number + 0.5) * STEP_SECONDS
                coming = spans[bisect_right(closes, begins) :]
                rests += [working_end(coming, begins, work) - begins - work for work in works]
            self._idle[calendar, law] = fmean(rests)
        return self._idle[calendar, law]


def mean_wait(stock: int, per_second: float, lead_time_seconds: float) -> float:
    """Return the mean seconds until a unit is there, with a base stock of *stock* and demands that come *per_second* at random.

    Orders under way are then Poisson with mean rate × lead time (Palm); a demand waits E[(orders − stock)⁺] / rate (Little).
    Without stock it waits for its own order, whatever the rate.
    """
    under_way = per_second * lead_time_seconds
    if stock == 0 or under_way == 0.0:
        return lead_time_seconds if stock == 0 else 0.0
    owed, orders, share = 0.0, stock + 1, math.exp((stock + 1) * math.log(under_way) - under_way - math.lgamma(stock + 2))
    while orders <= under_way or share * (orders - stock) > owed * 1e-16:
        owed += share * (orders - stock)
        orders += 1
        share *= under_way / orders
    return owed / per_second
