"""What watching a thousand hosts costs a controller: processor time, how late its timers ring, and whether its memory grows.

python -m benchmarks.watching [--calm 60] [--flapping 90]

A real controller that only observes, with its journal, its metrics and its history, looks once a second at 1,000 hosts of 200
clusters and as many services; the hosts are played by another process, which also scrapes the metrics every five seconds. Then a
hundred of the hosts fall silent and come back every sixteen seconds.
"""

import argparse
import asyncio
import io
import random
import resource
import subprocess
import sys
import tempfile
import time
from array import array
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO, cast

from failover.core.commands import Command
from failover.core.events import Seen
from failover.core.settings import Settings
from failover.live.carrying import Report
from failover.live.clock import Clock
from failover.live.driver import Driver, Part
from failover.live.exporter import Exporter
from failover.live.http_listener import HttpListener
from failover.live.log import Log
from failover.live.notices import Notices
from failover.live.plan import Plan, watches
from failover.live.prober import Prober
from failover.live.state_metrics import Facts, StateMetrics
from failover.live.store import Store
from topology.document import parse_document
from topology.load import build_topology

CLUSTERS = 200
VANTAGES = ("edge-0-0", "elsewhere")
FLAPPING = 100
PARTS = 6
"""In so many parts the time of flapping is measured, so that it shows whether memory still grows."""
FLAPS_EVERY_SECONDS = 16.0
SETTLES_SECONDS = 15.0
LOOKS_EVERY_SECONDS = 0.01
GOAL_SECONDS = 0.1
DATABASE_PORT, SHELL_PORT, METRICS_PORT = 21432, 21022, 21477
SCRAPES_EVERY_SECONDS = 5.0


def addresses() -> dict[str, str]:
    """Every host with its address: a cluster has three databases and two proxies."""
    names = [
        f"{kind}-{cluster}-{number}" for cluster in range(CLUSTERS) for kind, of in (("db", 3), ("edge", 2)) for number in range(of)
    ]
    return {name: f"127.1.{number // 250}.{number % 250 + 1}" for number, name in enumerate(names)}


def settings() -> Settings:
    """A network of all these hosts, whose clusters are only observed."""
    lines = ["name: many", "sites: {here: {}}", "hosts:", *(f"  {name}: {{site: here}}" for name in addresses()), "clusters:"]
    for number in range(CLUSTERS):
        members, routes = ([f"{kind}-{number}-{each}" for each in range(of)] for kind, of in (("db", 3), ("edge", 2)))
        policy = "{mode: observe, detection_window: 1s}"
        lines.append(
            f"  c-{number}: {{members: {members}, primary: {members[0]}, routes: {routes}, fence: [operator], policy: {policy}}}"
        )
    lines += [
        "services:",
        *(f"  s-{number}: {{needs: c-{number}}}" for number in range(CLUSTERS)),
        "controllers: [edge-0-0]",
        "vantages: [edge-0-1]",
    ]
    return Settings(build_topology(parse_document("\n".join(lines), "many.yaml")))


def plan() -> Plan:
    """What is looked at: PostgreSQL on databases, SSH's greeting elsewhere, once a second."""
    shell: dict[str, Any] = {"tcp": {"port": SHELL_PORT, "expect": "SSH-"}}
    database: dict[str, Any] = {"postgresql": {"port": DATABASE_PORT}}
    hosts = {
        name: {
            "address": address,
            "member": name.startswith("db"),
            "probes": [database, shell] if name.startswith("db") else [shell],
        }
        for name, address in addresses().items()
    }
    return Plan.model_validate({"period_seconds": 1.0, "timeout_seconds": 3.0, "misses": 1, "hosts": hosts})


class Nowhere(io.TextIOBase):
    """Where a log goes that nobody reads."""

    def write(self, text: str) -> int:
        return len(text)


class NoRunner:
    """Carries nothing out: whoever only observes orders nothing."""

    async def start(self) -> None: ...

    async def carry_out(self, command: Command, deadline_seconds: float) -> Report:
        raise AssertionError(f"an observer ordered {command}")

    async def close(self) -> None: ...


class Watched:
    """A controller that watches, and what it costs."""

    def __init__(self, folder: Path) -> None:
        clock, log = Clock(), Log(cast(TextIO, Nowhere()))
        self.driver = Driver("edge-0-0", settings(), Store(folder / "journal.db"), NoRunner(), Notices((), clock, log), clock, log)
        state = StateMetrics(self._facts, self.driver.metrics.registry)
        eyes = Prober(watches(plan(), str), plan().pace, self._changed, clock)
        eyes.looked = self.driver.metrics.looked
        self.parts: list[Part] = [eyes, HttpListener(("127.0.0.1", METRICS_PORT), Exporter(state, state.look), clock, log)]
        self.late_seconds = array("f")  # so small that it does not count as the controller's memory, even after an hour

    def _changed(self, host: str, seen: Seen, why: str) -> None:
        for vantage in VANTAGES:  # the second one sees the same, and tells it as an agent does
            self.driver.hearing.hear(vantage, [(host, seen, why)])

    def _facts(self) -> Facts:
        driver = self.driver
        reports = {vantage: driver.hearing.hears(vantage) for vantage in VANTAGES}
        return Facts(driver.controller.state, driver.hearing.sights(), reports, {}, {}, 0, driver.journal_events, 0)

    async def look(self) -> None:
        """Note by how much timers ring late, finer than the controller does itself."""
        while True:
            due = time.monotonic() + LOOKS_EVERY_SECONDS
            await asyncio.sleep(LOOKS_EVERY_SECONDS)
            self.late_seconds.append(time.monotonic() - due)

    async def measure(self, what: str, seconds: float) -> None:
        """Watch for so long, and print what it came to."""
        del self.late_seconds[:]
        worked, began, events, memory = time.process_time(), time.monotonic(), self.driver.journal_events, _memory_bytes()
        await asyncio.sleep(seconds)
        share = (time.process_time() - worked) / (time.monotonic() - began)
        late = sorted(self.late_seconds)
        p99, grown = late[int(0.99 * len(late))], (_memory_bytes() - memory) / 1024
        verdict = "met" if p99 <= GOAL_SECONDS else "missed"
        print(
            f"{what}, {seconds:.0f} s: {share:.0%} of a processor, timers late by {late[len(late) // 2] * 1000:.1f} ms (median), "
            f"{p99 * 1000:.0f} ms (p99; goal {GOAL_SECONDS * 1000:.0f}, {verdict}), {late[-1] * 1000:.0f} ms (worst); "
            f"{self.driver.journal_events - events} events journaled; memory {_memory_bytes() / 1024**2:.0f} MiB, {grown:+.0f} KiB",
            flush=True,
        )


async def watch(folder: Path, played: subprocess.Popen[str], calm_seconds: float, flapping_seconds: float) -> None:
    """Watch calm hosts, then hosts that flap."""
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # of connections that asyncpg was told to give up
    watched, stopped = Watched(folder), asyncio.Event()
    duty = asyncio.create_task(watched.driver.run(watched.parts, stopped))
    looking = asyncio.create_task(watched.look())
    await asyncio.sleep(SETTLES_SECONDS)
    seen = watched.driver.hearing.sights()[VANTAGES[0]]
    well = sum(each.value in ("primary", "standby", "answers") for each in seen.values())
    print(f"{len(seen)} hosts are watched, {well} are well", flush=True)
    await watched.measure("calm", calm_seconds)
    assert played.stdin is not None
    played.stdin.write("flap\n")
    played.stdin.flush()
    await asyncio.sleep(SETTLES_SECONDS)
    for part in range(1, PARTS + 1):
        await watched.measure(f"flapping, part {part}", flapping_seconds / PARTS)
    looking.cancel()
    stopped.set()
    await duty


async def play() -> None:
    """Play all hosts at once: whoever connects is answered by the host whose address it called."""
    from tests.failover.live.servers import Postgres

    hosts = {address: name for name, address in addresses().items()}
    silent: set[str] = set()
    databases = {address: Postgres() for address, name in hosts.items() if name.startswith("db")}
    for address, database in databases.items():
        database.accepts_writes = hosts[address].endswith("-0")

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address, port = writer.get_extra_info("sockname")
        with suppress(OSError, EOFError):
            if address in silent:
                await reader.read()
            elif port == DATABASE_PORT:
                await databases[address].talk(reader, writer)
            else:
                writer.write(b"SSH-2.0-x\r\n")
                await reader.read()
        writer.transport.abort()

    async def flap() -> None:
        draws = random.Random(7)
        while True:
            silent.update(draws.sample(sorted(hosts), FLAPPING))
            for address in silent & databases.keys():
                databases[address].drop()
            await asyncio.sleep(FLAPS_EVERY_SECONDS / 2)
            silent.clear()
            await asyncio.sleep(FLAPS_EVERY_SECONDS / 2)

    servers = [await asyncio.start_server(attend, "0.0.0.0", port, backlog=2048) for port in (DATABASE_PORT, SHELL_PORT)]
    print("ready", flush=True)
    scraping = asyncio.create_task(scrape())
    await asyncio.to_thread(sys.stdin.readline)
    flapping = asyncio.create_task(flap())
    await asyncio.to_thread(sys.stdin.readline)
    for each in (scraping, flapping):
        each.cancel()
    for server in servers:
        server.close()


async def scrape() -> None:
    """Ask for the metrics as Prometheus does."""
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", METRICS_PORT)
            writer.write(b"GET /metrics HTTP/1.1\r\nHost: here\r\n\r\n")
            await reader.read()
            writer.close()
        await asyncio.sleep(SCRAPES_EVERY_SECONDS)


def _memory_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser("python -m benchmarks.watching", description="What watching a thousand hosts costs.")
    parser.add_argument("--calm", type=float, default=60.0, help="for how many seconds calm hosts are watched")
    parser.add_argument("--flapping", type=float, default=90.0, help="for how many seconds hosts that flap are watched after that")
    parser.add_argument("--play", action="store_true", help="be the hosts")
    given = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8192), most))
    if given.play:
        asyncio.run(play())
        return
    words = [sys.executable, "-m", "benchmarks.watching", "--play"]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as played,
    ):
        assert played.stdout is not None
        played.stdout.readline()
        asyncio.run(watch(Path(folder), played, given.calm, given.flapping))


if __name__ == "__main__":
    main()
