"""Load on the lab's real hosts: what it measures is what was done to them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from lab.hosts import Lab
from lab.load.load import Load
from lab.load.record import Result, read
from lab.services import database, proxy
from lab.services.anew import begin_anew

pytestmark = pytest.mark.lab


@pytest.fixture(autouse=True)
def as_built(lab: Lab) -> None:
    """The services as they were built, before each test."""
    begin_anew(lab)


def under_load(lab: Lab, tmp_path: Path, act: Callable[[], Awaitable[None]]) -> Result:
    async def run() -> Result:
        async with Load(lab, tmp_path / "recording") as load:
            await asyncio.sleep(2.0)
            await act()
            await asyncio.sleep(2.0)
        return await load.result()

    return asyncio.run(run())


def promote(lab: Lab, host: str) -> None:
    database.ask(lab, host, "alter system set synchronous_standby_names = ''")
    database.ask(lab, host, "select pg_promote()")


def test_nothing_is_lost_unknown_or_failed_while_nothing_happens(lab: Lab, tmp_path: Path) -> None:
    async def nothing() -> None:
        await asyncio.sleep(2.0)

    result = under_load(lab, tmp_path, nothing)
    assert result.writes.attempted == result.writes.acknowledged >= 50
    assert result.writes.lost == 0
    assert (result.lookups.failed, result.calls.failed) == (0, 0)
    assert list(result.accepts.accepted) == ["db-1"]
    assert result.pressure["cpu"].most > 0


def test_a_failover_by_hand_loses_nothing_and_lasts_as_long_as_it_took(lab: Lab, tmp_path: Path) -> None:
    took = 0.0

    async def fail_over() -> None:
        nonlocal took
        begun = time.monotonic()
        lab.off("db-1")
        await asyncio.sleep(2.0)
        await asyncio.to_thread(promote, lab, "db-2")
        await asyncio.to_thread(proxy.route, lab, "edge-1", lab.layout.topology.clusters["cases"], "db-2")
        took = time.monotonic() - begun

    result = under_load(lab, tmp_path, fail_over)
    outage = result.writes.longest_outage
    assert outage is not None
    assert outage.over
    assert result.writes.lost == 0
    assert result.writes.failed > 0
    assert took - 1.5 < outage.seconds < took + 1.5
    assert result.lookups.failed == 0
    assert result.lookups.stale > 0
    assert (result.accepts.shared, result.accepts.outdated) == ((), 0)


def test_commits_that_wait_for_their_standby_are_unknown_and_are_left_waiting(lab: Lab, tmp_path: Path) -> None:
    async def lose_standby() -> None:
        lab.off("db-2")
        await asyncio.sleep(4.0)
        lab.on("db-2")
        await asyncio.to_thread(lab.wait_until_up, ["db-2"])
        await asyncio.to_thread(database.start, lab, "db-2")

    result = under_load(lab, tmp_path, lose_standby)
    assert result.writes.unknown >= 10
    assert result.writes.unknown_committed == result.writes.unknown
    assert result.writes.lost == 0


def test_a_commit_that_was_told_not_to_wait_any_longer_is_no_acknowledgement(lab: Lab, tmp_path: Path) -> None:
    cancel = "select count(pg_cancel_backend(pid)) from pg_stat_activity where wait_event = 'SyncRep'"

    async def cancel_waiting() -> None:
        lab.off("db-2")
        for _ in range(5):
            await asyncio.sleep(0.3)
            await asyncio.to_thread(database.ask, lab, "db-1", cancel)

    result = under_load(lab, tmp_path, cancel_waiting)
    reasons = [line.details.get("reason", "") for line in read(tmp_path / "recording") if line.kind == "write"]
    assert any("canceling wait for synchronous replication" in reason for reason in reasons)
    assert result.writes.longest_outage is not None
    assert not result.writes.longest_outage.over


def test_a_former_primary_that_goes_on_accepting_writes_is_caught(lab: Lab, tmp_path: Path) -> None:
    async def promote_another() -> None:
        await asyncio.to_thread(promote, lab, "db-3")
        await asyncio.sleep(2.0)

    result = under_load(lab, tmp_path, promote_another)
    assert result.accepts.timelines == {1: ("db-1",), 2: ("db-3",)}
    assert result.accepts.outdated > 0


def test_two_promotions_of_the_same_history_are_caught(lab: Lab, tmp_path: Path) -> None:
    async def promote_both() -> None:
        lab.off("db-1")
        await asyncio.gather(*(asyncio.to_thread(promote, lab, host) for host in ("db-2", "db-3")))
        await asyncio.sleep(2.0)

    assert under_load(lab, tmp_path, promote_both).accepts.shared == (2,)
