"""What stands against an exact answer, by name: what makes things fail or come back together, or otherwise than is reckoned."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from simulator.exact.jobs import Job, jobs_of, strikes
from topology.gates import View
from topology.laws import Empirical, Fixed, Law
from topology.model import StageKind, Topology
from topology.wording import listed


class Dependence(NamedTuple):
    """What stands against an exact answer, and what is left out because of it."""

    subject: str
    why: str


class Independence:
    """Says of parts of a topology what their things have to do with each other."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._jobs = jobs_of(topology)
        self._struck = strikes(topology)

    def against(self, names: Collection[str], view: View) -> list[Dependence]:
        """Return what stands against an exact answer in *view* for what hangs on *names*: sites, components, hosts, clusters."""
        mine = [job for job in self._jobs if job.thing.name in names]
        return [
            *self._clusters(names, view),
            *self._common_causes(names),
            *self._made_of(mine),
            *self._crews(mine),
            *self._stock(mine),
            *self._by_the_clock(mine),
            *_never_back(mine),
        ]

    def _clusters(self, names: Collection[str], view: View) -> Iterator[Dependence]:
        if view is View.AS_IT_STANDS:
            why = "as it stands it hangs on its primary alone; failovers are left out"
        else:
            why = "after a failover it is up while a member is; what that takes, and that it may not come, is left out"
        for name in self._topology.clusters:
            if name in names:
                yield Dependence(f"cluster {name}", why)

    def _common_causes(self, names: Collection[str]) -> Iterator[Dependence]:
        found = {cause: None for thing, causes in self._struck.items() if thing.name in names for cause in causes}
        for cause in found:
            yield Dependence(
                f"common cause {cause}", "how often it takes each unit is in; that it takes several at once is left out"
            )

    def _made_of(self, mine: Collection[Job]) -> Iterator[Dependence]:
        for name in dict.fromkeys(job.thing.name for job in mine if job.cut_short):
            yield Dependence(name, "its recovery begins when what it is made of is back; that time is left out")

    def _crews(self, mine: Collection[Job]) -> Iterator[Dependence]:
        wanted = {crew for job in mine for crew in job.crews()}
        for crew in self._topology.crews.values():
            if crew.name not in wanted:
                continue
            subject = f"crew {crew.name}"
            if crew.calendar is not None:
                yield Dependence(subject, "it keeps hours, so things come back together; the mean wait for them is in")
            most = sum(job.count for job in self._jobs if crew.name in job.crews())
            if most > crew.size:
                yield Dependence(subject, f"up to {most:,} recoveries want its {crew.size:,} at once; that they queue is left out")

    def _stock(self, mine: Collection[Job]) -> Iterator[Dependence]:
        """A demand without stock waits for its own order if orders cannot overtake each other and none is withdrawn."""
        pools = {(job.site, part): None for job in mine for part in sorted(job.fetches())}
        for site, part in pools:
            demands = [job for job in self._jobs if job.site == site and part in job.fetches()]
            most = sum(job.count for job in demands)
            stock = self._topology.stock.get(site or "", {}).get(part, 0)
            in_turn = most == 1 or isinstance(self._topology.parts[part].lead_time, Fixed)
            if stock or not in_turn or any(job.cut_short for job in demands):
                held = f"{stock:,} in stock" if stock else "none in stock"
                why = f"up to {most:,} recoveries want one at once, with {held}; the mean wait is in"
                yield Dependence(f"{part} at {site}" if site else part, why)

    def _by_the_clock(self, mine: Collection[Job]) -> Iterator[Dependence]:
        fixed = [job.thing.name for job in mine if job.stages and job.life is not None and self._is_fixed(job)]
        if fixed:
            yield Dependence(listed(fixed), "life and recovery are fixed, so failures keep time with each other")

    def _is_fixed(self, job: Job) -> bool:
        laws: list[Law | None] = [job.life]
        for stage in job.stages:
            laws.append(stage.law if stage.kind is not StageKind.PART else self._topology.parts[str(stage.part)].lead_time)
        return all(isinstance(law, (Fixed, Empirical)) for law in laws)


def _never_back(mine: Collection[Job]) -> Iterator[Dependence]:
    lost = [job.thing.name for job in mine if not job.stages and job.per_second]
    if lost:
        yield Dependence(listed(lost), "nothing says how it comes back, so in the long run it is down")
