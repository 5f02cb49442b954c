"""What the tests of readiness share: a controller that knows what a test says, and one look of a check."""

import asyncio
from types import SimpleNamespace
from typing import Any

from failover.core.cluster import Controller as CoreState
from failover.core.controller import begin, step
from failover.core.events import Health, HealthChanged, LeaseGained
from failover.core.settings import Settings
from failover.live.readiness.checking import Check, Found
from failover.live.readiness.verdict import Lack, Moot
from tests.failover.live.stage import trio


def looked(check: Check) -> dict[str, Lack | None]:
    """What one look finds, but for that of which it says nothing."""

    async def look() -> Found:
        return await check.look()

    return {subject: lack for subject, lack in asyncio.run(look()).items() if not isinstance(lack, Moot)}


def known(settings: Settings | None = None, **health: Health) -> CoreState:
    """The state of a controller after its grace period: the primary and its standbys are well, but for what *health* says."""
    state = begin(trio() if settings is None else settings)
    state = step(state, LeaseGained(0.0, 0.0, 1, "controller-1")).state
    members = {"db_1": Health.PRIMARY, "db_2": Health.STANDBY, "db_3": Health.STANDBY, **health}
    for name, each in members.items():
        state = step(state, HealthChanged(60.0, 60.0, name.replace("_", "-"), each)).state
    return state


def controller(state: CoreState) -> Any:
    """A controller that has this state."""
    return SimpleNamespace(state=state, settings=state.settings)
