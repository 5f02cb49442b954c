import asyncio
import ssl
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from failover.live.postgresql import Postgresql
from failover.live.probes import Banner, Http, Look, Probe, Sip
from tests.failover.live.readiness.test_certificates import certificate
from tests.failover.live.servers import HERE, Postgres, answers, closing, frozen, nobody, ok, says, sip, tcp
from tests.failover.live.stage import awaited

SILENCE_SECONDS = 0.25  # for what will not answer
ANSWER_SECONDS = 10.0  # for what will, on a machine that may stand still for a moment
Place = Callable[[], AbstractAsyncContextManager[int]]


def banner(port: int) -> Probe:
    return Banner(HERE, port, "SSH-")


def http(port: int) -> Probe:
    return Http(HERE, port, "/health")


def sip_probe(port: int) -> Probe:
    return Sip(HERE, port)


def postgresql(port: int) -> Postgresql:
    return Postgresql(HERE, port, "probe", "postgres", None)


CASES: dict[str, tuple[Place, Callable[[int], Probe], Look, str]] = {
    "a banner": (lambda: tcp(says(b"SSH-2.0-OpenSSH_9.2")), banner, Look.WELL, ""),
    "a frozen host accepts": (lambda: tcp(frozen), banner, Look.SILENT, "no answer in time"),
    "another program": (lambda: tcp(says(b"220 mail")), banner, Look.REFUSED, "it says b'220 ', not b'SSH-'"),
    "half a banner": (lambda: tcp(says(b"SS")), banner, Look.SILENT, "no answer in time"),
    "hung up": (lambda: tcp(closing), banner, Look.REFUSED, ""),
    "nobody listens": (nobody, banner, Look.REFUSED, "the connection was refused"),
    "a page": (lambda: tcp(answers(b"HTTP/1.1 200 OK\r\n\r\n")), http, Look.WELL, ""),
    "no such page": (lambda: tcp(answers(b"HTTP/1.0 404 Not Found\r\n\r\n")), http, Look.WELL, ""),
    "a server in need": (lambda: tcp(answers(b"HTTP/1.1 503 no\r\n\r\n")), http, Look.REFUSED, "it answers b'HTTP/1.1 503'"),
    "no web server": (lambda: tcp(answers(b"+OK POP3 ready\r\n")), http, Look.REFUSED, "it answers b'+OK POP3 rea'"),
    "a frozen web server": (lambda: tcp(frozen), http, Look.SILENT, "no answer in time"),
    "a hotline": (lambda: sip(ok), sip_probe, Look.WELL, ""),
    "a hotline that is busy": (
        lambda: sip(lambda request: ok(request).replace(b"200 OK", b"486 Busy")), sip_probe, Look.WELL, "",
    ),
    "a frozen hotline": (lambda: sip(lambda request: None), sip_probe, Look.SILENT, "no answer in time"),
    "the answer to another": (
        lambda: sip(lambda request: b"SIP/2.0 200 OK\r\nCall-ID: 1\r\n\r\n"), sip_probe, Look.SILENT, "no answer in time",
    ),
    "its own words": (lambda: sip(lambda request: request), sip_probe, Look.SILENT, "no answer in time"),
    "no hotline": (nobody, sip_probe, Look.REFUSED, "the connection was refused"),
    "a frozen database": (lambda: tcp(frozen), postgresql, Look.SILENT, "no answer in time"),
    "no database": (nobody, postgresql, Look.REFUSED, "the connection was refused"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_a_probe_sees_in_bounded_time(name: str) -> None:
    place, make, look, why = CASES[name]

    async def scene() -> None:
        async with place() as port:
            probe = make(port)
            timeout_seconds = SILENCE_SECONDS if look is Look.SILENT else ANSWER_SECONDS
            began = time.monotonic()
            assert await probe.look(timeout_seconds) is look
            assert time.monotonic() - began < timeout_seconds + 10.0
            assert probe.why.startswith(why)
            assert bool(probe.why) is (look is not Look.WELL)
            probe.close()

    asyncio.run(scene())


@awaited
async def test_sip_probes_ask_as_the_standard_wants_it() -> None:
    requests: list[bytes] = []

    def answer(request: bytes) -> bytes:
        requests.append(request)
        return ok(request)

    async with sip(answer) as port:
        await Sip(HERE, port).look(ANSWER_SECONDS)
    lines = requests[0].decode().split("\r\n")
    assert lines[0] == f"OPTIONS sip:{HERE}:{port} SIP/2.0"
    assert lines[-2:] == ["", ""]
    headers = dict(line.split(": ", 1) for line in lines[1:-2])
    assert headers.keys() == {"Via", "Max-Forwards", "From", "To", "Call-ID", "CSeq", "Content-Length"}
    assert "branch=z9hG4bK" in headers["Via"]


@awaited
async def test_a_database_says_whether_it_accepts_writes_over_one_connection() -> None:
    server = Postgres()
    async with tcp(server.talk) as port:
        probe = postgresql(port)
        assert await probe.look(ANSWER_SECONDS) is Look.PRIMARY
        server.accepts_writes = False
        assert await probe.look(ANSWER_SECONDS) is Look.STANDBY
        assert (server.connections, server.queries) == (1, 2)
        assert probe.waits_for is None
        probe.close()


@pytest.mark.parametrize("names", ["", 'ANY 1 ("db-2", "db-3")'])
def test_a_primary_says_in_the_same_breath_for_whom_its_commits_wait(names: str) -> None:
    async def scene() -> None:
        server = Postgres()
        server.waits_for = names
        async with tcp(server.talk) as port:
            probe = postgresql(port)
            assert await probe.look(ANSWER_SECONDS) is Look.PRIMARY
            assert (probe.waits_for, server.queries) == (names, 1)
            probe.close()

    asyncio.run(scene())


@awaited
async def test_a_database_that_speaks_no_tls_is_asked_for_it_once() -> None:
    server = Postgres()
    async with tcp(server.talk) as port:
        probe = postgresql(port)
        for _ in range(3):
            assert await probe.look(ANSWER_SECONDS) is Look.PRIMARY
            server.drop()
            await asyncio.sleep(0.02)
        assert (server.connections, server.asked_for_tls) == (3, 1)
        probe.close()


def test_a_database_that_has_learned_to_speak_tls_and_insists_on_it_is_spoken_to_so(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path, 30.0))

    async def scene() -> list[Look]:
        server = Postgres()
        async with tcp(server.talk) as port:
            probe = postgresql(port)
            found = [await probe.look(ANSWER_SECONDS)]
            server.tls, server.insists_on_tls = context, True
            server.drop()
            await asyncio.sleep(0.02)
            found += [await probe.look(ANSWER_SECONDS), await probe.look(ANSWER_SECONDS)]
            assert server.asked_for_tls == 2
            probe.close()
        return found

    assert asyncio.run(scene()) == [Look.PRIMARY] * 3


@awaited
async def test_a_database_that_was_restarted_is_asked_again_at_once() -> None:
    server = Postgres()
    async with tcp(server.talk) as port:
        probe = postgresql(port)
        await probe.look(ANSWER_SECONDS)
        server.drop()
        server.accepts_writes = False
        await asyncio.sleep(0.02)
        assert await probe.look(ANSWER_SECONDS) is Look.STANDBY
        assert server.connections == 2
        probe.close()


@awaited
async def test_a_database_that_hangs_is_silent_and_looked_at_anew_when_it_goes_on() -> None:
    server = Postgres()
    async with tcp(server.talk) as port:
        probe = postgresql(port)
        await probe.look(ANSWER_SECONDS)
        server.hangs = True
        assert await probe.look(SILENCE_SECONDS) is Look.SILENT
        server.hangs = False
        assert await probe.look(ANSWER_SECONDS) is Look.PRIMARY
        assert server.connections == 2, "no request to cancel: that would wait for the silent server"
        probe.close()


@pytest.mark.parametrize("code", ["57P01", "57P02", "57P03"])
def test_a_database_that_starts_or_stops_does_not_serve(code: str) -> None:
    async def scene() -> None:
        server = Postgres()
        server.error = code
        async with tcp(server.talk) as port:
            probe = postgresql(port)
            assert await probe.look(ANSWER_SECONDS) is Look.REFUSED

    asyncio.run(scene())


@pytest.mark.parametrize("code", ["28P01", "53300", "3D000"])
def test_a_database_that_refuses_us_is_no_dead_one(code: str) -> None:
    async def scene() -> None:
        server = Postgres()
        server.error = code
        async with tcp(server.talk) as port:
            probe = postgresql(port)
            assert await probe.look(ANSWER_SECONDS) is Look.ALIVE
            assert probe.why.endswith("not now")
            server.error = None
            assert await probe.look(ANSWER_SECONDS) is Look.PRIMARY
            server.drop()
            server.error = code
            await asyncio.sleep(0.02)
            assert await probe.look(ANSWER_SECONDS) is Look.PRIMARY, "it is what it last said"
            probe.close()

    asyncio.run(scene())
