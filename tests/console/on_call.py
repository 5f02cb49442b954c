"""A controller on duty in a thread, so that commands can be typed beside it as they are at night."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.console.command_line import Outcome, continuance
from tests.failover.core.honest import HonestWorld
from tests.failover.live.stage import PATIENCE_SECONDS, Duty, on_duty, trio, until, well


class OnCall:
    """Somebody on call: types commands, and sees what becomes of hosts."""

    def __init__(self, folder: Path, **policy: Any) -> None:
        self.folder = folder
        self.socket = folder / "run" / "s.sock"
        self.world: HonestWorld = well()
        self.duty: Duty
        self._policy = policy
        self._loop: asyncio.AbstractEventLoop
        self._ready = threading.Event()
        self._over: asyncio.Event
        self._again: Callable[[Duty], object] | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._be_there()))

    def type(self, *words: object) -> Outcome:
        """Type `continuance failover WORDS`."""
        return continuance("failover", *words, "--socket", self.socket, columns=200)

    def lose(self, *hosts: str) -> None:
        for host in hosts:
            self.duty.lose(host)

    def wait(self, happened: Callable[[], object]) -> None:
        """Wait until something *happened*, as the controller's own thread sees it."""
        asyncio.run_coroutine_threadsafe(until(happened), self._loop).result(PATIENCE_SECONDS + 5)

    def die_when(self, happened: Callable[[Duty], object]) -> None:
        """Let the controller end once something *happened*, and start another on the same journal."""
        self._again = happened

    async def _be_there(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        settings = trio(**self._policy)
        async with on_duty(self.folder, self.world, settings, self.socket) as self.duty:
            ready = {"manual": self.duty.awake, "observe": self.duty.watching}
            await until(ready.get(str(self._policy.get("mode")), self.duty.calm))
            self._ready.set()
            while not self._over.is_set() and not (self._again and self._again(self.duty)):
                await asyncio.sleep(0.01)
        if not self._over.is_set():
            async with on_duty(self.folder, self.world, settings, self.socket) as self.duty:
                await self._over.wait()

    @contextmanager
    def there(self) -> Iterator["OnCall"]:
        self._thread.start()
        try:
            assert self._ready.wait(PATIENCE_SECONDS), "the controller does not become ready"
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join(PATIENCE_SECONDS)


@contextmanager
def on_call(folder: Path, **policy: Any) -> Iterator[OnCall]:
    """Be on call for a controller whose policy is *policy*."""
    with OnCall(folder, **policy).there() as found:
        yield found
