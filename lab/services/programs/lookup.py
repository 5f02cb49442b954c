"""The lookup service: `GET /case/NUMBER` tells of a case, and says how fresh that is; `/health` and `/metrics` are for machines.

An answer from a stale copy is still 200, and says so twice: in the body, and in the header `Warning`
(110, response is stale). Without any copy the answer is 503, and the proxy asks the other host.
"""

import json
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lab.services.programs.last_copy import LastCopy

PORT = 8000


class Server(ThreadingHTTPServer):
    """Answers each request in a thread of its own."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address: str, port: int, copy: LastCopy) -> None:
        self.copy = copy
        super().__init__((address, port), Lookup)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tell of what went wrong here; who goes away without waiting for the answer, as health checks do, is no concern."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Lookup(BaseHTTPRequestHandler):
    """One request."""

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 30
    wbufsize = -1  # an answer is sent as one

    def do_GET(self) -> None:
        """Answer by the path."""
        number = self.path.removeprefix("/case/")
        answer = self.server.copy.answer(number)
        if self.path == "/metrics":
            self._say(200, metrics(answer.age_seconds if answer else None), "text/plain; version=0.0.4")
        elif answer is None:
            self._say_json(503, {"host": socket.gethostname(), "problem": "no copy of the cases yet"})
        elif self.path == "/health":
            self._say_json(200, {"host": socket.gethostname(), "freshness": answer.freshness})
        elif answer.case is None:
            self._say_json(404, {"host": socket.gethostname(), "problem": "no such case"})
        else:
            told = {
                "host": socket.gethostname(),
                "case": {"number": number, **answer.case},
                "as_of": answer.as_of.isoformat(timespec="milliseconds"),
                "freshness": answer.freshness,
                "age_seconds": round(answer.age_seconds, 3),
            }
            self._say_json(200, told, {} if answer.fresh else {"Warning": '110 - "Response is Stale"'})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: the journal is for what goes wrong."""

    def _say_json(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self._say(status, json.dumps(body) + "\n", "application/json", headers)

    def _say(self, status: int, text: str, content_type: str, headers: dict[str, str] | None = None) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": content_type, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def metrics(age_seconds: float | None) -> str:
    """The age of the copy for Prometheus; nothing where there is none."""
    named = "continuance_copy_age_seconds"
    return f"# TYPE {named} gauge\n" + (f"{named} {age_seconds:.3f}\n" if age_seconds is not None else "")


def serve(address: str, copy: LastCopy) -> None:
    """Serve for ever."""
    Server(address, PORT, copy).serve_forever()
