"""The hands of the controller: a runner that knows of no host of a cluster whose policy only observes, and so reaches none."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

from failover.core.cluster import Controller
from failover.core.commands import Command
from failover.core.states import RESTING
from failover.live.carrying import Report, Runner
from failover.live.clock import Clock
from failover.live.configuration import Configuration
from failover.live.log import Log
from failover.live.observing import acted_on, still_looked_at
from failover.live.readiness.hosts import Surveyor
from playbooks.equipment import Equipment

LOOKS_SECONDS = 1.0
"""So often it is seen whether there are hosts that may no longer be touched."""


class HostRunner(Runner, Surveyor, Protocol):
    """Carries commands out on hosts, and asks hosts whether it could."""


class Hands:
    """Carries commands out by a runner that *make* makes of the *configuration* in force, as far as its clusters are acted on.

    A policy that is tightened to observe lets go of its cluster's hosts, once nothing is under way anywhere: by another runner,
    for which whatever is ordered meanwhile waits.
    """

    def __init__(
        self,
        configuration: Callable[[], Configuration],
        state: Callable[[], Controller],
        make: Callable[[Configuration], HostRunner],
        clock: Clock,
        log: Log,
    ) -> None:
        self._configuration = configuration
        self._state = state
        self._make = make
        self._clock = clock
        self._log = log
        self._runner: HostRunner | None = None
        self._reached = Equipment()
        self._ready = asyncio.Event()
        self._under_way = 0

    async def start(self) -> None:
        """Make ready, so that the first command takes no longer than any other."""
        await self._begin(self._wanted())

    async def run(self) -> None:
        """Let go of what may no longer be touched, until cancelled."""
        while True:
            await self._clock.sleep(LOOKS_SECONDS)
            if self._ready.is_set() and self._is_quiet() and (wanted := self._wanted()) != self._reached:
                left = sorted({*self._reached.hosts()} - {*wanted.hosts()})
                await self._end()
                self._log("hosts_left", hosts=left)
                await self._begin(wanted)

    async def carry_out(self, command: Command, deadline_seconds: float) -> Report:
        """Carry *command* out and report."""
        runner = await self._there()
        with self._counted():
            return await runner.carry_out(command, deadline_seconds)

    async def survey(self, host: str, closely: bool, deadline_seconds: float) -> Report:
        """Ask *host* whether commands could be carried out there, and do nothing."""
        async with asyncio.timeout(deadline_seconds):
            runner = await self._there()
        with self._counted():
            return await runner.survey(host, closely, deadline_seconds)

    async def close(self) -> None:
        """End what this process has started here; what runs on hosts goes on."""
        await self._end()

    def _wanted(self) -> Equipment:
        """Return what may be reached as things stand."""
        configuration, state = self._configuration(), self._state()
        return acted_on(configuration.equipment, configuration.topology, still_looked_at(state))

    def _is_quiet(self) -> bool:
        """Say whether nobody would have to wait, or be cut off."""
        return not self._under_way and all(c.state in RESTING for c in self._state().clusters.values())

    async def _begin(self, equipment: Equipment) -> None:
        self._reached = equipment
        self._runner = self._make(replace(self._configuration(), equipment=equipment))
        await self._runner.start()
        self._ready.set()

    async def _end(self) -> None:
        self._ready.clear()
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.close()

    async def _there(self) -> HostRunner:
        while not self._ready.is_set() or self._runner is None:
            await self._ready.wait()
        return self._runner

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
