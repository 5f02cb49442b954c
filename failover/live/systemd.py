"""What systemd is told of this process, if it started it: that it is ready, what it does, and that it still lives."""

import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from failover.live.clock import Clock


class Systemd:
    """Speaks to whoever *environment* names. Without anybody there it says nothing."""

    def __init__(self, clock: Clock, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._clock = clock
        self._status = ""
        meant = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self._watchdog_seconds = int(environment.get("WATCHDOG_USEC", 0)) / 1e6 if meant else 0.0
        self.status: Callable[[], str] = lambda: ""
        """Says in one line how things are."""

    def ready(self) -> None:
        """Say that this process does what it is there for; after a reload, again."""
        self._say("READY=1")

    def reloading(self) -> None:
        """Say that a changed configuration is being taken up."""
        self._say("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self, why: str) -> None:
        """Say that this process is about to end."""
        self._say("STOPPING=1", f"STATUS={why}")

    def tell(self) -> None:
        """Say how things are, if that has changed."""
        status = self.status()
        if status != self._status:
            self._status = status
            self._say(f"STATUS={status}")

    async def run(self) -> None:
        """Say in time that this process still lives, and how things are, until cancelled. A loop that hangs says nothing."""
        if not self._address:
            return
        seconds = min(self._watchdog_seconds / 3 or 1.0, 1.0)
        while True:
            if self._watchdog_seconds:
                self._say("WATCHDOG=1")
            self.tell()
            await self._clock.sleep(seconds)

    def _say(self, *words: str) -> None:
        if self._address:
            with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as spoken:
                spoken.setblocking(False)
                spoken.sendto("\n".join(words).encode(), self._address)
