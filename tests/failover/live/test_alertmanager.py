import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from failover.core.events import Seen
from failover.live.alertmanager import ALERTS_A_HOST_MAX, BODY_BYTES_MAX, Alertmanager
from failover.live.http_listener import Answer, Request
from failover.live.log import Log
from failover.live.monitoring_schema import AlertmanagerEntry
from tests.failover.live.asking_http import listening
from tests.failover.live.stage import FastClock, awaited, until

ENTRY = AlertmanagerEntry.model_validate(
    {"listen": "127.0.0.1:7411", "token": "alerts", "alerts": ["HostDown", "HostUnreachable"], "lapses_after": "60s"}
)
HOSTS = {"db-1", "db-2", "edge-1"}


class Hearing:
    """Keeps what it is told last, and counts how often something else is told."""

    def __init__(self) -> None:
        self.found: dict[str, Seen] = {}
        self.changes = 0

    def sees(self, vantage: str, found: Mapping[str, tuple[Seen, str]]) -> None:
        assert vantage == "alertmanager"
        now = {host: seen for host, (seen, _) in found.items()}
        self.changes += now != self.found
        self.found = now


class Post:
    """An Alertmanager that posts to ours, and what is heard."""

    def __init__(self, speed: float = 1.0) -> None:
        self.heard = Hearing()
        self.log = io.StringIO()
        self.counted: list[str] = []
        clock = FastClock(speed)
        known: Any = self.heard
        self.ours = Alertmanager(
            ENTRY, "s3cret", lambda labels: _known(labels), frozenset({"db-1", "db-2"}), known, clock, Log(self.log, clock)
        )
        self.ours.counted = self.counted.append

    async def __call__(self, *alerts: dict[str, Any]) -> Answer:
        return await self.say(body(*alerts))

    async def say(self, said: bytes, token: str = "s3cret", method: str = "POST") -> Answer:
        return await self.ours.respond(Request(method, "/", {"authorization": f"Bearer {token}"}, said))


def _known(labels: Mapping[str, str]) -> str | None:
    host = labels.get("instance", "").partition(":")[0]
    return host if host in HOSTS else None


def alert(
    host: str, status: str = "firing", began: int = 0, name: str = "HostDown", fingerprint: str = "", **labels: str
) -> dict[str, Any]:
    """An alert as Alertmanager 0.25 posts it."""
    return {
        "status": status,
        "labels": {"alertname": name, "instance": f"{host}:9100", **labels},
        "annotations": {"summary": "x" * 500},
        "startsAt": f"2026-11-22T03:{began:02d}:00.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z" if status == "firing" else f"2026-11-22T03:{began:02d}:30Z",
        "generatorURL": "http://mon-1:9090/graph",
        "fingerprint": fingerprint or f"{name}{host}",
    }


def body(*alerts: dict[str, Any]) -> bytes:
    told = {"receiver": "continuance", "status": "firing", "groupKey": "{}", "commonLabels": {}, "externalURL": "http://mon-1:9093"}
    return json.dumps({"version": "4", "truncatedAlerts": 0, **told, "alerts": alerts}).encode()


@awaited
async def test_an_alert_that_fires_says_that_its_host_is_not_there() -> None:
    post = Post()
    assert (await post(alert("db-1"), alert("edge-1"))).status == 200
    assert post.heard.found == {"db-1": Seen.NOTHING, "edge-1": Seen.NOTHING}


@awaited
async def test_a_resolved_alert_says_that_a_host_answers_and_of_a_database_nothing() -> None:
    post = Post()
    await post(alert("db-1"), alert("edge-1"))
    await post(alert("db-1", "resolved"), alert("edge-1", "resolved"))
    assert post.heard.found == {"edge-1": Seen.ANSWERS}


@awaited
async def test_alerts_that_are_not_named_and_hosts_that_are_not_watched_say_nothing() -> None:
    post = Post()
    await post(alert("db-1", name="DiskFull"), alert("printer-7"), alert(""))
    assert post.heard.found == {}


@awaited
async def test_what_comes_twice_changes_nothing() -> None:
    post = Post()
    for _ in range(5):
        await post(alert("db-1"), alert("db-1"))
    assert (post.heard.found, post.heard.changes) == ({"db-1": Seen.NOTHING}, 1)


@awaited
async def test_old_news_that_comes_late_is_dropped() -> None:
    post = Post()
    await post(alert("edge-1", "resolved", began=5))
    await post(alert("edge-1", "firing", began=5))
    assert post.heard.found == {"edge-1": Seen.ANSWERS}, "it had been resolved already"
    await post(alert("edge-1", "firing", began=9))
    await post(alert("edge-1", "resolved", began=5))
    assert post.heard.found == {"edge-1": Seen.NOTHING}, "another one fires since"


@awaited
async def test_a_host_is_there_again_when_the_last_of_its_alerts_is_resolved() -> None:
    post = Post()
    await post(alert("edge-1"), alert("edge-1", name="HostUnreachable"))
    await post(alert("edge-1", "resolved"))
    assert post.heard.found == {"edge-1": Seen.NOTHING}
    await post(alert("edge-1", "resolved", name="HostUnreachable"))
    assert post.heard.found == {"edge-1": Seen.ANSWERS}


@awaited
async def test_what_nobody_renews_lapses_whether_it_was_good_or_bad() -> None:
    post = Post(speed=600.0)
    await post(alert("db-1"), alert("edge-1", "resolved"))
    assert len(post.heard.found) == 2
    await until(lambda: not post.heard.found)


@awaited
async def test_what_is_told_again_holds_on() -> None:
    post = Post(speed=200.0)  # 60 s are 0.3
    for _ in range(8):
        await post(alert("db-1"))
        await post.ours._clock.sleep(20.0)
        assert post.heard.found == {"db-1": Seen.NOTHING}


@awaited
async def test_a_storm_of_a_thousand_alerts_is_heard_in_one_and_kept_within_bounds() -> None:
    post = Post()
    storm = [alert(host, fingerprint=f"{host}{number}") for number in range(500) for host in ("db-1", "printer-7")]
    assert len(body(*storm)) < BODY_BYTES_MAX
    assert (await post(*storm)).status == 200
    assert (post.heard.found, post.heard.changes) == ({"db-1": Seen.NOTHING}, 1)
    assert len(post.ours._heard["db-1"]) == ALERTS_A_HOST_MAX
    assert post.log.getvalue().count("\n") == 1


BAD: Mapping[str, bytes] = {
    "no JSON": b"{",
    "no object": b"[]",
    "nothing": b"",
    "another version": body().replace(b'"4"', b'"3"'),
    "no text": b"\xff\xfe",
    "an alert without labels": b'{"version": "4", "alerts": [{"status": "firing"}]}',
    "another status": body(alert("db-1", "pending")),
    "no time": body(alert("db-1")).replace(b"2026-11-22T", b"yesterday "),
    "labels that are no text": body(alert("db-1")).replace(b'"db-1:9100"', b"7"),
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("said", BAD.values(), ids=BAD)
def test_what_alertmanager_would_not_say_is_refused_and_logged(said: bytes) -> None:
    @awaited
    async def ask() -> None:
        post = Post()
        await post(alert("edge-1"))
        answer = await post.say(said)
        assert answer.status == 400
        assert b"version 4" in answer.body
        assert post.heard.found == {"edge-1": Seen.NOTHING}, "what was heard before stays"
        assert json.loads(post.log.getvalue().splitlines()[-1])["event"] == "alerts_refused"
        assert post.counted == ["accepted", "malformed"]

    ask()


@awaited
async def test_whoever_does_not_know_the_token_is_not_heard() -> None:
    post = Post()
    assert (await post.say(body(alert("db-1")), token="guess")).status == 401
    assert (await post.say(body(alert("db-1")), token="s3crét")).status == 401
    assert (post.heard.found, post.counted) == ({}, ["unauthorized", "unauthorized"])
    assert "s3cret" not in post.log.getvalue()
    assert (await post.say(b"", method="GET")).status == 405


@asynccontextmanager
async def over_the_network(post: Post) -> AsyncIterator[Any]:
    async with listening(post.ours.respond, BODY_BYTES_MAX) as client:
        yield client


@awaited
async def test_it_is_heard_over_the_network_and_a_body_without_end_is_not() -> None:
    post = Post()
    async with over_the_network(post) as client:
        headers = {"Authorization": "Bearer s3cret"}
        assert (await client.post("/", content=body(alert("db-1")), headers=headers)).status_code == 200
        assert post.heard.found == {"db-1": Seen.NOTHING}
        endless = b" " * (BODY_BYTES_MAX + 1)
        assert (await client.post("/", content=endless, headers=headers)).status_code == 413
