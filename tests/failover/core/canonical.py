"""States of the core without what makes equal ones differ: time is gone (a timer is armed or not), and epochs and command numbers
count from the present ones. How each reacts is worked out once.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, NamedTuple

from failover.core.cluster import ClusterState, Controller, Goal
from failover.core.commands import CommandId, Epoch, Outcome
from failover.core.controller import step
from failover.core.events import CommandEnded, Event, Health
from failover.core.notes import NoteKind
from failover.core.states import HaltReason, State
from failover.core.steps import Progress, Status
from tests.failover.core.tiny import NOW, Sent

LATER = 1e6
"""When every armed timer is due."""
ATTEMPTS_MAX = 2

Edge = tuple[State, State]
Bend = Callable[[Controller, ClusterState], None]


class Reaction(NamedTuple):
    """What the core makes of an event: the next core, how many epochs later it is, what it sent, and what the commands that it
    still waits for are called now.
    """

    core: int
    epochs: int
    sent: tuple[Sent, ...]
    names: Mapping[int, int]
    edges: tuple[Edge, ...]
    refused: bool = False
    """It was an order, and it has done nothing."""


@dataclass(repr=False)
class Cores:
    """Every state of the core that was met, by number."""

    states: list[Controller] = field(default_factory=list)
    _numbers: dict[Any, int] = field(default_factory=dict)
    _reactions: dict[Any, Reaction] = field(default_factory=dict)

    def number(self, state: Controller) -> tuple[int, dict[int, int]]:
        """Make *state* canonical; return its number and the new names of the commands it waits for."""
        canonical, names = _canonical(state)
        key = (canonical.grace_until, key_of(canonical.clusters["db"]))
        if key not in self._numbers:
            self._numbers[key] = len(self.states)
            self.states.append(canonical)
        return self._numbers[key], names

    def cluster(self, core: int) -> ClusterState:
        return self.states[core].clusters["db"]

    def react(self, core: int, what: Hashable, event: Event, bend: Bend | None = None) -> Reaction:
        """Return how *core*, bent before, reacts to *event*; *what* names both."""
        found = self._reactions.get((core, what))
        if found is None:
            found = self._reactions[core, what] = self._react(core, event, bend)
        return found

    def _react(self, core: int, event: Event, bend: Bend | None) -> Reaction:
        before = self.states[core]
        if bend is not None:
            before = before.copy()
            before.clusters["db"] = before.clusters["db"].copy()
            bend(before, before.clusters["db"])
        decision = step(before, event)
        if [note.kind for note in decision.notes] == [NoteKind.ORDER_REFUSED]:
            return Reaction(core, 0, (), {}, (), refused=True)
        after, names = self.number(decision.state)
        epoch = decision.state.clusters["db"].epoch
        sent = (Sent.of(each, epoch, names.get(each.id.number, 0)) for each in decision.commands)
        entered = (note.data for note in decision.notes if note.kind is NoteKind.ENTERED)
        return Reaction(
            core=after,
            epochs=epoch.number - NOW.number,
            sent=tuple(each for each in sent if each is not None),
            names=names,
            edges=tuple((State(each["before"]), State(each["state"])) for each in entered),
        )

    def report(self, core: int, name: int, outcome: Outcome, evidence: Mapping[str, Any], *, last: bool = False) -> Reaction:
        """Return how *core* reacts to a report; if it is the *last* straw, nothing is done or looked at once more."""
        event = CommandEnded(0.0, 0.0, CommandId("db", name), outcome, evidence)

        def give_up(_: Controller, c: ClusterState) -> None:
            key = c.pending[event.id]
            progress = c.steps[key]
            c.steps = {**c.steps, key: progress._replace(tries=progress.step.tries, looks=progress.step.looks)}

        return self.react(core, (name, outcome, tuple(evidence.items()), last), event, give_up if last else None)

    def timers(self, core: int) -> Iterator[tuple[str, Bend]]:
        """Yield what is armed: its name, and what makes it due."""
        c = self.cluster(core)
        if c.deadline is not None:
            yield "deadline", lambda _, c: setattr(c, "deadline", 0.0)
        if any(progress.due is not None for progress in c.steps.values()):
            yield "looks", _looks_due
        if self.states[core].grace_until:
            yield "grace", lambda state, _: setattr(state, "grace_until", 0.0)
        if c.maintenance:
            yield "maintenance", lambda _, c: setattr(c, "maintenance", {})


def _looks_due(_: Controller, c: ClusterState) -> None:
    c.steps = {key: each._replace(due=None if each.due is None else 0.0) for key, each in c.steps.items()}


def _canonical(state: Controller) -> tuple[Controller, dict[int, int]]:
    known = state.clusters["db"]
    names = {sent.number: number for number, sent in enumerate(sorted(known.pending), 1)}
    c = known.copy()
    c.epoch, c.commands, c.run = NOW, len(names), 0
    c.pending = {CommandId("db", names[sent.number]): key for sent, key in sorted(known.pending.items())}
    c.steps = {key: _step(progress) for key, progress in known.steps.items()}
    c.hooks, c.power_ons, c.page, c.refused, c.held, c.told = {}, {}, {}, (), None, None
    c.attempts = (0.0,) * min(ATTEMPTS_MAX, len(known.attempts))
    c.restarted_at = None if known.restarted_at is None else 0.0
    c.deadline = None if known.deadline is None else LATER
    c.maintenance = {host: LATER for host, until in known.maintenance.items() if until > state.wall_seconds}
    c.approvals = dict.fromkeys(known.approvals, 0.0)
    c.lost_seconds, c.retries = 0.0, 0
    c.promoting_since = NOW if known.state is State.PROMOTING else Epoch(0, 0)
    grace = LATER if state.clock < state.grace_until else 0.0
    return Controller(state.settings, {"db": c}, NOW.term, None, 0.0, 0.0, 0.0, grace), names


def _step(progress: Progress) -> Progress:
    kept = {key: value for key, value in progress.evidence.items() if key in ("role", "standbys")}
    return progress._replace(looks=0, due=None if progress.due is None else LATER, evidence=kept)


_PLAIN = frozenset({type(None), bool, int, float, str, State, HaltReason, Health, Goal, Status})
_values_of = attrgetter(*(each.name for each in fields(ClusterState)))


def frozen(value: Any) -> Any:
    """Return *value* as something that can be a key."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is Progress:
        step, status, tries, _, due, evidence = value
        return step.key, tuple(step.details.items()), status, tries, due, tuple(evidence.items())
    if kind is dict:
        return tuple(sorted([(key, frozen(each)) for key, each in value.items()])) if value else ()
    if kind is frozenset:
        return tuple(sorted(value))
    return tuple([each if type(each) in _PLAIN else frozen(each) for each in value])


def key_of(c: ClusterState) -> Any:
    """Return what tells *c* from every state that differs."""
    return frozen(_values_of(c))
