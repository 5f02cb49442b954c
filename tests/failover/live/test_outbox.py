import asyncio
import io
import json
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from failover.core.commands import Command, CommandKind, Outcome
from failover.live.controller import Controller
from failover.live.log import Log
from failover.live.outbox import Outbox
from failover.live.store import Store
from tests.failover.live.scenes import command
from tests.failover.live.stage import Answer, FastClock, WorldRunner, awaited, trio, until, well

PROMOTE = command(CommandKind.PROMOTE, 1, role="primary", timeline=1, synchronous=())
LOOK = command(CommandKind.VERIFY, 2, question="role", role="primary")


class Asked(Controller):
    """A controller that only remembers what it is told, and says what a test wants about its lease."""

    def __init__(self, store: Store, clock: FastClock, log: Log) -> None:
        super().__init__("controller-1", trio(), store, clock, log)
        self.reports: list[tuple[int, Outcome, dict[str, Any]]] = []
        self.lease = asyncio.Event()
        self.has_lease = True

    def tell(self, kind: Any, *arguments: Any, origin: Any = None) -> Any:
        identity, outcome, evidence = arguments
        self.reports.append((identity.number, outcome, evidence))

    async def may_release(self) -> bool:
        await self.lease.wait()
        return self.has_lease


@dataclass
class Sending:
    outbox: Outbox
    controller: Asked
    runner: WorldRunner
    clock: FastClock
    text: io.StringIO
    told: list[Command] = field(default_factory=list)

    @property
    def reports(self) -> list[tuple[int, Outcome, dict[str, Any]]]:
        return self.controller.reports

    def logged(self) -> list[str]:
        return [json.loads(line)["event"] for line in self.text.getvalue().splitlines()]


@asynccontextmanager
async def sending(folder: Path) -> AsyncIterator[Sending]:
    clock, text = FastClock(), io.StringIO()
    log = Log(text, clock)
    store = Store(folder / "journal.db")
    controller = Asked(store, clock, log)
    runner = WorldRunner(well(), clock)
    told: list[Command] = []

    async def tell(command: Command) -> Outcome:
        told.append(command)
        return Outcome.SUCCEEDED

    box = Outbox(controller, runner, tell, clock, log)
    try:
        yield Sending(box, controller, runner, clock, text, told)
    finally:
        await box.close()
        controller.close()
        store.close()


@awaited
async def test_what_can_be_undone_leaves_at_once_and_what_cannot_waits_for_the_lease(tmp_path: Path) -> None:
    async with sending(tmp_path) as s:
        s.outbox.send(PROMOTE)
        s.outbox.send(LOOK)
        await until(lambda: s.reports)
        assert s.runner.asked == [LOOK]
        s.controller.lease.set()
        await until(lambda: len(s.reports) == 2)
        assert s.runner.asked == [LOOK, PROMOTE]


@awaited
async def test_nothing_leaves_that_cannot_be_undone_once_the_lease_is_lost(tmp_path: Path) -> None:
    async with sending(tmp_path) as s:
        s.controller.has_lease = False
        s.controller.lease.set()
        s.outbox.send(PROMOTE)
        await until(lambda: "held_back" in s.logged())
        assert s.runner.asked == []
        assert s.reports == []


@awaited
async def test_what_does_not_report_in_time_is_unknown_and_a_later_report_counts_for_nothing(tmp_path: Path) -> None:
    async with sending(tmp_path) as s:
        s.runner.held[CommandKind.VERIFY] = asyncio.Event()
        s.outbox.send(LOOK)
        await until(lambda: s.reports)
        assert s.reports == [(2, Outcome.UNKNOWN, {"error": "no report within 5 seconds"})]
        s.runner.held[CommandKind.VERIFY].set()
        await until(lambda: "reported_late" in s.logged())
        assert len(s.reports) == 1


@awaited
async def test_a_report_that_comes_after_its_deadline_is_unknown_even_if_no_bell_has_rung(tmp_path: Path) -> None:
    async with sending(tmp_path) as s:
        s.runner.held[CommandKind.VERIFY] = asyncio.Event()
        s.outbox.send(LOOK)
        await until(lambda: s.runner.asked)
        await s.clock.sleep(1.0)
        real, s.clock.monotonic = s.clock.monotonic, lambda: real() + 100.0  # type: ignore[method-assign]
        s.runner.held[CommandKind.VERIFY].set()
        await until(lambda: s.reports)
        assert s.reports == [(2, Outcome.UNKNOWN, {"error": "the report came after its deadline"})]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (OSError("no such program"), "OSError: no such program"),
        (Answer(Outcome.SUCCEEDED, {"position": math.nan}), "ValueError: Out of range float values are not JSON compliant"),
        (Answer(Outcome.SUCCEEDED, {"at": object()}), "TypeError: Object of type object is not JSON serializable"),
    ],
)
def test_what_is_no_report_leaves_the_outcome_unknown(tmp_path: Path, said: Any, why: str) -> None:
    async def scene() -> None:
        async with sending(tmp_path) as s:
            s.runner.bends.append(lambda command: said)
            s.outbox.send(LOOK)
            await until(lambda: s.reports)
            ((_, outcome, evidence),) = s.reports
            assert outcome is Outcome.UNKNOWN
            assert evidence["error"].startswith(why)

    asyncio.run(scene())


@awaited
async def test_commands_go_side_by_side(tmp_path: Path) -> None:
    async with sending(tmp_path) as s:
        s.runner.takes_seconds = 4.0
        began = s.clock.monotonic()
        for number in range(1, 6):
            s.outbox.send(LOOK._replace(id=LOOK.id._replace(number=number)))
        await until(lambda: len(s.reports) == 5)
        assert s.clock.monotonic() - began < 8.0


@awaited
async def test_a_hook_that_is_ordered_again_while_it_runs_runs_once(tmp_path: Path) -> None:
    async with sending(tmp_path) as s:
        hook = command(CommandKind.HOOK, name="after_failover")
        s.outbox.send(hook)
        await until(lambda: s.runner.asked)
        s.outbox.forget()
        s.outbox.send(hook)
        await until(lambda: s.reports)
        assert s.runner.asked == [hook]


@awaited
async def test_under_a_new_term_nobody_waits_for_reports_of_the_old_one_and_nothing_of_it_leaves(tmp_path: Path) -> None:
    async with sending(tmp_path) as s:
        s.outbox.send(LOOK)
        s.outbox.send(PROMOTE)
        await until(lambda: s.runner.asked)
        s.outbox.forget()
        s.controller.lease.set()
        await until(lambda: "reported_late" in s.logged())
        assert s.runner.asked == [LOOK]
        assert s.reports == []


@awaited
async def test_people_are_told_by_no_runner(tmp_path: Path) -> None:
    async with sending(tmp_path) as s:
        notify, ask = command(CommandKind.NOTIFY, 1, text="help"), command(CommandKind.ASK, 2, what="switch it off")
        s.outbox.send(notify)
        s.outbox.send(ask)
        await until(lambda: len(s.reports) == 2)
        assert s.told == [notify, ask]
        assert s.runner.asked == []
