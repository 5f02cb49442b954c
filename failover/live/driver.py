"""The controller on duty: joins the core with its journal, its eyes, its hands, and the people on call.

    python -m failover.live.driver --config controller.yaml

It stops at SIGTERM. Killed in any other way, and started again, it takes up what it finds in its journal: it looks at everything of
which nobody knows what became, and repeats nothing blindly. So it is best run by something that starts it again.
"""

import argparse
import asyncio
import signal
import sys
import traceback
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Protocol

from failover.core.commands import Command
from failover.core.controller import Decision
from failover.core.events import Event
from failover.core.settings import Settings
from failover.live.carrying import Report, Runner
from failover.live.clock import Clock
from failover.live.configuration import Configuration, load_configuration
from failover.live.controller import Controller
from failover.live.hearing import Hearing
from failover.live.log import Log
from failover.live.notices import Notices
from failover.live.order_desk import OrderDesk
from failover.live.outbox import Outbox
from failover.live.plan import watches
from failover.live.pulse import LEASE_SECONDS, Pulse
from failover.live.readiness import Readiness, fence_check, vantage_check
from failover.live.reporters import Elsewhere, OwnEyes
from failover.live.secret_sources import SecretError
from failover.live.store import Store, StoreError
from playbooks.equipment import Redfish
from topology.errors import InputError

BAD_INPUT, FAILED = 2, 3


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
        self._log = log
        self.controller = controller = Controller(name, settings, store, clock, log)
        self.hearing = Hearing(controller, clock, log)
        self._outbox = Outbox(controller, self._runner, notices.tell, clock, log)
        self._pulse = Pulse(clock, self._stood_still)
        controller.led = self._led
        controller.send = self._outbox.send
        controller.forgot = self.hearing.renew
        controller.decided = self._decided
        controller.feel = self.hearing.feel = self._pulse.feel

    async def run(self, parts: Iterable[Part], stopped: asyncio.Event, socket: Path | None = None) -> None:
        """Be on duty until *stopped*. Raises StoreError when nothing can be journaled any more."""
        async with AsyncExitStack() as stack:
            stack.callback(self._store.close)
            stack.callback(self.controller.close)
            stack.push_async_callback(self._runner.close)
            stack.push_async_callback(self._outbox.close)
            stack.callback(self.hearing.close)
            if socket is not None:
                desk = await OrderDesk(self.controller, self._log).open(socket)
                stack.callback(socket.unlink, missing_ok=True)
                stack.callback(desk.close)
            await self._on_duty([self.controller, self._pulse, self._runner, *parts], stopped)
        self._log("stopped")

    async def _on_duty(self, parts: Iterable[Part], stopped: asyncio.Event) -> None:
        """Let all *parts* run until *stopped*, or until one of them fails."""
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(part.run()) for part in parts]
                await stopped.wait()
                for task in tasks:
                    task.cancel()
        except BaseExceptionGroup as errors:
            raise _first(errors) from errors

    def _led(self, untold: Iterable[Command]) -> None:
        self._outbox.forget()
        for command in untold:  # people may have been told already, and know a message by its id
            self._outbox.send(command)
        self.hearing.begin()

    def _stood_still(self, seconds: float) -> None:
        self._log("stood_still", seconds=round(seconds, 3))
        if seconds >= LEASE_SECONDS:
            self.controller.lead_again()
        else:
            self.hearing.look_anew()

    def _decided(self, event: Event, decision: Decision) -> None:
        for note in decision.notes:
            self._log("note", note=note.kind.value, cluster=note.cluster, data=dict(note.data))


class _Started:
    """A runner that makes ready while the controller already looks; whatever is sent meanwhile waits for it."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._ready = asyncio.Event()

    async def run(self) -> None:
        await self._runner.start()
        self._ready.set()

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


def parts_of(configuration: Configuration, driver: Driver, notices: Notices, clock: Clock, log: Log) -> list[Part]:
    """Return the vantage points of *configuration*, and who sees to it that all is ready. Raises SecretError."""
    found: list[Part] = []
    plan, secrets = configuration.plan, configuration.secrets
    if configuration.looks_itself:
        found.append(OwnEyes(configuration.controller, watches(plan, secrets), plan.pace, driver.hearing, clock))
    for vantage in configuration.vantages:
        key = secrets(vantage.key)
        found.append(Elsewhere(vantage.name, vantage.address, key, plan, driver.hearing, clock, log))
    checks = {f"the vantage point '{each.name}'": vantage_check(driver.hearing, each.name) for each in configuration.vantages}
    for power in configuration.equipment.power:
        if isinstance(power, Redfish):
            checks[f"the fence of '{power.host}'"] = fence_check(power, secrets)
    return [*found, Readiness(checks, notices, clock, log)]


def runner_of(configuration: Configuration) -> Runner:
    """Return what carries commands out on real hosts."""
    from playbooks.runner import Runner as PlaybookRunner

    return PlaybookRunner(configuration.equipment, configuration.inventory, configuration.state, configuration.secrets)


async def serve(configuration: Configuration) -> int:
    """Be on duty as *configuration* says, until SIGTERM or SIGINT; return an exit code."""
    clock = Clock()
    log = Log()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    try:
        store = Store(configuration.store)
        notices = Notices(configuration.webhooks, clock, log)
        settings = Settings(configuration.topology)
        driver = Driver(configuration.controller, settings, store, runner_of(configuration), notices, clock, log)
        await driver.run(parts_of(configuration, driver, notices, clock, log), stopped, configuration.socket)
    except (StoreError, SecretError) as error:
        log("stood_down", why=str(error))
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    except Exception as error:
        log("failed", why=f"{type(error).__name__}: {error}", traceback=traceback.format_exc())
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the configuration and be on duty. Exit codes: 0 stopped, 2 bad configuration, 3 failed."""
    parser = argparse.ArgumentParser("python -m failover.live.driver", description="Be the controller on duty.")
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="the configuration: controller.yaml")
    given = parser.parse_args(arguments)
    try:
        configuration = load_configuration(given.config)
    except InputError as error:
        for problem in error.problems:
            print(f"error: {problem}", file=sys.stderr)
        return BAD_INPUT
    return asyncio.run(serve(configuration))


if __name__ == "__main__":
    sys.exit(main())
