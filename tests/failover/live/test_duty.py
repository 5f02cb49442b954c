"""The driver as a program: started, stopped, killed, and started twice."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from failover.live import serving
from failover.live.audit import read_audit
from failover.live.clock import Clock
from failover.live.configuration import Configuration, load_configuration
from failover.live.driver import main
from tests.failover.live.servers import HERE, Postgres, tcp
from tests.failover.live.stage import WorldRunner, awaited, well

PROGRAM = """
import sys
from failover.live import driver
from tests.failover.live.stage import WorldRunner, well
from failover.live.clock import Clock
driver.runner_of = lambda configuration: WorldRunner(well(), Clock())
sys.exit(driver.main())
"""

TOPOLOGY = """
name: courts
sites: {here: {}}
hosts: {"db-[1-2]": {site: here}, edge-1: {site: here}, ctl-1: {site: here}, mon-1: {site: here}}
clusters:
  db: {members: [db-1, db-2], primary: db-1, routes: [edge-1], fence: [redfish, operator], policy: {mode: observe}}
services: {lookup: {needs: db}}
controllers: [ctl-1]
vantages: [mon-1]
"""


def controller(folder: Path, port: int = 5432) -> Path:
    (folder / "courts.yaml").write_text(TOPOLOGY)
    (folder / "hosts.ini").write_text("".join(f"{host} ansible_host={HERE}\n" for host in ("db-1", "db-2", "edge-1", "mon-1")))
    (folder / "key").write_text("key")
    probes = {host: [{"postgresql": {"port": port}}] for host in ("db-1", "db-2")}
    said = {
        "topology": "courts.yaml",
        "inventory": "hosts.ini",
        "secrets": {"vantage": "file:key"},
        "probes": {**probes, "edge-1": [{"tcp": {"port": port, "expect": "x"}}]},
        "vantages": ["local", {"mon-1": {"port": 1}}],
    }
    (folder / "controller.yaml").write_text(json.dumps(said))
    return folder / "controller.yaml"


class Program:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def line(self, event: str) -> dict[str, Any]:
        """Wait until it logs *event*."""
        assert self.process.stderr is not None
        while line := await self.process.stderr.readline():
            if line.startswith(b"{") and (found := json.loads(line))["event"] == event:
                return dict(found)
        raise AssertionError(f"it ended without a word of '{event}'")


@asynccontextmanager
async def started(path: Path) -> AsyncIterator[Program]:
    command = (sys.executable, "-c", PROGRAM, "--config", str(path))
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[3])
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@awaited
async def test_it_leads_sees_and_stops_when_it_is_told_to(tmp_path: Path) -> None:
    async with tcp(Postgres().talk) as port, started(controller(tmp_path, port)) as program:
        assert (await program.line("led"))["term"] == 1
        assert (await program.line("health"))["health"] == "primary"
        assert (tmp_path / "state" / "continuance.sock").exists()
        os.kill(program.process.pid, signal.SIGTERM)
        await program.line("stopped")
        assert await program.process.wait() == 0
        assert not (tmp_path / "state" / "continuance.sock").exists()


@awaited
async def test_systemd_is_told_and_a_changed_configuration_is_taken_up_at_sighup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        ear.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        path = controller(tmp_path)
        async with started(path) as program:
            await program.line("led")
            path.write_text(json.dumps({**json.loads(path.read_text()), "notify": [{"webhook": "http://127.0.0.1:9/hook"}]}))
            os.kill(program.process.pid, signal.SIGHUP)
            assert (await program.line("reloaded"))["changed"] == ["notify"]
            path.write_text(json.dumps({**json.loads(path.read_text()), "store": "sqlite:other.db"}))
            os.kill(program.process.pid, signal.SIGHUP)
            assert (await program.line("reload_refused"))["errors"] == ["store: has changed; restart to apply"]
            os.kill(program.process.pid, signal.SIGTERM)
            await program.line("stopped")
            assert await program.process.wait() == 0
        heard = []
        with suppress(BlockingIOError):
            while True:
                heard.append(ear.recv(4096).decode().partition("\n")[0])
    assert [each for each in heard if not each.startswith("STATUS")] == [
        "READY=1", "RELOADING=1", "READY=1", "RELOADING=1", "READY=1", "STOPPING=1",
    ]  # fmt: skip
    assert [row.said["by"] for row in read_audit(tmp_path / "state" / "journal.db")] == ["start", "SIGHUP"]


@awaited
async def test_a_second_one_on_the_same_journal_is_refused_and_a_killed_one_is_in_nobodys_way(tmp_path: Path) -> None:
    path = controller(tmp_path)
    async with started(path) as first:
        await first.line("led")
        async with started(path) as second:
            refused = await second.line("stood_down")
            assert f"in use by process {first.process.pid}: a journal has one controller at a time" in refused["why"]
            assert await second.process.wait() == 3
        first.process.kill()
        await first.process.wait()
    async with started(path) as third:
        assert (await third.line("led"))["term"] == 2


def test_a_wrong_configuration_is_said_and_nothing_is_begun(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = controller(tmp_path)
    path.write_text(path.read_text().replace("courts.yaml", "court.yaml"))
    assert main(["--config", str(path)]) == 2
    assert "error: court.yaml: there is no such file" in capsys.readouterr().err
    assert not (tmp_path / "state").exists()


@awaited
async def test_who_is_on_duty_and_only_observes_has_hands_that_reach_no_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = controller(tmp_path)
    databases = {"db": {"debian": 15, "client": {"user": "app", "database": "app"}, "hosts": {"db-2": {"port": 5433}}}}
    path.write_text(json.dumps({**json.loads(path.read_text()), "databases": databases}))
    configuration = load_configuration(path)
    reached = asyncio.get_running_loop().create_future()

    def runner_of(found: Configuration) -> WorldRunner:
        reached.set_result(found.equipment.hosts())
        return WorldRunner(well(), Clock())

    monkeypatch.setattr(serving, "runner_of", runner_of)
    serve = asyncio.create_task(serving.serve(configuration))
    assert configuration.equipment.hosts() == ("db-1", "db-2")
    assert await reached == ()
    os.kill(os.getpid(), signal.SIGTERM)
    assert await serve == 0
