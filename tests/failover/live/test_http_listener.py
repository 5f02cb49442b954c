import asyncio
import io
import json

import pytest

from failover.live import http_listener
from failover.live.clock import Clock
from failover.live.http_listener import Answer, HttpListener, Request
from failover.live.log import Log
from tests.failover.live.asking_http import listening, raw
from tests.failover.live.servers import HERE, closing, tcp
from tests.failover.live.stage import FastClock, awaited, until


async def echo(request: Request) -> Answer:
    return Answer(200, b" ".join((request.method.encode(), request.path.encode(), request.body)))


@awaited
async def test_a_request_is_answered_with_its_body() -> None:
    async with listening(echo, 100) as client:
        answer = await client.post("/alerts?x=1", content=b"hello")
        assert (answer.status_code, answer.content) == (200, b"POST /alerts?x=1 hello")
        assert answer.headers["connection"] == "close"


@awaited
async def test_a_body_that_is_too_large_is_refused_and_not_kept() -> None:
    async with listening(echo, 10) as client:
        assert (await client.post("/", content=b"x" * 11)).status_code == 413


@awaited
async def test_who_waits_to_be_let_say_more_is_let() -> None:
    async with listening(echo, 10) as client:
        said = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        reader, writer = await asyncio.open_connection(HERE, client.base_url.port)
        writer.write(said)
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 \r\n\r\n"
        writer.write(b"hi")
        assert (await reader.read()).endswith(b"POST / hi")
        writer.close()


@pytest.mark.parametrize(
    "said", [b"what?\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01" + bytes(200), b"G" * 70000 + b"\r\n\r\n"]
)
def test_what_is_no_request_is_told_so(said: bytes) -> None:
    @awaited
    async def ask() -> None:
        async with listening(echo) as client:
            assert (await raw(client, said)).startswith(b"HTTP/1.1 4")

    ask()


@awaited
async def test_who_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_listener, "REQUEST_SECONDS", 0.05)
    async with listening(echo) as client:
        assert await raw(client, b"GET /") == b""
        assert (await client.get("/")).status_code == 200


@awaited
async def test_so_many_at_once_are_served_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_listener, "CONNECTIONS_MAX", 2)
    async with listening(echo) as client:
        waiting = [await asyncio.open_connection(HERE, client.base_url.port) for _ in range(2)]
        await asyncio.sleep(0.05)
        with pytest.raises((ConnectionError, AssertionError)):
            assert await raw(client, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") != b""
        for _, writer in waiting:
            writer.close()


@awaited
async def test_what_cannot_be_answered_is_said_and_ends_nothing() -> None:
    async def broken(request: Request) -> Answer:
        raise ValueError("no")

    text = io.StringIO()
    async with listening(broken, log=Log(text)) as client:
        assert (await client.get("/")).status_code == 500
        assert (await client.get("/")).status_code == 500
    assert json.loads(text.getvalue().splitlines()[0])["why"] == "ValueError: no"


@awaited
async def test_a_place_that_somebody_else_has_is_tried_again_until_it_is_free() -> None:
    text = io.StringIO()
    async with tcp(closing) as port:
        listener = asyncio.create_task(HttpListener((HERE, port), echo, FastClock(500.0), Log(text, Clock())).run())
        await until(lambda: "cannot_listen" in text.getvalue())
        await asyncio.sleep(0.05)
        assert text.getvalue().count("cannot_listen") == 1, "it is said once"
    await until(lambda: '"listening"' in text.getvalue())
    listener.cancel()
