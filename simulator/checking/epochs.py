"""A lease is not mutual exclusion: epochs only grow, targets obey the newest, and what cannot be undone is sent by who leads."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from failover.core.cluster import Controller as CoreState
from failover.core.commands import Command, Epoch, Outcome
from failover.core.controller import Decision
from failover.core.events import Event, LeaseGained
from failover.core.states import State
from simulator.checking.checker import Checker, Turned
from simulator.checking.ledger import GUARDED, asks_target
from simulator.clusters.durations import RELEASE_SECONDS

if TYPE_CHECKING:
    from simulator.clusters.controllers import Controller

SLACK_SECONDS = 1e-6


class EpochsGrow(Checker):
    """Every leader, every recovery and every promotion has an epoch of its own, newer than all before; so has a look at an act."""

    invariant = "epoch"

    def begin(self) -> None:
        """Remember the latest act at each target."""
        self._acts: dict[tuple[str, str], Command] = {}
        self._restored = 0

    def turned(self, turn: Turned) -> None:
        """Look at the epoch before, after, and of every command."""
        before, after = turn.before.epoch, turn.after.epoch
        if after < before:
            self.broken(turn.name, f"epoch {before} was followed by {after}")
        leads = isinstance(turn.event, LeaseGained)
        if after <= before and (leads or turn.begins or any(to is State.PROMOTING for _, to in turn.ways)):
            self.broken(turn.name, f"epoch {before} goes on in a new recovery, promotion or lease")
        if leads and after.term < turn.state.term:
            self.broken(turn.name, f"epoch {after} is of an older term than {turn.state.term}")

    def decided(self, turn: Turned, command: Command) -> None:
        """Hold the epoch of a command against those of its turn, and that of a look against the act before it."""
        if not turn.before.epoch <= command.epoch <= turn.after.epoch and command.id not in turn.before.hooks:
            self.broken(turn.name, f"{command.kind} carries {command.epoch}, between {turn.before.epoch} and {turn.after.epoch}")
        if self.clusters.store.restored != self._restored:
            self._restored = self.clusters.store.restored
            self._acts.clear()  # nobody knows any more of what was sent before, nor under which epoch
        key = (turn.name, command.target)
        if command.kind in GUARDED:
            self._acts[key] = command
        elif asks_target(command) and (act := self._acts.pop(key, None)) is not None and command.epoch <= act.epoch:
            self.broken(turn.name, f"{act.kind} at '{command.target}' may come after the look at it, and would not be refused")


class NewestOnly(Checker):
    """No target acts under an epoch older than one it has acted or answered under, nor twice for one command."""

    invariant = "newest-epoch"

    def begin(self) -> None:
        """Remember the newest epoch under which each target has acted, and the latest look that came back from it."""
        self._newest: dict[tuple[str, str], Epoch] = {}
        self._looked: dict[tuple[str, str], int] = {}
        self._done: set[tuple[object, str]] = set()

    def ended(self, controller: object, command: Command, outcome: Outcome, evidence: Mapping[str, Any]) -> None:
        """Remember a look that came back."""
        if asks_target(command) and outcome is Outcome.SUCCEEDED:
            key = (command.id.cluster, command.target)
            self._looked[key] = max(self._looked.get(key, 0), self.ledger.places[command.id])

    def effect(self, command: Command, endpoint: str) -> None:
        """Hold an act against what its target has done and answered before."""
        cluster = command.id.cluster
        if (command.id, endpoint) in self._done and not self.clusters.store.restored:
            self.broken(cluster, f"{command.kind} at '{endpoint}' was done twice")
        self._done.add((command.id, endpoint))
        if command.kind not in GUARDED:
            return
        key = (cluster, command.target)
        newest = self._newest.get(key, command.epoch)
        if command.epoch < newest:
            self.broken(cluster, f"'{command.target}' did {command.kind} of {command.epoch} after it had acted under {newest}")
        self._newest[key] = max(newest, command.epoch)
        if self.ledger.places[command.id] < self._looked.get(key, 0):
            self.broken(cluster, f"{command.kind} at '{command.target}' was done after a later look at it had come back")


class LeaseHeld(Checker):
    """Only the leader sends; what cannot be undone leaves only while the store has the lease for it, or a moment after."""

    invariant = "lease"

    def begin(self) -> None:
        """Remember who holds the lease, and who stands still."""
        self._holder: tuple[str | None, int] = (None, 0)
        self._lost_at: dict[str, float] = {}
        self._thawed_at: dict[str, float] = {}
        self._frozen: set[str] = set()
        self._controllers = tuple(self.clusters.controllers.values())

    def changed(self) -> None:
        """Note when a lease was lost, and when somebody has gone on."""
        self._see()
        for controller in self._controllers:
            if controller.frozen:
                self._frozen.add(controller.name)
            elif controller.name in self._frozen:
                self._frozen.discard(controller.name)
                self._thawed_at[controller.name] = self.clusters.world.now

    def led(self, controller: object) -> None:
        """Note that the one before has lost it."""
        self._see()

    def _see(self) -> None:
        store = self.clusters.store
        if self._holder != (store.holder, store.term):
            if self._holder[0] is not None:
                self._lost_at[self._holder[0]] = self.clusters.world.now
            self._holder = (store.holder, store.term)

    def sent(self, controller: "Controller", command: Command) -> None:
        """Ask the store whose the lease is."""
        if not controller.leading:
            self.broken(command.id.cluster, f"'{controller.name}' sends {command.kind} and does not lead")
        if not command.irreversible:
            return
        store, now, name = self.clusters.store, self.clusters.world.now, controller.name
        if store.holder == name and store.term == controller.term:
            return
        just_lost = now - self._lost_at.get(name, now) <= RELEASE_SECONDS + SLACK_SECONDS
        if not just_lost and self._thawed_at.get(name) != now and name not in self._frozen:
            self.broken(command.id.cluster, f"'{name}' sends {command.kind} at '{command.target}' without the lease")


class StoreFirst(Checker):
    """Nothing is decided that a store which grants, and which the leader reaches, has not written down."""

    invariant = "store"

    def journaled(self, controller: "Controller", event: Event, before: CoreState, decision: Decision) -> None:
        """Look at the store."""
        store = self.clusters.store
        if not store.reached_by(controller.name):
            self.broken("", f"'{controller.name}' decides, and the store does not answer it")
        if not store.journal or store.journal[-1][1] is not event:
            self.broken("", f"'{controller.name}' decides by what is not in the journal")
        if store.holder != controller.name or store.term != controller.term:
            self.broken("", f"'{controller.name}' decides, and the lease is not its own")
