"""What commands act on, one at a time: a lock held from the check of the epoch until the act is over."""

from collections import deque
from typing import TYPE_CHECKING

from failover.core.commands import CommandId, Epoch

if TYPE_CHECKING:
    from simulator.clusters.flights import Flight

NEVER_GUARDED = Epoch(0, 0)


class Guarded:
    """A member or a proxy. What it remembers here is on its disk."""

    __slots__ = ("busy", "done", "endpoint", "guard", "waiting")

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.guard = NEVER_GUARDED
        """The newest epoch that it has seen."""
        self.done: set[CommandId] = set()
        """What it has done: the same command again does nothing."""
        self.busy: Flight | None = None
        """The command that holds its lock."""
        self.waiting: deque[Flight] = deque()
        """The commands that wait for it, in the order in which they came."""
