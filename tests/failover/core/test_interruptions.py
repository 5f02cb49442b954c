"""Every plan, interrupted at every moment: whoever takes over knows the journal and nothing else, and ends in the same place."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

import pytest

from failover.core.commands import Command, CommandKind, Outcome
from failover.core.controller import fold, step
from failover.core.events import Event, OrderKind
from failover.core.states import State
from tests.failover.core.honest import Answer
from tests.failover.core.playing import PAIR, TRIO, Play, play_as, say


class Fate(Enum):
    """What becomes of the commands that a controller was about to send when it was killed."""

    LOST = "lost"
    DONE = "done, and nobody hears of it"
    HALF = "the first is done, the others are lost"
    LATE = "done when the next controller has already looked"
    LAST = "done when everything is over"


@dataclass(kw_only=True)
class Mortal(Play):
    """A world whose controllers are killed when they have journaled so many events: *deaths*, each with its fate."""

    deaths: dict[int, Fate] = field(default_factory=dict)
    term: int = 1
    last: list[Command] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    """Every change of a role that was ordered and reached its target, in order."""
    hooks: list[str] = field(default_factory=list)
    """Every hook that ran: a target that has done a command does not do it again."""

    def take(self, event: Event) -> None:
        fate = self.deaths.pop(len(self.journal) + 1, None)
        if fate is None:
            super().take(event)
        else:
            self.journal.append(event)
            self.queue.clear()
            self.take_over([*step(self.state, event).commands], fate)

    def take_over(self, commands: list[Command], fate: Fate) -> None:
        """Let the next controller fold the journal, and do with *commands* as *fate* wants."""
        now = {Fate.DONE: commands, Fate.HALF: commands[:1]}.get(fate, [])
        for command in now:
            self.report(command)
        self.state = fold(self.settings, self.journal)
        self.term += 1
        if fate is Fate.LATE:
            self.bends.insert(0, _behind(commands))
        self.lead(self.term, f"controller-{self.term}")
        self.last += commands if fate is Fate.LAST else []

    def act(self, command: Command) -> None:
        before = self.state_of(command.target)
        super().act(command)
        if command.kind is CommandKind.HOOK and str(command.id) not in self.hooks:
            self.hooks.append(str(command.id))
        if command.kind in (CommandKind.PROMOTE, CommandKind.DEMOTE, CommandKind.REJOIN):
            again = "" if before != self.state_of(command.target) else " again"
            self.changes.append(f"{command.kind} {command.target}{again}")

    def state_of(self, host: str) -> Any:
        member = self.members.get(host)
        return None if member is None else (member.role, member.on, member.follows)

    def finish(self) -> None:
        """Let everybody be seen, what was late be done, and time pass."""
        for _ in range(2):
            for host in self.members:
                self.see(host)
            self.pass_time(100.0)
            for command in self.last:
                self.report(command)
            self.last.clear()


@dataclass(kw_only=True)
class Doomed(Mortal):
    """A world whose controllers are killed before they send *fatal*, so many times one after the other."""

    fatal: str = ""
    doomed: int = 0

    def take(self, event: Event) -> None:
        commands = [*step(self.state, event).commands]
        if self.doomed and self.fatal in [f"{each.kind} {each.target}" for each in commands]:
            self.doomed -= 1
            self.journal.append(event)
            self.queue.clear()
            self.take_over(commands, Fate.LOST)
        else:
            super().take(event)


def _behind(commands: list[Command]) -> Callable[[Play, Command], Answer | None]:
    """Do *commands* right behind the first one that comes."""

    def bend(world: Play, command: Command) -> Answer | None:
        world.bends.remove(bend)
        report = world.report(command)
        for each in commands:
            world.report(each)
        return None if report is None else (report.outcome, dict(report.evidence))

    return bend


class Plan(NamedTuple):
    """A recovery: the world it begins in, what comes before it, and what sets it off."""

    text: str
    before: Callable[[Mortal], None]
    begin: Callable[[Mortal], None]


def nothing(p: Mortal) -> None:
    pass


def lose_primary(p: Mortal) -> None:
    p.lose("db-1")


def first_level_fails(p: Mortal) -> None:
    def refuse(world: Play, command: Command) -> Answer | None:
        return (Outcome.FAILED, {}) if command.details.get("level") == "redfish" else None

    p.bends.append(refuse)


def first_candidate_refuses(p: Mortal) -> None:
    p.bends.append(say(CommandKind.PROMOTE, Outcome.FAILED, does=False, target="db-2", times=99))


def fail_over(p: Mortal) -> None:
    p.lose("db-1")
    p.finish()


def switch_over(p: Mortal) -> None:
    p.order(OrderKind.SWITCHOVER)
    p.finish()


def lose_both(p: Mortal) -> None:
    """Nobody can take over, and then the primary's host is back, its database stopped."""
    p.lose("db-2")
    p.lose("db-1")
    p.members["db-1"].on = True


def promote_by_hand(p: Mortal) -> None:
    p.members["db-1"].on = p.members["db-1"].running = False
    p.members["db-2"].role, p.members["db-2"].timeline = "primary", 2


PLANS = {
    "failover": Plan(PAIR, nothing, lose_primary),
    "synchronous failover": Plan(TRIO, nothing, lose_primary),
    "restart": Plan(PAIR, nothing, lambda p: p.kill("db-1")),
    "switchover": Plan(PAIR, nothing, lambda p: p.order(OrderKind.SWITCHOVER)),
    "synchronous switchover": Plan(TRIO, nothing, lambda p: p.order(OrderKind.SWITCHOVER, host="db-3")),
    "rejoin": Plan(PAIR, fail_over, lambda p: p.order(OrderKind.REJOIN, host="db-1")),
    "failback": Plan(PAIR, switch_over, lambda p: p.order(OrderKind.FAILBACK)),
    "start": Plan(PAIR, lose_both, lambda p: p.order(OrderKind.START)),
    "adopt": Plan(TRIO, promote_by_hand, lambda p: p.order(OrderKind.ADOPT, host="db-2")),
    "second level of fencing": Plan(TRIO, first_level_fails, lose_primary),
    "second candidate": Plan(TRIO, first_candidate_refuses, lose_primary),
}


class End(NamedTuple):
    state: State
    primary: str
    serving: str | None
    routed: dict[str, str | None]
    quarantined: frozenset[str]
    roles: dict[str, str]
    changes: list[str]
    hooks: int


def played(plan: Plan, deaths: dict[int, Fate]) -> tuple[Mortal, int]:
    """Play *plan* to its end, killing controllers after so many events of it; return how many it had before."""
    p = play_as(Mortal, plan.text)
    plan.before(p)
    before = len(p.journal)
    p.hooks.clear()
    p.changes.clear()
    p.deaths = {before + after: fate for after, fate in deaths.items()}
    plan.begin(p)
    p.finish()
    return p, before


def end(p: Mortal) -> End:
    roles = {host: member.role for host, member in p.members.items()}
    return End(p.db.state, p.db.primary, p.serving(), p.routed, p.db.quarantined, roles, p.changes, len(p.hooks))


@pytest.mark.parametrize("fate", Fate)
@pytest.mark.parametrize("name", PLANS)
def test_whoever_takes_over_ends_where_an_undisturbed_controller_does(name: str, fate: Fate) -> None:
    plan = PLANS[name]
    undisturbed, before = played(plan, {})
    expected = end(undisturbed)
    assert expected.state is State.WATCHING and expected.serving == expected.primary

    for after in range(1, len(undisturbed.journal) - before + 1):
        interrupted, _ = played(plan, {after: fate})
        assert end(interrupted) == expected, f"killed after {undisturbed.journal[before + after - 1]}: {interrupted.way()}"


@pytest.mark.parametrize("name", PLANS)
def test_what_its_senders_died_of_before_it_left_counts_as_tried_by_nobody(name: str) -> None:
    plan = PLANS[name]
    undisturbed, _ = played(plan, {})

    for act in dict.fromkeys(undisturbed.kinds()):
        p = play_as(Doomed, plan.text)
        plan.before(p)
        p.hooks.clear()
        p.changes.clear()
        p.fatal, p.doomed = act, 3
        plan.begin(p)
        p.finish()
        assert end(p) == end(undisturbed), f"killed three times before {act}: {p.way()}"
