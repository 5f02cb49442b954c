import asyncio
import io
import json
from typing import Any

import pytest

from failover.live import webhooks
from failover.live.log import Log
from failover.live.webhooks import RefusedError, Webhook
from tests.failover.live.stage import FastClock, awaited, until


class Place:
    """Where messages go. It can be out of reach, or refuse some."""

    def __init__(self, speed: float = 1000.0) -> None:
        self.has: list[str] = []
        self.tries = 0
        self.away = False
        self.refuses: set[str] = set()
        self.noted: list[bool | None] = []
        self.log = io.StringIO()
        clock = FastClock(speed)
        self.webhook = Webhook("https://pager", self._post, self.noted.append, clock, Log(self.log, clock))

    def _post(self, url: str, body: bytes) -> None:
        self.tries += 1
        if self.away:
            raise OSError("no route")
        if body.decode() in self.refuses:
            raise RefusedError("it answers 400 Bad Request")
        self.has.append(body.decode())

    def put(self, *messages: str) -> "asyncio.Future[list[bool]]":
        return asyncio.gather(*(self.webhook.put(each, each.encode()) for each in messages))

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


@awaited
async def test_messages_arrive_in_the_order_in_which_they_were_said() -> None:
    place = Place()
    assert await place.put(*"abcdefgh") == [True] * 8
    assert (place.has, place.noted) == (list("abcdefgh"), [True] * 8)


@awaited
async def test_what_was_said_while_nobody_could_be_reached_arrives_later_and_in_order() -> None:
    place = Place(speed=50.0)
    place.away = True
    said = place.put("a", "b", "c")
    await until(lambda: place.tries >= 2)
    assert place.webhook.queued == 3
    place.away = False
    assert await said == [True, True, True]
    assert place.has == ["a", "b", "c"]
    assert place.noted.count(None) == place.tries - 3


@awaited
async def test_a_message_that_is_refused_keeps_no_other_waiting() -> None:
    place = Place()
    place.refuses = {"b"}
    assert await place.put("a", "b", "c") == [True, False, True]
    assert (place.has, place.tries) == (["a", "c"], 3)
    assert [(each["id"], each["why"]) for each in place.lines()] == [("b", "it answers 400 Bad Request")]


@awaited
async def test_a_message_is_given_up_when_it_is_too_old_to_help_anybody() -> None:
    place = Place(speed=20000.0)
    place.away = True
    assert await place.put("a", "b") == [False, False]
    assert place.webhook.queued == 0


@awaited
async def test_of_too_many_the_oldest_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "QUEUED_MAX", 3)
    place = Place(speed=10.0)
    place.away = True
    said = [place.webhook.put(each, each.encode()) for each in "abcde"]
    assert place.webhook.queued == 3
    assert [each.result() for each in said[:2]] == [False, False]
    place.away = False
    assert await asyncio.gather(*said[2:]) == [True, True, True]
    assert place.has[-3:] == ["c", "d", "e"]


@awaited
async def test_what_waits_for_a_place_that_is_no_longer_told_is_given_up() -> None:
    place = Place(speed=1.0)
    place.away = True
    said = place.put("a", "b")
    await until(lambda: place.tries)
    place.webhook.close()
    assert await said == [False, False]
