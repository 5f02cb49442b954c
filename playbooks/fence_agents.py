"""Programs of the fence-agents project: their options go to their standard input, so that no password is on a command line."""

import subprocess
from collections.abc import Mapping
from typing import Any

from playbooks.redfish import PowerError

AGENT_SECONDS = 30.0
_IS_ON, _IS_OFF = 0, 2


class Agent:
    """One program, wired to one host by its options."""

    def __init__(self, power: Mapping[str, Any], credentials: str) -> None:
        self._program = str(power["program"])
        self._options = dict(power["options"])
        user, _, password = credentials.partition(":")
        if credentials:
            self._options |= {"username": user, "password": password}
        self.identity: str | None = str(power["host"])
        """An agent cannot say whom it is wired to: its options are believed."""

    def is_on(self) -> bool:
        """Ask whether its host has power."""
        status = self._run("status")
        if status not in (_IS_ON, _IS_OFF):
            raise PowerError(f"'{self._program}' cannot say whether it is off")
        return status == _IS_ON

    def press(self, button: str) -> None:
        """Switch off for `ForceOff`, on for `On`."""
        action = {"ForceOff": "off", "On": "on"}[button]
        if self._run(action) != 0:
            raise PowerError(f"'{self._program}' could not switch it {action}")

    def close(self) -> None:
        """Nothing is open."""

    def _run(self, action: str) -> int:
        options = {**self._options, "action": action}
        text = "".join(f"{key}={value}\n" for key, value in options.items())
        try:
            ended = subprocess.run([self._program], input=text, text=True, capture_output=True, timeout=AGENT_SECONDS, check=False)
        except FileNotFoundError:
            raise PowerError(f"'{self._program}' is not installed") from None
        except subprocess.TimeoutExpired:
            raise PowerError(f"'{self._program}' did not end in time") from None
        return ended.returncode
