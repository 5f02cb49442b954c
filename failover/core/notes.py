"""What the core tells people while it decides: for timelines, histories and whoever is on call. Nothing is decided by them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple


class NoteKind(StrEnum):
    """The closed list of what is told, with what its data hold."""

    LED = "led"  # somebody gained the lease; controller, term
    SUSPECTED = "suspected"  # the primary is lost; host, health
    WITHDRAWN = "withdrawn"  # the primary is back; host
    HELD = "held"  # the recovery is held back; reason, orders
    WAITING = "waiting"  # for persons; approvals, needed, orders
    ORDERED = "ordered"  # an operator's order was taken; order, operator, host, reason
    ORDER_REFUSED = "order_refused"  # order, operator, reason
    FORESEEN = "foreseen"  # who would be promoted, as far as can be said before looking; host (or None), lost_seconds
    DECIDED = "decided"  # a recovery begins; run, goal, because
    ENTERED = "entered"  # run, before, state, reason
    COMMANDED = "commanded"  # id, command, target, epoch
    ENDED = "ended"  # id, command, target, outcome
    REFUSED = "refused"  # a member that is no candidate; host, reason
    CHOSE = "chose"  # host, lost_seconds
    FENCED = "fenced"  # host, by
    PROMOTED = "promoted"  # host, lost_seconds
    NOT_PROMOTED = "not_promoted"  # host
    QUARANTINED = "quarantined"  # host
    REJOINED = "rejoined"  # host
    HALTED = "halted"  # reason, text (the same with the names of hosts), orders
    RECOVERED = "recovered"  # primary, run, unrouted: proxies that could not be told of it


class Note(NamedTuple):
    """One thing told of *cluster* (empty: of all of them)."""

    cluster: str
    kind: NoteKind
    data: Mapping[str, Any]
