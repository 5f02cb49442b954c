"""Switches the power of a host, or looks at it, in the process of the controller."""

from typing import Any

from ansible.plugins.action import ActionBase

from playbooks.power import carry_out
from playbooks.request import read
from playbooks.secret_channel import secret


class ActionModule(ActionBase):  # type: ignore[misc]
    """The action `continuance.failover.power`."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Do what the request says."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        request = read(self._templar.template((task_vars or {})["continuance_request"]))
        report = carry_out(request, secret)
        done = report["outcome"] == "succeeded"
        return {**result, "continuance": report, "failed": not done, "changed": done and request["command"] != "verify"}
