"""How people are told: a line in the log, and a message to every webhook, which says its id, so that one that comes twice is
known.

A message says everything that whoever is woken by it needs: what happened where and since when, what hangs on it, and the commands
to type. What it looks like is in docs/monitoring.md.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from failover.core.commands import Command, Outcome
from failover.live.clock import Clock
from failover.live.log import Log
from failover.live.webhooks import Post, Webhook, post_json

FORMAT = 1


class Notices:
    """Tells people by way of *webhooks*."""

    def __init__(self, webhooks: tuple[str, ...], clock: Clock, log: Log, post: Post | None = None) -> None:
        self._clock = clock
        self._log = log
        self._post = post or post_json
        self._webhooks: dict[str, Webhook] = {}
        self.brief: Callable[[Command], Mapping[str, Any]] = lambda command: {}
        """Says of a command to tell people what they need to know besides."""
        self.told: Callable[[bool], None] = lambda delivered: None
        """Is told what became of each message, for each webhook."""
        self.failed: Callable[[], None] = lambda: None
        """Is told of each try that failed."""
        self.follow(webhooks)

    def follow(self, webhooks: Iterable[str]) -> None:
        """Tell people by way of *webhooks* from now on. Of one that stays, what waits there stays too; of others it is given up."""
        known, self._webhooks = self._webhooks, {}
        for url in webhooks:
            stays = url in known
            self._webhooks[url] = known.pop(url) if stays else Webhook(url, self._post, self._note, self._clock, self._log)
        for gone in known.values():
            gone.close()

    @property
    def queued(self) -> int:
        """Return how many messages have not arrived."""
        return sum(each.queued for each in self._webhooks.values())

    async def tell(self, command: Command) -> Outcome:
        """Tell people what *command* says, and ask for what it asks; return once every webhook has it, or it was given up."""
        said = {"id": str(command.id), "cluster": command.id.cluster, "kind": command.kind.value, "run": command.run}
        arrived = await self.say({**said, **command.details, **self._briefed(command)})
        return Outcome.SUCCEEDED if all(arrived) else Outcome.FAILED

    def _briefed(self, command: Command) -> Mapping[str, Any]:
        try:
            return self.brief(command)
        except Exception as error:  # whoever has to be told is told, whatever is not known besides
            self._log("not_briefed", id=str(command.id), why=f"{type(error).__name__}: {error}")
            return {}

    def say(self, said: dict[str, Any]) -> asyncio.Future[list[bool]]:
        """Let people be told *said*, which has an id of its own. Nobody has to wait for whether it arrives everywhere."""
        self._log("told", **said)
        body = json.dumps({"format": FORMAT, "at_wall_seconds": self._clock.wall(), **said}).encode()
        return asyncio.gather(*(each.put(str(said["id"]), body) for each in self._webhooks.values()))

    def _note(self, delivered: bool | None) -> None:
        """Take note of a message that arrived or was given up, or, with None, of a try that failed."""
        if delivered is None:
            self.failed()
        else:
            self.told(delivered)
