"""Whom commits wait for: nobody is left out by a leader who does not know how he is."""

from collections.abc import Mapping
from typing import Any

from failover.core.cluster import Controller as CoreState
from failover.core.commands import Command, CommandKind, Outcome
from failover.core.controller import Decision
from failover.core.events import Event, HealthChanged, LeaseGained
from failover.core.states import State
from simulator.checking.checker import Checker, Turned


class LeavesOutTheLost(Checker):
    """While all is well, commits stop waiting only for a standby of which somebody has told the leader how it is."""

    invariant = "synchronous-kept"

    def begin(self) -> None:
        """Remember of whom anybody has said anything since the leader gained the lease."""
        self._heard: set[str] = set()

    def journaled(self, controller: object, event: Event, before: CoreState, decision: Decision) -> None:
        """Note what the leader was told."""
        if isinstance(event, LeaseGained):
            self._heard.clear()
        elif isinstance(event, HealthChanged):
            self._heard.add(event.host)

    def ended(self, controller: object, command: Command, outcome: Outcome, evidence: Mapping[str, Any]) -> None:
        """Note what the leader has found out himself."""
        if outcome is Outcome.SUCCEEDED:
            self._heard.add(command.target)

    def decided(self, turn: Turned, command: Command) -> None:
        """Look at who is left out, but for whom a former leader has begun to leave out."""
        if command.kind is not CommandKind.SET_SYNCHRONOUS or turn.before.state is not State.WATCHING:
            return
        known = self._heard | turn.after.quarantined | turn.after.off | {turn.after.primary}
        waited_for = frozenset.intersection(*turn.before.synchronous) if turn.before.synchronous else frozenset[str]()
        for host in sorted(waited_for - known - set(command.details["standbys"])):
            self.broken(turn.name, f"commits are to wait for '{host}' no longer, and nobody has said how it is")
