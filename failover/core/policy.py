"""What holds automation back. An explicit order of an operator is never held."""

from failover.core.cluster import ClusterState, Controller
from failover.core.settings import ClusterSettings
from failover.core.stages import seen_again
from failover.core.states import RESTING
from topology.model import Mode


def held(controller: Controller, settings: ClusterSettings, c: ClusterState, *, begun: bool = False) -> str | None:
    """Say what forbids to begin a recovery of *c* without an order; None when nothing does.

    One that has *begun* is not held by its own attempt, nor by others of its safety group.
    """
    policy = settings.policy
    if policy.mode is Mode.OBSERVE:
        return "the policy only observes"
    if controller.clock < controller.grace_until:
        return "this controller has only just taken over"
    if c.paused_by is not None:
        return f"'{c.paused_by}' paused automation"
    if c.declined_by is not None:
        return f"'{c.declined_by}' declined it"
    if seen_again(c, c.primary):
        sighting = c.health[c.primary]
        seen = "to accept writes again" if sighting.back else f"again by {', '.join(sighting.seen_by)}"
        return f"'{c.primary}' is seen {seen}"
    if c.maintenance.get(c.primary, 0.0) > controller.wall_seconds:
        return f"'{c.primary}' is under maintenance"
    if policy.mode is Mode.MANUAL:
        return "the policy wants an operator's order"
    if begun:
        return None
    if sum(each > controller.clock - policy.within_seconds for each in c.attempts) >= policy.attempts:
        return f"it was tried {policy.attempts} times lately, and nobody has acknowledged that"
    return crowded(controller, settings)


def crowded(controller: Controller, settings: ClusterSettings) -> str | None:
    """Say which safety group has as many clusters in recovery as it may; None when none has."""
    for at_most, names in settings.group_of:
        active = sum(controller.clusters[name].state not in RESTING for name in names if name != settings.name)
        if active >= at_most:
            return f"{active} of its safety group are in recovery already"
    return None


def holds_until(controller: Controller, settings: ClusterSettings, c: ClusterState) -> list[float]:
    """Return the moments, by the state's clock, at which something that may hold *c* back is over by itself."""
    ends = []
    if controller.clock < controller.grace_until:
        ends.append(controller.grace_until)
    until = c.maintenance.get(c.primary, 0.0)
    if until > controller.wall_seconds:
        ends.append(controller.clock + until - controller.wall_seconds)
    ends += [each + settings.policy.within_seconds for each in c.attempts]
    return ends
