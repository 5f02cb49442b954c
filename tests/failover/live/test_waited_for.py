"""For whom commits wait: as PostgreSQL says it, as it is kept, and what an observer makes of it when the primary is lost."""

from pathlib import Path

import pytest

from failover.core.cluster import Goal
from failover.core.events import Health
from failover.core.states import State
from failover.live.audit import verify
from failover.live.foresight import plan_document
from failover.live.history import retold
from failover.live.imagining import Intent, LastWell, foreseen, imagined
from failover.live.situation import situation
from failover.live.waited_for import said_in, waited_for
from tests.failover.live.stage import Duty, awaited, on_duty, trio, until, well

STANDBYS = ("db-2", "db-3")


@pytest.mark.parametrize(
    ("names", "standbys"),
    [
        ("", set()),
        ("db-2", {"db-2"}),
        ('ANY 1 ("db-2")', {"db-2"}),
        ('any 1 ( "DB-2" , db_3 )', {"db-2", "db-3"}),
        ("FIRST 2 (*)", {"db-2", "db-3"}),
        ("2 (db_2, db_3)", {"db-2", "db-3"}),
        ("*", {"db-2", "db-3"}),
        ("ANY 1 (db-1, db-2)", {"db-2"}),  # the same file on every member
        ("db-1", {"db-1"}),  # nobody can ever acknowledge
        ("ANY 1 (db-2, walreceiver)", None),
        ('"a ""b"""', None),
    ],
)
def test_names_are_read_as_postgresql_writes_them(names: str, standbys: set[str] | None) -> None:
    assert waited_for(names, "db-1", ("db-1", *STANDBYS)) == standbys


async def observed(duty: Duty) -> None:
    await until(lambda: len(duty.db.health) == 5 and duty.driver.recollection.history.said["db"])


@awaited
async def test_what_a_primary_says_is_kept_once_and_known_after_a_restart(tmp_path: Path) -> None:
    world = well()
    world.synchronous = ("db-2",)
    settings = trio(mode="observe")
    for _ in range(2):
        async with on_duty(tmp_path, world, settings) as duty:
            await observed(duty)
    assert [(each.cluster, each.host, each.names) for each in said_in(tmp_path / "journal.db")] == [("db", "db-1", "ANY 1 (db-2)")]
    _, history = retold(tmp_path / "journal.db")
    assert history.last_well["db"].waited_for(settings.clusters["db"]) == frozenset({"db-2"})
    assert verify(tmp_path / "journal.db") == ""


@awaited
async def test_who_acts_asks_and_keeps_nothing_of_it(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        await until(duty.calm)
    assert said_in(tmp_path / "journal.db") == []


@awaited
async def test_where_the_one_that_commits_waited_for_is_gone_it_would_leave_the_primarys_loss_to_people(tmp_path: Path) -> None:
    world = well()
    world.synchronous = ("db-2",)
    async with on_duty(tmp_path, world, trio(mode="observe")) as duty:
        await observed(duty)
        duty.lose("db-2")
        await until(lambda: duty.db.health["db-2"].health is Health.SILENT)
        state, history = duty.driver.controller.state, duty.driver.recollection.history
        before = situation("ctl-1", state, history)["clusters"]["db"]
        duty.lose("db-1")
        await until(lambda: duty.db.state is State.SUSPECT)
        state = duty.driver.controller.state
        after = situation("ctl-1", state, history)["clusters"]["db"]
        last_well = history.last_well["db"]
    assert before["severity"] == "warning"
    assert before["wrong"][0] == "writes on 'db-1' hang: commits wait for 'db-2', which is no standby now"
    assert before["synchronous"] == [["db-2"]]
    found = foreseen(state, "db", last_well)
    assert (found.intent, found.assumes) == (Intent.NOTHING, ())
    assert "may hold what was acknowledged" in dict(after["refused"])["db-3"]
    assert after["if_it_might_act"]["promote"] is None


@awaited
async def test_where_nobody_has_said_it_no_plan_promises_that_nothing_is_lost(tmp_path: Path) -> None:
    async with on_duty(tmp_path, well(), trio(mode="observe")) as duty:
        await observed(duty)
        state, settings = duty.driver.controller.state, duty.driver.controller.settings.clusters["db"]
    for said in ({}, {"db-1": "ANY 1 (walreceiver)"}):
        last_well = LastWell("db-1", frozenset(STANDBYS), said)
        knowing = imagined(state, "db", last_well)
        assert knowing.assumes == STANDBYS
        planned = plan_document(knowing, {}, "db", Goal.FAILOVER, None)
        assert planned["candidate"] == "db-2"
        assert planned["may_lose"] == "unknown: nobody has said for whom commits waited"
        assert planned["may_lose_seconds"] is None
    said_well = imagined(state, "db", LastWell("db-1", frozenset(STANDBYS), {"db-1": "ANY 1 (db-2, db-3)"}))
    assert plan_document(said_well, {}, "db", Goal.FAILOVER, None)["may_lose"] == "nothing that was acknowledged"
    waits_for_nobody = imagined(state, "db", LastWell("db-1", frozenset(STANDBYS), {"db-1": ""}))
    assert plan_document(waits_for_nobody, {}, "db", Goal.FAILOVER, None)["candidate"] is None
    assert settings.synchronous


@awaited
async def test_names_that_are_no_members_are_a_warning(tmp_path: Path) -> None:
    world = well()
    world.synchronous = ("walreceiver",)
    async with on_duty(tmp_path, world, trio(mode="observe")) as duty:
        await observed(duty)
        found = situation("ctl-1", duty.driver.controller.state, duty.driver.recollection.history)["clusters"]["db"]
    assert found["severity"] == "warning"
    assert "wait for ANY 1 (walreceiver): not all of these are members" in found["wrong"][0]
