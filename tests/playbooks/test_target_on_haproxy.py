"""The target program against a real HAProxy."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from playbooks import request
from tests.playbooks.real_cluster import free_port

pytestmark = pytest.mark.lab

CONFIGURATION = """
global
    stats socket {folder}/admin.sock mode 600 level admin
    server-state-file {folder}/state
defaults
    mode tcp
    timeout connect 500ms
    timeout client 30s
    timeout server 30s
    load-server-state-from-file global
frontend cases
    bind 127.0.0.1:{port}
    default_backend cases
backend cases
    server db-1 127.0.0.1:{first} disabled
    server db-2 127.0.0.1:{second} disabled
"""


class Echo:
    """A server that says its name, and keeps sessions open."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listening.getsockname()[1])
        self.sessions: list[socket.socket] = []
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                session, _ = self.listening.accept()
                session.sendall(self.name.encode())
                self.sessions.append(session)

    def close(self) -> None:
        self.listening.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        for each in (self.listening, *self.sessions):
            each.close()


class Edge:
    """A proxy before two servers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.servers = Echo("db-1"), Echo("db-2")
        text = CONFIGURATION.format(folder=folder, port=self.port, first=self.servers[0].port, second=self.servers[1].port)
        (folder / "haproxy.cfg").write_text(text, encoding="utf-8")
        self.number, self.epoch = 0, (1, 1)
        self.clients: list[socket.socket] = []
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(["haproxy", "-f", str(self.folder / "haproxy.cfg"), "-db"], stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while self.told("verify", question="routed")["outcome"] != "succeeded":
            assert time.monotonic() < deadline

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def told(self, command: str, backend: str = "cases", **details: Any) -> dict[str, Any]:
        self.number += 1
        proxy = {"socket": str(self.folder / "admin.sock"), "backend": backend, "state_file": str(self.folder / "state")}
        what = {
            "cluster": "cases", "command": command, "number": self.number, "epoch": self.epoch, "target": "edge-1",
            "details": details, "seconds": 10.0, "proxy": proxy,
        }  # fmt: skip
        program = [sys.executable, "-S", "-c", "from target.main import main; main()", request.write(what)]
        environment = {
            "PYTHONPATH": str(Path(__file__).parents[2] / "playbooks"),
            "CONTINUANCE_STATE": str(self.folder / "remembered"),
            "PATH": os.environ["PATH"],
        }
        ended = subprocess.run(program, env=environment, capture_output=True, text=True, check=True)
        report: dict[str, Any] = json.loads(ended.stdout)
        return report

    def client(self) -> tuple[str, socket.socket]:
        """Connect as a client does; return who answers."""
        session = socket.create_connection(("127.0.0.1", self.port), timeout=3)
        self.clients.append(session)
        return session.recv(100).decode(), session


@pytest.fixture
def edge() -> Iterator[Edge]:
    with tempfile.TemporaryDirectory(prefix="continuance-", dir="/tmp") as folder:
        found = Edge(Path(folder))
        try:
            yield found
        finally:
            found.stop()
            for server in found.servers:
                server.close()
            for client in found.clients:
                client.close()


def test_clients_go_where_they_are_sent_and_nowhere_else(edge: Edge) -> None:
    assert edge.told("verify", question="routed")["evidence"] == {"primary": None}
    assert edge.client()[0] == ""
    for primary in ("db-1", "db-2"):
        assert edge.told("reroute", primary=primary) == {"outcome": "succeeded", "evidence": {"primary": primary}}
        assert edge.client()[0] == primary
        assert edge.told("verify", question="routed")["evidence"] == {"primary": primary}


def test_proxy_that_a_newer_leader_has_looked_at_leads_nobody_where_the_one_before_says(edge: Edge) -> None:
    edge.told("reroute", primary="db-1")
    edge.epoch = 2, 1
    edge.told("verify", question="routed")
    edge.epoch = 1, 9
    late = edge.told("reroute", primary="db-2")
    assert late["outcome"] == "failed"
    assert late["evidence"]["newer_epoch"] == [2, 1]
    assert edge.client()[0] == "db-1"


def test_sessions_to_the_old_primary_are_closed_before_anybody_goes_to_the_new_one(edge: Edge) -> None:
    edge.told("reroute", primary="db-1")
    answered, session = edge.client()
    assert answered == "db-1"
    edge.told("reroute", primary="db-2")
    session.settimeout(3)
    assert session.recv(1) == b""


def test_withdrawn_route_sends_clients_nowhere_and_closes_their_sessions(edge: Edge) -> None:
    edge.told("reroute", primary="db-1")
    _, session = edge.client()
    assert edge.told("withdraw_route") == {"outcome": "succeeded", "evidence": {"primary": None}}
    session.settimeout(3)
    assert session.recv(1) == b""
    assert edge.client()[0] == ""


def test_proxy_that_starts_again_still_knows_where_clients_go(edge: Edge) -> None:
    edge.told("reroute", primary="db-2")
    edge.stop()
    edge.start()
    assert edge.told("verify", question="routed")["evidence"] == {"primary": "db-2"}
    assert edge.client()[0] == "db-2"


def test_what_the_proxy_does_not_know_is_refused(edge: Edge) -> None:
    assert edge.told("reroute", primary="db-9")["evidence"] == {"reason": "the proxy has no server 'db-9'"}
    assert edge.told("withdraw_route", backend="nosuch")["outcome"] == "failed"
    assert edge.told("withdraw_route", backend="cases;disable")["evidence"] == {"reason": "'cases;disable' is no word for a proxy"}


def test_clients_that_are_sent_to_two_are_no_answer(edge: Edge) -> None:
    for server in ("db-1", "db-2"):
        with socket.socket(socket.AF_UNIX) as admin:
            admin.connect(str(edge.folder / "admin.sock"))
            admin.sendall(f"enable server cases/{server}\n".encode())
            admin.recv(100)
    assert edge.told("verify", question="routed")["outcome"] == "failed"


def test_proxy_that_does_not_run_is_no_answer(edge: Edge) -> None:
    edge.stop()
    for command, details in (("verify", {"question": "routed"}), ("reroute", {"primary": "db-1"})):
        assert edge.told(command, **details)["outcome"] == "failed"
