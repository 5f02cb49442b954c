"""Faults of every kind that can strike the clustered network, for Hypothesis."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from failover.core.commands import CommandKind
from failover.core.events import NEEDS_REASON, OrderKind
from scenarios.kinds import HOST_MAY_BE_ORDERED, HOST_ORDERED, RULES, Strikes
from scenarios.model import Fault, FaultKind, Order, Phase, Trigger
from topology.laws import Exponential, Fixed
from topology.model import Stage, StageKind

HORIZON_SECONDS = 30 * 86400.0
MEMBERS = ("db-1", "db-2", "db-3", "log-1", "log-2")
PROXIES = ("proxy-1", "proxy-2", "log/route")
HOSTS = (*MEMBERS, "proxy-1", "proxy-2", "desk")
CONTROLLERS = ("controller-1", "controller-2", "leader")
ENDS = (*HOSTS, *CONTROLLERS, "db-1/power", "log-2/power", "clients", "store")

TARGETS: Mapping[Strikes, tuple[str, ...]] = {
    Strikes.THINGS: (*HOSTS, "line", "a"),
    Strikes.SITES: ("a", "b"),
    Strikes.PARTS: ("board",),
    Strikes.MEMBERS: MEMBERS,
    Strikes.HOSTS_AND_CONTROLLERS: (*MEMBERS, "proxy-2", *CONTROLLERS),
    Strikes.ENDPOINTS: ENDS,
    Strikes.CONTROLLERS: CONTROLLERS,
    Strikes.STORE: ("store",),
    Strikes.PROXIES: PROXIES,
    Strikes.COMMANDED: (*MEMBERS, *PROXIES),
    Strikes.CLUSTER: ("db", "log"),
}

durations = st.floats(0, 1e9)
spans = st.floats(1e-9, 1e9)
words = st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "), max_size=20)
laws = st.builds(Fixed, durations) | st.builds(Exponential, spans)
stages = (
    st.builds(Stage, st.sampled_from([StageKind.WAIT, StageKind.RESTORE]), laws, reason=words)
    | st.builds(Stage, st.just(StageKind.PART), st.none(), st.just("board"))
    | st.builds(Stage, st.just(StageKind.WORK), laws, crew=st.none() | st.just("night"))
)
OPTIONS: Mapping[str, tuple[str, st.SearchStrategy[Any]]] = {
    "consumes": ("consumes", st.dictionaries(st.just("board"), st.integers(1, 9))),
    "recover": ("recover", st.lists(stages, max_size=3).map(tuple)),
    "down": ("down_seconds", durations),
    "up": ("up_seconds", durations),
    "times": ("times", st.integers(1, 10_000)),
    "by": ("by_seconds", durations),
    "for": ("for_seconds", spans),
    "one_way": ("one_way", st.booleans()),
    "loss": ("loss", st.floats(0, 1)),
    "jitter": ("jitter_seconds", durations),
    "rate": ("rate", st.floats(0, 10, exclude_min=True)),
    "instead": ("instead", st.just("proxy-1")),
    "commands": ("commands", st.lists(st.sampled_from(CommandKind), max_size=3).map(tuple)),
}
"""By option, the field of a fault it fills, and with what."""


@st.composite
def faults(draw: st.DrawFn, kind: FaultKind) -> Fault:
    """Draw a fault of *kind*."""
    rule = RULES[kind]
    when = draw(st.none() | triggers)
    at_seconds = 0.0 if when else draw(st.floats(0, HORIZON_SECONDS, exclude_max=True))
    order = draw(orders(draw(st.sampled_from(OrderKind)))) if kind is FaultKind.ORDER else None
    struck = draw(st.lists(st.sampled_from(TARGETS[rule.strikes]), min_size=1, max_size=3, unique=True))
    fields: dict[str, Any] = {"targets": (order.cluster,) if order else tuple(struck)}
    for option in (*rule.must, *(each for each in rule.may if draw(st.booleans()))):
        if option == "from":
            others = st.sampled_from([end for end in ENDS if end not in struck])
            fields["sources"] = tuple(draw(st.lists(others, max_size=3, unique=True)))
        else:
            field, values = OPTIONS[option]
            fields[field] = draw(values)
    if kind is FaultKind.CLOCK_STEP and draw(st.booleans()):
        fields["by_seconds"] = -fields["by_seconds"]
    return Fault(at_seconds, kind, cause=draw(words), when=when, order=order, **fields)


triggers = st.builds(
    Trigger,
    st.sampled_from(CommandKind),
    st.sampled_from(Phase),
    st.integers(1, 1000),
    st.none() | st.sampled_from(TARGETS[Strikes.CLUSTER]),
)


@st.composite
def orders(draw: st.DrawFn, kind: OrderKind) -> Order:
    """Draw an order of *kind* that is complete."""
    hosts = st.sampled_from(HOSTS)
    no_host = st.none() if kind not in HOST_MAY_BE_ORDERED else st.none() | hosts
    return Order(
        kind=kind,
        cluster=draw(st.sampled_from(TARGETS[Strikes.CLUSTER])),
        operator=draw(words.filter(bool)),
        host=draw(hosts if kind in HOST_ORDERED else no_host),
        reason=draw(words.filter(bool) if kind in NEEDS_REASON else words),
        expected_primary=draw(st.none() | hosts),
        for_seconds=draw(spans) if kind is OrderKind.MAINTENANCE else 0.0,
        twice=draw(st.booleans()),
        delayed_seconds=draw(durations),
        service="orders" if kind is OrderKind.WITHDRAW_PAGE else None,
    )
