"""Which hosts a controller reaches: none of a cluster that is only observed, from its first moment on."""

import asyncio
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

from failover.core.cluster import ClusterState, Controller
from failover.core.commands import CommandKind, Outcome
from failover.core.controller import begin
from failover.core.settings import Settings
from failover.core.states import State
from failover.core.steps import Progress, Status, Step
from failover.live.configuration import Configuration
from failover.live.driver import runner_of
from failover.live.hands import Hands
from failover.live.log import Log
from failover.live.observing import acted_on, still_looked_at
from playbooks.equipment import Page
from tests.failover.live.readiness.test_joining import folder, load
from tests.failover.live.scenes import command
from tests.failover.live.stage import Answer, FastClock, awaited, until
from tests.failover.live.test_configuration import CONTROLLER
from topology.model import Mode

__all__ = ["folder"]
OBSERVING = f"{CONTROLLER}policy: {{cases: {{mode: observe}}}}\n"


class Remembers:
    """A runner that remembers which hosts it was to reach."""

    def __init__(self, configuration: Configuration) -> None:
        self.hosts = configuration.equipment.hosts()
        self.started = self.closed = False
        self.go_on = asyncio.Event()

    async def start(self) -> None:
        self.started = True

    async def carry_out(self, command: Any, deadline_seconds: float) -> Answer:
        await self.go_on.wait()
        return Answer(Outcome.SUCCEEDED, {"hosts": self.hosts})

    async def survey(self, host: str, closely: bool, deadline_seconds: float) -> Answer:
        return Answer(Outcome.SUCCEEDED, {"hosts": self.hosts})

    async def close(self) -> None:
        self.closed = True


class Scene:
    """Hands of a controller whose configuration may be changed under it."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.state: Controller = begin(Settings(configuration.topology))
        self.made: list[Remembers] = []
        self.log = io.StringIO()
        clock = FastClock()
        self.hands = Hands(lambda: self.configuration, lambda: self.state, self._make, clock, Log(self.log, clock))

    def _make(self, configuration: Configuration) -> Remembers:
        self.made.append(Remembers(configuration))
        return self.made[-1]

    def change(self, **changed: Any) -> None:
        """Let the cluster be in another state."""
        c: ClusterState = self.state.clusters["cases"].copy()
        for name, value in changed.items():
            setattr(c, name, value)
        self.state = self.state.copy()
        self.state.clusters["cases"] = c


@awaited
async def test_who_only_observes_makes_ready_for_no_host(folder: Path) -> None:
    scene = Scene(load(folder, OBSERVING))
    assert scene.configuration.equipment.hosts()
    await scene.hands.start()
    assert [each.hosts for each in scene.made] == [()]


def test_what_carries_commands_out_on_real_hosts_is_given_no_more_than_that(folder: Path) -> None:
    configuration = load(folder, OBSERVING)
    runner = runner_of(replace(configuration, equipment=acted_on(configuration.equipment, configuration.topology)))
    assert runner._equipment.hosts() == ()


@awaited
async def test_who_may_act_makes_ready_for_all_hosts(folder: Path) -> None:
    scene = Scene(load(folder))
    await scene.hands.start()
    assert set(scene.made[0].hosts) == set(scene.configuration.equipment.hosts())


@awaited
async def test_a_policy_tightened_to_observe_lets_go_of_the_hosts_once_nothing_is_under_way(folder: Path) -> None:
    scene = Scene(load(folder))
    await scene.hands.start()
    going_on = asyncio.create_task(scene.hands.run())
    ordered = asyncio.create_task(scene.hands.carry_out(command(CommandKind.PROMOTE), 5.0))
    await asyncio.sleep(0)
    scene.configuration = load(folder, OBSERVING)
    await asyncio.sleep(0.2)
    assert len(scene.made) == 1, "what was begun is waited for"
    scene.made[0].go_on.set()
    assert (await ordered).evidence["hosts"]
    await until(lambda: len(scene.made) == 2)
    assert (scene.made[0].closed, scene.made[1].started, scene.made[1].hosts) == (True, True, ())
    assert "hosts_left" in scene.log.getvalue()
    assert (await scene.hands.survey("db-1", False, 5.0)).evidence == {"hosts": ()}
    going_on.cancel()
    await scene.hands.close()
    assert scene.made[1].closed


@awaited
async def test_what_became_of_commands_from_before_is_still_looked_at(folder: Path) -> None:
    scene = Scene(load(folder, OBSERVING))
    scene.change(state=State.PROMOTING)
    await scene.hands.start()
    assert "db-1" in scene.made[0].hosts
    scene.change(state=State.HALTED)
    going_on = asyncio.create_task(scene.hands.run())
    await until(lambda: len(scene.made) == 2)
    assert scene.made[1].hosts == ()
    going_on.cancel()


def test_a_look_that_is_due_is_under_way_too(folder: Path) -> None:
    scene = Scene(load(folder, OBSERVING))
    look = Step("tend", None, "db-1", None)
    assert still_looked_at(scene.state) == set()
    scene.change(steps={"tend": Progress(look, Status.RESTING)})
    assert still_looked_at(scene.state) == {"cases"}
    scene.change(steps={"tend": Progress(look, Status.DONE)}, page={"page": Progress(look, Status.LOOKING)})
    assert still_looked_at(scene.state) == {"cases"}


def test_of_two_clusters_one_of_which_is_observed_only_the_others_hosts_and_pages_are_touched(folder: Path) -> None:
    configuration = load(folder)
    topology, cases = configuration.topology, configuration.topology.clusters["cases"]
    observed = replace(cases, name="other", policy=replace(cases.policy, mode=Mode.OBSERVE), members=("db-9",))
    both = replace(topology, clusters={"cases": cases, "other": observed})
    equipment = configuration.equipment
    theirs = replace(equipment.databases[0], cluster="other", host="db-9", address="10.0.0.99")
    pages = (Page("cases", "app-1", "/a"), Page("other", "app-2", "/b"))
    found = acted_on(replace(equipment, databases=(*equipment.databases, theirs), pages=pages), both)
    assert found == replace(equipment, pages=pages[:1])
