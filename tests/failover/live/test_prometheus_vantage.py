import asyncio
import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from failover.core.events import Seen
from failover.live.http_listener import Answer, Request
from failover.live.log import Log
from failover.live.monitoring_schema import PrometheusEntry
from failover.live.prometheus_vantage import Prometheus, sights, young
from tests.failover.live.asking_http import listening
from tests.failover.live.stage import FastClock, awaited, until

MEMBERS = frozenset({"db-1", "db-2"})


class Server:
    """A Prometheus that knows what it is told here."""

    def __init__(self) -> None:
        self.up: dict[str, str] = {"db-1": "1", "edge-1": "1"}
        self.hangs = False
        self.asked: list[Request] = []

    async def respond(self, request: Request) -> Answer:
        self.asked.append(request)
        if self.hangs:
            await asyncio.sleep(3600)
        return Answer(200, vector(self.up), "application/json")


class Hearing:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.found: dict[str, Seen] | None = None

    def sees(self, vantage: str, found: Mapping[str, tuple[Seen, str]]) -> None:
        self.found = {host: seen for host, (seen, _) in found.items()}

    def lives(self, vantage: str) -> None:
        pass

    def miss(self, vantage: str) -> None:
        self.found = None


def vector(up: Mapping[str, str]) -> bytes:
    series = [{"metric": {"instance": f"{host}:9100"}, "value": [1700000000.5, value]} for host, value in up.items()]
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": series}}).encode()


def host_of(labels: Mapping[str, str]) -> str | None:
    host = labels.get("instance", "").partition(":")[0]
    return host if host in ("db-1", "db-2", "edge-1") else None


@asynccontextmanager
async def asking(server: Server, token: str | None = None) -> AsyncIterator[tuple[Hearing, io.StringIO]]:
    clock, heard, text = FastClock(10.0), Hearing(), io.StringIO()
    known: Any = heard
    async with listening(server.respond, 65536) as client:
        url = str(client.base_url)
        entry = PrometheusEntry.model_validate({"url": url, "query": 'up{job="node"}', "timeout": "2s", "every": "1s"})
        ours = asyncio.create_task(Prometheus(entry, token, None, host_of, MEMBERS, known, clock, Log(text, clock)).run())
        try:
            yield heard, text
        finally:
            ours.cancel()


@awaited
async def test_it_is_asked_again_and_again_and_what_it_says_is_heard() -> None:
    server = Server()
    async with asking(server, "s3cret") as (heard, _):
        await until(lambda: heard.found == {"edge-1": Seen.ANSWERS})
        server.up = {"db-1": "0", "edge-1": "0", "printer-7": "0"}
        await until(lambda: heard.found == {"db-1": Seen.NOTHING, "edge-1": Seen.NOTHING})
    query = parse_qs(server.asked[0].body.decode())["query"]
    assert query == ['(up{job="node"}) and (time() - timestamp(up{job="node"})) <= 20']
    assert (server.asked[0].path, server.asked[0].headers["authorization"]) == ("/api/v1/query", "Bearer s3cret")


@awaited
async def test_its_silence_says_that_nobody_knows() -> None:
    server = Server()
    server.up = {"db-1": "0"}
    async with asking(server) as (heard, text):
        await until(lambda: heard.found == {"db-1": Seen.NOTHING})
        server.hangs = True
        await until(lambda: heard.found is None)
        await until(lambda: "no answer in time" in text.getvalue())
        server.hangs = False
        await until(lambda: heard.found == {"db-1": Seen.NOTHING})
    assert text.getvalue().count("vantage_unreachable") == 1, "it is said once"


@awaited
async def test_a_host_of_which_it_knows_nothing_young_enough_is_not_spoken_of() -> None:
    server = Server()
    server.up = {"edge-1": "0"}
    async with asking(server) as (heard, _):
        await until(lambda: heard.found == {"edge-1": Seen.NOTHING})
        server.up = {}
        await until(lambda: heard.found == {})


def found(body: bytes, status: int = 200) -> dict[str, Seen]:
    return {host: seen for host, (seen, _) in sights(httpx.Response(status, content=body), host_of, MEMBERS).items()}


def test_one_series_that_is_up_is_enough_for_a_host_to_be_there() -> None:
    series = [{"metric": {"instance": "edge-1:1"}, "value": [1, "1"]}, {"metric": {"instance": "edge-1:2"}, "value": [1, "0"]}]
    for order in (series, series[::-1]):
        assert found(json.dumps({"status": "success", "data": {"result": order}}).encode()) == {"edge-1": Seen.ANSWERS}


def test_what_is_not_a_number_says_nothing() -> None:
    assert found(vector({"edge-1": "NaN", "db-1": "0"})) == {"db-1": Seen.NOTHING}


BAD = {
    "an error": (b'{"status": "error", "error": "bad query"}', 400, "it answers 400: bad query"),
    "a proxy's page": (b"<html>", 502, "Expecting value"),
    "nothing": (b"", 200, "it answers 200: nothing that Prometheus says"),
    "a matrix": (b'{"status": "success", "data": {"result": [{"metric": {}, "values": []}]}}', 200, "one number a series"),
    "a scalar": (b'{"status": "success", "data": {"resultType": "scalar", "result": [1, "1"]}}', 200, "one number a series"),
    "no object": (b"7", 200, "it answers 200: nothing that Prometheus says"),
}


@pytest.mark.parametrize(("body", "status", "said"), BAD.values(), ids=BAD)
def test_an_answer_that_cannot_be_understood_says_nothing(body: bytes, status: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        found(body, status)


def test_only_samples_young_enough_are_asked_for() -> None:
    assert young("up", 20.0) == "(up) and (time() - timestamp(up)) <= 20"
