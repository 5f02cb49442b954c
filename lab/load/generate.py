"""The program that makes load: `python -m lab.load.generate RECORDING TRAFFIC`, until it is told to end by SIGTERM.

It runs where its users are, in the load host's own network; TRAFFIC is JSON, see `Traffic`. It prints `ready` when somebody has got
through on every way, from which moment on the recording counts, and ends after the last attempt has.
"""

import asyncio
import json
import signal
import sys
import time
from collections.abc import Awaitable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from lab.load.attempts import Attempt, Recording, closed_loop, open_loop
from lab.load.calls import Callers
from lab.load.lookups import Lookups
from lab.load.pressure import Pressure
from lab.load.probes import Prober
from lab.load.sessions import Place
from lab.load.writers import Writers

GETTING_THROUGH_SECONDS = 10.0


class NobodyGetsThroughError(Exception):
    """One of the ways did not work to begin with."""


@dataclass(frozen=True)
class Traffic:
    """What is asked of whom, and how often; what is asked 0 times a second is not asked."""

    edge: str
    here: str
    databases: Mapping[str, str]
    """The addresses of the databases, for those who write past the proxy."""
    cases: tuple[str, ...]
    """The numbers of the cases that are asked for."""
    writes_per_second: float = 10.0
    lookups_per_second: float = 40.0
    calls_per_second: float = 10.0
    probes_per_second: float = 5.0
    """Of each database."""
    database_port: int = 5432
    lookup_port: int = 8080
    hotline_port: int = 5060
    caller_port: int = 5070

    def written(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Self:
        """From JSON."""
        told = json.loads(text)
        return cls(**{**told, "cases": tuple(told["cases"])})


async def generate(traffic: Traffic, recording: Recording, stop: asyncio.Event) -> None:
    """Make all of *traffic* until *stop*."""
    ways: list[tuple[str, float, Attempt]] = []
    if traffic.writes_per_second:
        ways.append(("write", traffic.writes_per_second, Writers(Place(traffic.edge, traffic.database_port)).attempt))
    if traffic.lookups_per_second:
        ways.append(("lookup", traffic.lookups_per_second, Lookups(traffic.edge, traffic.lookup_port, traffic.cases).attempt))
    if traffic.calls_per_second:
        callers = Callers((traffic.here, traffic.caller_port), (traffic.edge, traffic.hotline_port), traffic.cases)
        await callers.start()
        ways.append(("call", traffic.calls_per_second, callers.attempt))
    await asyncio.gather(*(_get_through(kind, attempt, stop) for kind, _, attempt in ways))
    print("ready", flush=True)
    recording.mark("began")
    loops: list[Awaitable[None]] = [open_loop(kind, rate, attempt, recording, stop) for kind, rate, attempt in ways]
    if traffic.probes_per_second:
        for host, address in traffic.databases.items():
            prober = Prober(host, Place(address))
            loops.append(closed_loop("probe", traffic.probes_per_second, prober.attempt, recording, stop))
    loops.append(closed_loop("pressure", 1.0, Pressure().attempt, recording, stop))
    loops.append(_mark_end(recording, stop))
    await asyncio.gather(*loops)


async def _mark_end(recording: Recording, stop: asyncio.Event) -> None:
    await stop.wait()
    recording.mark("ended")


async def _get_through(kind: str, attempt: Attempt, stop: asyncio.Event) -> None:
    """Try until it went well once, or raise: load on what does not work yet would measure that it does not."""
    deadline = time.monotonic() + GETTING_THROUGH_SECONDS
    while True:
        ended = await attempt()
        if ended.outcome in ("acknowledged", "fresh") or stop.is_set():
            return
        if time.monotonic() > deadline:
            raise NobodyGetsThroughError(
                f"no {kind} got through in {GETTING_THROUGH_SECONDS:g} s: {ended.outcome}, {dict(ended.details)}"
            )
        await asyncio.sleep(0.2)


async def main(recording: str, traffic: str) -> None:
    """Make load until SIGTERM."""
    stop = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    with Path(recording).open("w", encoding="utf-8") as file:
        try:
            await generate(Traffic.read(traffic), Recording(file), stop)
        except NobodyGetsThroughError as problem:
            raise SystemExit(str(problem)) from None


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
