"""What kinds of facts a topology may lack, and how far apart the answers may lie, in hours of outage."""

from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """What is not known."""

    RECOVERY = "recovery"
    STANDBY = "standby"
    UNUSED = "hosts without a service"
    NEEDS = "needs"
    SUPPLY = "power, network, storage"
    OBJECTIVES = "objectives"
    COST = "cost"
    SITE = "site"
    FAILURES = "failures"
    PARTS = "parts"
    DURATION = "duration"
    PRIMARY = "primary"


class Width(NamedTuple):
    """The best and the worst likely answer, in hours of outage, and why these."""

    best_hours: float
    worst_hours: float
    why: str

    @property
    def hours(self) -> float:
        """Return what lies between them."""
        return self.worst_hours - self.best_hours


WIDTHS = {
    Kind.RECOVERY: Width(4, 336, "a spare and hands at the site, or 14 days for a part that must be ordered"),
    Kind.STANDBY: Width(0.1, 72, "a failover takes minutes, a restore from backup up to three days"),
    Kind.UNUSED: Width(0, 48, "nothing hangs on them, or everything at their sites does until they are rebuilt"),
    Kind.NEEDS: Width(0, 24, "the loss of one host is no outage, or one for as long as an ordinary repair takes"),
    Kind.SUPPLY: Width(0, 12, "fed twice, or dark for as long as a grid failure usually lasts"),
    Kind.OBJECTIVES: Width(4, 72, "the promises that are made for what people cannot do without, and for what can wait a weekend"),
    Kind.COST: Width(0, 8, "without it outages are compared by their hours alone; a day's work decides which is worth a remedy"),
    Kind.SITE: Width(0, 24, "not struck when a site is lost, or struck for as long as it takes to work from another"),
    Kind.FAILURES: Width(0, 27, "between 2 % and 10 % of servers fail in a year, each for up to 14 days (8 % of 336 hours)"),
    Kind.PARTS: Width(24, 336, "a part from a local dealer, or one from the factory"),
    Kind.PRIMARY: Width(0, 4, "the wrong host is looked at first"),
}
"""What is assumed of an answer that nobody has given; a duration that is marked `assumed` brings its own low and high."""
