"""One schedule played, with every checker looking on."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from failover.core.cluster import Controller as CoreState
from failover.core.controller import Decision
from failover.core.events import Event
from failover.core.notes import NoteKind
from scenarios.model import Order
from simulator.checking.checker import Checker, Violation
from simulator.checking.checkers import Checkers
from simulator.checking.liveness import ComesBack
from simulator.fuzzing.schedule import MENDED_AT_SECONDS, Schedule
from simulator.run import Run
from timeline.record import Kind, Record

Edge = tuple[str, str]
CRASH = "crash"
"""The invariant that nothing raises."""


class Travels(Checker):
    """Counts what a history has gone through."""

    def begin(self) -> None:
        """Begin with nothing."""
        self.steps = 0
        self.edges: Counter[Edge] = Counter()

    def journaled(self, controller: object, event: Event, before: CoreState, decision: Decision) -> None:
        """Count the step, and the edges that it took."""
        self.steps += 1
        for note in decision.notes:
            if note.kind is NoteKind.ENTERED:
                self.edges[note.data["before"], note.data["state"]] += 1


@dataclass(slots=True)
class Played:
    """What came of a schedule."""

    violations: list[Violation]
    steps: int
    """Events that were journaled and applied."""
    edges: Counter[Edge]
    faults: Counter[str] = field(default_factory=Counter)
    """How often a fault of each kind struck."""
    typed: list[tuple[float, Order]] = field(default_factory=list)
    """What somebody ordered in the end to bring the clusters back, and when."""


def play(schedule: Schedule) -> Played:
    """Play *schedule* to its end."""
    travels, comes_back = Travels(), ComesBack(MENDED_AT_SECONDS)
    checkers = Checkers(travels, comes_back)
    run = Run(schedule.scenario, schedule.response, schedule.world_seed, watchers=(checkers,))
    try:
        run.finish()
        checkers.finish()
    except Exception as error:  # whatever it is, nobody who relies on it may meet it
        checkers.violations.append(Violation(CRASH, "", run.world.now, f"{type(error).__name__}: {error}"))
    return Played(checkers.violations, travels.steps, travels.edges, _struck(run.world.records), comes_back.typed)


def _struck(records: Iterable[Record]) -> Counter[str]:
    """Count the faults that struck, by kind; not their healing, and not what mends everything."""
    faults = (each for each in records if each.kind is Kind.FAULT and not each.because)
    return Counter(each.state for each in faults if each.at < MENDED_AT_SECONDS)
