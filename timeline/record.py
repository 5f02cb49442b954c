"""What happened: records in order of time, each with the records it happened because of.

A replay and a drill both leave a timeline, and everything that is shown (reports, causes, measures) is read from it alone.
Records are numbered from 0 in the order in which they were made, which is the order of time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """The closed list of what a record can be about, with the states it can tell of."""

    FAULT = "fault"  # subject: the cause; a kind of fault, or healed; data: targets
    SITE = "site"  # down, up
    COMPONENT = "component"  # down, up
    HOST = "host"  # down, up
    UNIT = "unit"  # subject: the host; failed, replaced; data: part, count
    STAGE = "stage"  # subject: what recovers; started, done, abandoned; data: stage, reason, part, crew
    ORDER = "order"  # subject: the part; placed, arrived, delayed; data: site, count
    CLUSTER = "cluster"  # down, up; data: primary
    FAILOVER = "failover"  # subject: the cluster; see FailoverState
    SERVICE = "service"  # down, stale, backlogged, up
    WORKLOAD = "workload"  # cleared; data: peak


class FailoverState(StrEnum):
    """What a record of kind FAILOVER can tell."""

    SUSPECTED = "suspected"  # the primary is lost; data: host, health
    HELD = "held"  # the recovery is held back; data: reason
    WAITING = "waiting"  # for a person; data: mode, waits_for
    FORESEEN = "foreseen"  # who would be promoted, as far as can be said before looking; data: host (or None), lost_seconds
    ORDERED = "ordered"  # a person's order was taken; data: order, operator, host, reason
    ORDER_REFUSED = "order_refused"  # data: order, operator, reason
    DECIDED = "decided"  # a recovery begins; data: run, goal, reason
    COMMAND = "command"  # something was ordered; data: id, command, target, epoch
    FENCED = "fenced"  # a host is off for certain; data: host, by
    REFUSED = "refused"  # one member is no candidate; data: host, reason
    CHOSE = "chose"  # data: host, lost_seconds
    HALTED = "halted"  # nothing safe is left to do; data: reason, text, orders
    PROMOTING = "promoting"  # data: host
    PROMOTED = "promoted"  # data: host, lost_seconds (acknowledged writes that are gone; None where nobody knows)
    FAILED = "failed"  # a promotion did not work; data: host
    QUARANTINED = "quarantined"  # a former primary must be rejoined before it counts again; data: host
    REJOINED = "rejoined"  # data: host
    RECOVERED = "recovered"  # a write went through; data: primary, run
    WITHDRAWN = "withdrawn"  # the primary came back first; data: host


class ServiceState(StrEnum):
    """How a service is."""

    UP = "up"
    BACKLOGGED = "backlogged"  # up, while work waits or is still to be entered
    STALE = "stale"  # answers from an old copy
    DOWN = "down"


AVAILABLE = frozenset({ServiceState.UP, ServiceState.BACKLOGGED})
"""The states in which a service does what it is for."""


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that happened, *at* seconds after the start, *because* of the records numbered there."""

    id: int
    at: float
    kind: Kind
    subject: str
    state: str
    because: tuple[int, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The history of one response, from its start to *horizon_seconds*."""

    scenario: str
    response: str
    start: str
    """Wall time of second 0, ISO 8601 with offset."""
    horizon_seconds: float
    seed: int
    services: tuple[str, ...]
    """The services it speaks of; one without a record was up throughout."""
    records: tuple[Record, ...]

    def about(self, kind: Kind, subject: str) -> list[Record]:
        """Return the records of *kind* about *subject*, in order."""
        return [record for record in self.records if record.kind is kind and record.subject == subject]

    def latest_cause(self, record: Record) -> Record | None:
        """Return the latest of what *record* happened because of; None where that is nothing."""
        return self.records[max(record.because)] if record.because else None
