"""The vantage points as the controller has them: its own eyes, and agents elsewhere to whom it keeps a connection."""

import asyncio
from collections.abc import Mapping
from functools import partial

from failover.core.events import Seen
from failover.live.channel import LINE_BYTES_MAX, open_channel
from failover.live.clock import Clock
from failover.live.hearing import Hearing
from failover.live.log import Log
from failover.live.plan import Plan
from failover.live.prober import Looked, Pace, Prober, Watch

MISSED_SECONDS = 3.0
"""A vantage point that has not reported for so long is no longer counted on."""
CALLS_AGAIN_SECONDS = 0.5


class OwnEyes:
    """What the controller itself sees, as the vantage point *name*."""

    def __init__(
        self,
        name: str,
        watches: Mapping[str, Watch],
        pace: Pace,
        hearing: Hearing,
        clock: Clock,
        looked: Looked = lambda seen, took_seconds: None,
    ) -> None:
        self.name = name

        def changed(host: str, seen: Seen, why: str) -> None:
            hearing.hear(name, [(host, seen, why)])

        self._prober = Prober(watches, pace, changed, clock)
        self._prober.looked = looked
        self._prober.waits = hearing.waits

    async def run(self) -> None:
        """Look, until cancelled."""
        await self._prober.run()


class Elsewhere:
    """An agent at *address*, as the vantage point *name*, which looks at what *plan* says."""

    def __init__(
        self,
        name: str,
        address: tuple[str, int],
        key: str,
        plan: Plan,
        hearing: Hearing,
        clock: Clock,
        log: Log,
    ) -> None:
        self.name = name
        self._address = address
        self._key = key
        self._plan = plan
        self._hearing = hearing
        self._clock = clock
        self._log = log
        self._silence: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Call it, and again whenever the connection is lost, until cancelled."""
        said = ""
        try:
            while True:
                try:
                    await self._listen()
                except Exception as error:  # whatever it says, it does not end the duty
                    why = str(error) or type(error).__name__
                    if why != said:
                        self._log("vantage_unreachable", vantage=self.name, why=why)
                    said = why
                await self._clock.sleep(CALLS_AGAIN_SECONDS)
        finally:
            if self._silence is not None:  # whoever takes its place is not missed because of it
                self._silence.cancel()

    async def _listen(self) -> None:
        async with asyncio.timeout(MISSED_SECONDS):
            reader, writer = await asyncio.open_connection(*self._address, limit=LINE_BYTES_MAX)
        try:
            channel = await open_channel(reader, writer, self._key, caller=True)
            await channel.send(self._plan.model_dump(mode="json", exclude_none=True))
            self._log("vantage_reached", vantage=self.name)
            while True:
                async with asyncio.timeout(MISSED_SECONDS):
                    message = await channel.receive()
                self._expect_more()
                if "waits_for" in message:
                    self._hearing.waits(str(message["host"]), str(message["waits_for"]))
                elif message:
                    self._hearing.hear(self.name, [(str(message["host"]), Seen(message["seen"]), str(message["why"]))])
        finally:
            writer.transport.abort()

    def _expect_more(self) -> None:
        self._hearing.lives(self.name)
        if self._silence is not None:
            self._silence.cancel()
        self._silence = self._clock.call_later(MISSED_SECONDS, partial(self._hearing.miss, self.name))
