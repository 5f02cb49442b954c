"""A database on one host, as it truly is."""

from enum import StrEnum

from failover.core.commands import Epoch
from simulator.clusters.branches import Branch
from simulator.clusters.guarded import Guarded
from simulator.clusters.machines import Machine


class Role(StrEnum):
    """What a database is; it remembers that over a boot."""

    PRIMARY = "primary"
    STANDBY = "standby"


class Process(StrEnum):
    """How its process is."""

    RUNNING = "running"
    HUNG = "hung"
    DEAD = "dead"
    STOPPED = "stopped"


class Member(Guarded):
    """One member of one cluster."""

    __slots__ = (
        "acker", "acknowledging", "behind_seconds", "branch", "by_hand", "cluster", "damaged", "host", "lag_known",
        "lag_seconds", "machine", "measured", "position", "process", "promoted_epoch", "receiving", "replay_paused",
        "role", "source", "stepping_down", "synchronous", "trailing", "upstream", "writing",
    )  # fmt: skip

    def __init__(self, host: str, cluster: str, machine: Machine, branch: Branch) -> None:
        super().__init__(host)
        self.host = host
        self.cluster = cluster
        self.machine = machine

        # What is on its disk.
        self.role = Role.STANDBY
        self.branch = branch
        self.position = 0.0
        self.upstream: str | None = None
        """Whom it is configured to follow."""
        self.receiving = True
        """Not cut off from replication on purpose."""
        self.synchronous: frozenset[str] = frozenset()
        """Whose acknowledgement its commits wait for, when it is primary: any one of them."""
        self.promoted_epoch: Epoch | None = None
        self.by_hand = False
        """Somebody promoted it behind the controller's back."""
        self.replay_paused = False
        self.damaged = False
        """Half rewound: it cannot start."""

        # What it is at the moment.
        self.process = Process.RUNNING
        self.stepping_down = False
        """It takes no more writes, and sends out what it has before it becomes a standby."""
        self.lag_seconds = 0.0
        """By how much it trails a primary that takes writes and does not wait for it."""
        self.lag_known = True
        self.behind_seconds = 0.0
        """How far behind it was when that was last measured."""

        # What follows from all that, kept by `Database.review`.
        self.source: Member | None = None
        """Whom it streams from."""
        self.measured = True
        """Somebody can compare it with its primary."""
        self.acker: Member | None = None
        """Of a primary: the standby that its commits have to be on."""
        self.trailing = False
        self.writing = False
        """Clients reach it, and it takes their writes."""
        self.acknowledging = False
        """Those writes are acknowledged."""

    @property
    def runs(self) -> bool:
        """Whether its process does anything now."""
        return self.process is Process.RUNNING and self.machine.on and not self.machine.frozen

    @property
    def accepts(self) -> bool:
        """Whether it takes writes, should a client reach it."""
        return self.role is Role.PRIMARY and self.runs and not self.stepping_down

    @property
    def timeline(self) -> int:
        """The number of the branch that it is on."""
        return self.branch.timeline

    @property
    def streaming(self) -> bool:
        """Whether it receives from its upstream."""
        return self.source is not None

    @property
    def reign(self) -> Epoch:
        """The epoch that it may serve clients under. Whom somebody promoted by hand serves once a controller has seen it."""
        if self.by_hand:
            return self.guard
        return self.promoted_epoch or Epoch(0, 0)
