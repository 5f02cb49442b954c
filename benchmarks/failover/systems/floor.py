"""The floor: nothing but the commands of a failover of ours, sent by hand over connections that are open already (`direct`)."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from benchmarks.failover.systems.ours import empty_folder, response
from lab.drills.duty import ROOT, Duty
from lab.errors import LabError
from lab.hosts import Lab
from lab.layout import Role
from lab.services.anew import begin_anew

ENDS_SECONDS = 20.0


class Floor:
    """Looks with our prober and one pair of eyes, decides nothing, writes nothing down."""

    period_seconds = 1.0

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Begin anew, and look."""
        begin_anew(self._lab)
        folder = empty_folder("floor")
        configured = Duty(self._lab, response(), folder)
        beside = self._lab.beside(self._lab.layout.of(Role.CONTROLLER)[0].name)
        words = [*beside, sys.executable, "-m", "benchmarks.failover.direct", str(configured.config), str(folder)]
        pipe = subprocess.PIPE
        self._errors = folder / "errors"
        with self._errors.open("w") as errors:
            self._process = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=errors, text=True, cwd=ROOT)
        assert self._process.stdout is not None
        if self._process.stdout.readline() != "ready\n":
            raise LabError(f"the floor's commands cannot be sent; {self._errors} says why")

    def switch_over(self) -> None:
        """Nothing: it knows one sequence only."""
        raise LabError("the floor of a switchover is not measured")

    def stop(self) -> Mapping[str, Any]:
        """End it, and return what it measured of itself."""
        if self._process is None:
            return {}
        told, _ = self._process.communicate(timeout=ENDS_SECONDS)
        if self._process.returncode:
            raise LabError(f"the floor's commands went wrong; {self._errors} says how")
        measured: dict[str, Any] = json.loads(told)
        return measured
