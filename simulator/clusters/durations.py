"""How long each command takes at its target where nobody has measured it: assumed."""

from failover.core.commands import CommandKind

SPREAD = 0.5
"""A command takes between 1 − SPREAD/2 and 1 + SPREAD/2 of what is usual."""

USUAL_SECONDS = {
    CommandKind.START: 3.0,
    CommandKind.FENCE: 2.0,
    CommandKind.WITHDRAW_ROUTE: 0.4,
    CommandKind.CUT_REPLICATION: 0.3,
    CommandKind.READ_POSITIONS: 0.2,
    CommandKind.SET_SYNCHRONOUS: 0.3,
    CommandKind.REPOINT: 1.0,
    CommandKind.REROUTE: 0.4,
    CommandKind.VERIFY: 0.2,
    CommandKind.DEMOTE: 2.0,
    CommandKind.REJOIN: 60.0,
    CommandKind.POWER_ON: 30.0,
    CommandKind.WITHDRAW_PAGE: 0.5,
    CommandKind.HOOK: 1.0,
    CommandKind.NOTIFY: 0.1,
}

LEASE_CHECK_SECONDS = 0.003
"""How long it takes a controller to ask the store whether it still holds the lease."""
RELEASE_SECONDS = 0.002
"""From that answer until the command leaves."""
