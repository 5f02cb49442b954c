import asyncio
import io
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from failover.core.events import Seen
from failover.live.channel import open_channel
from failover.live.log import Log
from failover.live.plan import HostPlan, Plan, PostgresqlEntry, ProbeEntry, TcpEntry
from failover.live.reporters import Elsewhere
from failover.live.secret_sources import Secrets
from failover.live.vantage import Agent, main
from tests.failover.live.servers import HERE, Postgres, frozen, says, tcp
from tests.failover.live.stage import FastClock, awaited, until


class Ear:
    """A hearing that only remembers."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Seen]] = []
        self.missed = 0
        self.waited_for: list[tuple[str, str]] = []

    def waits(self, host: str, names: str) -> None:
        self.waited_for.append((host, names))

    def hear(self, vantage: str, found: Any) -> None:
        assert vantage == "mon-1"
        self.heard += [(host, seen) for host, seen, _ in found]

    def lives(self, vantage: str) -> None:
        pass

    def miss(self, vantage: str) -> None:
        self.missed += 1


def plan(**ports: int) -> Plan:
    """Look at databases by PostgreSQL and a banner, at everything else by a banner."""
    hosts = {}
    for host, port in ports.items():
        database = ProbeEntry(postgresql=PostgresqlEntry(port=port, password="probe"))
        banner = ProbeEntry(tcp=TcpEntry(port=port, expect="SSH-"))
        hosts[host] = HostPlan(address=HERE, member=host.startswith("db"), probes=(database if host.startswith("db") else banner,))
    return Plan(period_seconds=0.1, timeout_seconds=0.3, misses=1, hosts=hosts)


class Watching:
    def __init__(self, ear: Ear, agent_log: io.StringIO, log: io.StringIO, server: asyncio.Server) -> None:
        self.ear, self.agent_log, self.log, self.server = ear, agent_log, log, server

    def logged(self, event: str) -> list[dict[str, Any]]:
        lines = [json.loads(each) for each in (self.log.getvalue() + self.agent_log.getvalue()).splitlines()]
        return [line for line in lines if line["event"] == event]


@asynccontextmanager
async def watching(plan: Plan, keys: tuple[str, str] = ("key", "key"), speed: float = 4.0) -> AsyncIterator[Watching]:
    """An agent that looks as *plan* says, and a controller that listens."""
    clock, ear, text, agent_text = FastClock(speed), Ear(), io.StringIO(), io.StringIO()
    agent = Agent(keys[0], Secrets({"probe": "env:HOME"}, Path()), clock, Log(agent_text, clock))
    server = await agent.serve(HERE, 0)
    place = server.sockets[0].getsockname()[:2]
    reporter = Elsewhere("mon-1", place, keys[1], plan, ear, clock, Log(text, clock))  # type: ignore[arg-type]
    task = asyncio.create_task(reporter.run())
    try:
        yield Watching(ear, agent_text, text, server)
    finally:
        task.cancel()
        server.close()
        await asyncio.wait({task})
        await hang_up()


async def hang_up() -> None:
    """End the agent's connections."""
    connections = [each for each in asyncio.all_tasks() if "_attend" in str(each.get_coro())]
    for each in connections:
        each.cancel()
    await asyncio.gather(*connections, return_exceptions=True)


@awaited
async def test_an_agent_looks_at_what_it_is_told_and_reports_what_changes() -> None:
    database = Postgres()
    async with tcp(database.talk) as db, tcp(says(b"SSH-2.0")) as edge, watching(plan(db=db, edge=edge)) as w:
        await until(lambda: len(w.ear.heard) == 2)
        assert set(w.ear.heard) == {("db", Seen.PRIMARY), ("edge", Seen.ANSWERS)}
        await until(lambda: database.queries > 5)
        assert len(w.ear.heard) == 2, "what stays as it is is not repeated"
        assert w.ear.waited_for == [("db", 'ANY 1 ("db-2")')]
        database.waits_for = ""
        await until(lambda: w.ear.waited_for[1:] == [("db", "")])
        database.accepts_writes = False
        await until(lambda: w.ear.heard[2:] == [("db", Seen.STANDBY)])
        assert w.ear.missed == 0


@awaited
async def test_an_agent_sees_a_frozen_host_as_nothing() -> None:
    async with tcp(frozen) as db, watching(plan(db=db)) as w:
        await until(lambda: w.ear.heard == [("db", Seen.NOTHING)])


@awaited
async def test_an_agent_that_is_back_soon_was_never_missed_and_is_heard_anew() -> None:
    async with tcp(says(b"SSH-2.0")) as edge, watching(plan(edge=edge)) as w:
        await until(lambda: w.ear.heard)
        await hang_up()
        await until(lambda: len(w.ear.heard) == 2)
        assert w.ear.missed == 0
        assert len(w.logged("vantage_reached")) == 2


@awaited
async def test_an_agent_that_is_gone_is_missed_after_a_while() -> None:
    async with tcp(says(b"SSH-2.0")) as edge, watching(plan(edge=edge)) as w:
        await until(lambda: w.ear.heard)
        w.server.close()
        await hang_up()
        await until(lambda: w.ear.missed == 1)
        assert len(w.logged("vantage_unreachable")) <= 2, "the same is said once"


@awaited
async def test_a_controller_with_another_key_is_told_nothing() -> None:
    async with tcp(says(b"SSH-2.0")) as edge, watching(plan(edge=edge), keys=("theirs", "ours")) as w:
        await until(lambda: w.logged("left"))
        assert "same key" in w.logged("left")[0]["why"]
        assert w.ear.heard == []
        assert not w.logged("watching")


@awaited
async def test_an_agent_without_the_password_says_so_and_serves_others() -> None:
    broken = plan(db=1).model_dump()
    broken["hosts"]["db"]["probes"][0]["postgresql"]["password"] = "unknown"
    for each in broken["hosts"]["db"]["probes"]:
        for kind in [kind for kind, value in each.items() if value is None]:
            del each[kind]
    async with watching(Plan.model_validate(broken)) as w:
        await until(lambda: w.logged("left"))
        assert w.logged("left")[0]["why"] == "there is no secret 'unknown'"


@awaited
async def test_an_agent_that_hangs_is_missed_although_its_connection_stands() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        channel = await open_channel(reader, writer, "key", caller=False)
        await channel.receive()
        await channel.send({"host": "edge", "seen": "answers", "why": ""})
        await asyncio.sleep(3600)

    async with tcp(talk) as port:
        clock, ear = FastClock(20.0), Ear()
        reporter = Elsewhere("mon-1", (HERE, port), "key", plan(edge=1), ear, clock, Log(io.StringIO()))  # type: ignore[arg-type]
        task = asyncio.create_task(reporter.run())
        await until(lambda: ear.missed == 1)
        assert ear.heard == [("edge", Seen.ANSWERS)]
        task.cancel()
        await asyncio.wait({task})


# The program.


@awaited
async def test_the_agent_runs_as_a_program_until_it_is_told_to_stop(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("key\n")
    command = (sys.executable, "-m", "failover.live.vantage", "--listen", f"{HERE}:0", "--key", f"file:{tmp_path / 'key'}")
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    assert process.stderr is not None
    line = json.loads(await process.stderr.readline())
    assert line["event"] == "listening"
    os.kill(process.pid, signal.SIGTERM)
    _, errors = await process.communicate()
    assert process.returncode == 0
    assert json.loads(errors)["event"] == "stopped"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--listen", "127.0.0.1:1x", "--key", "env:HOME"], "invalid literal"),
        (["--listen", "127.0.0.1", "--key", "hunter2"], "this is no source of a secret"),
        (["--listen", "127.0.0.1", "--key", "file:/nowhere"], "the secret 'key' cannot be read from 'file:/nowhere'"),
    ],
)
def test_the_agent_says_what_is_wrong_with_its_arguments(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert message in (said := capsys.readouterr().err)
    assert "hunter2" not in said
