"""A history as lines that somebody on call can read: what happened, who decided what, what became of it.

Looks (`verify`, `read_positions`) and messages to people are left out: what they lead to is told anyway.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from failover.core.cluster import Controller as CoreState
from failover.core.commands import READ_ONLY, Command, CommandKind, Outcome
from failover.core.controller import Decision
from failover.core.events import Event
from failover.core.notes import Note, NoteKind
from scenarios.model import FaultKind
from simulator.clusters.watching import Watcher
from timeline.record import FailoverState, Kind, Record

if TYPE_CHECKING:
    from simulator.clusters.clusters import Clusters
    from simulator.clusters.controllers import Controller

WORLD = "world"
"""Who speaks of what nobody decided."""
UNTOLD = READ_ONLY | {CommandKind.NOTIFY, CommandKind.ASK}
_SHOWN = frozenset({Kind.FAULT, Kind.SITE, Kind.COMPONENT, Kind.HOST, Kind.CLUSTER, Kind.SERVICE})

Data = Mapping[str, Any]


def _entered(data: Data) -> str:
    return f"entered {data['state']} ({data['reason']})"


def _commanded(data: Data) -> str | None:
    if data["command"] in UNTOLD:
        return None
    term, number = data["epoch"]
    return f"commanded {data['command']} {data['target']} (epoch {term}.{number})"


def _chose(data: Data) -> str:
    lost_seconds = data["lost_seconds"]
    known = "not known how far behind" if lost_seconds is None else f"may lack {lost_seconds:.1f} s"
    return f"chose {data['host']} ({known})"


def _ordered(data: Data) -> str:
    host = f" {data['host']}" if data["host"] else ""
    reason = f": {data['reason']}" if data["reason"] else ""
    return f"ordered {data['order']}{host}, by {data['operator']}{reason}"


def _halted(data: Data) -> str:
    return f"HALTED ({data['text']} → {', '.join(data['orders'])})"


_WORDS: Mapping[NoteKind, Callable[[Data], str | None]] = {
    NoteKind.LED: lambda data: None,
    NoteKind.SUSPECTED: lambda data: f"suspected {data['host']}: {data['health']}",
    NoteKind.WITHDRAWN: lambda data: f"withdrawn: {data['host']} is back",
    NoteKind.HELD: lambda data: f"held ({data['reason']})",
    NoteKind.WAITING: lambda data: f"waiting for {data['needed']} yes",
    NoteKind.ORDERED: _ordered,
    NoteKind.ORDER_REFUSED: lambda data: f"ORDER REFUSED {data['order']}, by {data['operator']}: {data['reason']}",
    NoteKind.FORESEEN: lambda data: f"foreseen: {data['host'] or 'nobody'} would be promoted",
    NoteKind.DECIDED: lambda data: f"decided run {data['run']}, {data['goal']}: {data['because']}",
    NoteKind.ENTERED: _entered,
    NoteKind.COMMANDED: _commanded,
    NoteKind.ENDED: lambda data: None,
    NoteKind.REFUSED: lambda data: f"refused {data['host']}: {data['reason']}",
    NoteKind.CHOSE: _chose,
    NoteKind.FENCED: lambda data: f"fenced {data['host']}, by {data['by']}",
    NoteKind.PROMOTED: lambda data: f"promoted {data['host']}",
    NoteKind.NOT_PROMOTED: lambda data: f"not promoted: {data['host']}",
    NoteKind.QUARANTINED: lambda data: f"quarantined {data['host']}",
    NoteKind.REJOINED: lambda data: f"rejoined {data['host']}",
    NoteKind.HALTED: _halted,
    NoteKind.RECOVERED: lambda data: f"RECOVERED: {data['primary']} is primary",
}


class Scribe(Watcher):
    """Writes down a run while it happens; `lines` once it is over, after `finish`."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.notes: list[tuple[float, Note]] = []
        self._read = 0
        self._clusters: Clusters | None = None

    def attach(self, clusters: "Clusters") -> None:
        """Begin with nothing told."""
        self._clusters = clusters

    def finish(self) -> None:
        """Write down what happened last."""
        self._catch_up()

    def changed(self) -> None:
        """Take in what the world has recorded, in its order."""
        self._catch_up()

    def led(self, controller: "Controller") -> None:
        """Somebody leads."""
        self._write(controller.name, f"leads, term {controller.term}")

    def stood_down(self, controller: "Controller") -> None:
        """Somebody does no longer."""
        self._write(controller.name, "stands down")

    def journaled(self, controller: "Controller", event: Event, before: CoreState, decision: Decision) -> None:
        """Write what was decided."""
        for note in decision.notes:
            self.notes.append((self._now, note))
            words = _WORDS[note.kind](note.data)
            if words is not None:
                self._write(controller.name, f"{note.cluster}: {words}")

    def sent(self, controller: "Controller", command: Command) -> None:
        """Write what a person is asked."""
        if command.kind is CommandKind.ASK:
            self._write(controller.name, f"{command.id.cluster}: ASKS PEOPLE: {command.details['what']}")

    def effect(self, command: Command, endpoint: str) -> None:
        """Write when a promotion is true, whoever hears of it."""
        if command.kind is CommandKind.PROMOTE:
            self._write(WORLD, f"{command.target} accepts writes")

    def refused(self, command: Command, endpoint: str, reason: str) -> None:
        """Write what a target would not do."""
        term, number = command.epoch
        self._write(WORLD, f"{endpoint} refuses {command.kind} {command.target} of epoch {term}.{number}: {reason}")

    def ended(self, controller: "Controller", command: Command, outcome: Outcome, evidence: Data) -> None:
        """Write what did not work, or nobody can say whether it did."""
        if outcome is not Outcome.SUCCEEDED and command.kind not in UNTOLD:
            self._write(controller.name, f"{command.id.cluster}: {command.kind} {command.target}: outcome {outcome}")

    @property
    def _now(self) -> float:
        assert self._clusters is not None
        return self._clusters.world.now

    def _write(self, who: str, text: str) -> None:
        self._catch_up()
        self._line(self._now, who, text)

    def _line(self, at: float, who: str, text: str) -> None:
        self.lines.append(f"{at:10.1f}  {who:<13} {text}")

    def _catch_up(self) -> None:
        assert self._clusters is not None
        records = self._clusters.world.records
        for record in records[self._read :]:
            words = _of_the_world(record)
            if words is not None:
                self._line(record.at, WORLD, words)
        self._read = len(records)


def _of_the_world(record: Record) -> str | None:
    if record.kind is Kind.FAILOVER and record.state == FailoverState.PROMOTED:
        lost_seconds = record.data["lost_seconds"]
        lost = "nobody knows how much" if lost_seconds is None else f"{lost_seconds:.1f} s"
        return f"of what was acknowledged, {lost} is lost with the promotion of {record.data['host']}"
    if record.kind not in _SHOWN:
        return None
    match record.kind:
        case Kind.FAULT if record.state == FaultKind.ORDER:
            return None  # whoever takes it tells of it
        case Kind.FAULT:
            targets = ", ".join(record.data["targets"])
            return f"{'HEALED' if record.state == 'healed' else f'FAULT {record.state}'} {targets}: {record.subject}"
        case Kind.CLUSTER if record.state == "up":
            return f"clients of {record.subject} are served by {record.data.get('primary', 'its primary')}"
        case Kind.CLUSTER:
            return f"clients of {record.subject} are served by nobody"
        case _:
            return f"{record.kind} {record.subject} is {record.state}"
