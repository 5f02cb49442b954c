"""Sessions with the target program, kept open to look: a look takes as long as the host needs for it, and starts nothing here.

Where none is open, or it ends in the middle, nothing is lost: a playbook looks, and the next look finds the session open again.
"""

import asyncio
import itertools
import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from playbooks import request
from playbooks.reach import way
from playbooks.target.looking import READY

OPEN_SECONDS = 10.0
ANSWER_SECONDS = 3.0
"""How long one that is open may take to show that it is."""
OPENED_AT_ONCE = 8
"""How many are opened side by side: each costs a start of `ssh` here."""
_LINE_BYTES_MAX = 1024 * 1024

_log = logging.getLogger(__name__)


class SessionError(Exception):
    """The session is not open, or ended before it answered."""


class Sessions:
    """One session with each host that can be reached without Ansible.

    *variables* are those of the inventory, by host; *environment* is what `ssh` sees of this process's.
    """

    def __init__(self, variables: Mapping[str, Mapping[str, Any]], sockets: Path, environment: Mapping[str, str]) -> None:
        ways = {host: way(host, each, sockets, "looking") for host, each in variables.items()}
        self._sessions = {host: _Session(argv, environment) for host, argv in ways.items() if argv is not None}
        self._opening: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Open all that are not open, and see that the others still answer."""
        places = asyncio.Semaphore(OPENED_AT_ONCE)

        async def tend(session: _Session) -> None:
            async with places:
                await session.tend()

        await asyncio.gather(*(tend(each) for each in self._sessions.values()))

    async def ask(self, host: str, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what the target program of *host* reports of the look that it is *told*. Raises SessionError."""
        session = self._sessions.get(host)
        if session is None:
            raise SessionError(f"there is no session with '{host}'")
        try:
            return await session.ask(request.write(told))
        except (SessionError, asyncio.CancelledError):  # cancelled: it took too long
            task = asyncio.create_task(session.tend())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)
            raise

    async def close(self) -> None:
        """End all of them."""
        for task in self._opening:
            task.cancel()
        await asyncio.gather(*self._opening, *(each.close() for each in self._sessions.values()), return_exceptions=True)


class _Session:
    """A session that is opened when it is tended, and again when it has ended."""

    def __init__(self, argv: tuple[str, ...], environment: Mapping[str, str]) -> None:
        self._argv = argv
        self._environment = dict(environment)
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._asked: dict[str, asyncio.Future[str]] = {}
        self._numbers = itertools.count(1)
        self._tended = asyncio.Lock()

    async def ask(self, text: str) -> Mapping[str, Any]:
        """Return the report of the order that stands in *text*. Raises SessionError."""
        answer = await self._answer(text)
        try:
            found: dict[str, Any] = json.loads(answer)
        except ValueError as error:  # two answers ran into each other
            raise SessionError(f"it says {answer[:80]!r}") from error
        return found

    async def tend(self) -> None:
        """See that it answers; else open it."""
        async with self._tended:
            with suppress(TimeoutError, SessionError):
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self._answer("")
                    return
            await self._end()
            try:
                async with asyncio.timeout(OPEN_SECONDS):
                    await self._begin()
            except (TimeoutError, OSError, SessionError) as error:
                _log.debug("no session by %s: %s", self._argv, error)
                await self._end()

    async def close(self) -> None:
        """End it."""
        async with self._tended:
            await self._end()

    async def _answer(self, text: str) -> str:
        process = self._process
        if process is None or process.stdin is None or self._reading is None or self._reading.done():
            raise SessionError("it is not open")
        number = str(next(self._numbers))
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            process.stdin.write(f"{number} {text}".rstrip().encode() + b"\n")
            await process.stdin.drain()
            return await answer
        except OSError as error:
            raise SessionError(str(error)) from error
        finally:
            del self._asked[number]

    async def _begin(self) -> None:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *self._argv, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL, env=self._environment,
            limit=_LINE_BYTES_MAX, start_new_session=True,
        )  # fmt: skip
        self._process = process
        assert process.stdout is not None
        while (line := await process.stdout.readline()) != f"{READY}\n".encode():  # a host may greet whoever logs in
            if not line:
                raise SessionError("it ended at once")
        self._reading = asyncio.create_task(self._read(process.stdout))

    async def _read(self, answers: asyncio.StreamReader) -> None:
        """Give every answer to whoever asked, until there are no more."""
        try:
            while line := await answers.readline():
                number, _, text = line.decode().strip().partition(" ")
                if (asked := self._asked.get(number)) is not None and not asked.done():
                    asked.set_result(text)
        finally:
            for asked in self._asked.values():
                if not asked.done():
                    asked.set_exception(SessionError("it ended"))

    async def _end(self) -> None:
        process, reading = self._process, self._reading
        self._process = self._reading = None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if reading is not None:
            await asyncio.gather(reading, return_exceptions=True)
