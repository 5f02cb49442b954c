import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from failover.live.systemd import Systemd
from tests.failover.live.stage import FastClock, awaited


class Ear:
    """What systemd would hear."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.setblocking(False)
        self.environment = {"NOTIFY_SOCKET": str(path)}

    def heard(self) -> list[str]:
        found = []
        while True:
            try:
                found.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return found


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[Ear]:
    found = Ear(tmp_path / "notify")
    yield found
    found.socket.close()


def test_it_says_what_it_does(ear: Ear) -> None:
    systemd = Systemd(FastClock(), ear.environment)
    systemd.ready()
    systemd.reloading()
    systemd.stopping("waiting for what was begun")
    ready, reloading, stopping = ear.heard()
    assert ready == "READY=1"
    assert reloading.startswith("RELOADING=1\nMONOTONIC_USEC=")
    assert stopping == "STOPPING=1\nSTATUS=waiting for what was begun"


@awaited
async def test_it_says_that_it_lives_and_how_things_are_when_that_changes(ear: Ear) -> None:
    systemd = Systemd(FastClock(), ear.environment | {"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid())})
    status = ["db: fencing"]
    systemd.status = lambda: status[0]
    task = asyncio.create_task(systemd.run())
    await asyncio.sleep(0.3)
    status[0] = "watching over 1 cluster"
    await asyncio.sleep(0.3)
    task.cancel()
    heard = ear.heard()
    assert heard.count("WATCHDOG=1") > 3
    assert [each for each in heard if each != "WATCHDOG=1"] == ["STATUS=db: fencing", "STATUS=watching over 1 cluster"]


@awaited
async def test_a_watchdog_that_is_meant_for_another_process_is_left_alone(ear: Ear) -> None:
    systemd = Systemd(FastClock(), ear.environment | {"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"})
    task = asyncio.create_task(systemd.run())
    await asyncio.sleep(0.1)
    task.cancel()
    assert "WATCHDOG=1" not in ear.heard()


@awaited
async def test_without_systemd_it_says_nothing_and_ends(tmp_path: Path) -> None:
    systemd = Systemd(FastClock(), {})
    systemd.ready()
    await systemd.run()
    Systemd(FastClock(), {"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready()


def test_an_address_without_a_file_is_understood() -> None:
    name = f"continuance-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(f"\0{name}")
        Systemd(FastClock(), {"NOTIFY_SOCKET": f"@{name}"}).ready()
        assert ear.recv(100) == b"READY=1"
