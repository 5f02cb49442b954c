"""Every history of a small cluster, as far as an adversary with a few moves can take it.

The core is the real one. What it waits for may come in any order; every command may be done or not, be answered or not, or be
done later, when nobody waits for it any more; timers may fire in any order. What is not in the nature of things costs a move.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from failover.core.cluster import ClusterState
from failover.core.commands import CommandId, CommandKind, Outcome
from failover.core.controller import begin
from failover.core.events import Health, HealthChanged, LeaseGained, Ordered, OrderKind, Woken
from failover.core.settings import Settings
from failover.core.states import RESTING, State
from failover.core.steps import fulfilled
from tests.failover.core.canonical import Cores, Edge, Reaction
from tests.failover.core.tiny import HOSTS, NOW, Host, Proxy, Sent, World, shifted, tidy


class Place(NamedTuple):
    """Where a history can be."""

    core: int
    world: World


class Move(NamedTuple):
    what: str
    cost: int
    place: Place
    edges: tuple[Edge, ...] = ()
    sent: tuple[Sent, ...] = ()


RESTORED_EPOCHS = 3
"""How many epochs a journal lacks that was restored from an old copy."""

OF_HOST = (OrderKind.REJOIN, OrderKind.ADOPT, OrderKind.CONFIRM_FENCED)
ORDERS: tuple[tuple[OrderKind, str | None], ...] = (
    *((kind, host) for kind in OF_HOST for host in HOSTS),
    *((kind, None) for kind in OrderKind if kind not in (*OF_HOST, OrderKind.WITHDRAW_PAGE, OrderKind.MAINTENANCE)),
    (OrderKind.MAINTENANCE, "db-1"),
)


@dataclass(repr=False)
class Search:
    """Where one cluster can get, and what was found on the way there."""

    settings: Settings
    moves_max: int = 1
    cores: Cores = field(default_factory=Cores)
    edges: dict[Edge, Place] = field(default_factory=dict)
    situations: set[Any] = field(default_factory=set)
    wrong: list[tuple[str, Place]] = field(default_factory=list)
    came_from: dict[Place, tuple[Place | None, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with all well and learned."""
        proxies = tuple(Proxy(HOSTS[0]) for _ in self.settings.clusters["db"].routes)
        synchronous = self.settings.clusters["db"].synchronous
        hosts = (Host(primary=True, waits=synchronous), Host(receiving=True))
        core, _ = self.cores.number(begin(self.settings))
        place = self.lead(Place(core, World(hosts, proxies)))
        self.start = self.settle(place)

    def run(self, starts: Iterable[Place]) -> None:
        """Go everywhere from *starts*, the cheapest way first; where a situation is new, one move more is always left."""
        ahead: deque[tuple[int, Place, Place | None, str]] = deque((0, start, None, "") for start in starts)
        while ahead:
            cost, place, before, what = ahead.popleft()
            if place in self.came_from:
                continue
            self.came_from[place] = before, what
            situation = situation_of(self.cores.cluster(place.core))
            if situation not in self.situations:
                self.situations.add(situation)
                cost = min(cost, self.moves_max - 1)
            for move in self.moves(place, self.moves_max - cost):
                for edge in move.edges:
                    self.edges.setdefault(edge, place)
                if (wrong := wrong_to_send(move)) is not None:
                    self.wrong.append((f"{move.what}: {wrong}", place))
                if move.place not in self.came_from:
                    entry = cost + move.cost, move.place, place, move.what
                    ahead.append(entry) if move.cost else ahead.appendleft(entry)
            if (wrong := self.wrong_at(place)) is not None:
                self.wrong.append((wrong, place))

    def history(self, place: Place) -> str:
        """Return how *place* was come to, a line a move."""
        lines: list[str] = []
        at: Place | None = place
        while at is not None:
            before, what = self.came_from[at]
            lines.append(f"{what} → {self.cores.cluster(at.core).state}")
            at = before
        return "\n".join(reversed(lines))

    def starts(self) -> tuple[Place, ...]:
        """Return where histories begin: all is well; clients are withdrawn and nobody can take over; a start is given up, and is
        done all the same; the primary is cut off, and the order to fence it was lost.
        """
        fencing = self.ordered(self.start, OrderKind.FAILOVER)
        while self.cores.cluster(fencing.core).state is State.PREFLIGHT:
            fencing = self.next(fencing)
        halted = self.settle(fencing._replace(world=fencing.world.with_host(HOSTS[1], cut=True)))
        starting = self.ordered(halted, OrderKind.START)
        while not any(sent.kind is CommandKind.START for sent in starting.world.sent):
            starting = self.next(starting)
        given_up = self.ordered(self.ordered(starting, OrderKind.ABORT), OrderKind.ACKNOWLEDGE)
        cut_off = self.start._replace(world=self.start.world.with_host(HOSTS[0], cut=True))
        while self.cores.cluster(cut_off.core).state in (State.WATCHING, State.PREFLIGHT):
            cut_off = self.next(cut_off)
        unfenced = tuple(move.place for move in self._spoilt(cut_off) if move.what == f"{CommandKind.FENCE} {HOSTS[0]} lost")
        return self.start, halted, given_up, *unfenced

    def ordered(self, place: Place, kind: OrderKind, host: str | None = None) -> Place:
        """Return where the order leads to, which is *place* itself if it is refused."""
        reaction = self._order(place, kind, host)
        return place if reaction.refused else self._take(place, kind, 0, reaction).place

    def next(self, place: Place) -> Place:
        following = self._likely(place)
        assert following is not None
        return following.place

    # What can happen.

    def moves(self, place: Place, left: int) -> Iterator[Move]:
        """Yield what can happen at *place* to an adversary who has so many moves *left*."""
        yield from self.natural(place)
        if left:
            yield from self._spoilt(place)
            yield from self._faults(place)
            for kind, host in ORDERS:
                if kind is OrderKind.CONFIRM_FENCED and host is not None and place.world.host(host).on:
                    continue  # whoever attests it has made sure
                reaction = self._order(place, kind, host)
                if not reaction.refused:
                    yield self._take(place, f"{kind} {host or ''}", 1, reaction)

    def natural(self, place: Place) -> Iterator[Move]:
        """Yield what happens where nobody is in the way: commands are done, the detector tells what is so, timers fire."""
        core, world = place
        for sent in first(world):
            after, (outcome, evidence) = world.after(sent)
            after = after.without(sent)
            if not sent.name:
                yield Move(f"late: {sent.kind} {sent.target}", 0, Place(core, tidy(after)))
                continue
            for last in (False, True) if self._in_vain(core, sent, outcome, evidence) else (False,):
                reaction = self.cores.report(core, sent.name, outcome, evidence, last=last)
                yield self._take(
                    Place(core, after), f"{sent.kind} {sent.target} {outcome}{' at last' if last else ''}", 0, reaction
                )
        for name in HOSTS:
            if self._untold(place, name):
                yield self._tell(place, name)
        for name, bend in self.cores.timers(core):
            yield self._take(place, f"timer {name}", 0, self.cores.react(core, name, Woken(0.0, 0.0), bend))

    def _in_vain(self, core: int, sent: Sent, outcome: Outcome, evidence: Mapping[str, Any]) -> bool:
        """Say whether what is seen leads to another look or another try, and so may be the last one too."""
        if not sent.looks:
            return False
        c = self.cores.cluster(core)
        step = c.steps[c.pending[CommandId("db", sent.name)]].step
        return outcome is not Outcome.SUCCEEDED or (step.kind is not None and not fulfilled(step, evidence))

    def _spoilt(self, place: Place) -> Iterator[Move]:
        """Yield what can go wrong with what is under way."""
        core, world = place
        for sent in first(world):
            if not sent.name or not world.reaches(sent):
                continue
            rest = world.without(sent)
            for last in (False, True) if sent.looks else (False,):
                reaction = self.cores.report(core, sent.name, Outcome.UNKNOWN, {}, last=last)
                yield self._take(Place(core, rest), f"{sent.kind} {sent.target} lost{' for good' if last else ''}", 1, reaction)
                if not sent.looks:
                    late = rest._replace(sent=(*rest.sent, sent._replace(name=0)))
                    yield self._take(Place(core, late), f"{sent.kind} {sent.target} hangs", 1, reaction)

    def _faults(self, place: Place) -> Iterator[Move]:
        core, world = place
        for name in HOSTS:
            for what, changes in happenings(world.host(name)):
                yield Move(f"{what} {name}", 1, Place(core, tidy(world.with_host(name, **changes))))
        yield self._take(place, "another leader", 1, self._led(core, behind=False))
        yield self._take(place, "another leader, who knows more than the journal", 1, self._led(core, behind=True))
        older = Place(self.start.core, shifted(world, -RESTORED_EPOCHS)._replace(sent=()))
        yield self._take(older, "an old journal", 1, self._led(self.start.core, behind=False))

    # What the core makes of it.

    def _take(self, place: Place, what: str, cost: int, reaction: Reaction) -> Move:
        """Return the move to where *reaction* leads; commands that nobody waits for any more may be done all the same."""
        sent = []
        for each in place.world.sent:
            name = reaction.names.get(each.name, 0)
            if name or not each.looks:
                sent.append(each._replace(name=name))
        world = shifted(place.world._replace(sent=tuple(sent)), reaction.epochs)
        world = tidy(world._replace(sent=(*world.sent, *reaction.sent)))
        return Move(what, cost, Place(reaction.core, world), reaction.edges, reaction.sent)

    def _untold(self, place: Place, name: str) -> bool:
        sighting = self.cores.cluster(place.core).health.get(name)
        return sighting is None or sighting.health is not place.world.host(name).health

    def _tell(self, place: Place, name: str) -> Move:
        health = place.world.host(name).health
        seen_by = () if health.value == "silent" else ("v-1", "v-2")
        reaction = self.cores.react(place.core, (name, health), HealthChanged(0.0, 0.0, name, health, seen_by))
        told = Place(place.core, place.world.with_host(name, by_hand=False))
        return self._take(told, f"{name} is {health}", 0, reaction)

    def _order(self, place: Place, kind: OrderKind, host: str | None) -> Reaction:
        order = Ordered(0.0, 0.0, "db", kind, "alice", host, "as agreed", for_seconds=3600.0)
        return self.cores.react(place.core, (kind, host), order)

    def _led(self, core: int, *, behind: bool) -> Reaction:
        return self.cores.react(core, ("lease", behind), LeaseGained(0.0, 0.0, NOW.term, "controller-1", behind))

    def lead(self, place: Place) -> Place:
        return self._take(place, "a leader", 0, self._led(place.core, behind=False)).place

    def settle(self, place: Place) -> Place:
        """Let everything happen that is in the nature of things, until nothing is left but to wait."""
        for _ in range(SETTLES_IN):
            following = self._likely(place)
            if following is None:
                return place
            place = following.place
        raise AssertionError(f"it never comes to rest: {self.cores.cluster(place.core).state}, {place.world}")

    def _likely(self, place: Place) -> Move | None:
        core, world = place
        sent = next((each for each in world.sent if each.name), None)
        if sent is not None:
            after, (outcome, evidence) = world.after(sent)
            last = sent.looks and outcome is Outcome.UNKNOWN
            reaction = self.cores.report(core, sent.name, outcome, evidence, last=last)
            return self._take(Place(core, after.without(sent)), "", 0, reaction)
        for name in HOSTS:
            if self._untold(place, name):
                return self._tell(place, name)
        for name, bend in self.cores.timers(core):
            if name in ("looks", "grace", "maintenance"):
                return self._take(place, "", 0, self.cores.react(core, name, Woken(0.0, 0.0), bend))
        return None

    def wrong_at(self, place: Place) -> str | None:
        c, world = self.cores.cluster(place.core), place.world
        if len(world.writable_and_routed()) > 1:
            return "clients reach two primaries"
        if c.state not in RESTING and not c.pending and not list(self.cores.timers(place.core)):
            return "nothing is under way, and nothing is waited for"
        return None


SETTLES_IN = 200


def situation_of(c: ClusterState) -> Any:
    """Return what makes a place another kind of place than others."""
    well = c.primary in c.health and c.health[c.primary].health is Health.PRIMARY
    return c.state, c.halted, c.withdrawn, well


def wrong_to_send(move: Move) -> str | None:
    for sent in move.sent:
        if sent.kind is CommandKind.PROMOTE:
            for name in HOSTS:
                host = move.place.world.host(name)
                if name != sent.target and host.writable and not host.by_hand:
                    return f"{sent.target} is to be promoted, and {name} accepts writes"
    return None


def happenings(host: Host) -> Iterator[tuple[str, dict[str, bool]]]:
    """Yield what can befall *host*, or be done to it by hand."""
    if host.on:
        yield "power is lost at", {"on": False, "running": False, "by_hand": False}
    else:
        yield "power returns at", {"on": True}
    if host.running:
        yield "the database dies on", {"running": False, "by_hand": False}
        if not host.primary:
            yield "somebody promotes", {"primary": True, "receiving": False, "by_hand": True, "ours": False}
    elif host.on:
        yield "somebody starts the database on", {"running": True, "by_hand": host.primary}
    yield ("the network is back at" if host.cut else "the network is cut at"), {"cut": not host.cut}


def first(world: World) -> Iterator[Sent]:
    """Yield the oldest command that is waited for, and every one that is not: in which order others are done changes little."""
    named = [sent for sent in world.sent if sent.name]
    yield from named[:1]
    yield from (sent for sent in world.sent if not sent.name)
