"""Continuance, as a drill runs it: one controller and a second vantage point, by the policy of the lab's own network."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from failover.core.events import OrderKind
from lab.drills.duty import Duty
from lab.errors import LabError
from lab.hosts import Lab
from lab.places import STATE
from lab.services.anew import begin_anew
from scenarios.load import build_scenario, find_scenario, read_scenario
from scenarios.model import Order, Response

SCENARIO = "database-power-cut"
"""Its response that has to meet the objectives is how every incident is met."""


def response() -> Response:
    """Return how incidents are met: by policy, without anybody on call."""
    scenario = build_scenario(read_scenario(find_scenario(SCENARIO)))
    return next(each for each in scenario.responses if each.must_meet)


class Ours:
    """The driver, with its journal, its eyes and its runner."""

    period_seconds = 1.0

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._duty: Duty | None = None

    def start(self) -> None:
        """Begin anew, and let the controller take over."""
        begin_anew(self._lab)
        self._duty = Duty(self._lab, response(), empty_folder("ours"))
        self._duty.start()
        self._duty.wait_until_ready()

    def switch_over(self) -> None:
        """Order it, as an operator does."""
        assert self._duty is not None
        (cluster,) = self._lab.layout.topology.clusters.values()
        to = next(member for member in cluster.members if member != cluster.primary)
        answer = self._duty.order(Order(OrderKind.SWITCHOVER, cluster.name, "benchmark", host=to, reason="measured"))
        if not answer.get("taken"):
            raise LabError(f"the switchover was refused: {answer}")

    def stop(self) -> Mapping[str, Any]:
        """End the controller; keep when each command left, and how long it took."""
        if self._duty is None:
            return {}
        self._duty.stop()
        return {"commands": commands(self._duty.log)}


def empty_folder(name: str) -> Path:
    """Return an empty folder of the lab for what *name* keeps of one run; it stays until the next."""
    folder = STATE / "benchmark" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def commands(log: Path) -> list[Any]:
    """Return the commands of the recovery in *log*: when each left, what it was, its target, and how long it took."""
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines() if line.startswith("{")]
    begun = next((place for place, line in enumerate(lines) if line["event"] == "note" and line["note"] == "decided"), len(lines))
    sent = {line["id"]: line["at"] for line in lines[begun:] if line["event"] == "sent"}
    ended = [line for line in lines[begun:] if line["event"] == "ended" and line["id"] in sent]
    return [[sent[line["id"]], line["command"], line["target"], line["seconds"]] for line in ended]
