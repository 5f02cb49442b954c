"""A runner that runs, on this machine alone: its inventory has one host, `here`, which is reached without SSH."""

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from failover.core.commands import Command, CommandId, CommandKind, Epoch, Question
from playbooks.equipment import Equipment, Page
from playbooks.runner import Runner
from playbooks.verdict import Report, TaskEvent

DEADLINE_SECONDS = 60.0


def inventory(folder: Path, **hosts: Mapping[str, Any]) -> Path:
    """Write an inventory of the host `here`, and of *hosts*."""
    here = {
        "ansible_connection": "local",
        "target_folder": str(folder / "lib"),
        "target_state": str(folder / "remembered"),
        "target_python": "/usr/bin/python3",
    }
    path = folder / "hosts.yml"
    path.write_text(json.dumps({"all": {"hosts": {"here": here, **hosts}}}), encoding="utf-8")
    return path


def page(folder: Path, service: str = "lookup") -> Page:
    """Publish something, and return it: the simplest thing that a command acts on."""
    path = folder / f"{service.encode().hex()}.html"
    path.write_text("cases", encoding="utf-8")
    return Page(service, "here", str(path))


_numbers = iter(range(1, 1_000_000))


def command(kind: CommandKind, target: str = "here", *, epoch: tuple[int, int] = (1, 1), **details: Any) -> Command:
    """Return a command with a number of its own."""
    return Command(CommandId("cases", 1_000_000 + next(_numbers)), 1, kind, target, Epoch(*epoch), details)


def is_on(target: str = "here") -> Command:
    """Return the simplest look."""
    return command(CommandKind.VERIFY, target, question=Question.IS_ON.value)


class Running:
    """A runner, its event loop in a thread."""

    def __init__(self, runner: Runner, loop: asyncio.AbstractEventLoop) -> None:
        self.runner = runner
        self._loop = loop

    def begin(
        self, order: Command, seconds: float = DEADLINE_SECONDS, heard: Callable[[TaskEvent], None] | None = None
    ) -> Callable[[], Report]:
        """Begin to carry *order* out; return what waits for its report."""
        begun = asyncio.run_coroutine_threadsafe(self.runner.carry_out(order, seconds, heard), self._loop)
        return lambda: begun.result(seconds + DEADLINE_SECONDS)

    def carry_out(
        self, order: Command, seconds: float = DEADLINE_SECONDS, heard: Callable[[TaskEvent], None] | None = None
    ) -> Report:
        """Carry *order* out."""
        return self.begin(order, seconds, heard)()

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do *work* in the loop of the runner."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(DEADLINE_SECONDS)


@contextmanager
def running(
    folder: Path, equipment: Equipment, secrets: Callable[[str], str] = lambda name: f"no {name}", **hosts: Mapping[str, Any]
) -> Iterator[Running]:
    """Yield a runner that has started, and close it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    found = Running(Runner(equipment, inventory(folder, **hosts), folder / "state", secrets), loop)
    try:
        found.do(found.runner.start())
        yield found
    finally:
        found.do(found.runner.close())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
