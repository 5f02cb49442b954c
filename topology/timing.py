"""How fast a network is watched and acted upon by its controllers."""

from dataclasses import dataclass
from enum import StrEnum


class Timed(StrEnum):
    """What takes time in a failover: each command of the controller by its name, and one to a host that does not answer."""

    START = "start"
    FENCE = "fence"
    WITHDRAW_ROUTE = "withdraw_route"
    CUT_REPLICATION = "cut_replication"
    READ_POSITIONS = "read_positions"
    SET_SYNCHRONOUS = "set_synchronous"
    REPOINT = "repoint"
    REROUTE = "reroute"
    VERIFY = "verify"
    DEMOTE = "demote"
    REJOIN = "rejoin"
    POWER_ON = "power_on"
    WITHDRAW_PAGE = "withdraw_page"
    HOOK = "hook"
    NOTIFY = "notify"
    PROMOTE = "promote"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Probing:
    """How often each vantage point probes a host, and after which time without an answer it has seen nothing."""

    every_seconds: float = 1.0
    timeout_seconds: float = 0.3
