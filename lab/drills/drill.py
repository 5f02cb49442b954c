"""One drill: a scenario's incident on real hosts under load, met by the controller as one of its responses says."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from failover.live.configuration import load_configuration
from failover.live.recording import timeline_of as decided_timeline
from lab.drills.duty import AT_REST, Duty
from lab.drills.incident import Act, acts
from lab.drills.measured import Done, timeline_of
from lab.drills.promotions import let_lie
from lab.drills.reset import make_whole
from lab.errors import LabError
from lab.hosts import Lab
from lab.load import record
from lab.load.load import Load
from scenarios.model import Order, Response, Scenario
from timeline.record import Timeline

WARM_SECONDS = 3.0
"""How long the load runs before second 0, so that caches are filled and connections are made."""
QUIET_SECONDS = 4.0
"""How long everything has to be well, after all has been done, for a drill to end."""
PATIENCE_SECONDS = 90.0
"""How long after the last act a drill waits for everything to be well."""
POLL_SECONDS = 0.1

Told = Callable[[str], None]


@dataclass(frozen=True)
class Drilled:
    """What came of a drill."""

    scenario: str
    response: str
    timeline: Timeline
    load: record.Result
    primary: Mapping[str, str]
    """Who is primary of each cluster in the end."""
    settled: bool
    """Whether everything was well again when it ended."""
    folder: Path


class _Stage:
    """The lab and its controller, as an incident sees them."""

    def __init__(self, lab: Lab, duty: Duty, told: Told) -> None:
        self.lab = lab
        self.duty = duty
        self._told = told

    def order(self, order: Order) -> None:
        answer = self.duty.order(order)
        if not answer.get("taken"):
            self._told(f"the order '{order.kind}' was refused: {answer.get('reason') or answer.get('error')}")

    def kill_controller(self) -> None:
        self.duty.kill()

    def start_controller(self) -> None:
        self.duty.start()

    def let_promotions_lie(self, hosts: Sequence[str], times: int) -> None:
        let_lie(self.lab, hosts, times)


def drill(
    lab: Lab,
    scenario: Scenario,
    response: Response,
    folder: Path,
    told: Told,
    on_duty: Callable[[Lab, Response, Path], Duty] = Duty,
) -> Drilled:
    """Play *scenario* on *lab*, met as *response* says, and keep everything that was recorded in *folder*.

    *on_duty* makes the controller that meets it. Raises LabError for what cannot be drilled, before anything is touched, and for a
    lab that does not do what it should.
    """
    planned = acts(scenario.incident, response.topology)
    _same_network(lab, response)
    folder.mkdir(parents=True, exist_ok=True)
    told("making the lab whole")
    make_whole(lab)
    duty = on_duty(lab, response, folder)
    told("the controller takes over")
    duty.start()
    try:
        duty.wait_until_ready()
        return asyncio.run(_under_load(lab, scenario, response, duty, planned, told))
    finally:
        duty.stop()


def _same_network(lab: Lab, response: Response) -> None:
    """See that *response* changes nothing but policies: other hosts would need another lab."""
    before, after = lab.layout.topology, response.topology
    if tuple(before.hosts) != tuple(after.hosts) or {
        name: (each.members, each.primary, each.fence, each.routes) for name, each in before.clusters.items()
    } != {name: (each.members, each.primary, each.fence, each.routes) for name, each in after.clusters.items()}:
        raise LabError(f"'{response.name}' changes the network '{before.name}' itself; only its policies can be drilled")


async def _under_load(lab: Lab, scenario: Scenario, response: Response, duty: Duty, planned: Sequence[Act], told: Told) -> Drilled:
    stage = _Stage(lab, duty, told)
    done: list[Done] = []
    async with Load(lab, duty.folder / "load.jsonl") as load:
        told("load is on")
        await asyncio.sleep(WARM_SECONDS)
        zero, zero_wall = time.monotonic(), time.time()
        for act in planned:
            if act.over and act.at_seconds > _last_deed(planned) + PATIENCE_SECONDS:
                break  # what ends by itself much later is not waited for
            await asyncio.sleep(zero + act.at_seconds - time.monotonic())
            done.append(Done(act, time.monotonic() - zero))
            told(f"{act.kind}{' is over' if act.over else ''}: {', '.join(act.targets)}")
            await asyncio.to_thread(act.do, stage)
        settled = await _well(duty, PATIENCE_SECONDS)
        horizon = time.monotonic() - zero
        status = duty.status() or {"clusters": {}}
    told("counting")
    primary = {name: str(cluster["primary"]) for name, cluster in status["clusters"].items()}
    result = await load.result()
    decided = decided_timeline(
        duty.journal,
        load_configuration(duty.config).topology,
        scenario=scenario.name,
        response=response.name,
        zero_wall_seconds=zero_wall,
        horizon_seconds=horizon,
    )
    lines = record.read(load.recording)
    timeline = timeline_of(lines, done, decided, zero, response.topology)
    return Drilled(scenario.name, response.name, timeline, result, primary, settled, duty.folder)


def _last_deed(planned: Sequence[Act]) -> float:
    return max((act.at_seconds for act in planned if not act.over), default=0.0)


async def _well(duty: Duty, patience_seconds: float) -> bool:
    """Wait until every cluster has been at rest for a while; say whether that came within *patience_seconds*."""
    deadline = time.monotonic() + patience_seconds
    since: float | None = None
    while True:
        status = await asyncio.to_thread(duty.status)
        resting = status is not None and all(cluster["state"] == AT_REST for cluster in status["clusters"].values())
        now = time.monotonic()
        since = (since or now) if resting else None
        if since is not None and now - since >= QUIET_SECONDS:
            return True
        if now > deadline:
            return False
        await asyncio.sleep(POLL_SECONDS)
