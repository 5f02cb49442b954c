"""What a controller really exposes."""

import asyncio
from pathlib import Path

from prometheus_client.registry import Collector

from failover.core.commands import CommandKind, Outcome
from failover.live.state_metrics import Facts, StateMetrics
from tests.failover.live.scenes import command
from tests.failover.live.stage import on_duty, until


def exposed(folder: Path) -> Collector:
    """The metrics of a controller that is on duty, and has done something already."""
    return asyncio.run(_exposed(folder))


async def _exposed(folder: Path) -> Collector:
    async with on_duty(folder) as duty:
        await until(duty.calm)
        duty.driver.metrics.ended(command(CommandKind.PROMOTE), Outcome.SUCCEEDED, 1.0)
        facts = Facts(
            state=duty.driver.controller.state,
            sights=duty.driver.hearing.sights(),
            vantages={"elsewhere": True},
            checks={"the fence of 'db-1'": True},
            lag_seconds={("db", "db-2"): 0.1},
            notifications_queued=0,
            journal_events=duty.driver.journal_events,
            journal_bytes=4096,
        )
        return StateMetrics(lambda: facts, duty.driver.metrics.registry)
