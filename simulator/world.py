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

from simulator.ground import GROUNDS, Slot
from timeline.record import Kind, Record
from topology.draws import Stream, run_key
from topology.laws import Fixed, Law, quantile
from topology.model import Topology


class Step(IntEnum):
    """The kinds of transition, in the order in which they happen when their time is the same."""

    ORDER_ARRIVES = 0
    STAGE_ENDS = 1
    FAULT_ENDS = 2
    FAULT = 3
    LIFE_ENDS = 4
    COMMON_CAUSE = 5
    CAUGHT_UP = 6
    COMMAND_LANDS = 7
    COMMAND_ENDS = 8
    COMMAND_OVERDUE = 9
    OBSERVED = 10
    LEASE_TURNS = 11
    CONTROLLER = 12
    OPERATOR_ANSWERS = 13
    COPY_READY = 14
    BACKLOG_CLEARED = 15


Watcher = Callable[[bool], None]
"""Called with whether the watched node now holds."""


class Scheduled(simpy.Event):
    """A transition that is to come; `cancel` makes it not happen."""

    def __init__(self, then: Callable[[], None]) -> None:
        self._then: Callable[[], None] | None = then
        self.callbacks = [self]
        self._ok, self._value = True, None  # decided already, as simpy.Timeout does it

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
        self._ground = GROUNDS.of(topology)
        self.structure = self._ground.structure
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
            # Above SimPy's own priorities, so that the horizon's stop comes first and what is due at the horizon does not happen.
            self._environment.schedule(scheduled, EventPriority(2 + step * (1 << 40) + number), in_seconds)
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
        return self._ground.unit_numbers[slot]

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
            if node < self.structure.named and (kind := self._ground.kinds[node]) is not None:
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
        latest = [
            self._last[child]
            for child in self._ground.named_below[node]
            if self.state.up[child] == holds and self._last[child] >= 0
        ]
        told = "up" if holds else "down"  # what changed just now and is recorded only after *node* has still its record from before
        return [record for record in latest if self.records[record].state == told and (not holds or record > since)]
