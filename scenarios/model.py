"""What goes wrong, and what is done about it: a scenario as frozen values, checked by `scenarios.load`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from failover.core.commands import CommandKind
from failover.core.events import OrderKind
from topology.facts import Fact
from topology.laws import Law
from topology.model import Stage, Topology
from topology.quantities import show_duration

LEADER, CLIENTS, STORE = "leader", "clients", "store"
"""Targets that are no names of a topology: whichever controller leads when the fault strikes, all clients, and the store."""


def power_of(host: str) -> str:
    """Return the name of the fence device of *host*, as a place in the network."""
    return f"{host}/power"


class FaultKind(StrEnum):
    """The closed list of faults that an incident can hold."""

    FAIL = "fail"
    RESTORE = "restore"
    PARTITION = "partition"  # cuts a site off: its links fail, nothing else
    FLAP = "flap"  # down and up again, several times
    DELAY = "delay"  # what is on order arrives later

    # hosts and their databases
    KILL_PROCESS = "kill_process"  # the database process dies, its host does not
    HANG_PROCESS = "hang_process"  # it neither answers nor dies
    FREEZE = "freeze"  # a host or a controller stands still, and goes on afterwards as if no time had passed
    RETURN_POWER = "return_power"  # a host that was fenced powers on by itself
    PROMOTE_BY_HAND = "promote_by_hand"  # somebody makes it primary behind the controller's back
    PAUSE_REPLAY = "pause_replay"  # it receives and does not apply
    FOREIGN_TIMELINE = "foreign_timeline"  # it stands on a higher timeline with older data
    LAG = "lag"  # it falls behind, *by* so much more

    # the network
    CUT = "cut"  # nothing passes between the targets and `sources`
    LOSSY = "lossy"  # some of it is lost, or late

    # controllers
    KILL_CONTROLLER = "kill_controller"
    DISK_FULL = "disk_full"  # it cannot write its own notes
    TORN_WRITE = "torn_write"  # its next write is cut short
    CLOCK_STEP = "clock_step"  # its wall clock jumps, *by* so much, backwards too
    CLOCK_RATE = "clock_rate"  # its monotonic clock runs at *rate*

    # their store
    STORE_DOWN = "store_down"
    STORE_SLOW = "store_slow"  # every answer takes longer, *by* so much
    STORE_LEADERLESS = "store_leaderless"  # it answers and grants nothing
    STORE_RESTORED = "store_restored"  # from a copy, *by* so much older
    LEASE_LOST = "lease_lost"  # the leader's lease is taken at once

    # fencing
    FENCE_FAILS = "fence_fails"  # and says so
    FENCE_TIMES_OUT = "fence_times_out"  # it works and nobody hears of it
    FENCE_LIES = "fence_lies"  # it says done, and the host lives
    FENCE_HITS = "fence_hits"  # another host, *instead*
    FENCE_UNPOWERED = "fence_unpowered"  # the fence device is dead

    # promotion and what follows it
    PROMOTE_SAYS_FAILED = "promote_says_failed"  # it works
    PROMOTE_SAYS_DONE = "promote_says_done"  # nothing happens
    PROMOTE_HANGS = "promote_hangs"
    CANDIDATE_DIES = "candidate_dies"  # the host dies when the command reaches it
    REJOIN_FAILS_HALFWAY = "rejoin_fails_halfway"
    REROUTE_STUCK = "reroute_stuck"  # a proxy is not updated
    REPORT_LOST = "report_lost"  # a command works and its report is lost
    SESSIONS_LINGER = "sessions_linger"  # a proxy's sessions stay with the old primary

    ORDER = "order"  # a person orders something


class Phase(StrEnum):
    """How far a command has come."""

    BEFORE = "before"  # about to be sent, its lease not yet checked
    WITHIN = "within"  # begun at its target, without effect so far
    AFTER = "after"  # its effect is there, not yet reported


class Trigger(NamedTuple):
    """A fault strikes when the *nth* command of a kind reaches a phase: of *cluster*, or of any."""

    command: CommandKind
    phase: Phase
    nth: int = 1
    cluster: str | None = None

    def in_words(self) -> str:
        """Write it for people: `before promote of db, time 2`."""
        of = f" of {self.cluster}" if self.cluster else ""
        return f"{self.phase} {self.command}{of}{f', time {self.nth}' if self.nth > 1 else ''}"


class Order(NamedTuple):
    """What a person types. It arrives *delayed_seconds* later, and *twice* if the sending is repeated."""

    kind: OrderKind
    cluster: str
    operator: str
    host: str | None = None
    reason: str = ""
    expected_primary: str | None = None
    for_seconds: float = 0.0
    twice: bool = False
    delayed_seconds: float = 0.0
    service: str | None = None
    """Whose page is to be withdrawn."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong, *at_seconds* after the start, or *when* a command gets somewhere.

    What `targets` are depends on the kind (`scenarios.kinds`). `recover` overrides the targets' own recovery unless None;
    `consumes` says how many units of a part each target needs, where that is not one. `for_seconds` is how long it lasts until it
    heals by itself, None for ever; `times` how often it flaps, or how many commands it spoils.
    """

    at_seconds: float
    kind: FaultKind
    targets: tuple[str, ...]
    cause: str = ""
    consumes: Mapping[str, int] = field(default_factory=dict)
    recover: tuple[Stage, ...] | None = None
    down_seconds: float = 0.0
    up_seconds: float = 0.0
    times: int = 1
    by_seconds: float = 0.0
    when: Trigger | None = None
    """What it waits for; `at_seconds` is 0 then."""
    for_seconds: float | None = None
    sources: tuple[str, ...] = ()
    """The other ends of a cut or lossy network; empty for everything else there is."""
    one_way: bool = False
    """Only what `sources` send to the targets is lost."""
    loss: float = 0.0
    jitter_seconds: float = 0.0
    rate: float = 1.0
    instead: str | None = None
    commands: tuple[CommandKind, ...] = ()
    """The kinds of command whose report is lost; empty for all."""
    order: Order | None = None

    def moment(self) -> str:
        """Say when it comes."""
        return self.when.in_words() if self.when else f"after {show_duration(self.at_seconds)}"


@dataclass(frozen=True, slots=True)
class Response:
    """One way to meet the incident: the network with its changes, policies and stock, and when an operator answers.

    `operator` is None where nobody ever comes.
    """

    name: str
    title: str
    topology: Topology
    operator: Law | None = None
    must_meet: bool = False


@dataclass(frozen=True, slots=True)
class Expectation:
    """A published figure that a replay is held against: a dotted *measure* of one response, *within* a share of *value*.

    `calibrated` says that its answer is among the inputs, so that meeting it explains and proves nothing.
    """

    response: str
    measure: str
    value: float
    within: float
    calibrated: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """An incident on a network, the responses to be compared, and what is expected of them.

    `start` is the wall time of second 0 (ISO 8601 with offset). `notes` say what was decided in making it fit the network.
    """

    name: str
    title: str
    summary: str
    topology: Topology
    start: str
    horizon_seconds: float
    incident: tuple[Fault, ...]
    responses: tuple[Response, ...]
    expectations: tuple[Expectation, ...] = ()
    background: bool = False
    facts: tuple[Fact, ...] = ()
    notes: tuple[str, ...] = ()
