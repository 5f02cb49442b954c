import asyncio
import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from failover.core.commands import CommandKind, Outcome
from failover.live.log import Log
from failover.live.notices import Notices
from failover.live.webhooks import post_json
from tests.failover.live.scenes import command
from tests.failover.live.stage import FastClock

HELP = command(CommandKind.NOTIFY, 7, "db", text="help", orders=("approve",))


def told(notices: Notices) -> Outcome:
    return asyncio.run(notices.tell(HELP))


def test_people_are_told_in_the_log_and_by_every_webhook() -> None:
    clock, text, posted = FastClock(), io.StringIO(), []
    notices = Notices(("https://a", "https://b"), clock, Log(text, clock), lambda url, body: posted.append((url, json.loads(body))))
    assert told(notices) is Outcome.SUCCEEDED
    (line,) = [json.loads(each) for each in text.getvalue().splitlines()]
    said = {"id": "db/0.7", "cluster": "db", "kind": "notify", "text": "help", "orders": ["approve"]}
    assert said.items() <= line.items()
    assert sorted(url for url, _ in posted) == ["https://a", "https://b"]
    assert all(said.items() <= body.items() for _, body in posted), "the id tells a message that comes twice"


def test_a_webhook_that_does_not_answer_is_tried_again() -> None:
    clock, tries = FastClock(1000.0), []

    def post(url: str, body: bytes) -> None:
        tries.append(url)
        if len(tries) < 3:
            raise OSError("unreachable")

    assert told(Notices(("https://a",), clock, Log(io.StringIO(), clock), post)) is Outcome.SUCCEEDED
    assert len(tries) == 3


def test_a_webhook_that_never_answers_is_given_up_and_said_so() -> None:
    clock, text = FastClock(1000.0), io.StringIO()

    def post(url: str, body: bytes) -> None:
        raise OSError("unreachable")

    assert told(Notices(("https://a",), clock, Log(text, clock), post)) is Outcome.FAILED
    assert json.loads(text.getvalue().splitlines()[-1])["event"] == "webhook_unreachable"


class _Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200 if json.loads(body) == {"text": "help"} else 500)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_message_is_posted_as_json(server: str) -> None:
    post_json(server, b'{"text": "help"}')


def test_a_server_that_cannot_take_a_message_has_not_taken_it(server: str) -> None:
    with pytest.raises(OSError, match="500"):
        post_json(server, b"{}")
