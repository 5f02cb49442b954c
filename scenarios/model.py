"""What goes wrong, and what is done about it: a scenario as frozen values, checked by `scenarios.load`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from topology.facts import Fact
from topology.laws import Law
from topology.model import Stage, Topology


class FaultKind(StrEnum):
    """The closed list of faults that an incident can hold."""

    FAIL = "fail"
    RESTORE = "restore"
    PARTITION = "partition"  # cuts a site off: its links fail, nothing else
    FLAP = "flap"  # down and up again, several times
    DELAY = "delay"  # what is on order arrives later


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong, *at_seconds* after the start.

    `targets` are names of hosts, components or sites (parts, for a delay). `recover` overrides the targets' own recovery unless
    None; `consumes` says how many units of a part each target needs, where that is not one.
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
