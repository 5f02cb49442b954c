"""Hand-made histories for checkers: a real cluster at second 0, in which a test does what it likes and tells the checker of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from failover.core.cluster import ClusterState
from failover.core.commands import Command, CommandId, CommandKind, Epoch, Outcome
from failover.core.controller import Decision
from failover.core.events import CommandEnded, Event, Ordered, OrderKind, Woken
from failover.core.notes import Note, NoteKind
from failover.core.states import State
from scenarios.model import power_of
from simulator.checking.checker import Checker, Turned, Violation
from simulator.checking.ledger import Ledger
from simulator.clusters.clusters import Clusters
from simulator.clusters.controllers import Controller
from simulator.clusters.flights import Flight
from simulator.clusters.members import Member
from tests.simulator.building import prepare

NETWORK = """
    name: three
    sites: {{a: {{}}, b: {{}}}}
    components: {{rack: {{site: a}}}}
    hosts:
      db-[1-2]: {{site: a, uses: [rack]}}
      db-3: {{site: b}}
      db-4: {{site: a, uses: [rack]}}
      db-5: {{site: b}}
      edge-[1-2]: {{site: b}}
    clusters:
      db:
        members: [db-1, db-2, db-3]
        primary: db-1
        replication: {{mode: {mode}, lag: 1s}}
        routes: [edge-1, edge-2]
        fence: [redfish, self, operator]
        policy: {{mode: {policy}, rpo: 10s, attempts: 2, within: 10m, approvals: {approvals}}}
      other: {{members: [db-4, db-5], primary: db-4}}
    services: {{shop: {{needs: db}}}}
    safety: {{group: {{clusters: [db, other], at_most: 1}}}}
"""

INCIDENT = "{horizon: 2h, incident: [{at: 1h, fail: db-1}]}"
"""It is never played."""


class Scene:
    """One checker, and a cluster `db` of three members: db-1 is primary, db-2 and db-3 follow."""

    def __init__(self, checker: Checker, mode: str = "synchronous", policy: str = "automatic", approvals: int = 1) -> None:
        run = prepare(NETWORK.format(mode=mode, policy=policy, approvals=approvals), INCIDENT)
        assert run.clusters is not None
        self.clusters: Clusters = run.clusters
        self.database = self.clusters.databases["db"]
        self.controller: Controller = next(iter(self.clusters.controllers.values()))
        self.violations: list[Violation] = []
        self.ledger = Ledger()
        self._told = (self.ledger, checker)
        for each in self._told:
            each.join(self.clusters, self.ledger, self.violations)
        self.known: ClusterState = self.clusters.store.state.clusters["db"].copy()
        self._number = 100

    @property
    def broken(self) -> list[str]:
        """What the checker has told so far."""
        return [each.text for each in self.violations]

    def member(self, host: str) -> Member:
        return self.database.members[host]

    def command(self, kind: CommandKind, target: str, run: int = 1, epoch: tuple[int, int] = (1, 50), **details: Any) -> Command:
        """Make a command with a number of its own."""
        self._number += 1
        return Command(CommandId("db", self._number), run, kind, target, Epoch(*epoch), details)

    # What happens.

    def sent(self, command: Command) -> Command:
        for each in self._told:
            each.sent(self.controller, command)
        return command

    def ended(self, command: Command, outcome: Outcome = Outcome.SUCCEEDED, **evidence: Any) -> None:
        for each in self._told:
            each.ended(self.controller, command, outcome, evidence)

    def effect(self, command: Command, endpoint: str | None = None) -> None:
        for each in self._told:
            each.effect(command, endpoint or command.target)

    def changed(self) -> None:
        for each in self._told:
            each.changed()

    def led(self) -> None:
        for each in self._told:
            each.led(self.controller)

    def look(self, kind: CommandKind, target: str, run: int = 1, details: Mapping[str, Any] = {}, **evidence: Any) -> Command:
        """Let a look be sent, and come back with *evidence*."""
        command = self.sent(self.command(kind, target, run, **details))
        self.ended(command, **evidence)
        return command

    def promoted(self, host: str, run: int = 1, **details: Any) -> Command:
        """Let *host* become primary by command."""
        return self.promote(self.command(CommandKind.PROMOTE, host, run, (1, 60), **{"synchronous": (), **details}))

    def promote(self, command: Command) -> Command:
        """Let *command*, which promotes, be sent and have its effect."""
        self.sent(command)
        self.clusters.targets.acts.become_primary(self.member(command.target), _flight(self, command))
        self.effect(command)
        return command

    def switched_off(self, host: str) -> None:
        """Take the power of *host* away, in truth."""
        self.clusters.switch_off(host)

    def turned(
        self,
        event: Event | None = None,
        notes: Sequence[Note] = (),
        commands: Sequence[Command] = (),
        **changes: Any,
    ) -> None:
        """Let an event be journaled that made *changes* to what is known of the cluster."""
        before, after = self.known, self.known.copy()
        for name, value in changes.items():
            setattr(after, name, value)
        self.known = after
        event = event or self.woken()
        state = self.clusters.store.state.copy()
        state.clusters["db"] = after
        decision = Decision(state, tuple(commands), None, tuple(notes))
        known = self.clusters.store.state
        turn = Turned(self.controller, event, "db", before, after, notes, commands, state)
        for each in self._told:
            each.journaled(self.controller, event, known, decision)
        for each in self._told:
            each.turned(turn)
            for command in commands:
                each.decided(turn, command)
            for note in notes:
                each.noted(turn, note)

    def reported(self, command: Command, evidence: Mapping[str, Any], **changes: Any) -> None:
        """Let what was reported of *command* be journaled."""
        self.ledger.commands[command.id] = command
        event = CommandEnded(self.at, self.wall, command.id, Outcome.SUCCEEDED, evidence)
        self.turned(event, **changes)

    def ordered(self, kind: OrderKind, operator: str = "ana", taken: bool = True, notes: Sequence[Note] = (), **order: Any) -> None:
        """Let an order be journaled, and taken or refused."""
        changes = {name: order.pop(name) for name in list(order) if name not in Ordered._fields}
        order.setdefault("reason", "because")
        event = Ordered(self.at, self.wall, "db", kind, operator, **order)
        answer = Note("db", NoteKind.ORDERED if taken else NoteKind.ORDER_REFUSED, {})
        self.turned(event, [*notes, answer], **changes)

    def later(self, seconds: float) -> None:
        """Let time pass, in which nothing happens."""
        self.clusters.world._environment.run(until=self.clusters.world.now + seconds)

    @property
    def at(self) -> float:
        return self.controller.clock.monotonic()

    @property
    def wall(self) -> float:
        return self.controller.clock.wall()

    def woken(self, later_seconds: float = 0.0) -> Woken:
        return Woken(self.at + later_seconds, self.wall + later_seconds)


def _flight(scene: Scene, command: Command) -> Flight:
    return Flight(command, scene.controller, command.target, scene.member(command.target), 0.0)


def entered(before: State, after: State, run: int = 1) -> Note:
    return Note("db", NoteKind.ENTERED, {"run": run, "before": before.value, "state": after.value, "reason": ""})


def decided(goal: str = "failover", run: int = 1) -> Note:
    return Note("db", NoteKind.DECIDED, {"run": run, "goal": goal, "because": ""})


def recovered(primary: str, *unrouted: str) -> Note:
    return Note("db", NoteKind.RECOVERED, {"primary": primary, "run": 1, "unrouted": unrouted})


def fence_of(scene: Scene, host: str, **details: Any) -> tuple[Command, str]:
    """A fence, and where it goes."""
    return scene.command(CommandKind.FENCE, host, **{"level": "redfish", "identity": host, "incarnation": 0, **details}), power_of(
        host
    )
