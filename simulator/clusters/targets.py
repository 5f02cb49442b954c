"""How commands reach their targets, wait for the lock, are refused or carried out, and are reported, each of which can go wrong.

What a command does and what is reported of it are two things. Whoever gives up waiting for a report stops nothing: a command that
waits for a lock, or stands in a frozen host, has its effect when its time comes, however late.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from failover.core.commands import Command, CommandId, CommandKind, Outcome, Question
from failover.core.deadlines import deadline_seconds
from scenarios.model import STORE, Phase, power_of
from simulator.clusters.acts import Acts, Result
from simulator.clusters.durations import SPREAD, USUAL_SECONDS
from simulator.clusters.flights import Flight, Progress
from simulator.clusters.guarded import Guarded
from simulator.world import Step

if TYPE_CHECKING:
    from simulator.clusters.clusters import Clusters
    from simulator.clusters.controllers import Controller

LANDS_AFTER_ALL = 0.5
"""The share of commands into a cut network, or to a frozen host, that arrive when that is over."""
GIVEN_UP_SECONDS = 120.0
"""After so long nothing is sent again."""
CHECKED_SECONDS = 0.05
"""How long it takes to hear that there is nothing to do, or that it is refused."""

_PROXIES = frozenset({CommandKind.WITHDRAW_ROUTE, CommandKind.REROUTE})
_LOCAL = frozenset({CommandKind.HOOK, CommandKind.ASK, CommandKind.NOTIFY})
_OF_MEMBERS = frozenset({Question.ROLE, Question.FOLLOWS, Question.SYNCHRONOUS})


class Targets:
    """All commands on their way."""

    def __init__(self, clusters: "Clusters") -> None:
        self._clusters = clusters
        self._world = clusters.world
        self._network = clusters.network
        self.acts = Acts(clusters)
        self.under_way: dict[Flight, None] = {}
        """Commands that may still have an effect, in the order in which they were sent."""
        self._told: set[CommandId] = set()
        """Hooks and messages that have gone out: the same one again does nothing."""
        self._held_up: list[Flight] = []
        """Sent, and still in somebody's buffers."""
        self._stalled: dict[str, list[Callable[[], None]]] = {}
        """What a frozen host, or a database that hangs, would have done: by endpoint."""
        self._number = 0

    # Where a command goes.

    def _address(self, controller: "Controller", command: Command) -> tuple[str, Guarded | None]:
        """Return the endpoint that *command* goes to, and what is locked there for it."""
        kind, target, details = command.kind, command.target, command.details
        if kind is CommandKind.VERIFY:
            question = details["question"]
            if question == Question.ROUTED:
                return target, self._clusters.proxies.get((command.id.cluster, target))
            if question == Question.IS_OFF:
                return self._fence_endpoint(command), None
            if question in _OF_MEMBERS:
                return target, self._clusters.member(command.id.cluster, target)
            return (target if question == Question.PAGE_WITHDRAWN else controller.name), None
        if kind is CommandKind.FENCE:
            return self._fence_endpoint(command), None
        if kind is CommandKind.POWER_ON:
            return power_of(target), None
        if kind in _PROXIES:
            return target, self._clusters.proxies.get((command.id.cluster, target))
        if kind in _LOCAL:
            return controller.name, None
        if kind is CommandKind.WITHDRAW_PAGE:
            return target, None
        return target, self._clusters.member(command.id.cluster, target)

    def _fence_endpoint(self, command: Command) -> str:
        """An agent on the host reads in the store that it has to stop; everything else goes to the power device."""
        return STORE if command.details["level"] == "self" else power_of(command.target)

    # The way there.

    def send(self, controller: "Controller", command: Command) -> Flight:
        """Let *command* leave *controller*; its report will come, or its deadline."""
        endpoint, guarded = self._address(controller, command)
        flight = Flight(command, controller, endpoint, guarded, self._world.now)
        self.under_way[flight] = None
        seconds = deadline_seconds(command, self._clusters.layout.promote_deadline_seconds[command.id.cluster])
        if seconds is not None:
            self._number += 1
            flight.overdue = self._world.schedule(seconds, Step.COMMAND_OVERDUE, self._number, partial(self._overdue, flight))
        if command.kind is CommandKind.ASK:
            self._clusters.operators.ask(flight)
        elif endpoint == controller.name or self._network.answers(controller.name, endpoint):
            self._travel(flight, self._land)
        elif self._is_there(endpoint) and self._world.uniform(endpoint, "lands after all") < LANDS_AFTER_ALL:
            self._held_up.append(flight)
            self._give_up(flight)
        else:
            self._lose(flight)
            self._give_up(flight)
        return flight

    def _give_up(self, flight: Flight) -> None:
        """Report that the target does not answer, where it was measured how long it takes to find that out."""
        law = self._clusters.layout.unreachable
        if law is not None:
            self._number += 1
            seconds = self._world.draw(law, flight.endpoint, "unreachable")
            self._world.schedule(seconds, Step.COMMAND_LANDS, self._number, partial(self.tell, flight, Outcome.UNKNOWN, {}))

    def _is_there(self, endpoint: str) -> bool:
        """Say whether whoever is not answering at *endpoint* could have a command in his buffers when he does again."""
        machine = self._clusters.machines.by_name.get(endpoint)
        return machine.on if machine is not None else self._network.alive(endpoint)

    def deliver(self) -> None:
        """Let the commands that were held up land where the way is open again, unless that took too long."""
        if not self._held_up:
            return
        held_up, self._held_up = self._held_up, []
        for flight in held_up:
            if not flight.under_way or self._world.now > flight.sent_at + GIVEN_UP_SECONDS:
                self._lose(flight)
            elif not flight.controller.frozen and self._network.answers(flight.controller.name, flight.endpoint):
                self._travel(flight, self._land)
            else:
                self._held_up.append(flight)

    def _travel(self, flight: Flight, then: Callable[[Flight], None]) -> None:
        """A clean way is so short that its time is counted with the act; on a lossy one a command can be late, or lost."""
        if not self._network.is_lossy(flight.controller.name, flight.endpoint):
            then(flight)
            return
        seconds = self._network.travel_seconds(flight.controller.name, flight.endpoint)
        if seconds is None:
            self._lose(flight)
            return
        self._number += 1
        self._world.schedule(seconds, Step.COMMAND_LANDS, self._number, partial(then, flight))

    def _lose(self, flight: Flight) -> None:
        flight.progress = Progress.LOST
        self.under_way.pop(flight, None)

    def _stall(self, flight: Flight, then: Callable[[Flight], None]) -> None:
        self._stalled.setdefault(flight.endpoint, []).append(partial(then, flight))

    def go_on(self, endpoint: str) -> None:
        """Let what was stalled at *endpoint* go on, for its host has thawed, or its database does something again."""
        for each in self._stalled.pop(endpoint, ()):
            each()

    # At the target.

    def _land(self, flight: Flight) -> None:
        if not flight.under_way:
            return
        if not self._network.alive(flight.endpoint) and flight.endpoint != flight.controller.name:
            self._lose(flight)
            return
        guarded = flight.guarded
        if guarded is not None and guarded.busy is not None:
            flight.progress = Progress.WAITING
            guarded.waiting.append(flight)
            return
        self._begin(flight)

    def _begin(self, flight: Flight) -> None:
        """Check under the lock whether the command may be carried out, and begin."""
        command, guarded = flight.command, flight.guarded
        if guarded is not None:
            if command.id in guarded.done:
                self._conclude(flight, Result(Outcome.SUCCEEDED), CHECKED_SECONDS)
                return
            if command.epoch < guarded.guard:
                self._refuse(flight, "newer_epoch", guarded.guard)
                return
            guarded.guard = command.epoch
            guarded.busy = flight
        elif command.id in self._told:
            self._conclude(flight, Result(Outcome.SUCCEEDED), CHECKED_SECONDS)
            return
        elif (refusal := self.acts.refusal(flight)) is not None:
            self._refuse(flight, *refusal)
            return
        elif command.kind in _LOCAL:
            self._told.add(command.id)
        flight.progress = Progress.WITHIN
        self._clusters.faults.reached(command, Phase.WITHIN)
        if flight.progress is Progress.WITHIN:
            self.acts.begin(flight)
        if flight.progress is Progress.WITHIN:
            self._number += 1
            seconds = self._duration_seconds(command) + self.acts.draining_seconds(flight)
            flight.timer = self._world.schedule(seconds, Step.COMMAND_ENDS, self._number, partial(self._finish, flight))

    def _duration_seconds(self, command: Command) -> float:
        if command.kind is CommandKind.PROMOTE:
            cluster = self._world.topology.clusters[command.id.cluster]
            return self._world.draw(cluster.promotion.takes, command.id.cluster, "promotion")
        measured = self._clusters.layout.durations.get(command.kind)
        if measured is not None:
            return self._world.draw(measured, command.target, command.kind.value)
        return USUAL_SECONDS[command.kind] * (1 - SPREAD / 2 + SPREAD * self._world.uniform(command.target, command.kind.value))

    def _finish(self, flight: Flight) -> None:
        """Let the command have its effect, unless what it acts on stands still; then as soon as that goes on."""
        if flight.progress is not Progress.WITHIN:
            return
        if not self._network.alive(flight.endpoint) and flight.endpoint != flight.controller.name:
            self._stall(flight, self._finish)
            return
        self._clusters.notes.explain_by(flight.command)
        result = self.acts.finish(flight)
        if result is None:
            flight.stuck = True
            self._stall(flight, self._finish)
            return
        flight.progress = Progress.DONE
        if result.effect:
            flight.effect_at = self._world.now
            if flight.guarded is not None:
                flight.guarded.done.add(flight.command.id)
            for watcher in self._clusters.watchers:
                watcher.effect(flight.command, flight.endpoint)
            self._clusters.faults.reached(flight.command, Phase.AFTER)
        self._conclude(flight, result)

    def _refuse(self, flight: Flight, reason: str, evidence: Any) -> None:
        for watcher in self._clusters.watchers:
            watcher.refused(flight.command, flight.endpoint, reason)
        flight.progress = Progress.REFUSED
        self._conclude(flight, Result(Outcome.FAILED, {reason: evidence}), CHECKED_SECONDS)

    def _conclude(self, flight: Flight, result: Result, in_seconds: float = 0.0) -> None:
        """Free the lock for the next, and report."""
        self.under_way.pop(flight, None)
        if flight.progress is not Progress.REFUSED:
            flight.progress = Progress.DONE
        self._free(flight)
        if result.outcome is Outcome.UNKNOWN or self._clusters.faults.loses_report(flight.command):
            return
        if self._network.is_lossy(flight.endpoint, flight.controller.name):
            seconds = self._network.travel_seconds(flight.endpoint, flight.controller.name)
            if seconds is None:
                return
            in_seconds += seconds
        if in_seconds:
            self._number += 1
            then = partial(self._report, flight, result.outcome, result.evidence)
            self._world.schedule(in_seconds, Step.COMMAND_LANDS, self._number, then)
        else:
            self._report(flight, result.outcome, result.evidence)

    def _free(self, flight: Flight) -> None:
        guarded = flight.guarded
        if guarded is None:
            return
        if guarded.busy is flight:
            guarded.busy = None
        if guarded.busy is None and guarded.waiting:
            self._begin(guarded.waiting.popleft())

    def abort(self, host: str) -> None:
        """Everything on *host* is gone: what was under way there never ends, though it may have left something on the disk."""
        self._stalled.pop(host, None)
        for flight in [each for each in self.under_way if host in (each.endpoint, each.controller.name)]:
            if flight.endpoint != host and flight.progress is not Progress.TRAVELLING:
                continue  # what has arrived goes on without whoever sent it
            if flight.timer is not None:
                flight.timer.cancel()
            if flight.progress is Progress.WITHIN:
                self.acts.interrupt(flight)
            self._lose(flight)
        for guarded in self._clusters.guarded_on.get(host, ()):
            guarded.busy = None
            guarded.waiting.clear()

    # The way back.

    def _report(self, flight: Flight, outcome: Outcome, evidence: Mapping[str, Any]) -> None:
        if flight.endpoint == flight.controller.name or self._network.reaches(flight.endpoint, flight.controller.name):
            self.tell(flight, outcome, evidence)

    def _overdue(self, flight: Flight) -> None:
        """Nobody waits any longer. What hangs at its target is ended there too; everything else goes on."""
        if flight.stuck and flight.progress is Progress.WITHIN:
            self.acts.give_up(flight)
            self._lose(flight)
            self._free(flight)
        self.tell(flight, Outcome.UNKNOWN, {})

    def tell(self, flight: Flight, outcome: Outcome, evidence: Mapping[str, Any]) -> None:
        """Report *flight* to its controller, once."""
        if flight.reported is None:
            flight.reported = outcome
            if flight.overdue is not None:
                flight.overdue.cancel()
            flight.controller.outbox.report(flight, outcome, evidence)
