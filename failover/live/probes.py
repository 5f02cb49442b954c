"""Looks at one thing of one host, over the network, in bounded time. A connection that is accepted says nothing: a frozen host
accepts too, so each probe waits for words that only a program that runs can say.
"""

import asyncio
from enum import StrEnum
from typing import Protocol
from uuid import uuid4


class Look(StrEnum):
    """What one probe saw."""

    PRIMARY = "primary"  # a database that accepts writes
    STANDBY = "standby"  # one that runs and does not
    WELL = "well"  # the words that were expected
    ALIVE = "alive"  # a database runs, and does not say what it is
    REFUSED = "refused"  # the host answers, and not as expected
    SILENT = "silent"


class Probe(Protocol):
    """One way to look."""

    why: str
    """What spoke against it in the latest look; empty where nothing did."""

    async def look(self, timeout_seconds: float) -> Look:
        """Look once, for no longer than *timeout_seconds*. Raises nothing."""

    def close(self) -> None:
        """Let go of what is kept between looks."""


class DatabaseProbe(Probe, Protocol):
    """One way to look at a database."""

    waits_for: str | None
    """For whom its commits wait, in PostgreSQL's own words, when it last answered; None where it accepted no writes then."""


def told(error: Exception) -> tuple[Look, str]:
    """Return what *error*, met while looking, says of a host, and in words: a refusal comes from somebody."""
    match error:
        case TimeoutError():
            return Look.SILENT, "no answer in time"
        case ConnectionRefusedError() | ConnectionResetError() | BrokenPipeError():
            return Look.REFUSED, "the connection was refused"
        case ConnectionError() if error.errno is None and "connection_lost" in str(error):  # as asyncpg says it
            return Look.REFUSED, "the connection was closed without an answer"
        case asyncio.IncompleteReadError() | EOFError():
            return Look.REFUSED, "the connection was closed without the words expected"
        case OSError():
            return Look.SILENT, error.strerror or type(error).__name__
        case _:
            return Look.REFUSED, f"{type(error).__name__}: {error}"


class _Connected:
    """A program that is connected to and has to say something."""

    def __init__(self, address: str, port: int, said: bytes) -> None:
        self._place = (address, port)
        self._said = said
        self.why = ""

    async def look(self, timeout_seconds: float) -> Look:
        """See whether it says what is expected."""
        self.why = ""
        writer: asyncio.StreamWriter | None = None
        try:
            async with asyncio.timeout(timeout_seconds):
                reader, writer = await asyncio.open_connection(*self._place)
                writer.write(self._said)
                self.why = await self._hear(reader)
        except Exception as error:
            look, self.why = told(error)
            return look
        finally:
            if writer is not None:
                writer.transport.abort()
        return Look.REFUSED if self.why else Look.WELL

    async def _hear(self, reader: asyncio.StreamReader) -> str:
        """Return what is wrong with what it says; nothing if that is well."""
        raise NotImplementedError

    def close(self) -> None:
        """Keep nothing."""


class Banner(_Connected):
    """A program that speaks first: it says *expect* as soon as somebody connects."""

    def __init__(self, address: str, port: int, expect: str) -> None:
        super().__init__(address, port, b"")
        self._expect = expect.encode()

    async def _hear(self, reader: asyncio.StreamReader) -> str:
        found = await reader.readexactly(len(self._expect))
        return "" if found == self._expect else f"it says {found!r}, not {self._expect!r}"


class Http(_Connected):
    """A web server that answers a request for *path* with a status below 500."""

    def __init__(self, address: str, port: int, path: str) -> None:
        lines = (f"GET {path} HTTP/1.1", f"Host: {_bracketed(address)}:{port}", "User-Agent: continuance", "Connection: close")
        super().__init__(address, port, "\r\n".join((*lines, "", "")).encode())

    async def _hear(self, reader: asyncio.StreamReader) -> str:
        found = await reader.readexactly(len(b"HTTP/1.1 200"))
        status = found.removeprefix(b"HTTP/1.")[2:]
        return "" if status.isdigit() and int(status) < 500 else f"it answers {found!r}"


class Sip:
    """A SIP server that answers OPTIONS, whatever its answer."""

    def __init__(self, address: str, port: int) -> None:
        self._place = (address, port)
        self.why = ""

    async def look(self, timeout_seconds: float) -> Look:
        """Ask it what it can do."""
        self.why = ""
        transport: asyncio.DatagramTransport | None = None
        try:
            async with asyncio.timeout(timeout_seconds):
                loop = asyncio.get_running_loop()
                transport, answer = await loop.create_datagram_endpoint(_SipAnswer, remote_addr=self._place)
                transport.sendto(answer.request(*self._place, transport.get_extra_info("sockname")))
                await answer.came
                return Look.WELL
        except Exception as error:
            look, self.why = told(error)
            return look
        finally:
            if transport is not None:
                transport.abort()

    def close(self) -> None:
        """Keep nothing."""


class _SipAnswer(asyncio.DatagramProtocol):
    """Waits for the answer to its own request, and to no other."""

    def __init__(self) -> None:
        self.came: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._call = uuid4().hex

    def request(self, address: str, port: int, own: tuple[str, int]) -> bytes:
        here, there = _bracketed(own[0]), _bracketed(address)
        lines = (
            f"OPTIONS sip:{there}:{port} SIP/2.0",
            f"Via: SIP/2.0/UDP {here}:{own[1]};branch=z9hG4bK{self._call[:16]};rport",
            "Max-Forwards: 5",
            f"From: <sip:continuance@{here}>;tag={self._call[16:]}",
            f"To: <sip:{there}:{port}>",
            f"Call-ID: {self._call}",
            "CSeq: 1 OPTIONS",
            "Content-Length: 0",
        )
        return "\r\n".join((*lines, "", "")).encode()

    def datagram_received(self, data: bytes, addr: object) -> None:
        if data.startswith(b"SIP/2.0 ") and self._call.encode() in data and not self.came.done():
            self.came.set_result(None)

    def error_received(self, exc: Exception) -> None:
        if not self.came.done():
            self.came.set_exception(exc)


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address
