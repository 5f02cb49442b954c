"""What the driver is given in tests: a clock that is in a hurry, a world instead of hosts, and eyes that look into it."""

import asyncio
import functools
import io
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from failover.core.commands import Command, CommandKind, Outcome
from failover.core.settings import Settings
from failover.live.clock import Clock
from failover.live.driver import Driver
from failover.live.log import Log
from failover.live.notices import Notices
from failover.live.prober import Pace, Watch
from failover.live.probes import Look
from failover.live.reporters import OwnEyes
from failover.live.store import Store
from tests.failover.core.honest import HonestWorld, Member
from tests.failover.core.playing import TRIO
from topology.document import parse_document
from topology.load import build_topology

PATIENCE_SECONDS = 20.0
"""Real ones: a busy machine may take long, a test that fails takes so long."""
SPEED = 25.0


def awaited(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Let an asynchronous test run by itself."""

    @functools.wraps(test)
    def run(*arguments: Any, **named: Any) -> None:
        asyncio.run(asyncio.wait_for(test(*arguments, **named), 3 * PATIENCE_SECONDS))

    return run


async def until(happened: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something *happened*."""
    async with asyncio.timeout(seconds):
        while not happened():
            await asyncio.sleep(0.002)


class FastClock(Clock):
    """A clock by which everything happens *speed* times as fast."""

    def __init__(self, speed: float = SPEED) -> None:
        self.speed = speed

    def monotonic(self) -> float:
        return super().monotonic() * self.speed

    def call_later(self, seconds: float, then: Callable[[], object]) -> asyncio.TimerHandle:
        return super().call_later(seconds / self.speed, then)

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds / self.speed)


class PatientClock(FastClock):
    """A fast clock that does not count what a busy machine gives it no time in.

    It has to be read often, as it is by whoever is on duty.
    """

    NOTICED_SECONDS = 0.02

    def __init__(self, speed: float = SPEED) -> None:
        super().__init__(speed)
        self._read_at = time.monotonic()
        self._now = 1000.0

    def monotonic(self) -> float:
        now = time.monotonic()
        self._now += min(now - self._read_at, self.NOTICED_SECONDS) * self.speed
        self._read_at = now
        return self._now

    def call_later(self, seconds: float, then: Callable[[], object]) -> asyncio.TimerHandle:
        return _Bell(self, seconds, then)  # type: ignore[return-value]

    async def sleep(self, seconds: float) -> None:
        due = PatientClock.monotonic(self) + seconds
        while (left := due - PatientClock.monotonic(self)) > 0:
            await asyncio.sleep(min(left / self.speed, self.NOTICED_SECONDS))
        await asyncio.sleep(0)


class _Bell:
    """Rings when the clock says so, not when the loop does."""

    def __init__(self, clock: PatientClock, seconds: float, then: Callable[[], object]) -> None:
        self._clock = clock
        self._due = PatientClock.monotonic(clock) + seconds
        self._then = then
        self._ring()

    def _ring(self) -> None:
        left = self._due - PatientClock.monotonic(self._clock)
        loop = asyncio.get_running_loop()
        if left > 0:
            self._handle: asyncio.Handle = loop.call_later(min(left / self._clock.speed, PatientClock.NOTICED_SECONDS), self._ring)
        else:
            self._handle = loop.call_soon(self._then)

    def cancel(self) -> None:
        self._handle.cancel()


class Answer(NamedTuple):
    """A report."""

    outcome: Outcome
    evidence: dict[str, Any]


Bend = Callable[[Command], Answer | Exception | None]


@dataclass
class WorldRunner:
    """Carries commands out in a world. *bends* say something else instead; what is *held* stays under way until it is let go."""

    world: HonestWorld
    clock: Clock
    takes_seconds: float = 0.1
    asked: list[Command] = field(default_factory=list)
    bends: list[Bend] = field(default_factory=list)
    held: dict[CommandKind, asyncio.Event] = field(default_factory=dict)
    closed: bool = False

    async def start(self) -> None:
        pass

    async def carry_out(self, command: Command, deadline_seconds: float) -> Answer:
        self.asked.append(command)
        await self.clock.sleep(self.takes_seconds)
        if command.kind in self.held:
            await self.held[command.kind].wait()
        for bend in self.bends:
            bent = bend(command)
            if isinstance(bent, Exception):
                raise bent
            if bent is not None:
                return bent
        return Answer(*self.world.done(command))

    async def close(self) -> None:
        self.closed = True

    def acts(self) -> list[str]:
        """What was asked, looks left out, as `kind target`."""
        looks = (CommandKind.VERIFY, CommandKind.READ_POSITIONS)
        return [f"{each.kind} {each.target}" for each in self.asked if each.kind not in looks]


@dataclass
class Sight:
    """A probe that sees *host* of the world as it is; *blind* sees nothing."""

    host: str
    world: Callable[[], HonestWorld]
    blind: Callable[[], bool] = lambda: False
    why: str = ""
    says: Callable[[], bool] = lambda: True
    """Whether it says for whom commits wait."""
    waits_for: str | None = None

    async def look(self, timeout_seconds: float) -> Look:
        look = self._look()
        waits = look is Look.PRIMARY and self.says()
        self.waits_for = f"ANY 1 ({', '.join(self.world().synchronous)})" if waits else None
        return look

    def _look(self) -> Look:
        member = self.world().members.get(self.host)
        if self.blind():
            return Look.SILENT
        if member is None:
            return Look.WELL
        if not member.on:
            return Look.SILENT
        if not member.running:
            return Look.REFUSED
        return Look.PRIMARY if member.role == "primary" else Look.STANDBY

    def close(self) -> None:
        pass


def trio(**policy: Any) -> Settings:
    """Three databases and two proxies, one of the databases in another place."""
    document = parse_document(TRIO, "network.yaml")
    document["clusters"]["db"]["policy"].update({"detection_window": "600ms", "restart": "5s", **policy})
    return Settings(build_topology(document))


def well() -> HonestWorld:
    """The world of `trio`, as it should be."""
    standbys = {host: Member("standby", follows="db-1") for host in ("db-2", "db-3")}
    routed: dict[str, str | None] = dict.fromkeys(("edge-1", "edge-2"), "db-1")
    return HonestWorld(members={"db-1": Member("primary"), **standbys}, routed=routed, synchronous=("db-2", "db-3"))


def watches(settings: Settings, world: Callable[[], HonestWorld], blind: Callable[[], bool] = lambda: False) -> dict[str, Watch]:
    """Look into *world*."""
    members = {host for cluster in settings.clusters.values() for host in cluster.cluster.members}
    sights = {host: Sight(host, world, blind) for host in settings.hosts}
    return {host: Watch(each, (), 1) if host in members else Watch(None, [each], 1) for host, each in sights.items()}


@dataclass
class Duty:
    """A driver on duty in a world."""

    driver: Driver
    runner: WorldRunner
    world: HonestWorld
    clock: Clock
    log: io.StringIO
    stopped: asyncio.Event
    told: list[dict[str, Any]] = field(default_factory=list)
    blind: set[str] = field(default_factory=set)
    """Vantage points that see nothing."""
    task: asyncio.Task[None] | None = None
    fails: bool = False
    """It is meant to."""

    @property
    def db(self) -> Any:
        return self.driver.controller.state.clusters["db"]

    def lines(self, event: str) -> list[dict[str, Any]]:
        """What was logged of *event*."""
        return [line for each in self.log.getvalue().splitlines() if (line := json.loads(each))["event"] == event]

    def settled(self) -> bool:
        """Whether all is known of a cluster that is well."""
        return self.db.timeline is not None and bool(self.db.synchronous) and self.db.followers == {"db-2", "db-3"}

    def calm(self) -> bool:
        """Whether it is settled, and the controller's grace period is over."""
        return self.settled() and self.awake()

    def awake(self) -> bool:
        """Whether the controller has seen everybody, knows the primary, and its grace period is over."""
        return self.db.timeline is not None and self.watching()

    def watching(self) -> bool:
        """Whether the controller has seen everybody, and its grace period is over."""
        state = self.driver.controller.state
        seen = len(self.db.health) == len(self.driver.controller.settings.hosts)
        return seen and state.clock + self.clock.monotonic() - state.told_at > state.grace_until

    def lose(self, host: str) -> None:
        self.world.members[host].on = self.world.members[host].running = False


@asynccontextmanager
async def on_duty(
    folder: Path, world: HonestWorld | None = None, settings: Settings | None = None, socket: Path | None = None
) -> AsyncIterator[Duty]:
    """Be on duty with a journal in *folder*."""
    clock, text = PatientClock(), io.StringIO()
    log = Log(text, clock)
    world = well() if world is None else world
    settings = trio() if settings is None else settings
    told: list[dict[str, Any]] = []
    notices = Notices(("https://pager.example/hook",), clock, log, lambda url, body: told.append(json.loads(body)))
    runner = WorldRunner(world, clock)
    driver = Driver("controller-1", settings, Store(folder / "journal.db"), runner, notices, clock, log)
    duty = Duty(driver, runner, world, clock, text, asyncio.Event(), told)
    eyes = []
    for name in ("controller-1", "elsewhere"):
        sights = watches(settings, lambda: world, functools.partial(duty.blind.__contains__, name))
        eyes.append(OwnEyes(name, sights, Pace(), driver.hearing, clock))
    duty.task = asyncio.create_task(driver.run(eyes, duty.stopped, socket))
    try:
        yield duty
    finally:
        duty.stopped.set()
        await asyncio.wait({duty.task}, timeout=PATIENCE_SECONDS)
        error = duty.task.exception()
        if error is not None and not duty.fails:
            raise error
