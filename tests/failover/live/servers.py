"""Real servers on the loopback, well or ill, for probes to look at."""

import asyncio
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast

HERE = "127.0.0.1"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def tcp(talk: Talk) -> AsyncIterator[int]:
    """A server that talks to everybody; its port."""
    tasks: set[asyncio.Task[None]] = set()

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await talk(reader, writer)
        except (asyncio.CancelledError, OSError, EOFError):
            pass
        finally:
            tasks.discard(task)
            writer.transport.abort()

    server = await asyncio.start_server(attend, HERE, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def frozen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accept, and never say anything: what the kernel does for a program that stands still."""
    await asyncio.sleep(3600)


async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accept, and hang up."""


def says(words: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(words)
        await writer.drain()
        await reader.read()

    return talk


def answers(words: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await says(words)(reader, writer)

    return talk


@asynccontextmanager
async def nobody() -> AsyncIterator[int]:
    """A port at which nobody listens."""
    async with tcp(closing) as port:
        pass
    yield port


class Postgres:
    """What a PostgreSQL server says to somebody who asks it one thing over and over."""

    def __init__(self) -> None:
        self.accepts_writes = True
        self.error: str | None = None
        """The code with which it refuses whoever connects."""
        self.waits_for = 'ANY 1 ("db-2")'
        self.hangs = False
        self.tls: ssl.SSLContext | None = None
        """What it answers with to whoever asks for TLS; None where it speaks none."""
        self.insists_on_tls = False
        self.asked_for_tls = 0
        self.connections = 0
        """But for those that ended when it had said that it speaks no TLS."""
        self.queries = 0
        self._writers: set[asyncio.StreamWriter] = set()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        first = await self._packet(reader)
        speaks_tls = False
        if first == struct.pack("!i", 80877103):  # do you speak TLS?
            self.asked_for_tls += 1
            speaks_tls = self.tls is not None
            writer.write(b"S" if speaks_tls else b"N")
            if self.tls is not None:
                await writer.start_tls(self.tls)
            await self._packet(reader)
        self.connections += 1
        error = "28000" if self.insists_on_tls and not speaks_tls else self.error
        if error is not None:
            writer.write(_message(b"E", f"SFATAL\0VFATAL\0C{error}\0Mnot now\0\0".encode()))
            return
        status = (("server_version", "15.4"), ("client_encoding", "UTF8"), ("standard_conforming_strings", "on"))
        writer.write(_message(b"R", struct.pack("!i", 0)))
        for name, value in status:
            writer.write(_message(b"S", f"{name}\0{value}\0".encode()))
        writer.write(_message(b"K", struct.pack("!ii", 1, 1)) + _READY)
        while True:
            kind = await reader.readexactly(1)
            await self._packet(reader)
            if kind == b"E":
                self.queries += 1
                if self.hangs:
                    await asyncio.sleep(3600)
            writer.write(self._answer(kind))

    def _answer(self, kind: bytes) -> bytes:
        """Return what belongs to one message of a prepared query that gives one text."""
        said = self.waits_for.encode() if self.accepts_writes else None
        value = struct.pack("!hi", 1, -1) if said is None else struct.pack("!hi", 1, len(said)) + said
        column = b"said\0" + struct.pack("!ihihih", 0, 0, 25, -1, -1, 0)
        described = _message(b"t", struct.pack("!h", 0)) + _message(b"T", struct.pack("!h", 1) + column)
        executed = _message(b"D", value) + _message(b"C", b"SELECT 1\0")
        answers = {b"P": _message(b"1", b""), b"D": described, b"B": _message(b"2", b""), b"E": executed, b"S": _READY}
        return answers.get(kind, b"")

    def drop(self) -> None:
        """Lose every connection, as a restart does."""
        for writer in self._writers:
            writer.transport.abort()

    async def _packet(self, reader: asyncio.StreamReader) -> bytes:
        (length,) = struct.unpack("!i", await reader.readexactly(4))
        return await reader.readexactly(length - 4)


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


_READY = _message(b"Z", b"I")


class Sip(asyncio.DatagramProtocol):
    """A SIP server; *answers* is what it makes of a request, None for silence."""

    def __init__(self, answers: Callable[[bytes], bytes | None]) -> None:
        self._answers = answers
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._answers(data)
        if answer is not None and self._transport is not None:
            self._transport.sendto(answer, addr)


@asynccontextmanager
async def sip(answer: Callable[[bytes], bytes | None]) -> AsyncIterator[int]:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: Sip(answer), (HERE, 0))
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


def ok(request: bytes) -> bytes:
    """Answer as RFC 3261 wants it: what says whose call it is comes back."""
    kept = [line for line in request.split(b"\r\n") if line.split(b":")[0] in (b"Via", b"From", b"To", b"Call-ID", b"CSeq")]
    return b"\r\n".join([b"SIP/2.0 200 OK", *kept, b"Content-Length: 0", b"", b""])
