"""Whether a failover was practised lately: what was never tried does not work when it is needed."""

from failover.core.states import State
from failover.live.clock import Clock
from failover.live.controller import Controller
from failover.live.practice import Kind, Practice
from failover.live.readiness.checking import Check, Found
from failover.live.readiness.verdict import Lack
from topology.model import Mode

EVERY_SECONDS = 60.0
DAY_SECONDS = 86400.0
WITHIN_DAYS = 90


def practice_check(practice: Practice, controller: Controller, cluster: str, clock: Clock, rehearse: str) -> Check:
    """Return the check that *cluster* was failed over, drilled or rehearsed within the last WITHIN_DAYS days.

    *rehearse* is the command by which a person does it.
    """
    subject = f"the practice of '{cluster}'"
    observed = controller.settings.clusters[cluster].policy.mode is Mode.OBSERVE
    remedy = rehearse if observed else f"{rehearse}; better still, a switchover and back"
    primary = controller.state.clusters[cluster].primary

    async def look() -> Found:
        nonlocal primary
        c = controller.state.clusters[cluster]
        if c.state is State.WATCHING and c.primary != primary:
            primary = c.primary
            practice.note(cluster, Kind.RECOVERY, clock.wall())
        latest = practice.latest_seconds(cluster)
        if latest is None:
            return {subject: Lack("its failover was never drilled or rehearsed", remedy)}
        days = (clock.wall() - latest) / DAY_SECONDS
        if days > WITHIN_DAYS:
            return {subject: Lack(f"its failover was last drilled or rehearsed {days:.0f} days ago", remedy)}
        return {subject: None}

    return Check(subject, EVERY_SECONDS, look)
