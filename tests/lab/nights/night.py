"""A night on the lab: hosts under load, a controller on duty, and people who type what people type."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from lab.drills.drill import QUIET_SECONDS
from lab.drills.duty import Duty
from lab.drills.reset import make_whole
from lab.drills.result import two_writers
from lab.hosts import Lab
from lab.load.load import Load
from lab.load.record import Result
from scenarios.load import find_scenario, load_scenario

ROOT = Path(__file__).parents[3]
COMES_WITHIN_SECONDS = 60.0
"""Many times what anything takes here: a busy machine stretches everything."""


class Night:
    """What happens on *lab*, whose controller is *duty*."""

    def __init__(self, lab: Lab, duty: Duty, load: Load) -> None:
        self.lab = lab
        self.duty = duty
        self._load = load

    def typed(self, *words: str, operator: str = "ana") -> subprocess.CompletedProcess[str]:
        """Let *operator* type a command of `continuance failover`, and return what came of it."""
        argv = [sys.executable, "-m", "console.main", "failover", *words, "--config", str(self.duty.config)]
        environment = {**os.environ, "CONTINUANCE_OPERATOR": operator, "COLUMNS": "160"}
        return subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=180)

    def cluster(self) -> Mapping[str, Any]:
        """Return what the controller says of the cluster; nothing while it does not answer."""
        status = self.duty.status()
        found: Mapping[str, Any] = {} if status is None else status["clusters"]["cases"]
        return found

    def comes_to(self, state: str, primary: str | None = None) -> None:
        """Wait until the cluster is in *state*, with *primary*."""
        self.until(lambda: self.cluster().get("state") == state and primary in (None, self.cluster().get("primary")), state)

    def until(self, so: Callable[[], bool], what: str) -> None:
        """Wait until it is *so*."""
        deadline = time.monotonic() + COMES_WITHIN_SECONDS
        while not so():
            assert time.monotonic() < deadline, f"{what}: {self.cluster()}"
            time.sleep(0.1)

    def acts(self) -> list[str]:
        """Return what the controller sent to hosts, but for looks."""
        words = self.duty.log.read_text(encoding="utf-8").splitlines()
        lines = [yaml.safe_load(each) for each in words if '"sent"' in each]
        looks = ("verify", "read_positions", "notify", "hook")
        return [f"{line['command']} {line['target']}" for line in lines if line["command"] not in looks]

    async def result(self) -> Result:
        """Return what the load came to."""
        return await self._load.result()


@contextmanager
def night(lab: Lab, folder: Path, mode: str, approvals: int = 1) -> Iterator[Night]:
    """Yield a night whose controller's policy is *mode*, by the yes of *approvals* persons.

    In its end no acknowledged write is lost, and nobody has two primaries.
    """
    scenario = load_scenario(find_scenario("database-power-cut"))
    response = next(each for each in scenario.responses if each.must_meet)
    folder.mkdir(parents=True, exist_ok=True)
    make_whole(lab)
    duty = Duty(lab, response, folder)
    config = yaml.safe_load(duty.config.read_text(encoding="utf-8"))
    duty.start()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        duty.wait_until_ready()  # it has learned by acting whom commits wait for; only then the policy becomes that of the night
        duty.stop()
        config["policy"] = {"cases": {"mode": mode, "approvals": approvals}}
        duty.config.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
        duty.start()
        duty.wait_until_ready()
        load = Load(lab, folder / "load.jsonl")
        _in(loop, load.__aenter__())
        try:
            yield (found := Night(lab, duty, load))
            time.sleep(QUIET_SECONDS)
        finally:
            _in(loop, load.__aexit__(None, None, None))
        result = _in(loop, found.result())
        assert (result.writes.lost, two_writers(result)) == (0, 0)
        assert result.writes.acknowledged > 0
    finally:
        duty.stop()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _in(loop: asyncio.AbstractEventLoop, work: Any) -> Any:
    return asyncio.run_coroutine_threadsafe(work, loop).result(120)
