"""What whoever looks on is told. A checker inherits from `Watcher` and overrides what it wants to know."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from failover.core.cluster import Controller as CoreState
from failover.core.commands import Command, Outcome
from failover.core.controller import Decision
from failover.core.events import Event, Ordered

if TYPE_CHECKING:
    from simulator.clusters.clusters import Clusters
    from simulator.clusters.controllers import Controller


class Watcher:
    """Looks on, and changes nothing."""

    def attach(self, clusters: "Clusters") -> None:
        """Begin to watch *clusters*: called once, before second 0."""

    def changed(self) -> None:
        """Something has changed in truth: a host, a process, a role, a route, the network."""

    def led(self, controller: "Controller") -> None:
        """The store has granted *controller* the lease."""

    def stood_down(self, controller: "Controller") -> None:
        """A *controller* no longer believes that it leads."""

    def journaled(self, controller: "Controller", event: Event, before: CoreState, decision: Decision) -> None:
        """An *event* was written and applied; its commands have not been sent."""

    def ordered(self, controller: "Controller", order: Ordered) -> None:
        """A person's *order* is about to be applied."""

    def sent(self, controller: "Controller", command: Command) -> None:
        """A *command* leaves its controller, the lease checked."""

    def effect(self, command: Command, endpoint: str) -> None:
        """A *command* has just had its true effect."""

    def refused(self, command: Command, endpoint: str, reason: str) -> None:
        """A target refused a *command*: newer_epoch, identity or incarnation."""

    def ended(self, controller: "Controller", command: Command, outcome: Outcome, evidence: Mapping[str, Any]) -> None:
        """What is reported of a *command*, before the core is told."""
