"""A driver that is killed with SIGKILL at a given moment, and a world that outlives it: a file, in which what was begun goes on."""

import asyncio
import fcntl
import io
import os
import pickle
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from failover.core.commands import READ_ONLY, TOLD, Command, CommandId, CommandKind, Outcome, Question
from failover.core.states import State
from failover.live.driver import Driver
from failover.live.log import Log
from failover.live.notices import Notices
from failover.live.origin import Origin
from failover.live.prober import Pace
from failover.live.reporters import OwnEyes
from failover.live.store import Entry, Store
from tests.failover.core.honest import HonestWorld
from tests.failover.live.stage import Answer, PatientClock, trio, watches, well

LANDS_AFTER_SECONDS = 0.004
SPEED = 40.0
GIVEN_UP_SECONDS = 60.0
_OF_POWER = (CommandKind.FENCE, CommandKind.POWER_ON)


class Death(NamedTuple):
    """When it dies: before or after the so-manieth commit of its life, or once so many acts were asked for."""

    moment: str
    number: int


@dataclass
class OutlivingWorld:
    """Hosts that go on with what they were told, whoever told them is dead or alive."""

    hosts: HonestWorld = field(default_factory=well)
    cut_off: set[str] = field(default_factory=set)
    """Hosts that live, and that nobody reaches."""
    asked: list[Command] = field(default_factory=list)
    landing: list[tuple[float, Command]] = field(default_factory=list)
    answers: dict[CommandId, Answer] = field(default_factory=dict)
    """What each act came to; asked again, it is the same."""
    effects: list[str] = field(default_factory=list)
    """What was really done that cannot be undone."""

    def land(self, now: float) -> None:
        """Let what was begun have its effect when its time has come."""
        for due, command in list(self.landing):
            if due <= now:
                self.landing.remove((due, command))
                before = self._irreversible(command)
                self.answers[command.id] = Answer(*self.hosts.done(command))
                if self._irreversible(command) != before:
                    self.effects.append(f"{command.kind} {command.target}")

    def _irreversible(self, command: Command) -> Any:
        member = self.hosts.members.get(command.target)
        return (member.on, member.role, member.running) if member is not None and command.irreversible else None


class WorldFile:
    """The world, on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def opened(self) -> Iterator[OutlivingWorld]:
        with self.path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            world: OutlivingWorld = pickle.load(file)
            world.land(time.monotonic())
            yield world
            file.seek(0)
            pickle.dump(world, file)
            file.truncate()

    def read(self) -> OutlivingWorld:
        with self.opened() as world:
            return world

    def make(self, world: OutlivingWorld) -> None:
        self.path.write_bytes(pickle.dumps(world))


class FileRunner:
    """Writes down what it is asked, then does it in the world's own time."""

    def __init__(self, file: WorldFile, death: Death | None) -> None:
        self._file = file
        self._death = death
        self._acts = 0

    async def start(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def carry_out(self, command: Command, deadline_seconds: float) -> Answer:
        with self._file.opened() as world:
            world.asked.append(command)
        of_power = command.kind in _OF_POWER or command.details.get("question") == Question.IS_OFF
        if command.target in self._file.read().cut_off and not of_power:
            return Answer(Outcome.UNKNOWN, {})
        if command.kind in READ_ONLY:
            return await self._look(command)
        await self._begin(command)
        self._acts += 1
        if self._death == ("asked", self._acts):
            os.kill(os.getpid(), signal.SIGKILL)
        while (answer := self._file.read().answers.get(command.id)) is None:
            await asyncio.sleep(LANDS_AFTER_SECONDS)
        return answer

    async def _begin(self, command: Command) -> None:
        """Begin, unless that was done before; one after the other on each target."""
        while True:
            with self._file.opened() as world:
                if command.id in world.answers:
                    return
                if not any(each.target == command.target for _, each in world.landing):
                    world.landing.append((time.monotonic() + LANDS_AFTER_SECONDS, command))
                    return
            await asyncio.sleep(LANDS_AFTER_SECONDS)

    async def _look(self, command: Command) -> Answer:
        """Look, once nothing is being done there."""
        while True:
            with self._file.opened() as world:
                if not any(each.target == command.target for _, each in world.landing):
                    return Answer(*world.hosts.done(command))
            await asyncio.sleep(LANDS_AFTER_SECONDS)


class MortalStore(Store):
    """A store whose process dies at one of its commits."""

    def __init__(self, path: Path, death: Death | None) -> None:
        super().__init__(path)
        self._death = death
        self._commits = 0

    def append(self, entry: Entry, commands: Iterable[Command], origin: Origin | None = None, refusal: str = "") -> None:
        self._commits += 1
        if self._death == ("before", self._commits):
            os.kill(os.getpid(), signal.SIGKILL)
        super().append(entry, commands, origin, refusal)
        if self._death == ("after", self._commits):
            os.kill(os.getpid(), signal.SIGKILL)


class CachedSight:
    """What eyes see: the world, read anew every so often."""

    def __init__(self, file: WorldFile) -> None:
        self._file = file
        self._read_at = 0.0
        self._hosts = well()

    def __call__(self) -> HonestWorld:
        if time.monotonic() > self._read_at + LANDS_AFTER_SECONDS:
            world = self._file.read()
            self._hosts = world.hosts
            for host in world.cut_off:
                self._hosts.members[host].on = False  # nothing is seen of it
            self._read_at = time.monotonic()
        return self._hosts


def be_on_duty(folder: Path, death: Death | None) -> None:
    """Be on duty in the world of *folder* until the cluster is well and everything is known of it, or until *death*."""
    ended = asyncio.run(_duty(folder, death))
    (folder / "ended").write_text(ended)


async def _duty(folder: Path, death: Death | None) -> str:
    clock, file, settings = PatientClock(SPEED), WorldFile(folder / "world"), trio(restart="60s")
    text = io.StringIO()
    log = Log(text, clock)
    store = MortalStore(folder / "journal.db", death)
    notices = Notices((), clock, log)
    driver = Driver("controller-1", settings, store, FileRunner(file, death), notices, clock, log)
    sight = CachedSight(file)
    eyes = [OwnEyes(name, watches(settings, sight), Pace(), driver.hearing, clock) for name in ("controller-1", "elsewhere")]
    stopped = asyncio.Event()
    task = asyncio.create_task(driver.run(eyes, stopped))
    give_up_at = time.monotonic() + GIVEN_UP_SECONDS
    lost = bool(file.read().cut_off)
    while time.monotonic() < give_up_at and not task.done():
        c = driver.controller.state.clusters["db"]
        known = c.timeline is not None and c.synchronous == (c.followers,) and not c.pending and not c.hooks
        if c.state is State.WATCHING and known and (c.primary != "db-1") is lost and len(c.followers) == (1 if lost else 2):
            stopped.set()
            await task
            return "well"
        await asyncio.sleep(0.003)
    return f"{driver.controller.state.clusters['db']}\n{text.getvalue()[-4000:]}"


def repeated(asked: Iterable[Command]) -> list[str]:
    """The commands that were asked for more than once, of those that may not be."""
    seen: set[CommandId] = set()
    found = []
    for command in asked:
        if command.kind not in READ_ONLY and command.kind not in TOLD:
            if command.id in seen:
                found.append(str(command.id))
            seen.add(command.id)
    return found
