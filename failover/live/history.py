"""What happened, as people ask for it: recoveries with everything that led to them and came of them, from events and decisions.

It is built while the controller decides, and again from its journal, and is the same both times: so a controller that was killed
in the middle of a recovery still knows how that began.
"""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from failover.core.cluster import ClusterState, Controller, Goal
from failover.core.commands import Command, CommandId, Outcome
from failover.core.controller import Decision
from failover.core.events import CommandEnded, Event, Health, HealthChanged, LeaseGained
from failover.core.notes import Note, NoteKind
from failover.core.planner import Plan, plan
from failover.core.states import RESTING, State
from failover.live.audit import read_audit
from failover.live.imagining import LastWell, as_known, foreseen, foreseen_document
from failover.live.origin import Origin, origin_of
from failover.live.resuming import decisions
from failover.live.waited_for import Said, said_in
from topology.model import Mode

BEFORE_SECONDS = 30.0
"""What was seen so long before a trouble began belongs to its story."""
KEPT_RUNS, KEPT_HAPPENINGS, KEPT_OUTSIDE, KEPT_DURATIONS = 50, 2000, 100, 200
EVENTS_AT_ONCE = 50
EVERYBODY = ""
"""Stands for a cluster where something concerns all of them."""
SEEN, COMMAND, ENDED, TAKEN_OVER, LOST_TOO = "seen", "command", "ended", "taken_over", "lost_too"
"""What a happening can be besides what the core notes: a change of a host, something sent, something reported, and, where the
controller only observes, another primary, and its loss.
"""


class Happening(NamedTuple):
    """One thing that happened: *what* is the kind of a note, or one of SEEN, COMMAND, ENDED. One event may lead to several."""

    event: int
    """Its number in the journal."""
    wall_seconds: float
    clock_seconds: float
    """Seconds during which somebody led: by them it is told how long things took."""
    what: str
    data: Mapping[str, Any]


class RunOutcome(StrEnum):
    """What became of a recovery."""

    UNDER_WAY = "under way"
    DONE = "done"
    HALTED = "halted"  # it may go on
    NOT_DONE = "not done"  # it was aborted, undone, or not needed any more


@dataclass
class Run:
    """One recovery of a cluster, and what led to it."""

    cluster: str
    number: int
    goal: Goal
    because: str
    primary_before: str
    began: Happening
    decided_clock_seconds: float
    plan: Plan | None
    """As things stood when it was decided; only of a failover and a switchover."""
    happenings: list[Happening] = field(default_factory=list)
    outcome: RunOutcome = RunOutcome.UNDER_WAY
    primary: str = ""
    """Who is primary by now."""
    last: Happening | None = None
    """What ended or halted it."""

    @property
    def id(self) -> str:
        """Its name for people, for ever."""
        return f"{self.cluster}/{self.number}"

    def told(self, kind: NoteKind) -> Iterator[Mapping[str, Any]]:
        """Yield what was told of *kind*."""
        return (each.data for each in self.happenings if each.what == kind)


Listener = Callable[[Run | None, Happening], None]


class History:
    """What happened. With *bounded* it forgets what is long past, run by run."""

    def __init__(self, *, bounded: bool = False) -> None:
        self.number = -1
        """Of the event that was taken in last."""
        self.runs: dict[str, deque[Run]] = defaultdict(lambda: deque(maxlen=KEPT_RUNS if bounded else None))
        self.outside: dict[str, deque[Happening]] = defaultdict(lambda: deque(maxlen=KEPT_OUTSIDE if bounded else None))
        """What belongs to no recovery."""
        self.durations: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=KEPT_DURATIONS))
        """How many seconds commands took that were reported to have worked, by kind: the latest."""
        self.trouble_since: dict[str, float] = {}
        """Since when, by wall time, a cluster is not simply watched."""
        self.seen_since: dict[str, tuple[Health, float]] = {}
        """How each host is seen, and since when by wall time."""
        self.last_well: dict[str, LastWell] = {}
        """Who is really primary of each cluster that is only observed, and who stood by when that one was last well."""
        self.said: dict[str, dict[str, str]] = defaultdict(dict)
        """What each member of each cluster said last, as its primary, of whom commits wait for."""
        self.listeners: set[Listener] = set()
        self._trouble_clock: dict[str, float] = {}
        self._sent: dict[CommandId, tuple[float, Command, Run | None]] = {}
        self._bounded = bounded

    def take(self, number: int, event: Event, decision: Decision, origin: Origin | None = None) -> None:
        """Take in the *event* of this *number*, and what was decided upon it; *origin* is where an order came from."""
        self.number = number
        if isinstance(event, LeaseGained):
            self._sent = {}  # what is under way is looked at anew, or sent again
        self._take_event(event, decision.state)
        commands = {str(each.id): each for each in decision.commands}
        for note in as_known(decision.notes, decision.state, self.last_well):
            command = commands.pop(str(note.data.get("id", "")), None) if note.kind is NoteKind.COMMANDED else None
            if command is not None:
                self._take_command(command, event, decision.state)
            elif note.kind is not NoteKind.COMMANDED:
                self._take_note(note, decision.state, origin)
        for command in commands.values():
            self._take_command(command, event, decision.state)
        for c in decision.state.clusters.values():
            if c.state is not State.WATCHING or c.name in self.trouble_since:
                self._settle(c, decision.state)

    def hear(self, said: Said) -> None:
        """Take in for whom commits wait."""
        self.said[said.cluster][said.host] = said.names

    def latest(self, cluster: str) -> Run | None:
        """Return the latest recovery of *cluster*."""
        runs = self.runs[cluster]
        return runs[-1] if runs else None

    def under_way(self, cluster: str) -> Run | None:
        """Return the recovery of *cluster* that is under way, or has halted; None where nothing is."""
        run = self.latest(cluster)
        return run if run is not None and run.outcome in (RunOutcome.UNDER_WAY, RunOutcome.HALTED) else None

    def recorded(self) -> dict[str, tuple[float, ...]]:
        """Return how many seconds commands took, by kind, ascending."""
        return {kind: tuple(sorted(values)) for kind, values in self.durations.items()}

    def _take_event(self, event: Event, state: Controller) -> None:
        match event:
            case HealthChanged():
                known = self.seen_since.get(event.host)
                if known is None or known[0] != event.health:
                    self.seen_since[event.host] = (event.health, event.wall_seconds)
                data = {"host": event.host, "health": event.health.value, "seen_by": list(event.seen_by)}
                for name in state.settings.concerns.get(event.host, ()):
                    self._observe(state, state.clusters[name])
                    self._add(name, SEEN, data, state)
            case CommandEnded():
                self._take_report(event, state)
            case _:
                pass

    def _observe(self, state: Controller, c: ClusterState) -> None:
        """Keep in mind who is really primary of *c*, if people fail it over themselves."""
        if state.settings.clusters[c.name].policy.mode is Mode.OBSERVE:
            last_well = self.last_well.setdefault(c.name, LastWell(c.primary, said=self.said[c.name]))
            before, was_lost = last_well.primary, last_well.lost
            last_well.take(c)
            if last_well.primary != before:
                self._add(c.name, TAKEN_OVER, {"host": last_well.primary, "before": before}, state)
            elif last_well.primary != c.primary and last_well.lost is not was_lost:
                self._add_loss(c, last_well, state)
        else:
            self.last_well.pop(c.name, None)

    def _add_loss(self, c: ClusterState, last_well: LastWell, state: Controller) -> None:
        """Take in that whom people made primary is lost, or is back: the core tells that only of the primary that it knows."""
        host = last_well.primary
        if last_well.lost:
            would = foreseen_document(foreseen(state, c.name, last_well))
            self._add(c.name, LOST_TOO, {"host": host, "health": c.health[host].health.value, "would": would}, state)
        else:
            self._add(c.name, NoteKind.WITHDRAWN, {"host": host}, state)

    def _take_report(self, event: CommandEnded, state: Controller) -> None:
        sent = self._sent.pop(event.id, None)
        if sent is None:
            return
        at, command, run = sent
        seconds = max(event.at - at, 0.0)
        if event.outcome is Outcome.SUCCEEDED:
            self.durations[command.kind.value].append(seconds)
        if run is not None:
            data = {
                **_shown(command),
                "outcome": event.outcome.value,
                "seconds": round(seconds, 4),
                "evidence": dict(event.evidence),
            }
            self._add(command.id.cluster, ENDED, data, state, run)

    def _take_note(self, note: Note, state: Controller, origin: Origin | None) -> None:
        data = {key: list(value) if isinstance(value, tuple) else value for key, value in note.data.items()}
        if origin is not None and note.kind in (NoteKind.ORDERED, NoteKind.ORDER_REFUSED):
            data["origin"] = origin._asdict()
        if note.kind is NoteKind.PROMOTED:
            self.last_well.pop(note.cluster, None)  # that was no people: the policy was tightened while this was under way
        if note.kind is NoteKind.DECIDED:
            self._begin(state.clusters[note.cluster], data, state)
        for name in (note.cluster,) if note.cluster else (EVERYBODY, *self._recovering()):
            self._add(name, note.kind.value, data, state)

    def _recovering(self) -> list[str]:
        """Return the clusters in whose stories that has to stand which concerns all of them."""
        return [name for name in self.runs if self.under_way(name) is not None]

    def _take_command(self, command: Command, event: Event, state: Controller) -> None:
        run = self.under_way(command.id.cluster)
        self._sent[command.id] = (event.at, command, run)
        if run is not None:
            self._add(command.id.cluster, COMMAND, _shown(command), state, run)

    def _begin(self, c: ClusterState, data: Mapping[str, Any], state: Controller) -> None:
        """Begin a run with what led to it."""
        led_to_it = deque[Happening]()
        if (halted := self.under_way(c.name)) is not None:  # the order that leads on from a halt begins a run of its own
            while halted.happenings and halted.happenings[-1].event == self.number:
                led_to_it.appendleft(halted.happenings.pop())
        outside, trouble = self.outside[c.name], self._trouble_clock.get(c.name, state.clock)
        while outside and outside[-1].clock_seconds >= trouble - BEFORE_SECONDS and halted is None:
            led_to_it.appendleft(outside.pop())
        while led_to_it and led_to_it[0].clock_seconds < trouble and not _is_loss(led_to_it[0]):
            led_to_it.popleft()
        goal = Goal(data["goal"])
        planned = plan(state, c.name, goal, c.wanted) if goal in (Goal.FAILOVER, Goal.SWITCHOVER) else None
        first = next((each for each in led_to_it if each.what in (NoteKind.SUSPECTED, NoteKind.ORDERED)), None)
        began = first or self._happening(NoteKind.DECIDED, data, state)
        run = Run(c.name, data["run"], goal, data["because"], c.primary, began, state.clock, planned, list(led_to_it))
        run.primary = c.primary
        self.runs[c.name].append(run)

    def _add(self, cluster: str, what: str, data: Mapping[str, Any], state: Controller, run: Run | None = None) -> None:
        happening = self._happening(what, data, state)
        run = run or self.under_way(cluster)
        (self.outside[cluster] if run is None else run.happenings).append(happening)
        if self._bounded and run is not None and len(run.happenings) > KEPT_HAPPENINGS:
            del run.happenings[KEPT_HAPPENINGS // 2]  # how it began and how it stands are of more interest
        if run is not None and what in (NoteKind.HALTED, NoteKind.RECOVERED, NoteKind.WITHDRAWN, NoteKind.REJOINED):
            run.last = happening
        for listener in list(self.listeners):
            listener(run, happening)

    def _happening(self, what: str, data: Mapping[str, Any], state: Controller) -> Happening:
        return Happening(self.number, state.wall_seconds, state.clock, what, data)

    def _settle(self, c: ClusterState, state: Controller) -> None:
        """Take note of where the cluster has come to, and whether its recovery is over."""
        if c.state is State.WATCHING:
            self.trouble_since.pop(c.name, None)
            self._trouble_clock.pop(c.name, None)
        else:
            self.trouble_since.setdefault(c.name, state.wall_seconds)
            self._trouble_clock.setdefault(c.name, state.clock)
        run = self.under_way(c.name)
        if run is None:
            return
        run.primary = c.primary
        if c.state is State.HALTED:
            run.outcome = RunOutcome.HALTED
        elif c.state in RESTING:
            run.outcome = RunOutcome.DONE if _is_done(run, c.primary) else RunOutcome.NOT_DONE
            run.last = run.happenings[-1]
        else:
            run.outcome = RunOutcome.UNDER_WAY


def _is_done(run: Run, primary: str) -> bool:
    """Say whether a run that is over came to what it was for."""
    if run.goal is Goal.REJOIN:
        return any(run.told(NoteKind.REJOINED))
    if run.goal is Goal.SWITCHOVER and primary == run.primary_before:
        return False
    ends = [each.what for each in run.happenings if each.what in (NoteKind.RECOVERED, NoteKind.WITHDRAWN)]
    return ends[-1:] == [NoteKind.RECOVERED]  # a loss that was withdrawn before it came again does not count


def _is_loss(happening: Happening) -> bool:
    return happening.what == SEEN and happening.data["health"] in (Health.SILENT, Health.PROCESS_DEAD)


def _shown(command: Command) -> dict[str, Any]:
    said = {"id": str(command.id), "command": command.kind.value, "target": command.target}
    return {**said, "epoch": list(command.epoch), "details": dict(command.details)}


def retold(path: Path, *, bounded: bool = False, ended: threading.Event | None = None) -> tuple[Controller | None, History]:
    """Return where the journal at *path* leads to, None where it is empty, and what happened on the way. Raises StoreError.

    Nothing is read any more once *ended* is set.
    """
    origins = {row.said["event"]: origin_of(row.said) for row in read_audit(path) if row.said.get("what") == "order"}
    state, history = None, History(bounded=bounded)
    said = deque(said_in(path))
    for line, decision in decisions(path):
        state = decision.state
        while said and said[0].event <= line.number:
            history.hear(said.popleft())
        history.take(line.number, line.event, decision, origins.get(line.number))
        if line.number % EVENTS_AT_ONCE == 0:
            time.sleep(0.0)  # whoever is on duty in this process must not be kept waiting
            if ended is not None and ended.is_set():
                break
    for each in said:
        history.hear(each)
    return state, history
