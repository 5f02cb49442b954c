"""To play the core against an honest world: what it orders is done and reported at once, unless a test bends it.

There are no delays and there is no chance. What the adversary can do is the simulator's business; here it is seen what the core
decides.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from failover.core.cluster import ClusterState, Controller
from failover.core.commands import Command, CommandKind, Outcome
from failover.core.controller import Decision, begin, step
from failover.core.events import CommandEnded, Event, Health, HealthChanged, LeaseGained, Ordered, OrderKind, Woken
from failover.core.notes import NoteKind
from failover.core.settings import Settings
from failover.core.states import State
from tests.failover.core.honest import Answer, HonestWorld, Member
from topology.document import parse_document
from topology.load import build_topology

PAIR = """
name: pair
sites: {here: {}, there: {}}
hosts:
  db-1: {site: here, role: database}
  db-2: {site: there, role: database}
clusters:
  db: {members: [db-1, db-2], primary: db-1, fence: [redfish, operator], policy: {mode: automatic, detection_window: 3s}}
services:
  shop: {needs: db}
"""

TRIO = """
name: trio
sites: {here: {}, there: {}}
hosts:
  db-[1-2]: {site: here, role: database}
  db-3: {site: there, role: database}
  edge-[1-2]: {site: here, role: proxy}
clusters:
  db:
    members: [db-1, db-2, db-3]
    primary: db-1
    replication: {mode: synchronous}
    routes: [edge-1, edge-2]
    fence: [redfish, fence_agent, operator]
    policy: {mode: automatic, detection_window: 3s}
services:
  shop: {needs: db}
"""

EVENTS_AT_ONCE_MAX = 500
"""So much may follow from one event without any time passing; more than that never ends."""

Bend = Callable[["Play", Command], Answer | None]
"""What a test says instead of the world; None leaves it to the world."""


@dataclass(kw_only=True)
class Play(HonestWorld):
    """The core and its world: `tell` gives the core an event, and whatever it orders is done and reported until it rests."""

    settings: Settings
    state: Controller
    now: float = 0.0
    bends: list[Bend] = field(default_factory=list)
    journal: list[Event] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    sent: list[Command] = field(default_factory=list)
    holding: bool = False
    """Commands are kept back in `waiting` instead of being done."""
    waiting: list[Command] = field(default_factory=list)
    wake_at: float | None = None
    queue: list[Event] = field(default_factory=list)
    """Events that the core has not been given yet."""

    @property
    def db(self) -> ClusterState:
        return self.state.clusters["db"]

    def tell(self, *events: Event) -> None:
        """Give *events* to the core, and everything that is reported of the commands they lead to."""
        self.queue += events
        for _ in range(EVENTS_AT_ONCE_MAX):
            if not self.queue:
                return
            self.take(self.queue.pop(0))
        self.queue.clear()
        raise AssertionError(f"it never comes to rest: {[str(each.kind) for each in self.sent[-10:]]}")

    def take(self, event: Event) -> None:
        """Journal *event*, apply it, and do what it leads to."""
        self.journal.append(event)
        decision = step(self.state, event)
        self.state, self.wake_at = decision.state, decision.wake_at
        self.decisions.append(decision)
        for command in decision.commands:
            self.sent.append(command)
            if self.holding:
                self.waiting.append(command)
            elif (report := self.report(command)) is not None:
                self.queue.append(report)

    def report(self, command: Command) -> CommandEnded | None:
        """Do *command* and return what is reported of it; nothing of what only tells people."""
        if command.kind in (CommandKind.ASK, CommandKind.NOTIFY):
            return None
        for bend in self.bends:
            if (answer := bend(self, command)) is not None:
                return CommandEnded(self.now, self.now, command.id, *answer)
        return CommandEnded(self.now, self.now, command.id, *self.done(command))

    # What happens in the world, as the detector tells it.

    def lead(self, term: int = 1, controller: str = "controller-1", behind: bool = False) -> None:
        """A controller takes over; after its grace period it has seen everybody."""
        self.tell(LeaseGained(self.now, self.now, term, controller, behind))
        for host in self.members:
            self.see(host)
        self.pass_time(10.0)

    def see(self, host: str, health: Health | None = None, *seen_by: str) -> None:
        if health is None:
            member = self.members[host]
            role = Health.PRIMARY if member.role == "primary" else Health.STANDBY
            health = (role if member.running else Health.PROCESS_DEAD) if member.on else Health.SILENT
        vantages = seen_by or (() if health is Health.SILENT else ("v-1", "v-2"))
        self.tell(HealthChanged(self.now, self.now, host, health, vantages))

    def lose(self, host: str) -> None:
        """The host is gone, and the detector has noticed."""
        self.members[host].on = self.members[host].running = False
        self.see(host)

    def kill(self, host: str) -> None:
        """Its database is gone, and the detector has noticed."""
        self.members[host].running = False
        self.see(host)

    def order(self, kind: OrderKind, **details: Any) -> None:
        details.setdefault("operator", "alice")
        details.setdefault("reason", "as agreed")
        self.tell(Ordered(self.now, self.now, "db", kind, **details))

    def pass_time(self, seconds: float) -> None:
        """Let time pass, waking the core whenever it asked for it."""
        end = self.now + seconds
        while self.wake_at is not None and self.wake_at <= end:
            assert self.wake_at > self.now, "it wants to be woken at once, for ever"
            self.now = self.wake_at
            self.tell(Woken(self.now, self.now))
        self.now = end

    # What came of it.

    def where(self) -> State:
        return self.db.state

    def kinds(self, *, reads: bool = False) -> list[str]:
        """What was sent since the beginning, as `kind target`; looks only if asked for."""
        looks = (CommandKind.VERIFY, CommandKind.READ_POSITIONS)
        told = (CommandKind.NOTIFY, CommandKind.ASK)
        return [f"{each.kind} {each.target}" for each in self.sent if each.kind not in told and (reads or each.kind not in looks)]

    def told(self, kind: NoteKind) -> list[dict[str, Any]]:
        return [dict(note.data) for decision in self.decisions for note in decision.notes if note.kind is kind]

    def notified(self) -> list[str]:
        """What whoever is on call was told, in order."""
        return [each.details["text"] for each in self.sent if each.kind is CommandKind.NOTIFY]

    def way(self) -> list[str]:
        """The states gone through, in order."""
        return [each["state"] for each in self.told(NoteKind.ENTERED)]


SomePlay = TypeVar("SomePlay", bound=Play)


def play(text: str = PAIR, *, led: bool = True, **policy: Any) -> Play:
    """Set the world of *text* up, with *policy* laid over the cluster's, all well and, unless told otherwise, led."""
    return play_as(Play, text, led=led, **policy)


def play_as(kind: type[SomePlay], text: str = PAIR, *, led: bool = True, **policy: Any) -> SomePlay:
    """Do the same with a world of another *kind*."""
    document = parse_document(text, "network.yaml")
    document["clusters"]["db"].setdefault("policy", {}).update(policy)
    topology = build_topology(document)
    settings = Settings(topology)
    cluster = topology.clusters["db"]
    standbys = settings.clusters["db"].others(cluster.primary)
    members = {host: Member("standby", follows=cluster.primary) for host in standbys} | {cluster.primary: Member("primary")}
    routed: dict[str, str | None] = dict.fromkeys(settings.clusters["db"].routes, cluster.primary)
    synchronous = standbys if settings.clusters["db"].synchronous else ()
    played = kind(settings=settings, state=begin(settings), members=members, routed=routed, synchronous=synchronous)
    if led:
        played.lead()
        played.sent.clear()
        played.decisions.clear()
    return played


def say(kind: CommandKind, outcome: Outcome, *, does: bool, target: str | None = None, times: int = 1) -> Bend:
    """Bend the next *times* commands of *kind*: what is reported, and whether it is really done."""
    left = [times]

    def bend(world: Play, command: Command) -> Answer | None:
        if command.kind is not kind or target not in (None, command.target) or left[0] == 0:
            return None
        left[0] -= 1
        if does:
            world.done(command)
        return outcome, {}

    return bend
