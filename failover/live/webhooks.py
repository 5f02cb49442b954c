"""One place where people are told: message after message, in the order in which they were said, until it has each or time is up.

A message may come twice, where nobody could say whether it arrived, or where the controller was killed before it could write down
that it did: its id tells. It is lost only where the place refuses it, cannot be reached for GIVEN_UP_SECONDS, or QUEUED_MAX others
wait; then the log says so, and it is counted.
"""

import asyncio
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable
from itertools import chain, repeat
from typing import NamedTuple

from failover.live.clock import Clock
from failover.live.log import Log

POST_SECONDS = 5.0
RESTS_SECONDS = (1.0, 3.0, 10.0, 30.0)
REST_SECONDS_MAX = 60.0
GIVEN_UP_SECONDS = 900.0
"""A message that is older is tried once more, and not again: what was so long ago helps nobody, and others wait."""
QUEUED_MAX = 1000
"""So many messages may wait; then the oldest is given up for the newest, which says how things are."""
TRY_AGAIN = frozenset({408, 425, 429})
"""Refusals that are not meant for ever."""

Post = Callable[[str, bytes], None]
"""Sends a message, or raises OSError."""
Note = Callable[[bool | None], None]
"""Is told of each message whether it was delivered or given up, and, with None, of each try that failed."""


class RefusedError(OSError):
    """The place has read the message, and will not have it however often it comes."""


class _Message(NamedTuple):
    id: str
    body: bytes
    said_at: float
    arrived: asyncio.Future[bool]


class Webhook:
    """Tells the webhook at *url* by way of *post*."""

    def __init__(self, url: str, post: Post, note: Note, clock: Clock, log: Log) -> None:
        self._url = url
        self._post = post
        self._note = note
        self._clock = clock
        self._log = log
        self._queue: deque[_Message] = deque()
        self._delivering: asyncio.Task[None] | None = None

    @property
    def queued(self) -> int:
        """Return how many messages have not arrived."""
        return len(self._queue)

    def put(self, message: str, body: bytes) -> asyncio.Future[bool]:
        """Let *body*, whose id is *message*, be told after all that was put before. The future says whether it arrived."""
        arrived: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if len(self._queue) >= QUEUED_MAX:
            self._done(self._queue.popleft(), False, f"{QUEUED_MAX} messages wait, and it is the oldest")
        self._queue.append(_Message(message, body, self._clock.monotonic(), arrived))
        if self._delivering is None or self._delivering.done():
            self._delivering = asyncio.create_task(self._deliver_all(), name=f"webhook {self._url}")
        return arrived

    def close(self) -> None:
        """Tell nothing more, and give up what waits."""
        if self._delivering is not None:
            self._delivering.cancel()
        while self._queue:
            self._done(self._queue.popleft(), False, "people are told elsewhere now")

    async def _deliver_all(self) -> None:
        while self._queue:
            message = self._queue[0]
            why = await self._deliver(message)
            if self._queue and self._queue[0] is message:  # else it was given up meanwhile
                self._done(self._queue.popleft(), not why, why)

    async def _deliver(self, message: _Message) -> str:
        """Try until it has arrived or is given up; return why it was."""
        for rest_seconds in chain(RESTS_SECONDS, repeat(REST_SECONDS_MAX)):
            try:
                await asyncio.to_thread(self._post, self._url, message.body)
                return ""
            except OSError as error:
                self._note(None)
                why = error.strerror or str(error) or type(error).__name__
                if isinstance(error, RefusedError) or self._queue[0] is not message:
                    return why
            if self._clock.monotonic() + rest_seconds > message.said_at + GIVEN_UP_SECONDS:
                return why
            await self._clock.sleep(rest_seconds)
        raise AssertionError("the rests never end")

    def _done(self, message: _Message, delivered: bool, why: str) -> None:
        self._note(delivered)
        if not delivered:
            self._log("webhook_unreachable", webhook=self._url, id=message.id, why=why)
        if not message.arrived.done():
            message.arrived.set_result(delivered)


def post_json(url: str, body: bytes) -> None:
    """Send *body* to *url*. Raises OSError if it does not arrive."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", "User-Agent": "continuance"})
    try:
        with urllib.request.urlopen(request, timeout=POST_SECONDS):
            pass
    except urllib.error.HTTPError as error:
        error.close()
        why = f"it answers {error.code} {error.reason}"
        if 400 <= error.code < 500 and error.code not in TRY_AGAIN:
            raise RefusedError(why) from None
        raise OSError(why) from None
