"""A listener on a free port of the loopback, and somebody who asks it."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from failover.live.clock import Clock
from failover.live.http_listener import HttpListener, Respond
from failover.live.log import Log
from tests.failover.live.servers import HERE


@asynccontextmanager
async def listening(respond: Respond, body_bytes_max: int = 0, log: Log | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who asks whoever answers by *respond*."""
    listener = HttpListener((HERE, 0), respond, Clock(), log or Log(io.StringIO()), body_bytes_max)
    server = await listener.open()
    port = server.sockets[0].getsockname()[1]
    try:
        async with httpx.AsyncClient(base_url=f"http://{HERE}:{port}", trust_env=False) as client:
            yield client
    finally:
        server.close()


async def raw(client: httpx.AsyncClient, said: bytes) -> bytes:
    """What is answered to *said*, word by word."""
    reader, writer = await asyncio.open_connection(HERE, client.base_url.port)
    writer.write(said)
    try:
        return await asyncio.wait_for(reader.read(), 20)
    finally:
        writer.close()
