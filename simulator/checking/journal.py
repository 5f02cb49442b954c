"""The journal comes first: every command was decided by an event that is in it, and it leads to the state that decides."""

from typing import TYPE_CHECKING

from failover.core.cluster import Controller as CoreState
from failover.core.commands import Command, CommandId
from failover.core.controller import Decision, fold
from failover.core.events import Event
from simulator.checking.checker import Checker

if TYPE_CHECKING:
    from simulator.clusters.controllers import Controller

FOLDED_EVERY = 8
"""Of how many journals one is folded anew when its history is over: folding costs what the history did."""


class IntentFirst(Checker):
    """What is sent was decided by this leader, journaled, and not sent before."""

    invariant = "journal-first"

    def begin(self) -> None:
        """Remember what may be sent, by whom: a hook that is not known to have run is every leader's who finds it."""
        self._intents: dict[tuple[str, CommandId], Command] = {}

    def journaled(self, controller: "Controller", event: Event, before: CoreState, decision: Decision) -> None:
        """Take the commands that may be sent from now on."""
        for command in decision.commands:
            self._intents[controller.name, command.id] = command

    def sent(self, controller: "Controller", command: Command) -> None:
        """See that it was to be sent."""
        if self._intents.pop((controller.name, command.id), None) != command:
            self.broken(command.id.cluster, f"{command.kind} at '{command.target}' was sent, and is not in the journal")


class FoldsToState(Checker):
    """Who decides, decides from what the journal leads to, and from nothing that only he remembers."""

    invariant = "fold"

    def begin(self) -> None:
        """Remember what the journal led to last."""
        self._last: CoreState | None = self.clusters.store.state
        self._restored = 0

    def journaled(self, controller: "Controller", event: Event, before: CoreState, decision: Decision) -> None:
        """Hold the state that decided against the one before."""
        store = self.clusters.store
        if store.restored != self._restored:
            self._restored, self._last = store.restored, None
        if self._last is None or before is not self._last:
            journal = [each for _, each in store.journal[:-1]]
            if before != fold(self.clusters.settings, journal):
                self.broken("", f"'{controller.name}' decides from what the journal does not lead to")
        self._last = decision.state
        for note in decision.notes:
            if note.cluster and decision.state.clusters[note.cluster] is before.clusters[note.cluster]:
                self.broken(note.cluster, "what was known before was changed, instead of a copy of it")

    def finish(self) -> None:
        """Fold some journals anew."""
        store = self.clusters.store
        if len(store.journal) % FOLDED_EVERY:
            return
        if fold(self.clusters.settings, (event for _, event in store.journal)) != store.state:
            self.broken("", "the journal leads to another state than the one that decided")
