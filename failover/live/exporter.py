"""Where Prometheus asks how things are: `GET /metrics`. What takes long is done beside the event loop, which has hosts to look
at.
"""

import asyncio
from collections.abc import Callable

from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from failover.live.http_listener import Answer, Request

PATH = "/metrics"


class Exporter:
    """Answers with what *metrics* has. *look* is called before, in the event loop, to take down how things are just then."""

    def __init__(self, metrics: Collector, look: Callable[[], None]) -> None:
        self._metrics = metrics
        self._look = look

    async def __call__(self, request: Request) -> Answer:
        """Answer *request*."""
        if request.path.partition("?")[0] != PATH:
            return Answer(404, f"only {PATH} is here\n".encode())
        if request.method != "GET":
            return Answer(405, b"this is only read\n")
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        self._look()
        return Answer(200, await asyncio.to_thread(encode, self._metrics), content_type)
