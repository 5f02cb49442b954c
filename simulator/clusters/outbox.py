"""How a controller sends what the core orders.

What cannot be taken back leaves only once the store has said that the lease is still held. Between that answer and the command
there is a moment; whoever is frozen in it sends the command when he thaws, however much later. That is why targets check epochs.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from failover.core.commands import Command, CommandId, Outcome
from failover.core.events import CommandEnded
from scenarios.model import Phase
from simulator.clusters.durations import LEASE_CHECK_SECONDS, RELEASE_SECONDS
from simulator.clusters.flights import Flight
from simulator.world import Step

if TYPE_CHECKING:
    from simulator.clusters.clusters import Clusters
    from simulator.clusters.controllers import Controller


class Outbox:
    """What one controller has sent and is about to send."""

    def __init__(self, clusters: "Clusters", controller: "Controller") -> None:
        self._clusters = clusters
        self._world = clusters.world
        self._controller = controller
        self.awaiting: dict[CommandId, Flight] = {}
        """Sent, and nothing reported so far."""
        self.unchecked: list[Command] = []
        """Their lease could not be checked, for the store did not answer."""
        self._held: list[Callable[[], None]] = []
        """What the frozen process would have done."""

    def send(self, command: Command) -> None:
        """Send *command*, after the lease has been checked if it cannot be taken back."""
        controller = self._controller
        session = controller.session
        self._clusters.faults.reached(command, Phase.BEFORE)
        if not controller.leading or controller.session != session:
            return
        if not command.irreversible:
            self._release(command, session)
            return
        then = partial(self._check, command, session)
        seconds = LEASE_CHECK_SECONDS + self._clusters.store.slow_seconds
        self._world.schedule(seconds, Step.CONTROLLER, controller.number, then)

    def in_contact(self) -> None:
        """The store answers again: check what could not be checked."""
        unchecked, self.unchecked = self.unchecked, []
        for command in unchecked:
            self._check(command, self._controller.session)

    def _check(self, command: Command, session: int) -> None:
        controller = self._controller
        if controller.session != session or not controller.leading:
            return
        if controller.frozen:
            self._held.append(partial(self._check, command, session))
        elif not controller.in_contact:
            self.unchecked.append(command)
        elif not controller.holds_lease():
            controller.stand_down()
        else:
            then = partial(self._release, command, session)
            self._world.schedule(RELEASE_SECONDS, Step.CONTROLLER, controller.number, then)

    def _release(self, command: Command, session: int) -> None:
        controller = self._controller
        if controller.session != session or not controller.leading:
            return
        if controller.frozen:
            self._held.append(partial(self._release, command, session))
            return
        for watcher in self._clusters.watchers:
            watcher.sent(controller, command)
        self.awaiting[command.id] = self._clusters.targets.send(controller, command)

    def report(self, flight: Flight, outcome: Outcome, evidence: Mapping[str, Any]) -> None:
        """Take what is reported of a command, unless the process that sent it is gone."""
        controller = self._controller
        if controller.session != flight.session or not controller.leading:
            return
        if controller.frozen:
            self._held.append(partial(self.report, flight, outcome, evidence))
            return
        self.awaiting.pop(flight.command.id, None)
        for watcher in self._clusters.watchers:
            watcher.ended(controller, flight.command, outcome, evidence)
        controller.tell(CommandEnded, flight.command.id, outcome, evidence)

    def thaw(self) -> None:
        """Do what the process was about to do."""
        held, self._held = self._held, []
        for each in held:
            each()

    def clear(self) -> None:
        """Forget what was sent: its reports concern nobody any more."""
        self.awaiting.clear()
        self.unchecked.clear()
        self._held.clear()
