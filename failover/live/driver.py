"""The controller on duty: joins the core with its journal, its eyes, its hands, and the people on call.

    python -m failover.live.driver --config controller.yaml

At SIGTERM it lets nothing more leave, waits a while for what it began, and stops; a second SIGTERM hurries it. At SIGHUP it takes
up what was changed in its configuration, as far as that can be done (`reload`). Killed in any other way, and started again, it
takes up what it finds in its journal: it looks at everything of which nobody knows what became, and repeats nothing blindly. So it
is best run by something that starts it again.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from failover.core.commands import Command
from failover.core.controller import Decision
from failover.core.events import Event
from failover.core.settings import Settings
from failover.core.states import RESTING
from failover.live.briefing import briefing
from failover.live.carrying import Report, Runner
from failover.live.clock import Clock
from failover.live.configuration import Configuration
from failover.live.controller import Controller
from failover.live.eyesight import Eyesight, eyesight
from failover.live.hearing import Hearing
from failover.live.imagining import as_known
from failover.live.keeping import WaitsKept
from failover.live.log import Log
from failover.live.metrics import Metrics
from failover.live.notices import Notices
from failover.live.observed_losses import ObservedLosses
from failover.live.observing import acted_on
from failover.live.order_desk import OrderDesk
from failover.live.outbox import Outbox
from failover.live.plan import watches
from failover.live.pulse import LEASE_SECONDS, Pulse
from failover.live.readiness.checking import Readiness
from failover.live.readiness.hosts import Surveyor
from failover.live.readiness.joining import readiness_of
from failover.live.readiness.verdict import Verdict
from failover.live.recollection import Recollection
from failover.live.reporters import Elsewhere, OwnEyes
from failover.live.store import Store

if TYPE_CHECKING:
    from playbooks.runner import Runner as PlaybookRunner

FINISH_SECONDS = 30.0
"""How long it waits for what it began, when it is told to stop."""


class Part(Protocol):
    """Something that goes on beside everything else: a vantage point that tells the hearing what it sees."""

    async def run(self) -> None:
        """Go on, until cancelled."""


class Driver:
    """One controller with everything around it. Its edges come in from outside: journal, clock, hands, and those who are told."""

    def __init__(
        self, name: str, settings: Settings, store: Store, runner: Runner, notices: Notices, clock: Clock, log: Log
    ) -> None:
        self._store = store
        self._runner = _Started(runner)
        self._clock = clock
        self._log = log
        self._group: asyncio.TaskGroup | None = None
        self._tasks: dict[Part, asyncio.Task[None]] = {}
        self._hurried = asyncio.Event()
        self._readiness: Readiness | None = None
        self.ready: Callable[[], None] = lambda: None
        """Is told whenever it leads anew."""
        self.options: tuple[str, ...] = ()
        """What stands behind the commands that people are sent, so that they reach this controller."""
        self.finishing: Callable[[], None] = lambda: None
        """Is told when it has begun to stop."""
        self.controller = controller = Controller(name, settings, store, clock, log)
        self.recollection = Recollection(controller, store.path, log)
        self.hearing = Hearing(controller, clock, log)
        self._kept = WaitsKept(controller, self.hearing, self.recollection)
        self._outbox = Outbox(controller, self._runner, notices.tell, clock, log)
        self._pulse = Pulse(clock, self._stood_still)
        controller.led = self._led
        controller.send = self._outbox.send
        controller.forgot = self.hearing.renew
        controller.decided = self._decided
        controller.feel = self.hearing.feel = self._pulse.feel
        notices.brief = self._brief
        self._losses = ObservedLosses(notices.say)
        self.metrics = metrics = Metrics(settings, clock)
        controller.committed = metrics.committed
        self._outbox.ended = metrics.ended
        self._pulse.lagged = metrics.lagged
        notices.told, notices.failed = metrics.told, metrics.told_in_vain

    async def run(
        self,
        parts: Iterable[Part],
        stopped: asyncio.Event,
        socket: Path | None = None,
        said: Callable[[], Mapping[str, Any]] = dict,
    ) -> None:
        """Be on duty until *stopped*. Raises StoreError when nothing can be journaled any more.

        *said* returns what the configuration says, for whoever asks at *socket* how things are.
        """
        async with AsyncExitStack() as stack:
            stack.callback(self._store.close)
            stack.callback(self.controller.close)
            stack.push_async_callback(self._runner.close)
            stack.push_async_callback(self._outbox.close)
            stack.callback(self.hearing.close)
            if socket is not None:
                desk = OrderDesk(self.controller, self.recollection, self._clock, self._log, self.verdicts, self.eyesight, said)
                server = await desk.open(socket)
                stack.callback(socket.unlink, missing_ok=True)
                stack.callback(desk.hang_up)
                stack.callback(server.close)
            await self._on_duty(parts, stopped)
        self._log("stopped")

    def begin(self, part: Part) -> None:
        """Let *part* go on beside everything else."""
        assert self._group is not None
        self._tasks[part] = self._group.create_task(part.run())
        if isinstance(part, Readiness):
            self._readiness = part

    async def end(self, part: Part) -> None:
        """Let *part* go on no longer."""
        task = self._tasks.pop(part)
        task.cancel()
        await asyncio.wait({task})

    def verdicts(self) -> Iterable[Verdict]:
        """Return whether what a failover needs would work, thing by thing, as it was last looked at."""
        return () if self._readiness is None else self._readiness.verdicts().values()

    def eyesight(self) -> Eyesight:
        """Return how well the hosts are seen, from here and from elsewhere."""
        looking = [part.name for part in self._tasks if isinstance(part, (OwnEyes, Elsewhere))]
        return eyesight(self.controller.name, looking, self.controller.settings.hosts, self.hearing.sights())

    def hurry(self) -> None:
        """Wait no longer for what was begun."""
        self._hurried.set()

    async def _on_duty(self, parts: Iterable[Part], stopped: asyncio.Event) -> None:
        """Let all *parts* run until *stopped*, or until one of them fails; then wait for what was begun."""
        try:
            async with asyncio.TaskGroup() as self._group:
                lasting = (self.controller, self._pulse, self._runner, self.recollection, self._kept)
                always = [self._group.create_task(part.run()) for part in lasting]
                for part in parts:
                    self.begin(part)
                await stopped.wait()
                self.finishing()
                await self._finish()
                for task in (*self._tasks.values(), *always):
                    task.cancel()
        except BaseExceptionGroup as errors:
            raise _first(errors) from errors

    async def _finish(self) -> None:
        """Wait for what was begun, and say what is left: whoever is started next looks what became of it."""
        if not self._runner.is_ready():
            return
        finished, hurried = (asyncio.create_task(each) for each in (self._outbox.finish(FINISH_SECONDS), self._hurried.wait()))
        try:
            await asyncio.wait({finished, hurried}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            hurried.cancel()
            finished.cancel()
        active = {c.name: c.state.value for c in self.controller.state.clusters.values() if c.state not in RESTING}
        if finished.done():
            self._log("finished", not_reported=finished.result(), to_be_resumed=active)
        else:
            self._log("hurried", to_be_resumed=active)

    def _led(self, untold: Iterable[Command]) -> None:
        self._outbox.forget()
        for command in untold:  # people may have been told already, and know a message by its id
            self._outbox.send(command)
        self.hearing.begin()
        self.ready()

    def _stood_still(self, seconds: float) -> None:
        self._log("stood_still", seconds=round(seconds, 3))
        if seconds >= LEASE_SECONDS:
            self.controller.lead_again()
        else:
            self.hearing.look_anew()

    @property
    def journal_events(self) -> int:
        """Return how many events its journal has."""
        return self._store.length

    def _brief(self, command: Command) -> Mapping[str, Any]:
        return briefing(command, self.controller.state, self.recollection.history.trouble_since.get, self.options)

    def _decided(self, event: Event, decision: Decision) -> None:
        self.metrics.decided(decision.notes)
        for note in as_known(decision.notes, decision.state, self.recollection.history.last_well):
            self._log("note", note=note.kind.value, cluster=note.cluster, data=dict(note.data))
        self._losses.take(event, decision.state, self.recollection.history, self.options)


class _Started:
    """A runner that makes ready while the controller already looks; whatever is sent meanwhile waits for it."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._ready = asyncio.Event()

    async def run(self) -> None:
        await self._runner.start()
        self._ready.set()

    def is_ready(self) -> bool:
        return self._ready.is_set()

    async def start(self) -> None:
        await self._ready.wait()

    async def carry_out(self, command: Command, deadline_seconds: float) -> Report:
        await self._ready.wait()
        return await self._runner.carry_out(command, deadline_seconds)

    async def close(self) -> None:
        await self._runner.close()


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return what is behind *errors*: what went wrong first, before all that was cancelled because of it."""
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def parts_of(
    configuration: Configuration, driver: Driver, surveyor: Surveyor, notices: Notices, clock: Clock, log: Log
) -> dict[Hashable, Part]:
    """Return the vantage points of *configuration*, and who sees to it that all is ready. Raises SecretError.

    Each goes by what it was made of: a part whose key a reload does not change goes on, the others are made anew.
    """
    found: dict[Hashable, Part] = {}
    plan, secrets = configuration.plan, configuration.secrets
    looks_at = plan.model_dump_json()
    if configuration.looks_itself:
        eyes = OwnEyes(configuration.controller, watches(plan, secrets), plan.pace, driver.hearing, clock, driver.metrics.looked)
        found[configuration.controller, looks_at, *(secrets(name) for name in plan.secrets())] = eyes
    for vantage in configuration.vantages:
        key = secrets(vantage.key)
        found[vantage, looks_at, key] = Elsewhere(vantage.name, vantage.address, key, plan, driver.hearing, clock, log)
    readiness = readiness_of(configuration, driver.controller, driver.hearing, surveyor, notices, clock, log)
    touches = acted_on(configuration.equipment, configuration.topology).hosts()
    found["readiness", configuration.vantages, looks_at, touches] = readiness
    for monitoring in configuration.monitoring:
        from failover.live.monitoring_parts import vantage_part

        token = "" if monitoring.entry.token is None else secrets(monitoring.entry.token)
        found[monitoring.entry.model_dump_json(), looks_at, token] = vantage_part(monitoring, configuration, driver, clock, log)
    if configuration.metrics is not None:
        from failover.live.monitoring_parts import exporter_part

        exporter = exporter_part(configuration.metrics, configuration, driver, readiness, notices, clock, log)
        found["metrics", configuration.metrics, configuration.vantages, looks_at, touches] = exporter
    return found


def runner_of(configuration: Configuration) -> "PlaybookRunner":
    """Return what carries commands out on real hosts: on all that *configuration* has equipment of."""
    from playbooks.runner import Runner as PlaybookRunner

    return PlaybookRunner(configuration.equipment, configuration.inventory, configuration.state, configuration.secrets)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the configuration and be on duty. Exit codes: 0 stopped, 2 bad configuration, 3 failed."""
    from failover.live.serving import run

    parser = argparse.ArgumentParser("python -m failover.live.driver", description="Be the controller on duty.")
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="the configuration: controller.yaml")
    return run(parser.parse_args(arguments).config)


if __name__ == "__main__":
    sys.exit(main())
