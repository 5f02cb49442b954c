"""A command on its way: from the controller that sent it to its target, and the report back."""

from enum import StrEnum
from typing import TYPE_CHECKING

from failover.core.commands import Command, Outcome
from simulator.clusters.guarded import Guarded
from simulator.world import Scheduled

if TYPE_CHECKING:
    from simulator.clusters.controllers import Controller


class Progress(StrEnum):
    """How far a command has come."""

    TRAVELLING = "travelling"
    WAITING = "waiting"  # for the lock of its target
    WITHIN = "within"  # begun, without effect so far
    DONE = "done"
    REFUSED = "refused"
    LOST = "lost"


class Flight:
    """One sending of a command."""

    __slots__ = (
        "command", "controller", "effect_at", "endpoint", "guarded", "overdue", "progress", "reported", "sent_at",
        "session", "stuck", "timer",
    )  # fmt: skip

    def __init__(self, command: Command, controller: "Controller", endpoint: str, guarded: Guarded | None, sent_at: float) -> None:
        self.command = command
        self.controller = controller
        self.session = controller.session
        """The life of the controller that waits for its report."""
        self.endpoint = endpoint
        self.guarded = guarded
        self.sent_at = sent_at
        self.progress = Progress.TRAVELLING
        self.effect_at: float | None = None
        self.reported: Outcome | None = None
        self.stuck = False
        """It hangs at its target."""
        self.timer: Scheduled | None = None
        """When its act is over."""
        self.overdue: Scheduled | None = None

    @property
    def under_way(self) -> bool:
        """Whether it may still have an effect."""
        return self.progress in (Progress.TRAVELLING, Progress.WAITING, Progress.WITHIN)
