"""JSON lines over one connection, sealed with a key that both ends have: what arrives is theirs, whole, in order, and new.

Each end says a number of its own first; both numbers and the key make the key of this connection. What is said is not hidden.
"""

import asyncio
import hashlib
import hmac
import json
import secrets
import socket
from collections.abc import Mapping
from typing import Any

LINE_BYTES_MAX = 1024 * 1024
GREETING_SECONDS = 5.0
GIVEN_UP_MILLISECONDS = 10_000
"""What was sent and is not acknowledged for so long ends the connection: the other end is gone."""
_GREETING = b"continuance-1 "
_USER_TIMEOUT = getattr(socket, "TCP_USER_TIMEOUT", None)


class ChannelError(Exception):
    """The other end is not who it should be, or what it says was changed on the way."""


class Channel:
    """An open channel. *caller* says which end this is."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: bytes, caller: bool) -> None:
        self._reader = reader
        self._writer = writer
        self._key = key
        self._caller = caller
        self._sent = self._received = 0

    async def send(self, message: Mapping[str, Any]) -> None:
        """Say *message*."""
        text = json.dumps(message)
        self._writer.write(f"{self._seal(text, self._caller, self._sent)} {text}\n".encode())
        self._sent += 1
        await self._writer.drain()

    async def receive(self) -> dict[str, Any]:
        """Return what is said next. Raises ChannelError, or EOFError at the end."""
        line = await self._line()
        seal, _, text = line.partition(" ")
        if not hmac.compare_digest(seal, self._seal(text, not self._caller, self._received)):
            raise ChannelError("what was said has no seal of ours: do both ends have the same key?")
        self._received += 1
        message = json.loads(text)
        if not isinstance(message, dict):
            raise ChannelError("what was said is no object")
        return message

    def close(self) -> None:
        """Say nothing more."""
        self._writer.transport.abort()

    async def greet(self) -> None:
        """Make the key of this connection."""
        own = secrets.token_hex(16)
        self._writer.write(_GREETING + own.encode() + b"\n")
        await self._writer.drain()
        greeting, _, other = (await self._line()).partition(" ")
        if f"{greeting} ".encode() != _GREETING or len(other) != len(own):
            raise ChannelError("the other end does not speak as we do")
        numbers = own + other if self._caller else other + own
        self._key = hmac.digest(self._key, numbers.encode(), hashlib.sha256)

    async def _line(self) -> str:
        try:
            return (await self._reader.readuntil(b"\n"))[:-1].decode("ascii")
        except (asyncio.LimitOverrunError, UnicodeDecodeError):
            raise ChannelError("the other end does not speak as we do") from None

    def _seal(self, text: str, by_caller: bool, number: int) -> str:
        said = f"{'caller' if by_caller else 'called'} {number} {text}".encode()
        return hmac.new(self._key, said, hashlib.sha256).hexdigest()


async def open_channel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str, *, caller: bool) -> Channel:
    """Open a channel over a connection. Raises ChannelError, EOFError or TimeoutError, and OSError as connections do."""
    if _USER_TIMEOUT is not None:
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, _USER_TIMEOUT, GIVEN_UP_MILLISECONDS)
    channel = Channel(reader, writer, key.encode(), caller)
    async with asyncio.timeout(GREETING_SECONDS):
        await channel.greet()
    return channel
