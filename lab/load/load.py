"""Load on the lab, put on and taken off by whoever drills it.

async with Load(lab, recording) as load:
    lab.off("db-1")
    …
print(await load.result())
"""

import asyncio
import sys
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Self

from lab.errors import LabError
from lab.hosts import Lab
from lab.layout import Layout, Role
from lab.load import record
from lab.load.generate import GETTING_THROUGH_SECONDS, Traffic
from lab.services import cases
from lab.services.proxy import DATABASE_PORT

ROOT = Path(__file__).parents[2]
ENDING_SECONDS = 15.0
READING_SECONDS = 10.0


def traffic(layout: Layout) -> Traffic:
    """Return the traffic that the lab is usually put under."""
    edge, here = layout.of(Role.EDGE)[0], layout.of(Role.LOAD)[0]
    databases = {each.name: each.address for each in layout.of(Role.DATABASE)}
    return Traffic(edge=edge.address, here=here.address, databases=databases, cases=cases.numbers())


class Load:
    """Load on *lab* while the block lasts, every attempt of it recorded in the file *recording*."""

    def __init__(self, lab: Lab, recording: Path, traffic_wanted: Traffic | None = None) -> None:
        self.recording = recording
        self._lab = lab
        self._traffic = traffic_wanted or traffic(lab.layout)
        self._beside = lab.beside(lab.layout.of(Role.LOAD)[0].name)
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        """Start it, and return when everybody has got through once."""
        program = (sys.executable, "-m", "lab.load.generate")
        words: list[str | Path] = [*self._beside, *program, self.recording.absolute(), self._traffic.written()]
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(*words, stdout=pipe, stderr=pipe, cwd=ROOT, start_new_session=True)
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(2 * GETTING_THROUGH_SECONDS):
                said = await self._process.stdout.readline()
        except TimeoutError:
            said = b""
        if said != b"ready\n":
            raise LabError(f"no load could be put on the lab: {await self._end()}")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Begin no more attempts, and return when those under way have ended."""
        complaint = await self._end()
        if complaint and error is None:
            raise LabError(f"the load ended badly: {complaint}")

    async def _end(self) -> str:
        """End the process, and return what it complained of."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.terminate()
        try:
            async with asyncio.timeout(ENDING_SECONDS):
                _, complaint = await self._process.communicate()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
            return f"it did not end within {ENDING_SECONDS:g} s"
        return complaint.decode(errors="replace").strip()

    async def result(self, primary: str | None = None) -> record.Result:
        """Return what the load came to, by what *primary* holds now, or the database that clients are sent to."""
        lines = await asyncio.to_thread(record.read, self.recording)
        address = self._traffic.edge if primary is None else self._lab.layout.host(primary).address
        return record.result(lines, await self._present(lines, address))

    async def _present(self, lines: tuple[record.Line, ...], address: str) -> Collection[int] | None:
        """Return the ids of what was filed that the database at *address* holds; None where it does not answer."""
        first = min((line.details["id"] for line in lines if line.kind == "write"), default=0)
        ask = ["psql", "-XAtq", f"host={address} port={DATABASE_PORT} user=court dbname=court connect_timeout=3"]
        words = [*self._beside, *ask, "-c", f"select id from filings where id >= {first}"]
        reading = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL)
        try:
            async with asyncio.timeout(READING_SECONDS):
                ids, _ = await reading.communicate()
        except TimeoutError:
            reading.kill()
            await reading.wait()
            return None
        return [int(each) for each in ids.split()] if reading.returncode == 0 else None
