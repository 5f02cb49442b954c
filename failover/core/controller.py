"""The object that decides: a pure function from a state and an event to the next state, what is ordered, and when to be woken.

Whoever drives it journals each event first, then applies it, then carries out the commands. The state is the fold of the journal,
so a controller that takes over folds what it finds, says that it leads, and looks at everything of which nobody knows what became.
"""

from collections.abc import Iterable
from typing import NamedTuple

from failover.core.cluster import ClusterState, Controller, Sighting
from failover.core.commands import COMMANDS_A_TERM, Command, Outcome, epoch_of
from failover.core.events import CommandEnded, Event, HealthChanged, LeaseGained, Ordered, Woken
from failover.core.learning import learned
from failover.core.moving import halt
from failover.core.notes import Note, NoteKind
from failover.core.orders import obey
from failover.core.policy import holds_until
from failover.core.progress import advance, ended, look_again, resume, settled
from failover.core.recovery import finished, unanswering
from failover.core.settings import GRACE_SECONDS, Settings
from failover.core.states import RESTING, HaltReason, State
from failover.core.turn import Turn
from failover.core.watching import consider, heard
from topology.model import Mode

TICK_SECONDS = 0.001
"""The least time to a wake: sums of times are not exact, and a wake a hair too early must not ask for the same moment again."""


class Decision(NamedTuple):
    """What an event leads to. `wake_at` is by the clock of the event, None when nothing depends on time."""

    state: Controller
    commands: tuple[Command, ...]
    wake_at: float | None
    notes: tuple[Note, ...]
    forgotten: tuple[str, ...] = ()
    """Hosts of which something was done since they were seen: the detector has to make up its mind anew."""


def begin(settings: Settings) -> Controller:
    """Return the state before anything has happened."""
    clusters = {name: ClusterState(name, each.cluster.primary) for name, each in settings.clusters.items()}
    return Controller(settings, clusters)


def fold(settings: Settings, journal: Iterable[Event]) -> Controller:
    """Return the state that the events of *journal* lead to."""
    state = begin(settings)
    for event in journal:
        state = step(state, event).state
    return state


def step(before: Controller, event: Event) -> Decision:
    """Apply *event* to the state *before*, which stays as it is. An event that comes late, or twice, changes nothing."""
    turn = Turn(before, event)
    match event:
        case LeaseGained():
            _lead(turn, event)
        case HealthChanged():
            for name in before.settings.concerns.get(event.host, ()):
                c = turn.cluster(name)
                c.health = {**c.health, event.host: Sighting(event.health, event.seen_by, event.back)}
                heard(turn, c, event.host)
        case CommandEnded():
            _take_report(turn, event)
        case Ordered():
            if event.cluster in before.clusters:
                obey(turn, event)
        case Woken():
            pass
    _go_on(turn)
    return Decision(turn.state, tuple(turn.commands), _wake_at(turn), tuple(turn.notes), tuple(turn.forgotten))


def _lead(turn: Turn, event: LeaseGained) -> None:
    """Begin anew with what is seen, and take over what was under way; if the journal lacks what was done, stand still instead."""
    state = turn.state
    state.term, state.leader = event.term, event.controller
    window = max((each.policy.detection_window_seconds for each in state.settings.clusters.values()), default=0.0)
    state.grace_until = state.clock + window + GRACE_SECONDS
    turn.notes.append(Note("", NoteKind.LED, {"controller": event.controller, "term": event.term}))
    for name in state.clusters:
        c = turn.cluster(name)
        turn.bump(c)
        c.commands = max(c.commands, event.term * COMMANDS_A_TERM)
        c.health = {}
        c.unasked = frozenset(state.settings.clusters[name].routes)
        if c.state in RESTING:
            c.followers = frozenset()
        if event.behind and state.settings.clusters[name].policy.mode is not Mode.OBSERVE:
            c.pending, c.page = {}, {}
            halt(turn, c, HaltReason.STALE_JOURNAL)
        else:
            resume(turn, c)


def _take_report(turn: Turn, event: CommandEnded) -> None:
    if event.id.cluster not in turn.state.clusters:
        return
    c = turn.cluster(event.id.cluster)
    if event.id in c.hooks:
        if event.outcome is not Outcome.UNKNOWN:
            c.hooks = {each: hook for each, hook in c.hooks.items() if each != event.id}
        return
    if event.id not in c.pending:
        return
    newer = epoch_of(event.evidence.get("newer_epoch"))
    if newer is not None and newer > c.epoch:  # else it was ours: a later command overtook this one
        if c.state is not State.ADOPTING and not (c.distrusted and c.ordered):
            halt(turn, c, HaltReason.STALE_JOURNAL)
            return
        c.epoch = newer  # an operator said who is primary: what was done without this journal is superseded
        turn.bump(c)
    progress = ended(turn, c, event.id, event.outcome, event.evidence)
    if progress is not None and progress.step.key in c.steps:
        learned(turn, c, progress)
        advance(turn, c)


def _go_on(turn: Turn) -> None:
    """Do what time and circumstances allow now: for every cluster that the event, or the end of another's recovery, may concern."""
    everybody = isinstance(turn.event, (Woken, LeaseGained))
    for name, known in list(turn.state.clusters.items()):
        if everybody or name in turn.touched or known.state is not State.WATCHING:
            c = turn.cluster(name)
            look_again(turn, c)
            _finish(turn, c)
            consider(turn, c)
            _finish(turn, c)


def _finish(turn: Turn, c: ClusterState) -> None:
    """Go on from stages that have nothing left to be done: one may follow the other at once."""
    while c.state not in RESTING and settled(c, idle=unanswering(c)):
        finished(turn, c)


def _wake_at(turn: Turn) -> float | None:
    """Return the first moment at which time alone may change something."""
    state = turn.state
    found: list[float] = []
    for c in state.clusters.values():
        if c.deadline is not None:
            found.append(c.deadline)
        found += [progress.due for progress in (*c.steps.values(), *c.page.values()) if progress.due is not None]
        if c.state in (State.SUSPECT, State.HALTED):
            found += holds_until(state, state.settings.clusters[c.name], c)
    upcoming = [clock for clock in found if clock > state.clock]
    return turn.event.at + max(min(upcoming) - state.clock, TICK_SECONDS) if upcoming else None
