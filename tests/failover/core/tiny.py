"""A world of two hosts small enough to be searched: what is true of them, and what a command makes of it.

Epochs are told by how far they are from the core's: 0 is the present one, less is older, more is newer than it knows.
"""

from functools import cache
from typing import Any, NamedTuple

from failover.core.commands import READ_ONLY, TOLD, Command, CommandKind, Epoch, Outcome, Question
from failover.core.events import Health

HOSTS = ("db-1", "db-2")
OLD = -99
"""A guard that refuses nothing which is under way."""
NOW = Epoch(1, 1000)
"""What the core's present epoch is called."""
ORPHANS_MAX = 1


class Host(NamedTuple):
    on: bool = True
    running: bool = True
    primary: bool = False
    cut: bool = False
    """Neither probes nor commands reach it; its power controller is reached all the same."""
    receiving: bool = False
    """It streams from the other one."""
    waits: bool = False
    """As a primary it makes commits wait for the other one."""
    by_hand: bool = False
    """Somebody else than the core made it accept writes, and the core was not told yet."""
    ours: bool = False
    """It was promoted as the core ordered."""
    guard: int = OLD

    @property
    def writable(self) -> bool:
        return self.on and self.running and self.primary

    @property
    def health(self) -> Health:
        if not self.on or self.cut:
            return Health.SILENT
        if not self.running:
            return Health.PROCESS_DEAD
        return Health.PRIMARY if self.primary else Health.STANDBY


class Proxy(NamedTuple):
    to: str | None
    guard: int = OLD


class Sent(NamedTuple):
    """A command under way; without a name the core no longer waits for it."""

    name: int
    kind: CommandKind
    target: str
    epoch: int
    question: str = ""
    role: str = ""
    primary: str | None = None
    standbys: tuple[str, ...] = ()

    @classmethod
    def of(cls, command: Command, epoch: Epoch, name: int) -> "Sent | None":
        if command.kind in TOLD:
            return None
        told = command.details
        standbys = tuple(told.get("standbys", told.get("synchronous", ())))
        age = command.epoch.number - epoch.number
        return cls(
            name, command.kind, command.target, age, told.get("question", ""), told.get("role", ""), told.get("primary"), standbys
        )

    @property
    def looks(self) -> bool:
        return self.kind in READ_ONLY

    @property
    def of_power(self) -> bool:
        """No database's epoch or network concerns it."""
        power = (CommandKind.FENCE, CommandKind.POWER_ON)
        return self.kind in power or self.question in (Question.IS_OFF, Question.IS_ON)


Answer = tuple[Outcome, dict[str, Any]]


class World(NamedTuple):
    hosts: tuple[Host, ...]
    proxies: tuple[Proxy, ...]
    sent: tuple[Sent, ...] = ()

    def host(self, name: str) -> Host:
        return self.hosts[HOSTS.index(name)]

    def with_host(self, name: str, **changes: Any) -> "World":
        changed = tuple(each._replace(**changes) if known == name else each for known, each in zip(HOSTS, self.hosts, strict=True))
        return self._replace(hosts=changed)

    def with_proxy(self, name: str, **changes: Any) -> "World":
        number = proxy_number(name)
        changed = tuple(each._replace(**changes) if at == number else each for at, each in enumerate(self.proxies))
        return self._replace(proxies=changed)

    def without(self, sent: Sent) -> "World":
        left = list(self.sent)
        left.remove(sent)
        return self._replace(sent=tuple(left))

    def guard(self, sent: Sent) -> int:
        return self.host(sent.target).guard if sent.target in HOSTS else self.proxies[proxy_number(sent.target)].guard

    def reaches(self, sent: Sent) -> bool:
        """Say whether there is anybody to answer."""
        return sent.target not in HOSTS or sent.of_power or (self.host(sent.target).on and not self.host(sent.target).cut)

    def writable_and_routed(self) -> set[str]:
        return {proxy.to for proxy in self.proxies if proxy.to is not None and self.host(proxy.to).writable}

    def serves(self) -> bool:
        to = {proxy.to for proxy in self.proxies}
        return len(to) == 1 and len(self.writable_and_routed()) == 1 and not any(h.cut for h in self.hosts if h.writable)

    def after(self, sent: Sent) -> "tuple[World, Answer]":
        """Do *sent*, as a good target does, and say so."""
        if not self.reaches(sent):
            return self, (Outcome.UNKNOWN, {})
        world = self
        if not sent.of_power:
            if sent.epoch < self.guard(sent):
                return self, (Outcome.FAILED, {"newer_epoch": Epoch(NOW.term, NOW.number + self.guard(sent))})
            raised = self.with_host if sent.target in HOSTS else self.with_proxy
            world = raised(sent.target, guard=sent.epoch)
        if sent.looks:
            return world, (Outcome.SUCCEEDED, world.seen(sent))
        return world.changed(sent), (Outcome.SUCCEEDED, {})

    def changed(self, sent: Sent) -> "World":
        host = self.host(sent.target) if sent.target in HOSTS else Host()
        match sent.kind:
            case CommandKind.FENCE:
                return self.with_host(sent.target, on=False, running=False, by_hand=False)
            case CommandKind.POWER_ON:
                return self.with_host(sent.target, on=True)
            case CommandKind.WITHDRAW_ROUTE | CommandKind.REROUTE:
                return self.with_proxy(sent.target, to=sent.primary)
            case CommandKind.START:
                return self.with_host(sent.target, running=True, by_hand=host.by_hand and host.running)
            case CommandKind.REJOIN:
                return self.with_host(sent.target, running=True, primary=False, receiving=True, by_hand=False, ours=False)
        if not host.running:
            return self
        match sent.kind:
            case CommandKind.CUT_REPLICATION:
                return self.with_host(sent.target, receiving=False)
            case CommandKind.PROMOTE:
                ours, waits = host.ours or not host.primary, bool(sent.standbys)
                return self.with_host(sent.target, primary=True, receiving=False, waits=waits, by_hand=False, ours=ours)
            case CommandKind.DEMOTE:
                return self.with_host(sent.target, primary=False, by_hand=False, ours=False)
            case CommandKind.REPOINT:
                return self if host.primary else self.with_host(sent.target, receiving=True)
            case CommandKind.SET_SYNCHRONOUS:
                return self.with_host(sent.target, waits=bool(sent.standbys))
        raise AssertionError(sent)

    def seen(self, sent: Sent) -> dict[str, Any]:
        """Return the evidence of a look."""
        host = self.host(sent.target) if sent.target in HOSTS else Host()
        other = next(each for each in HOSTS if each != sent.target)
        role = ("primary" if host.primary else "standby") if host.running else "stopped"
        match sent.question:
            case "":
                fixed = {"timeline": 1, "position": 100.0, "behind_seconds": 0.0, "replay_paused": False}
                return {"role": role, "receiving": host.receiving, **fixed}
            case Question.IS_OFF:
                return {"off": not host.on, "identity": sent.target}
            case Question.IS_ON:
                return {"on": host.on and not host.cut}
            case Question.ROLE:
                return {"role": role, "timeline": 1, "epoch": tuple(NOW) if host.ours else None}
            case Question.ROUTED:
                return {"primary": self.proxies[proxy_number(sent.target)].to}
            case Question.SERVES:
                return {"serves": self.serves()}
            case Question.FOLLOWS:
                return {"follows": other if host.receiving and role == "standby" else None}
            case Question.SYNCHRONOUS:
                return {"standbys": (other,) if host.waits else ()}
        raise AssertionError(sent)


def proxy_number(name: str) -> int:
    return int(name[-1]) - 1 if name[-1].isdigit() else 0


@cache
def tidy(world: World) -> World:
    """Forget what can no longer matter, and how far apart epochs are beyond their order."""
    sent = [each for each in world.sent if each.name or each.of_power or each.epoch >= world.guard(each)]
    orphans = sorted({each for each in sent if not each.name})[-ORPHANS_MAX:]
    sent = sorted(each for each in sent if each.name) + orphans
    older = sorted({each.epoch for each in sent if each.epoch < 0}, reverse=True)
    ages = {epoch: -1 - rank for rank, epoch in enumerate(older)}
    lowest = min(older, default=0)

    def guard(age: int) -> int:
        if age > 0 or age <= lowest:
            return age if age > 0 else OLD
        return min((ages[epoch] for epoch in older if epoch >= age), default=0)

    hosts = tuple(each._replace(guard=guard(each.guard)) for each in world.hosts)
    proxies = tuple(each._replace(guard=guard(each.guard)) for each in world.proxies)
    return World(hosts, proxies, tuple(each._replace(epoch=ages.get(each.epoch, each.epoch)) for each in sent))


def shifted(world: World, epochs: int) -> World:
    """Count from an epoch that is so many later."""
    if not epochs:
        return world
    hosts = tuple(each._replace(guard=max(OLD, each.guard - epochs)) for each in world.hosts)
    proxies = tuple(each._replace(guard=max(OLD, each.guard - epochs)) for each in world.proxies)
    return World(hosts, proxies, tuple(each._replace(epoch=each.epoch - epochs) for each in world.sent))
