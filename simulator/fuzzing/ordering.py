"""What people type while a failover is under way: sensible things, senseless ones, twice, and late."""

from collections.abc import Collection, Mapping

from failover.core.events import NEEDS_REASON, OrderKind
from scenarios.kinds import HOST_MAY_BE_ORDERED, HOST_ORDERED
from scenarios.model import Order
from simulator.fuzzing.luck import Luck
from topology.model import Cluster, Mode, Policy

OPERATORS = ("ana", "ben", "cleo")
ORDERS: Mapping[OrderKind, float] = {
    OrderKind.FAILOVER: 6,
    OrderKind.SWITCHOVER: 12,
    OrderKind.FAILBACK: 5,
    OrderKind.REJOIN: 6,
    OrderKind.START: 4,
    OrderKind.ADOPT: 4,
    OrderKind.ABORT: 5,
    OrderKind.APPROVE: 3,
    OrderKind.REJECT: 2,
    OrderKind.RETRY: 4,
    OrderKind.ACKNOWLEDGE: 2,
    OrderKind.CONFIRM_FENCED: 4,
    OrderKind.ACCEPT_LOSS: 2,
    OrderKind.PAUSE: 4,
    OrderKind.RESUME: 3,
    OrderKind.MAINTENANCE: 3,
    OrderKind.WITHDRAW_PAGE: 1,
}
"""Each kind of order with how often it is drawn."""
ANSWERS: Mapping[OrderKind, float] = {
    OrderKind.APPROVE: 10,
    OrderKind.REJECT: 3,
    OrderKind.ADOPT: 2,
    OrderKind.START: 1,
    OrderKind.FAILOVER: 1,
}
"""What is answered where a yes is asked for."""
WHERE_YES_COUNTS = {**ORDERS, OrderKind.APPROVE: 30, OrderKind.REJECT: 6}


def draw_order(luck: Luck, name: str, cluster: Cluster, policy: Policy, services: Collection[str]) -> Order:
    """Draw what is typed about *cluster*, or about a page of one of *services*."""
    weights = WHERE_YES_COUNTS if policy.mode is Mode.APPROVE else ORDERS
    if not services:
        weights = {kind: weight for kind, weight in weights.items() if kind is not OrderKind.WITHDRAW_PAGE}
    kind = luck.weighted(weights, name, "order")
    names_host = kind in HOST_ORDERED or (kind in HOST_MAY_BE_ORDERED and luck.chance(0.4, name, "names a host"))
    return Order(
        kind=kind,
        cluster=cluster.name,
        operator=luck.one_of(OPERATORS, name, "operator"),
        host=_host(luck, name, kind, cluster) if names_host else None,
        reason=" " if kind in NEEDS_REASON and luck.chance(0.1, name, "no reason") else "drawn",
        expected_primary=luck.one_of(cluster.members, name, "expected") if luck.chance(0.15, name, "expects") else None,
        for_seconds=luck.between(5.0, 300.0, name, "for") if kind is OrderKind.MAINTENANCE else 0.0,
        twice=luck.chance(0.15, name, "twice"),
        delayed_seconds=luck.between(1.0, 60.0, name, "delay") if luck.chance(0.15, name, "delayed") else 0.0,
        service=luck.one_of(tuple(services), name, "service") if kind is OrderKind.WITHDRAW_PAGE else None,
    )


def draw_answer(luck: Luck, name: str, cluster: Cluster) -> Order:
    """Draw what somebody answers who is asked for a yes: by whom, and whether it is sent twice."""
    kind = luck.weighted(ANSWERS, name, "answer")
    host = _host(luck, name, kind, cluster) if kind in HOST_ORDERED else None
    operator, twice = luck.one_of(OPERATORS, name, "operator"), luck.chance(0.3, name, "twice")
    return Order(kind, cluster.name, operator, host, "drawn" if kind in NEEDS_REASON else "", twice=twice)


def _host(luck: Luck, name: str, kind: OrderKind, cluster: Cluster) -> str:
    """Draw a member: of what concerns a primary mostly the first one, of what concerns a standby mostly another."""
    about_primary = kind in (OrderKind.CONFIRM_FENCED, OrderKind.MAINTENANCE, OrderKind.REJOIN)
    if about_primary and luck.chance(0.7, name, "host is primary"):
        return cluster.primary
    return luck.one_of(cluster.members, name, "host")
