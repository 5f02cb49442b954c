"""How commands leave: each at once and beside the others, what cannot be taken back only after the lease was checked once more.

Of each one report comes in, in time or not at all: what has not reported by its deadline is unknown, and what is reported later is
written down and counts for nothing.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any

from failover.core.commands import READ_ONLY, TOLD, Command, CommandId, Outcome
from failover.core.controller import Decision
from failover.core.deadlines import PROMOTE_DEADLINE_MIN_SECONDS, deadline_seconds, promote_deadline_seconds
from failover.core.events import CommandEnded
from failover.live.carrying import PEOPLE, Runner
from failover.live.clock import Clock
from failover.live.controller import Controller
from failover.live.log import Log

Answer = tuple[Outcome, Mapping[str, Any]]


class _Flight:
    """A command of which no report has come in."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.task: asyncio.Task[None] | None = None
        self.sent_at: float | None = None
        self.due: float | None = None
        self.overdue: asyncio.TimerHandle | None = None


class Outbox:
    """Sends what *controller* orders: through *runner*, or to people."""

    def __init__(
        self, controller: Controller, runner: Runner, tell_people: Callable[[Command], Awaitable[Outcome]], clock: Clock, log: Log
    ) -> None:
        self._controller = controller
        self._runner = runner
        self._tell_people = tell_people
        self._clock = clock
        self._log = log
        clusters = controller.settings.clusters
        self._promote_seconds = {name: promote_deadline_seconds(each.cluster) for name, each in clusters.items()}
        self._awaited: dict[CommandId, _Flight] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False
        self.ended: Callable[[Command, Outcome, float | None], None] = lambda command, outcome, took_seconds: None
        """Is told of each report that counts."""
        self._reported: asyncio.Future[Decision] | None = None

    def send(self, command: Command) -> None:
        """Let *command* leave; its report will be told to the controller."""
        if command.id in self._awaited:  # a hook that is ordered again while it runs
            return
        if self._closing:  # whoever is started next finds it in the journal, and looks
            self._log("kept_for_later", id=str(command.id), command=command.kind.value, target=command.target)
            return
        flight = self._awaited[command.id] = _Flight(command)
        flight.task = asyncio.create_task(self._carry(flight), name=str(command.id))
        self._tasks.add(flight.task)
        flight.task.add_done_callback(self._tasks.discard)

    def forget(self) -> None:
        """Wait no longer for what was sent under an earlier term; what has not left does not leave. People may still be told."""
        for flight in [each for each in self._awaited.values() if each.command.kind not in TOLD]:
            self._settle(flight)
            if flight.sent_at is None and flight.task is not None:
                flight.task.cancel()

    async def finish(self, seconds: float) -> list[str]:
        """Let nothing more leave, and wait so long for what was begun to report; return in words what has not.

        What only looks is not waited for, nor people: they are told again by whoever is started next.
        """
        self._closing = True
        begun = {
            flight.task: flight.command
            for flight in self._awaited.values()
            if flight.task is not None and flight.sent_at is not None and flight.command.kind not in (*READ_ONLY, *PEOPLE)
        }
        if begun:
            self._log("awaiting", commands=[_in_words(each) for each in begun.values()], seconds=seconds)
            ended, limit = asyncio.ensure_future(self._all_reported(begun)), asyncio.ensure_future(self._clock.sleep(seconds))
            await asyncio.wait({ended, limit}, return_when=asyncio.FIRST_COMPLETED)
            ended.cancel()
            limit.cancel()
        return [_in_words(command) for task, command in begun.items() if not task.done()]

    async def _all_reported(self, tasks: Iterable[asyncio.Task[None]]) -> None:
        """Wait until all *tasks* have ended, and what they reported is journaled."""
        await asyncio.wait(tasks)
        if self._reported is not None:
            await asyncio.wait({self._reported})

    async def close(self) -> None:
        """End everything that waits here. What is under way at targets goes on there."""
        for flight in list(self._awaited.values()):
            self._settle(flight)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _carry(self, flight: _Flight) -> None:
        command = flight.command
        if command.irreversible and not await self._controller.may_release():
            self._log("held_back", id=str(command.id), command=command.kind.value, target=command.target)
            self._settle(flight)
            return
        try:
            answer = await self._act(flight)
        except Exception as error:  # whatever it was, the command may have had its effect
            answer = Outcome.UNKNOWN, {"error": f"{type(error).__name__}: {error}"}
        self._report(flight, answer)

    async def _act(self, flight: _Flight) -> Answer:
        """Do it. Between the check of the lease and this there is nothing to wait for."""
        command = flight.command
        flight.sent_at = self._clock.monotonic()
        seconds = None
        if command.kind not in PEOPLE:  # they are told sooner or later, and until then it stands in the journal that they are not
            seconds = deadline_seconds(command, self._promote_seconds.get(command.id.cluster, PROMOTE_DEADLINE_MIN_SECONDS))
        if seconds is not None:
            flight.due = flight.sent_at + seconds
            flight.overdue = self._clock.call_later(seconds, partial(self._give_up, flight))
        self._log("sent", id=str(command.id), command=command.kind.value, target=command.target, epoch=command.epoch)
        if seconds is None:
            return await self._tell_people(command), {}
        report = await self._runner.carry_out(command, seconds)
        evidence = dict(report.evidence)
        json.dumps(evidence, allow_nan=False)  # what no journal can hold shows nothing
        return report.outcome, evidence

    def _give_up(self, flight: _Flight) -> None:
        assert flight.due is not None and flight.sent_at is not None
        self._report(flight, (Outcome.UNKNOWN, {"error": f"no report within {flight.due - flight.sent_at:g} seconds"}))

    def _report(self, flight: _Flight, answer: Answer) -> None:
        """Tell what is reported of *flight*, if anybody still waits for it."""
        command, (outcome, evidence) = flight.command, answer
        now = self._clock.monotonic()
        took_seconds = None if flight.sent_at is None else round(now - flight.sent_at, 4)
        said = {"id": str(command.id), "command": command.kind.value, "target": command.target, "seconds": took_seconds}
        if self._awaited.get(command.id) is not flight:
            self._log("reported_late", **said, outcome=outcome.value, evidence=evidence)
            return
        if flight.due is not None and now > flight.due and outcome is not Outcome.UNKNOWN:
            self._log("reported_late", **said, outcome=outcome.value, evidence=evidence)
            outcome, evidence = Outcome.UNKNOWN, {"error": "the report came after its deadline"}
        self._settle(flight)
        self._log("ended", **said, outcome=outcome.value, evidence=evidence)
        self.ended(command, outcome, took_seconds)
        self._reported = self._controller.tell(CommandEnded, command.id, outcome, evidence)

    def _settle(self, flight: _Flight) -> None:
        if flight.overdue is not None:
            flight.overdue.cancel()
        if self._awaited.get(flight.command.id) is flight:
            del self._awaited[flight.command.id]


def _in_words(command: Command) -> str:
    return f"{command.kind.value} {command.target} ({command.id})"
