"""The controller on duty while a drill lasts, as a process at its own host's place in the network."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from failover.live.desk_client import DeskClient, NobodyAnswersError
from lab.errors import LabError
from lab.hosts import Lab
from lab.layout import Role
from lab.places import CONTROLLER, DRILLED
from scenarios.model import Order, Response

READY_SECONDS = 60.0
STOPS_SECONDS = 40.0  # it waits for what it sent
POLL_SECONDS = 0.05
ANSWER_SECONDS = 5.0
ROOT = Path(__file__).parents[2]
AT_REST = "watching"


class Duty:
    """A controller that meets an incident as *response* says, with what it keeps in *folder*."""

    def __init__(self, lab: Lab, response: Response, folder: Path) -> None:
        self.lab = lab
        self.folder = folder
        self.log = folder / "controller.log"
        self.journal = folder / "journal.db"
        self.socket = folder / "continuance.sock"
        self.config = DRILLED  # beside the lab's own, whose paths are relative to it
        self._host = lab.layout.of(Role.CONTROLLER)[0].name
        self._process: subprocess.Popen[bytes] | None = None
        self.config.write_text(yaml.safe_dump(self._configuration(response), sort_keys=False), encoding="utf-8")

    def _configuration(self, response: Response) -> dict[str, Any]:
        """Return the lab's own configuration with the response's policies, and everything it keeps in the folder."""
        known: dict[str, Any] = yaml.safe_load(CONTROLLER.read_text(encoding="utf-8"))
        policies = {name: {"mode": cluster.policy.mode.value} for name, cluster in response.topology.clusters.items()}
        own = {
            "state": str(self.folder / "state"),
            "store": f"sqlite:{self.journal}",
            "listen": {"socket": str(self.socket)},
            "policy": policies,
        }
        return {**known, **own}

    def start(self) -> None:
        """Start the controller at its host; it is ready a little later (`wait_until_ready`)."""
        words = [*self.lab.beside(self._host), sys.executable, "-m", *self.program(), "--config", str(self.config)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT, start_new_session=True
            )

    def program(self) -> tuple[str, ...]:
        """Return the module that is the controller, and what it is told before its configuration."""
        return ("failover.live.driver",)

    def kill(self) -> None:
        """End it at once, wherever it is. What it started at hosts goes on there."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def stop(self) -> None:
        """Let it end, if it still runs."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOPS_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    @property
    def running(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.poll() is None

    def wait_until_ready(self) -> None:
        """Return when it leads, knows every cluster well and has nothing left to tend, or raise LabError."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if not self.running:
                raise LabError(f"the controller ended by itself; {self.log} says why")
            if self._is_ready(self.status()):
                return
            time.sleep(POLL_SECONDS)
        raise LabError(f"the controller is not ready after {READY_SECONDS:g} s; {self.log} may say why")

    def _is_ready(self, status: Mapping[str, Any] | None) -> bool:
        if status is None:
            return False
        for name, cluster in status["clusters"].items():
            standbys = {member for member in self.lab.layout.topology.clusters[name].members if member != cluster["primary"]}
            synchronous = cluster["synchronous"]
            tended = set(cluster["followers"]) == standbys and len(synchronous) == 1
            if cluster["state"] != AT_REST or not tended or set(cluster["steps"].values()) - {"done"}:
                return False
        return True

    def status(self) -> Mapping[str, Any] | None:
        """Return how the controller sees things; None while it does not answer."""
        try:
            with DeskClient(self.socket, ANSWER_SECONDS) as desk:
                return desk.ask(status=True)
        except NobodyAnswersError:
            return None

    def order(self, order: Order) -> Mapping[str, Any]:
        """Type *order*, and return what the controller answers. Raises LabError if it does not answer."""
        try:
            with DeskClient(self.socket, ANSWER_SECONDS) as desk:
                return desk.ask(
                    order=order.kind.value,
                    cluster=order.cluster,
                    operator=order.operator,
                    host=order.host,
                    reason=order.reason,
                    expected_primary=order.expected_primary,
                    for_seconds=order.for_seconds,
                    service=order.service,
                )
        except NobodyAnswersError as error:
            raise LabError(f"the controller does not take orders: {error}") from None
