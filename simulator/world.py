"""The simulated world: a topology in time, on SimPy. One callback a transition, no processes.

Everything that happens is a record of the timeline, made in the order of (time, kind of transition, number), which is total:
two transitions at one time always come in the same order, whoever scheduled them first. The world knows who is up (by the gates)
and why; recoveries, failovers and services are watchers that it tells of each change.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any

import simpy
from simpy.events import EventPriority

from timeline.record import Kind, Record
from topology.draws import Stream, run_key
from topology.gates import Structure, View
from topology.laws import Fixed, Law, quantile
from topology.model import Topology


class Step(IntEnum):
    """The kinds of transition, in the order in which they happen when their time is the same."""

    ORDER_ARRIVES = 0
    STAGE_ENDS = 1
    MEMBER_PROMOTED = 2
    FAULT_ENDS = 3
    FAULT = 4
    LIFE_ENDS = 5
    COMMON_CAUSE = 6
    PRIMARY_SILENT = 7
    OPERATOR_ANSWERS = 8
    COPY_READY = 9
    BACKLOG_CLEARED = 10


Slot = tuple[str, str, int]
"""A place for one unit: host, part, number."""

Watcher = Callable[[bool], None]
"""Called with whether the watched node now holds."""


class Scheduled:
    """A transition that is to come; `cancel` makes it not happen."""

    __slots__ = ("_then",)

    def __init__(self, then: Callable[[], None]) -> None:
        self._then: Callable[[], None] | None = then

    def cancel(self) -> None:
        """Take it off the schedule."""
        self._then = None

    def __call__(self, _event: simpy.Event) -> None:
        """Let it happen: called by SimPy at its time."""
        if self._then is not None:
            self._then()


class World:
    """A topology in time: who is up and why, what is to come, and the records of what was."""

    def __init__(self, topology: Topology, start: str, horizon_seconds: float, seed: int, run: int = 0) -> None:
        self.topology = topology
        self.start = start
        self.horizon_seconds = horizon_seconds
        self.structure = Structure(topology, View.ROUTED)
        self.state = self.structure.state()
        self.records: list[Record] = []
        self._environment = simpy.Environment()
        self._run = run_key(seed, run)
        self._streams: dict[tuple[str, str], Stream] = {}
        self._last: list[int] = [-1] * self.structure.named
        self._reasons: dict[int, set[str]] = defaultdict(set)
        self._watchers: dict[int, list[Watcher]] = defaultdict(list)
        self._changed: deque[int] = deque()
        self._telling = False
        self._kinds = self._kinds_of_nodes()
        self._unit_numbers = self._numbers_of_units()
        self._named_below: dict[int, tuple[int, ...]] = {}

    def _kinds_of_nodes(self) -> list[Kind | None]:
        """The kind of each named node's records; None for services, which speak for themselves."""
        topology = self.topology
        return [
            *(Kind.SITE for _ in topology.sites),
            *(Kind.COMPONENT for _ in topology.components),
            *(Kind.HOST for _ in topology.hosts),
            *(Kind.CLUSTER for _ in topology.clusters),
            *(None for _ in topology.services),
        ]

    def _numbers_of_units(self) -> dict[Slot, int]:
        """Units are numbered after the nodes, in the order of the file."""
        slots = (
            (host.name, part, slot)
            for host in self.topology.hosts.values()
            for part, fitting in host.parts.items()
            for slot in range(fitting.installed)
        )
        return {slot: self.structure.named + number for number, slot in enumerate(slots)}

    @property
    def now(self) -> float:
        """Seconds since the start."""
        return self._environment.now

    def run(self) -> None:
        """Let everything happen that happens before the horizon."""
        self._environment.run(until=self.horizon_seconds)

    def schedule(self, in_seconds: float, step: Step, number: int, then: Callable[[], None]) -> Scheduled:
        """Let *then* happen after *in_seconds*; *step* and *number* order it among transitions of the same time."""
        scheduled = Scheduled(then)
        if in_seconds != float("inf"):
            event = simpy.Event(self._environment)
            event._ok, event._value = True, None  # decided already, as simpy.Timeout does it
            event.callbacks.append(scheduled)
            # Above SimPy's own priorities, so that the horizon's stop comes first and what is due at the horizon does not happen.
            self._environment.schedule(event, EventPriority(2 + step * (1 << 40) + number), in_seconds)
        return scheduled

    def draw(self, law: Law, entity: str, cause: str) -> float:
        """Return the next draw that *entity* makes from *law* for *cause*, in seconds. What is fixed needs no luck."""
        if isinstance(law, Fixed):
            return law.seconds
        return quantile(law, self.uniform(entity, cause))

    def uniform(self, entity: str, cause: str) -> float:
        """Return the next uniform draw in (0, 1) that *entity* makes for *cause*."""
        stream = self._streams.get((entity, cause))
        if stream is None:
            stream = self._streams[entity, cause] = Stream(self._run, entity, cause)
        return stream.next()

    def record(self, kind: Kind, subject: str, state: str, because: Sequence[int] = (), **data: Any) -> int:
        """Write down that something happened now; return the record's number."""
        number = len(self.records)
        self.records.append(Record(number, self.now, kind, subject, state, tuple(sorted(set(because))), data))
        return number

    def node(self, name: str) -> int:
        """Return the number of the node called *name*."""
        return self.structure.index[name]

    def unit_number(self, slot: Slot) -> int:
        """Return the number of the unit in *slot*."""
        return self._unit_numbers[slot]

    def holds(self, name: str) -> bool:
        """Return whether *name* is up, its gates included."""
        return self.state.up[self.structure.index[name]]

    def last_record(self, node: int) -> int:
        """Return the number of the latest record about *node*, or -1."""
        return self._last[node]

    def watch(self, node: int, watcher: Watcher) -> None:
        """Call *watcher* whenever *node* changes, after everything that changed with it has been recorded."""
        self._watchers[node].append(watcher)

    def break_(self, name: str, reason: str, because: Sequence[int], **data: Any) -> None:
        """Let *name* fail for *reason*; while it has any reason, it stays failed."""
        node = self.node(name)
        was_well = not self._reasons[node]
        self._reasons[node].add(reason)
        if was_well:
            self._spread(self.state.fail(node), node, because, data)

    def mend(self, name: str, reason: str, because: Sequence[int], **data: Any) -> None:
        """Take *reason* away; *name* is no longer failed once it has none left."""
        node = self.node(name)
        if reason in self._reasons[node]:
            self._reasons[node].remove(reason)
            if not self._reasons[node]:
                self._spread(self.state.repair(node), node, because, data)

    def failed_names(self) -> frozenset[str]:
        """Return what has failed itself, not through what it hangs on."""
        return frozenset(self.structure.names[node] for node in self.state.failed)

    def _spread(self, changed: list[int], origin: int, because: Sequence[int], data: dict[str, Any]) -> None:
        """Record what *changed*, then tell the watchers; what they change in turn waits until the others have been told."""
        for node in changed:
            if node < self.structure.named and (kind := self._kinds[node]) is not None:
                holds = self.state.up[node]
                causes = list(because) if node == origin else []
                causes += self.causes(node, holds)
                self._last[node] = self.record(
                    kind, self.structure.names[node], "up" if holds else "down", causes, **(data if node == origin else {})
                )
        self._changed.extend(changed)
        if self._telling:
            return
        self._telling = True
        while self._changed:
            node = self._changed.popleft()
            for watcher in self._watchers.get(node, ()):
                watcher(self.state.up[node])
        self._telling = False

    def causes(self, node: int, holds: bool) -> list[int]:
        """Return the latest records of what *node* hangs on that explain why it *holds* or does not."""
        since = self._last[node]
        latest = [self._last[child] for child in self._below(node) if self.state.up[child] == holds and self._last[child] >= 0]
        told = "up" if holds else "down"  # what changed just now and is recorded only after *node* has still its record from before
        return [record for record in latest if self.records[record].state == told and (not holds or record > since)]

    def _below(self, node: int) -> tuple[int, ...]:
        """The named nodes that *node* hangs on directly, gates between them aside."""
        found = self._named_below.get(node)
        if found is None:
            names: list[int] = []
            pending = list(self.structure.children[node])
            while pending:
                child = pending.pop()
                if child < self.structure.named:
                    names.append(child)
                else:
                    pending.extend(self.structure.children[child])
            found = self._named_below[node] = tuple(sorted(set(names)))
        return found
