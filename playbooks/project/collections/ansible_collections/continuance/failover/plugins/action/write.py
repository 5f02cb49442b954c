"""Tries a write through the proxies, in the process of the controller."""

from typing import Any

from ansible.plugins.action import ActionBase

from playbooks.request import read
from playbooks.secret_channel import secret
from playbooks.writing import serves


class ActionModule(ActionBase):  # type: ignore[misc]
    """The action `continuance.failover.write`."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Try it."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        request = read(self._templar.template((task_vars or {})["continuance_request"]))
        named = request["client"]["credentials"]
        try:
            evidence = {"serves": serves(request, secret(named) if named else None)}
        except OSError as error:
            report = {"outcome": "failed", "evidence": {"reason": str(error)}}
            return {**result, "continuance": report, "failed": True}
        return {**result, "continuance": {"outcome": "succeeded", "evidence": evidence}, "changed": False}
