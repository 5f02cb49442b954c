import asyncio
import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from failover.live.log import Log
from failover.live.notices import Notices
from failover.live.readiness import Readiness, fence_check, vantage_check
from failover.live.secret_sources import Secrets
from playbooks.equipment import Redfish
from tests.failover.live.stage import FastClock, awaited


@awaited
async def test_people_hear_of_what_would_not_work_once_and_again_when_it_does() -> None:
    clock, text = FastClock(2000.0), io.StringIO()
    told: list[str] = []
    says = iter(["", "no answer", "no answer at all", "", ""])
    over = asyncio.Event()

    async def check() -> str:
        try:
            return next(says)
        except StopIteration:
            over.set()
            return ""

    notices = Notices(("https://a",), clock, Log(text, clock), lambda url, body: told.append(json.loads(body)["text"]))
    task = asyncio.create_task(Readiness({"the fence of 'db-1'": check}, notices, clock, Log(text, clock)).run())
    await over.wait()
    task.cancel()
    await asyncio.wait({task})
    assert told == ["the fence of 'db-1' is not ready: no answer", "the fence of 'db-1' is ready again"]
    (first,) = [json.loads(line) for line in text.getvalue().splitlines() if json.loads(line)["event"] == "checked"]
    assert first["ready"] is True


class Ear:
    heard = False

    def hears(self, vantage: str) -> bool:
        return self.heard


def test_a_vantage_point_that_does_not_report_is_not_ready() -> None:
    ear: Any = Ear()
    check = vantage_check(ear, "mon-1")
    assert "does not report" in asyncio.run(check())
    ear.heard = True
    assert asyncio.run(check()) == ""


class _Controller(BaseHTTPRequestHandler):
    answers = {"/redfish/v1/Systems/db-1": "db-1", "/redfish/v1/Systems/db-2": "db-7"}

    def do_GET(self) -> None:
        name = self.answers.get(self.path)
        self.send_response(200 if name else 404)
        self.end_headers()
        reset = {"#ComputerSystem.Reset": {"target": f"{self.path}/Actions/Reset"}}
        self.wfile.write(json.dumps({"Name": name, "PowerState": "On", "Actions": reset}).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Controller)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("host", "credentials", "why"),
    [
        ("db-1", "redfish", ""),
        ("db-2", "redfish", "it speaks of 'db-7'"),
        ("db-3", "redfish", "the power controller answers 404"),
        ("db-1", "unknown", "there is no secret 'unknown'"),
    ],
)
def test_a_fence_is_ready_if_it_answers_and_speaks_of_its_host(url: str, host: str, credentials: str, why: str) -> None:
    check = fence_check(Redfish(host, url, credentials, host), Secrets({"redfish": "env:HOME"}, Path()))
    found = asyncio.run(check())
    assert found.startswith(why)
    assert bool(found) is bool(why)


def test_a_fence_that_nobody_answers_for_is_not_ready() -> None:
    check = fence_check(Redfish("db-1", "http://127.0.0.1:1", "redfish", "db-1"), Secrets({"redfish": "env:HOME"}, Path()))
    assert "does not answer" in asyncio.run(check())
