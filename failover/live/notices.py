"""How people are told: a line in the log, and a message to every webhook. A message says its id, so that one that comes twice is
known.
"""

import asyncio
import json
import urllib.request
from collections.abc import Callable
from typing import Any

from failover.core.commands import Command, Outcome
from failover.live.clock import Clock
from failover.live.log import Log

POST_SECONDS = 5.0
TRIES_AFTER_SECONDS = (0.0, 1.0, 3.0, 10.0, 30.0)

Post = Callable[[str, bytes], None]
"""Sends a message, or raises OSError."""


class Notices:
    """Tells people by way of *webhooks*."""

    def __init__(self, webhooks: tuple[str, ...], clock: Clock, log: Log, post: Post | None = None) -> None:
        self._webhooks = webhooks
        self._clock = clock
        self._log = log
        self._post = post or post_json

    async def tell(self, command: Command) -> Outcome:
        """Tell people what *command* says, and ask for what it asks."""
        said = {"id": str(command.id), "cluster": command.id.cluster, "kind": command.kind.value, **command.details}
        return await self.say(said)

    async def say(self, said: dict[str, Any]) -> Outcome:
        """Tell people *said*, which has an id of its own."""
        self._log("told", **said)
        arrived = await asyncio.gather(*(self._reach(webhook, said) for webhook in self._webhooks))
        return Outcome.SUCCEEDED if all(arrived) else Outcome.FAILED

    async def _reach(self, webhook: str, said: dict[str, Any]) -> bool:
        body = json.dumps({"at_wall_seconds": self._clock.wall(), **said}).encode()
        why = ""
        for seconds in TRIES_AFTER_SECONDS:
            await self._clock.sleep(seconds)
            try:
                await asyncio.to_thread(self._post, webhook, body)
                return True
            except OSError as error:
                why = str(error)
        self._log("webhook_unreachable", webhook=webhook, id=said["id"], why=why)
        return False


def post_json(url: str, body: bytes) -> None:
    """Send *body* to *url*. Raises OSError if it does not arrive."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", "User-Agent": "continuance"})
    with urllib.request.urlopen(request, timeout=POST_SECONDS):
        pass
