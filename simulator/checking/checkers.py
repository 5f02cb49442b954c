"""All checkers together, as one watcher: each is told only what it wants to know."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from failover.core.cluster import Controller as CoreState
from failover.core.commands import Command, Outcome
from failover.core.controller import Decision
from failover.core.events import Event
from simulator.checking.candidates import FreshPositions, MostAdvanced, NothingLost, OtherDomain, SameHistory, SynchronousFirst
from simulator.checking.checker import Checker, Turned, Violation
from simulator.checking.detection import NoFalseFailover, SeveralSee
from simulator.checking.epochs import EpochsGrow, LeaseHeld, NewestOnly, StoreFirst
from simulator.checking.fencing import FencedFirst, FencePath, OffBySight
from simulator.checking.journal import FoldsToState, IntentFirst
from simulator.checking.ledger import Ledger
from simulator.checking.orders import Obeyed
from simulator.checking.policy import Held, NoFailback
from simulator.checking.quarantine import KeptOut
from simulator.checking.recoveries import LookFirst, NeverBlind, NeverLeft, OneRecovery
from simulator.checking.routes import Recovered, RoutedToPrimary
from simulator.checking.untouched import Aborted, HooksOnce, OnlyLooks
from simulator.checking.waiting import LeavesOutTheLost
from simulator.checking.writers import OneWriter
from simulator.clusters.watching import Watcher

if TYPE_CHECKING:
    from simulator.clusters.clusters import Clusters
    from simulator.clusters.controllers import Controller

ALL: tuple[type[Checker], ...] = (
    FencedFirst,
    OffBySight,
    FencePath,
    OneWriter,
    OneRecovery,
    NeverLeft,
    NeverBlind,
    LookFirst,
    EpochsGrow,
    NewestOnly,
    LeaseHeld,
    StoreFirst,
    IntentFirst,
    FoldsToState,
    FreshPositions,
    MostAdvanced,
    SameHistory,
    NothingLost,
    SynchronousFirst,
    LeavesOutTheLost,
    OtherDomain,
    RoutedToPrimary,
    Recovered,
    KeptOut,
    SeveralSee,
    NoFalseFailover,
    Held,
    NoFailback,
    Obeyed,
    OnlyLooks,
    Aborted,
    HooksOnce,
)
"""Every checker that may look on at any history; whether clusters come back (`liveness`) is asked only when all is mended."""


class Checkers(Watcher):
    """Attach it to a run; what was broken stands in `violations`."""

    def __init__(self, *more: Checker) -> None:
        self.violations: list[Violation] = []
        self._attached = False
        self._ledger = Ledger()
        self._all: tuple[Checker, ...] = (self._ledger, *(kind() for kind in ALL), *more)
        self._journaled = self._wanting("journaled")
        self._turned = self._wanting("turned")
        self._decided = self._wanting("decided")
        self._noted = self._wanting("noted")
        self._sent = self._wanting("sent")
        self._effect = self._wanting("effect")
        self._ended = self._wanting("ended")
        self._led = self._wanting("led")
        self._changed = self._wanting("changed")

    def _wanting(self, name: str) -> tuple[Callable[..., None], ...]:
        """Return the method called *name* of every checker that has one of its own."""
        nothing = (getattr(Checker, name), getattr(Watcher, name, None))
        return tuple(getattr(each, name) for each in self._all if getattr(type(each), name) not in nothing)

    def attach(self, clusters: "Clusters") -> None:
        """Let every checker begin. Where there are no clusters, nobody calls this, and there is nothing to check."""
        self._attached = True
        for each in self._all:
            each.join(clusters, self._ledger, self.violations)

    def changed(self) -> None:
        """Tell who wants to know."""
        for tell in self._changed:
            tell()

    def led(self, controller: "Controller") -> None:
        """Tell who wants to know."""
        for tell in self._led:
            tell(controller)

    def journaled(self, controller: "Controller", event: Event, before: CoreState, decision: Decision) -> None:
        """Tell who wants to know of the event, and of what it made of each cluster."""
        for tell in self._journaled:
            tell(controller, event, before, decision)
        state, known = decision.state, before.clusters
        for name, after in state.clusters.items():
            if after is not known[name]:
                notes = [note for note in decision.notes if note.cluster == name] if decision.notes else ()
                commands = [each for each in decision.commands if each.id.cluster == name] if decision.commands else ()
                self._take(Turned(controller, event, name, known[name], after, notes, commands, state))

    def _take(self, turn: Turned) -> None:
        for take in self._turned:
            take(turn)
        for command in turn.commands:
            for decided in self._decided:
                decided(turn, command)
        for note in turn.notes:
            for noted in self._noted:
                noted(turn, note)

    def sent(self, controller: "Controller", command: Command) -> None:
        """Tell who wants to know."""
        for tell in self._sent:
            tell(controller, command)

    def effect(self, command: Command, endpoint: str) -> None:
        """Tell who wants to know."""
        for tell in self._effect:
            tell(command, endpoint)

    def ended(self, controller: "Controller", command: Command, outcome: Outcome, evidence: Mapping[str, Any]) -> None:
        """Tell who wants to know."""
        for tell in self._ended:
            tell(controller, command, outcome, evidence)

    def finish(self) -> None:
        """The history is over."""
        for each in self._all if self._attached else ():
            each.finish()
