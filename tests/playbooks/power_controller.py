"""A power controller that speaks Redfish, and does what a test tells it to do wrong."""

import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CREDENTIALS = "admin:secret"


class PowerController:
    """Switches nothing but itself."""

    def __init__(self) -> None:
        self.on = True
        self.name = "db-1"
        self.serial = "S-1"
        self.obeys = True
        self.breaks_off_after_reset = False
        self.resets: list[str] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def system(self) -> dict[str, Any]:
        reset = {"#ComputerSystem.Reset": {"target": "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset"}}
        power = "On" if self.on else "Off"
        return {"Name": self.name, "SerialNumber": self.serial, "PowerState": power, "Actions": reset}

    def reset(self, kind: str) -> None:
        self.resets.append(kind)
        if self.obeys:
            self.on = kind == "On"


@contextmanager
def power_controller() -> Iterator[PowerController]:
    """Yield one that listens."""
    controller = PowerController()
    authorization = "Basic " + b64encode(CREDENTIALS.encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

        def answer(self, status: int, body: object = None) -> None:
            text = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_GET(self) -> None:
            if self.headers["Authorization"] != authorization:
                self.answer(401)
            elif self.path == "/redfish/v1/Systems":
                self.answer(200, {"Members": [{"@odata.id": "/redfish/v1/Systems/1"}]})
            else:
                self.answer(200 if self.path == "/redfish/v1/Systems/1" else 404, controller.system())

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            controller.reset(body["ResetType"])
            if controller.breaks_off_after_reset:
                self.close_connection = True
            else:
                self.answer(204)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    controller.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield controller
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
