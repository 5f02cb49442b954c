"""The smallest schedule that still breaks an invariant: what is not needed for that is left out, what is needed made simpler."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from scenarios.model import Fault, FaultKind
from simulator.checking.liveness import ComesBack
from simulator.fuzzing.playing import play
from simulator.fuzzing.schedule import MENDED, MENDED_AT_SECONDS, Schedule

PLAYED_MAX = 400
"""How many schedules are tried at most."""


def shrink(schedule: Schedule, invariant: str) -> Schedule:
    """Return the smallest schedule found that still violates *invariant*, under the same luck of the world."""
    smallest = _Shrinking(schedule, invariant)
    smallest.leave_out()
    smallest.simplify()
    smallest.leave_out()
    return smallest.schedule


def breaks(schedule: Schedule, invariant: str) -> bool:
    """Say whether *schedule* violates *invariant*."""
    return any(each.invariant == invariant for each in play(schedule).violations)


class _Shrinking:
    """The smallest so far."""

    def __init__(self, schedule: Schedule, invariant: str) -> None:
        self.schedule = schedule
        self._invariant = invariant
        self._left = PLAYED_MAX

    def _stays(self, fault: Fault) -> bool:
        """Say whether *fault* is what mends everything, without which it is no wonder that something does not come back."""
        return self._invariant == ComesBack.invariant and fault.cause == MENDED

    def _try(self, schedule: Schedule) -> bool:
        """Take *schedule* if it still does it."""
        if schedule.scenario == self.schedule.scenario or self._left <= 0:
            return False
        self._left -= 1
        if not breaks(schedule, self._invariant):
            return False
        self.schedule = schedule
        return True

    def leave_out(self) -> None:
        """Leave out one fault after the other, the last ones first, and whoever is on call."""
        self._try(_with_operator_gone(self.schedule))
        place = len(self.schedule.scenario.incident)
        while place:
            place -= 1
            incident = self.schedule.scenario.incident
            if self._stays(incident[place]):
                continue
            self._try(with_incident(self.schedule, (*incident[:place], *incident[place + 1 :])))

    def simplify(self) -> None:
        """Make every fault simpler in every way that there is."""
        for place in range(len(self.schedule.scenario.incident)):
            for simpler in _SIMPLER:
                incident = self.schedule.scenario.incident
                if self._stays(incident[place]) or (simpler is _for_good and self._invariant == ComesBack.invariant):
                    continue
                for fault in simpler(incident[place]):
                    if self._try(with_incident(self.schedule, (*incident[:place], fault, *incident[place + 1 :]))):
                        break


def with_incident(schedule: Schedule, incident: tuple[Fault, ...]) -> Schedule:
    """Return *schedule* with other faults."""
    return schedule._replace(scenario=replace(schedule.scenario, incident=incident))


def _with_operator_gone(schedule: Schedule) -> Schedule:
    response = replace(schedule.response, operator=None)
    return schedule._replace(scenario=replace(schedule.scenario, responses=(response,)))


def _fewer_targets(fault: Fault) -> Iterator[Fault]:
    if len(fault.targets) > 1 and fault.at_seconds < MENDED_AT_SECONDS:
        for target in fault.targets:
            yield replace(fault, targets=(target,))


def _once(fault: Fault) -> Iterator[Fault]:
    yield replace(fault, times=1)


def _for_good(fault: Fault) -> Iterator[Fault]:
    """It stays until everything is mended."""
    if fault.kind is not FaultKind.FAIL:
        yield replace(fault, for_seconds=None)


def _in_whole_seconds(fault: Fault) -> Iterator[Fault]:
    rounded = float(round(fault.at_seconds))
    yield replace(fault, at_seconds=max(1.0, rounded) if fault.when is None else 0.0)
    if fault.for_seconds is not None:
        yield replace(fault, for_seconds=max(1.0, float(round(fault.for_seconds))))


def _as_usual(fault: Fault) -> Iterator[Fault]:
    yield replace(fault, recover=None)


def _plainly(fault: Fault) -> Iterator[Fault]:
    """An order is typed once, at once, and for whatever primary there is."""
    if fault.order is not None:
        yield replace(fault, order=fault.order._replace(twice=False, delayed_seconds=0.0, expected_primary=None))
        yield replace(fault, order=fault.order._replace(twice=False))


_SIMPLER: tuple[Callable[[Fault], Iterator[Fault]], ...] = (
    _fewer_targets,
    _once,
    _for_good,
    _in_whole_seconds,
    _as_usual,
    _plainly,
)
"""The ways to make a fault simpler, each tried on its own."""
