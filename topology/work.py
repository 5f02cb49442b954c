"""The work that services do: when something is open, what arrives, and what becomes of it while the service is down."""

from dataclasses import dataclass
from enum import StrEnum

from topology.quantities import DAY


@dataclass(frozen=True, slots=True)
class Calendar:
    """When something is open: weekdays (0 is Monday), from *opens_seconds* to *closes_seconds* after local midnight."""

    name: str
    days: frozenset[int]
    opens_seconds: float = 0.0
    closes_seconds: float = DAY
    holidays: str | None = None
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Flow:
    """An amount per open day of a calendar, spread evenly over its open hours; without a calendar, per 24 hours."""

    calendar: Calendar | None
    amount_per_day: float


class WhenDown(StrEnum):
    """What becomes of work that arrives while the service is down."""

    LOST = "lost"
    MANUAL = "manual"  # done by hand, on paper
    WAIT = "wait"  # it comes back when the service does


@dataclass(frozen=True, slots=True)
class EnterLater:
    """Work done by hand is entered afterwards: *each_seconds* of labour an item, *capacity* in seconds of labour."""

    each_seconds: float
    capacity: tuple[Flow, ...]


@dataclass(frozen=True, slots=True)
class Workload:
    """Work that arrives at a service, as a fluid. `capacity` bounds how fast a waiting backlog is served; None is at once."""

    name: str
    service: str
    arrivals: tuple[Flow, ...]
    title: str = ""
    unit: str = ""
    when_down: WhenDown = WhenDown.LOST
    capacity: tuple[Flow, ...] | None = None
    enter_later: EnterLater | None = None
