"""How what failed comes back: stage after stage, with parts from the stores and hands from the crews."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from simulator.calendars import open_spans, working_end
from simulator.stock import Demand, Pool, Stores
from simulator.world import Scheduled, Step, World
from timeline.record import Kind
from topology.model import Crew, Stage, StageKind


@dataclass(slots=True, eq=False)
class Job:
    """The recovery of *subject*: its stages, how far it is, and what is to be done when the last has passed."""

    subject: str
    site: str | None
    stages: Sequence[Stage]
    consumes: Mapping[str, int]
    done: Callable[[int], None]
    at_stage: int = 0
    because: tuple[int, ...] = ()
    started: int = -1
    timer: Scheduled | None = None
    demand: tuple[Pool, Demand, int] | None = None
    crew: "Team | None" = None


@dataclass(slots=True, eq=False)
class Team:
    """A crew at work: how many jobs it has in hand, and who waits for it."""

    crew: Crew
    busy: int = 0
    queue: deque[Job] = field(default_factory=deque)


class Recovery:
    """All recoveries of a world."""

    def __init__(self, world: World, stores: Stores) -> None:
        self._world = world
        self._stores = stores
        self.teams = {crew.name: Team(crew) for crew in world.topology.crews.values()}

    def begin(
        self,
        subject: str,
        stages: Sequence[Stage],
        because: Sequence[int],
        done: Callable[[int], None],
        consumes: Mapping[str, int] | None = None,
    ) -> Job:
        """Start the *stages* of the recovery of *subject*; call *done* with the last record when all have passed.

        Without any stage nothing ever happens: nobody has said how it comes back.
        """
        topology = self._world.topology
        entity = topology.hosts.get(subject) or topology.components.get(subject)
        site = entity.site if entity is not None else subject  # a site draws on its own stock
        job = Job(subject, site, stages, consumes or {}, done, because=tuple(because))
        if stages:
            self._start(job)
        return job

    def abandon(self, job: Job, because: int) -> None:
        """Stop *job* where it is: its crew is free for others, what it waited for is withdrawn."""
        if job.timer is not None:
            job.timer.cancel()
        if job.demand is not None:
            pool, demand, count = job.demand
            job.demand = None
            self._stores.withdraw(pool, demand, count, because)
        if job.crew is not None:
            if job in job.crew.queue:
                job.crew.queue.remove(job)
            else:
                self._release(job.crew)
            job.crew = None
        if job.started >= 0 and job.at_stage < len(job.stages):
            stage = job.stages[job.at_stage]
            self._world.record(Kind.STAGE, job.subject, "abandoned", (job.started, because), stage=stage.kind.value)

    def _start(self, job: Job) -> None:
        stage = job.stages[job.at_stage]
        extra = {key: value for key, value in (("part", stage.part), ("crew", stage.crew), ("reason", stage.reason)) if value}
        job.started = self._world.record(Kind.STAGE, job.subject, "started", job.because, stage=stage.kind.value, **extra)
        match stage.kind:
            case StageKind.PART:
                self._fetch(job, stage)
            case StageKind.WORK if stage.crew is not None:
                self._queue(job, self.teams[stage.crew])
            case StageKind.WAIT | StageKind.WORK | StageKind.RESTORE:
                self._pass(job, self._duration(job, stage))

    def _duration(self, job: Job, stage: Stage) -> float:
        assert stage.law is not None  # only a part has none
        return self._world.draw(stage.law, job.subject, f"{stage.kind.value} {job.at_stage}")

    def _pass(self, job: Job, in_seconds: float) -> None:
        number = self._world.node(job.subject)
        job.timer = self._world.schedule(in_seconds, Step.STAGE_ENDS, number, lambda: self._end(job, ()))

    def _fetch(self, job: Job, stage: Stage) -> None:
        assert stage.part is not None
        pool = self._stores.pool(job.site, stage.part)
        count = job.consumes.get(stage.part, 1)

        def supplied(delivery: int | None) -> None:
            job.demand = None
            if delivery is None:
                self._pass(job, 0.0)
            else:
                self._end(job, (delivery,))

        demand = self._stores.demand(pool, count, job.started, supplied)
        if demand is not None:
            job.demand = (pool, demand, count)

    def _queue(self, job: Job, team: Team) -> None:
        job.crew = team
        if team.busy < team.crew.size:
            team.busy += 1
            self._work(job, team)
        else:
            team.queue.append(job)

    def _work(self, job: Job, team: Team) -> None:
        world = self._world
        duration = self._duration(job, job.stages[job.at_stage])
        if team.crew.calendar is None:
            self._pass(job, duration)
        else:
            spans = open_spans(team.crew.calendar, world.start, world.horizon_seconds)
            self._pass(job, working_end(spans, world.now, duration) - world.now)

    def _release(self, team: Team) -> None:
        if team.queue:
            self._work(team.queue.popleft(), team)
        else:
            team.busy -= 1

    def _end(self, job: Job, because: tuple[int, ...]) -> None:
        stage = job.stages[job.at_stage]
        ended = self._world.record(Kind.STAGE, job.subject, "done", (job.started, *because), stage=stage.kind.value)
        job.timer = None
        if job.crew is not None:
            team, job.crew = job.crew, None
            self._release(team)
        job.at_stage += 1
        job.because = (ended,)
        if job.at_stage < len(job.stages):
            self._start(job)
        else:
            job.done(ended)
