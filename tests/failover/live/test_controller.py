import asyncio
import io
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from failover.core.commands import Command, CommandKind, Outcome
from failover.core.controller import Decision
from failover.core.events import CommandEnded, Event, Health, HealthChanged, LeaseGained, Ordered, OrderKind, Woken
from failover.core.notes import NoteKind
from failover.live.controller import Controller
from failover.live.log import Log
from failover.live.store import LeaseLostError, Store, StoreError
from tests.failover.live.scenes import command
from tests.failover.live.stage import FastClock, awaited, trio, until


class SlowStore(Store):
    """A store that waits until it is let go, and may refuse."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.refuses = False
        self.takes_seconds = 0.0

    def append(self, *arguments: Any) -> None:
        if self.takes_seconds:
            time.sleep(self.takes_seconds)
        if self.refuses:
            raise StoreError("the disk is full")
        super().append(*arguments)


@dataclass
class Leading:
    controller: Controller
    store: SlowStore
    clock: FastClock
    task: asyncio.Task[None]
    text: io.StringIO
    sent: list[Command] = field(default_factory=list)
    decided: list[tuple[Event, Decision]] = field(default_factory=list)

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event, _ in self.decided]


@asynccontextmanager
async def leading(folder: Path, **policy: Any) -> AsyncIterator[Leading]:
    clock, text = FastClock(), io.StringIO()
    store = SlowStore(folder / "journal.db")
    controller = Controller("controller-1", trio(**policy), store, clock, Log(text, clock))
    led = Leading(controller, store, clock, asyncio.create_task(controller.run()), text)
    controller.send = led.sent.append
    controller.decided = lambda event, decision: led.decided.append((event, decision))
    try:
        yield led
    finally:
        led.task.cancel()
        with suppress(asyncio.CancelledError, StoreError):
            await led.task
        controller.close()
        store.close()


@awaited
async def test_it_leads_before_anything_else_counts(tmp_path: Path) -> None:
    async with leading(tmp_path) as led:
        order = led.controller.tell(Ordered, "db", OrderKind.PAUSE, "anna")
        led.controller.tell(HealthChanged, "db-1", Health.SILENT, ())
        await order
        assert led.kinds() == ["LeaseGained", "Ordered"], "what was seen before it led is not news"
        assert led.controller.state.clusters["db"].paused_by == "anna"


@awaited
async def test_what_cannot_be_journaled_is_not_applied_and_ends_the_duty(tmp_path: Path) -> None:
    async with leading(tmp_path, mode="manual") as led:
        await until(lambda: led.decided)
        before, sent = led.controller.state, list(led.sent)
        led.store.refuses = True
        led.controller.tell(HealthChanged, "db-1", Health.PRIMARY, ("controller-1",))
        with pytest.raises(StoreError, match="the disk is full"):
            await led.task
        assert led.controller.state is before
        assert led.sent == sent


@awaited
async def test_nothing_is_sent_before_it_is_on_disk(tmp_path: Path) -> None:
    async with leading(tmp_path) as led:
        await until(lambda: led.decided)
        lengths = []
        led.controller.send = lambda command: lengths.append((command.kind, led.store.length))
        await led.controller.tell(HealthChanged, "db-1", Health.PRIMARY, ("controller-1",))
        assert lengths == [(CommandKind.READ_POSITIONS, 2), (CommandKind.VERIFY, 2)]


@awaited
async def test_while_the_disk_is_slow_how_hosts_are_goes_first_and_the_loop_goes_on(tmp_path: Path) -> None:
    async with leading(tmp_path) as led:
        await until(lambda: led.decided)
        led.store.takes_seconds = 0.05
        first = led.controller.tell(Woken)
        await asyncio.sleep(0.01)
        told = [led.controller.tell(Woken), led.controller.tell(HealthChanged, "db-2", Health.STANDBY, ("controller-1",))]
        beats = 0
        while not first.done():
            await asyncio.sleep(0.002)
            beats += 1
        assert beats > 5
        await asyncio.wait(told)
        assert led.kinds() == ["LeaseGained", "Woken", "HealthChanged", "Woken"]


@awaited
async def test_a_store_that_is_very_slow_is_told_of(tmp_path: Path) -> None:
    async with leading(tmp_path) as led:
        await until(lambda: led.decided)
        led.store.takes_seconds = 1.1 / led.clock.speed
        await led.controller.tell(Woken)
        assert "store_slow" in led.text.getvalue()


@awaited
async def test_it_wakes_when_the_core_asked_for_it_and_not_before(tmp_path: Path) -> None:
    async with leading(tmp_path) as led:
        await until(lambda: led.decided)
        for host, health in (("db-1", Health.SILENT), ("db-2", Health.STANDBY), ("db-3", Health.STANDBY)):
            await led.controller.tell(HealthChanged, host, health, ())
        wake_at = led.decided[-1][1].wake_at
        assert wake_at is not None, "the primary is lost in its grace period"
        await until(lambda: led.kinds()[-1] == "Woken")
        woken, decision = led.decided[-1]
        assert woken.at >= wake_at
        assert any(note.kind is NoteKind.DECIDED for note in decision.notes)


@awaited
async def test_whoever_has_to_lead_again_does_so_before_the_next_event_under_a_new_term(tmp_path: Path) -> None:
    async with leading(tmp_path) as led:
        await until(lambda: led.decided)
        led.controller.lead_again()
        led.controller.tell(CommandEnded, command().id, Outcome.SUCCEEDED, {})
        await led.controller.tell(Ordered, "db", OrderKind.PAUSE, "anna")
        assert led.kinds() == ["LeaseGained", "LeaseGained", "Ordered"]
        assert led.controller.state.term == 2


@awaited
async def test_nothing_that_cannot_be_undone_is_released_without_the_lease(tmp_path: Path) -> None:
    async with leading(tmp_path) as led:
        await until(lambda: led.decided)
        assert await led.controller.may_release()
        led.controller.lead_again()
        assert not await led.controller.may_release(), "it has to lead again first"
        await until(lambda: led.kinds() == ["LeaseGained", "LeaseGained"])
        assert await led.controller.may_release()
        (tmp_path / "journal.db").unlink()
        assert not await led.controller.may_release()
        with pytest.raises(LeaseLostError):
            await led.task


@awaited
async def test_a_restart_begins_with_the_fold_of_the_journal(tmp_path: Path) -> None:
    async with leading(tmp_path) as led:
        await led.controller.tell(Ordered, "db", OrderKind.PAUSE, "anna")
        before = led.controller.state.clusters["db"]
    async with leading(tmp_path) as led:
        assert led.controller.state.clusters["db"] == before
        await until(lambda: led.decided)
        event = led.decided[0][0]
        assert isinstance(event, LeaseGained)
        assert (event.term, event.controller, event.behind) == (2, "controller-1", False)
