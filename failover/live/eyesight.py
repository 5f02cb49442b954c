"""Whether the controller sees anything: a silence that is its own must not look like good health."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from failover.core.events import Seen

Sights = Mapping[str, Mapping[str, Seen]]


class Eyesight(NamedTuple):
    """How many *hosts* there are, whether this controller reaches none of them, and who else should look and does not report."""

    hosts: int
    reaches_none: bool
    silent: tuple[str, ...]

    def wrong(self) -> list[str]:
        """Say what is wrong with it, the worst first."""
        none = f"this controller reaches none of its {self.hosts} hosts: what is said of them is what was seen last"
        return [*([none] if self.reaches_none else ()), *(f"vantage point '{each}' does not answer" for each in self.silent)]


SEES = Eyesight(0, False, ())
"""Nothing is known to be wrong with it."""


def eyesight(controller: str, looking: Iterable[str], hosts: Iterable[str], sights: Sights) -> Eyesight:
    """Judge by *sights* how well the vantage points that are *looking* see *hosts*; *controller* is the name of our own.

    Before each host was looked at once, nothing is known, and nobody is said to be blind.
    """
    wanted, own = set(hosts), sights.get(controller, {})
    reaches_none = bool(wanted) and wanted <= own.keys() and all(own[host] is Seen.NOTHING for host in wanted)
    return Eyesight(len(wanted), reaches_none, tuple(each for each in looking if each != controller and each not in sights))
