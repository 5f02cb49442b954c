"""A small HTTP server within the event loop, for the few who ask or tell something: one request a connection, bounded in time,
size and number. h11 reads and writes the protocol.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

import h11

from failover.live.clock import Clock
from failover.live.log import Log

CONNECTIONS_MAX = 64
REQUEST_SECONDS = 5.0
READ_BYTES = 65536
OPENS_AGAIN_SECONDS = 5.0


class Request(NamedTuple):
    """What is asked. The names of *headers* are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Answer(NamedTuple):
    """What is said to it."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


Respond = Callable[[Request], Awaitable[Answer]]


class _TooLargeError(Exception):
    """A body that is larger than it may be."""


class HttpListener:
    """Listens at *place*, and lets *respond* answer whatever is asked. It never ends the duty of whoever it listens for."""

    def __init__(self, place: tuple[str, int], respond: Respond, clock: Clock, log: Log, body_bytes_max: int = 0) -> None:
        self._place = place
        self._respond = respond
        self._clock = clock
        self._log = log
        self._body_bytes_max = body_bytes_max
        self._connections = 0

    async def run(self) -> None:
        """Listen, until cancelled. What cannot be listened at now is tried again: somebody else may have it only for a while."""
        said = ""
        while True:
            try:
                async with await self.open() as server:
                    self._log("listening", address=self._place[0], port=self._place[1])
                    await server.serve_forever()
            except OSError as error:
                why = error.strerror or str(error)
                if why != said:
                    self._log("cannot_listen", address=self._place[0], port=self._place[1], why=why)
                said = why
            await self._clock.sleep(OPENS_AGAIN_SECONDS)

    async def open(self) -> asyncio.Server:
        """Begin to listen. Raises OSError."""
        return await asyncio.start_server(self._attend, *self._place)

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._connections >= CONNECTIONS_MAX:
            writer.transport.abort()
            return
        self._connections += 1
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                await self._talk(reader, writer)
        except (OSError, TimeoutError, asyncio.CancelledError, h11.ProtocolError):
            pass  # whoever asked is gone or too slow; or nobody listens any more
        finally:
            self._connections -= 1
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER)
        try:
            request = await self._read(connection, reader, writer)
        except h11.RemoteProtocolError as error:
            answer = Answer(error.error_status_hint, b"this is no request\n")
        except _TooLargeError:
            answer = Answer(413, f"a body may have {self._body_bytes_max} bytes\n".encode())
        else:
            answer = await self._answered(request)
        headers = [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body))), ("Connection", "close")]
        for event in (h11.Response(status_code=answer.status, headers=headers), h11.Data(answer.body), h11.EndOfMessage()):
            writer.write(connection.send(event) or b"")
        await writer.drain()

    async def _answered(self, request: Request) -> Answer:
        try:
            return await self._respond(request)
        except Exception as error:  # whatever is asked, it does not end the duty
            self._log("not_answered", path=request.path, why=f"{type(error).__name__}: {error}")
            return Answer(500, b"this could not be answered; the controller's log says why\n")

    async def _read(self, connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request:
        """Read one whole request. Raises RemoteProtocolError, _TooLargeError, or EOFError as ConnectionError."""
        head: h11.Request | None = None
        body = bytearray()
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                if connection.they_are_waiting_for_100_continue:
                    writer.write(connection.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
                connection.receive_data(await reader.read(READ_BYTES))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > self._body_bytes_max:
                    raise _TooLargeError
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                named = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
                return Request(head.method.decode(), head.target.decode("latin-1"), named, bytes(body))
            else:
                raise ConnectionError("the connection was closed")
