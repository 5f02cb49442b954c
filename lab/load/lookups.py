"""Those who look a case up: one HTTP request each, on a connection of its own, by way of the proxy.

Outcomes: `fresh`, `stale`, `failed`. Lines hold the `host` that answered and the `age_seconds` of the answer, or the `reason`.
"""

import asyncio
import itertools
import json

from lab.load.attempts import Ended

PATIENCE_SECONDS = 2.0


class Lookups:
    """All who look something up, at *address*: one case after the other."""

    def __init__(self, address: str, port: int, cases: tuple[str, ...]) -> None:
        self._address = address
        self._port = port
        self._cases = itertools.cycle(cases)

    async def attempt(self) -> Ended:
        """Look one case up."""
        number = next(self._cases)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                status, body = await self._get(f"/case/{number}")
            if status != 200:
                return Ended("failed", {"reason": f"status {status}"})
            told = json.loads(body)
            details = {"host": told["host"], "age_seconds": told["age_seconds"]}
            return (
                Ended(told["freshness"], details) if told["case"]["number"] == number else Ended("failed", {"reason": "wrong case"})
            )
        except (OSError, ValueError, LookupError, EOFError) as problem:
            return Ended("failed", {"reason": str(problem) or type(problem).__name__})

    async def _get(self, path: str) -> tuple[int, bytes]:
        """Ask for *path* and return status and body."""
        reader, writer = await asyncio.open_connection(self._address, self._port)
        try:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {self._address}\r\nConnection: close\r\n\r\n".encode())
            head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
        finally:
            writer.transport.abort()
        if not head:
            raise EOFError("closed without an answer")
        return int(head.split(None, 2)[1]), body
