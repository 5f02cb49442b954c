"""What each kind of fault strikes, and which options it takes: one table, for reading scenarios and for writing them."""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from failover.core.events import OrderKind
from scenarios.model import FaultKind


class Strikes(Enum):
    """What the targets of a fault are, in words."""

    THINGS = "hosts, components or sites"
    SITES = "sites"
    PARTS = "parts"
    MEMBERS = "members of clusters"
    HOSTS_AND_CONTROLLERS = "hosts, controllers or `leader`"
    ENDPOINTS = "places are hosts, HOST/power, controllers, `leader`, `clients`, `store`, and sites for all their hosts"
    CONTROLLERS = "controllers or `leader`"
    STORE = "`store`"
    PROXIES = "proxies: the `routes` of clusters, or CLUSTER/route where one names none"
    COMMANDED = "what commands are sent to: members of clusters, and proxies"
    CLUSTER = "a cluster"


SELECTABLE = frozenset({Strikes.THINGS, Strikes.MEMBERS, Strikes.HOSTS_AND_CONTROLLERS, Strikes.ENDPOINTS, Strikes.COMMANDED})
"""Targets among which hosts may be chosen by what they are."""
WITHOUT_CLUSTER = frozenset({Strikes.THINGS, Strikes.SITES, Strikes.PARTS})
"""Targets that there are where nothing fails over."""


class Rule(NamedTuple):
    """What a kind of fault strikes, the options it must have, and those it may have besides."""

    strikes: Strikes
    must: tuple[str, ...] = ()
    may: tuple[str, ...] = ()


RULES: Mapping[FaultKind, Rule] = {
    FaultKind.FAIL: Rule(Strikes.THINGS, may=("consumes", "recover")),
    FaultKind.RESTORE: Rule(Strikes.THINGS),
    FaultKind.PARTITION: Rule(Strikes.SITES, may=("recover",)),
    FaultKind.FLAP: Rule(Strikes.THINGS, must=("down", "up"), may=("times",)),
    FaultKind.DELAY: Rule(Strikes.PARTS, must=("by",)),
    FaultKind.KILL_PROCESS: Rule(Strikes.MEMBERS),
    FaultKind.HANG_PROCESS: Rule(Strikes.MEMBERS, may=("for",)),
    FaultKind.FREEZE: Rule(Strikes.HOSTS_AND_CONTROLLERS, may=("for",)),
    FaultKind.RETURN_POWER: Rule(Strikes.MEMBERS),
    FaultKind.PROMOTE_BY_HAND: Rule(Strikes.MEMBERS),
    FaultKind.PAUSE_REPLAY: Rule(Strikes.MEMBERS, may=("for",)),
    FaultKind.FOREIGN_TIMELINE: Rule(Strikes.MEMBERS),
    FaultKind.LAG: Rule(Strikes.MEMBERS, must=("by",), may=("for",)),
    FaultKind.CUT: Rule(Strikes.ENDPOINTS, may=("from", "one_way", "for")),
    FaultKind.LOSSY: Rule(Strikes.ENDPOINTS, may=("from", "loss", "jitter", "for")),
    FaultKind.KILL_CONTROLLER: Rule(Strikes.CONTROLLERS, may=("for",)),
    FaultKind.DISK_FULL: Rule(Strikes.CONTROLLERS, may=("for",)),
    FaultKind.TORN_WRITE: Rule(Strikes.CONTROLLERS, may=("for",)),
    FaultKind.CLOCK_STEP: Rule(Strikes.CONTROLLERS, must=("by",)),
    FaultKind.CLOCK_RATE: Rule(Strikes.CONTROLLERS, must=("rate",)),
    FaultKind.STORE_DOWN: Rule(Strikes.STORE, may=("for",)),
    FaultKind.STORE_SLOW: Rule(Strikes.STORE, must=("by",), may=("for",)),
    FaultKind.STORE_LEADERLESS: Rule(Strikes.STORE, may=("for",)),
    FaultKind.STORE_RESTORED: Rule(Strikes.STORE, must=("by",)),
    FaultKind.LEASE_LOST: Rule(Strikes.STORE),
    FaultKind.FENCE_FAILS: Rule(Strikes.MEMBERS, may=("times",)),
    FaultKind.FENCE_TIMES_OUT: Rule(Strikes.MEMBERS, may=("times",)),
    FaultKind.FENCE_LIES: Rule(Strikes.MEMBERS, may=("times",)),
    FaultKind.FENCE_HITS: Rule(Strikes.MEMBERS, must=("instead",), may=("times",)),
    FaultKind.FENCE_UNPOWERED: Rule(Strikes.MEMBERS, may=("for",)),
    FaultKind.PROMOTE_SAYS_FAILED: Rule(Strikes.MEMBERS, may=("times",)),
    FaultKind.PROMOTE_SAYS_DONE: Rule(Strikes.MEMBERS, may=("times",)),
    FaultKind.PROMOTE_HANGS: Rule(Strikes.MEMBERS, may=("times",)),
    FaultKind.CANDIDATE_DIES: Rule(Strikes.MEMBERS),
    FaultKind.REJOIN_FAILS_HALFWAY: Rule(Strikes.MEMBERS, may=("times",)),
    FaultKind.REROUTE_STUCK: Rule(Strikes.PROXIES, may=("times",)),
    FaultKind.REPORT_LOST: Rule(Strikes.COMMANDED, may=("commands", "times")),
    FaultKind.SESSIONS_LINGER: Rule(Strikes.PROXIES),
    FaultKind.ORDER: Rule(Strikes.CLUSTER),
}
"""Besides its options, every fault takes `at` or `when`, and a `cause`."""

HOST_ORDERED = frozenset(
    {OrderKind.REJOIN, OrderKind.ADOPT, OrderKind.CONFIRM_FENCED, OrderKind.MAINTENANCE, OrderKind.WITHDRAW_PAGE}
)
"""Orders that speak of a host."""
HOST_MAY_BE_ORDERED = frozenset({OrderKind.FAILOVER, OrderKind.SWITCHOVER})
"""Orders that may name a host, the candidate."""
