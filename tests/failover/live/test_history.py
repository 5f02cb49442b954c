import asyncio
from dataclasses import replace
from pathlib import Path

from failover.core.commands import Command, CommandKind, Outcome
from failover.core.events import Ordered, OrderKind
from failover.core.notes import NoteKind
from failover.core.states import State
from failover.live.history import ENDED, SEEN, TAKEN_OVER, History, Run, RunOutcome, retold
from failover.live.origin import Origin
from failover.live.stories import story
from tests.failover.core.playing import play
from tests.failover.core.scenes import let_go, on_its_way
from tests.failover.live.stage import Answer, Duty, awaited, on_duty, trio, until, well


def told(run: Run) -> list[str]:
    """What happened, but for what was done and looked at."""
    return [each.what for each in run.happenings if each.what not in ("command", ENDED)]


def latest(duty: Duty) -> Run:
    run = duty.driver.recollection.history.latest("db")
    assert run is not None
    return run


async def failed_over(duty: Duty) -> Run:
    await until(duty.calm)
    duty.lose("db-1")
    await until(lambda: duty.db.primary == "db-2" and duty.db.state is State.WATCHING and not duty.db.hooks)
    return latest(duty)


@awaited
async def test_a_recovery_is_told_from_the_loss_to_the_write_that_went_through(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        run = await failed_over(duty)
    assert (run.id, run.outcome, run.primary_before, run.primary) == ("db/1", RunOutcome.DONE, "db-1", "db-2")
    assert told(run)[:3] == [SEEN, NoteKind.SUSPECTED, NoteKind.DECIDED]
    assert {NoteKind.FENCED, NoteKind.CHOSE, NoteKind.PROMOTED, NoteKind.RECOVERED} <= {*told(run)}
    fenced = next(each.data for each in run.happenings if each.what == ENDED and each.data["command"] == "fence")
    assert (fenced["target"], fenced["outcome"]) == ("db-1", "succeeded")
    assert fenced["seconds"] > 0


@awaited
async def test_the_journal_tells_the_same_as_was_told_while_it_happened(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        await failed_over(duty)
    run = latest(duty)  # whatever came until it stopped
    state, history = retold(tmp_path / "journal.db")
    assert state is not None
    (again,) = history.runs["db"]
    assert story(again) == story(run)
    assert state.clusters["db"].primary == "db-2"


@awaited
async def test_a_controller_that_was_started_again_in_the_middle_knows_how_it_began(tmp_path: Path) -> None:
    world = well()
    async with on_duty(tmp_path, world) as duty:
        await until(duty.calm)
        duty.runner.held[CommandKind.PROMOTE] = asyncio.Event()
        duty.lose("db-1")
        await until(lambda: duty.db.state is State.PROMOTING)
    async with on_duty(tmp_path, world) as duty:
        await until(duty.driver.recollection.whole.is_set)
        run = latest(duty)
        assert told(run)[:3] == [SEEN, NoteKind.SUSPECTED, NoteKind.DECIDED]
        await until(lambda: latest(duty).outcome is RunOutcome.DONE)
        assert told(latest(duty)).count(NoteKind.LED) == 1
        assert latest(duty) is run


@awaited
async def test_an_order_is_told_with_where_it_came_from_now_and_from_the_journal(tmp_path: Path) -> None:
    origin = Origin("anna", "root", 0, 4711, "CHG-1")
    async with on_duty(tmp_path) as duty:
        await until(duty.settled)
        await duty.driver.controller.tell(Ordered, "db", OrderKind.SWITCHOVER, "anna", "db-3", origin=origin)
        await until(lambda: duty.db.state is State.WATCHING and duty.db.primary == "db-3")
        run = latest(duty)
    (again,) = retold(tmp_path / "journal.db")[1].runs["db"]
    for each in (run, again):
        assert [said["origin"] for said in each.told(NoteKind.ORDERED)] == [origin._asdict()]
    assert run.outcome is RunOutcome.DONE


@awaited
async def test_a_recovery_that_halts_says_so_and_the_order_that_leads_on_belongs_to_it(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        await until(duty.calm)
        duty.runner.bends.append(lambda command: Answer(Outcome.FAILED, {}) if _of_power(command) else None)
        duty.lose("db-1")
        await until(lambda: duty.db.state is State.HALTED)
        run = latest(duty)
        assert run.outcome is RunOutcome.HALTED
        await duty.driver.controller.tell(Ordered, "db", OrderKind.CONFIRM_FENCED, "anna", "db-1", "cables pulled")
        await until(lambda: run.outcome is RunOutcome.DONE)
    assert [said["order"] for said in run.told(NoteKind.ORDERED)] == ["confirm_fenced"]


def _of_power(command: Command) -> bool:
    return command.kind is CommandKind.FENCE or command.details.get("question") == "is_off"


@awaited
async def test_what_belongs_to_no_recovery_is_kept_too(tmp_path: Path) -> None:
    async with on_duty(tmp_path, settings=trio(mode="manual")) as duty:
        await until(duty.awake)
        duty.lose("db-1")
        await until(lambda: duty.db.state is State.SUSPECT)
        history = duty.driver.recollection.history
        kinds = [each.what for each in history.outside["db"]]
        assert kinds.count(NoteKind.SUSPECTED) == kinds.count(NoteKind.HELD) == 1
        assert history.latest("db") is None
        assert history.trouble_since.keys() == {"db"}
        duty.world.members["db-1"].on = duty.world.members["db-1"].running = True
        await until(lambda: duty.db.state is State.WATCHING)
        assert not history.trouble_since


@awaited
async def test_what_is_kept_in_memory_does_not_grow_for_ever(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        await failed_over(duty)
    bounded = History(bounded=True)
    assert bounded.runs["db"].maxlen is not None
    assert bounded.outside["db"].maxlen is not None


@awaited
async def test_a_loss_that_was_over_and_came_again_does_not_make_its_recovery_one_that_was_not_done(tmp_path: Path) -> None:
    async with on_duty(tmp_path, settings=trio(mode="manual")) as duty:
        await until(duty.awake)
        primary = duty.world.members["db-1"]
        for there in (False, True, False):
            primary.on = primary.running = there
            await until(lambda there=there: duty.db.state is (State.WATCHING if there else State.SUSPECT))  # type: ignore[misc]
        await duty.driver.controller.tell(Ordered, "db", OrderKind.FAILOVER, "anna", None, "it comes and goes")
        await until(lambda: duty.db.primary == "db-2" and duty.db.state is State.WATCHING and not duty.db.hooks)
        run = latest(duty)
    assert NoteKind.WITHDRAWN in told(run)
    assert run.outcome is RunOutcome.DONE


def test_whom_a_recovery_promoted_that_was_under_way_when_the_policy_was_tightened_no_people_made_primary() -> None:
    p = on_its_way(State.CUTTING)
    p.state, before = replace(p.state, settings=play(mode="observe").settings), len(p.journal)
    p.decisions.clear()
    p.see("db-2")
    let_go(p)
    p.see("db-2")
    history = History()
    for number, (event, decision) in enumerate(zip(p.journal[before:], p.decisions, strict=True)):
        history.take(number, event, decision)

    assert p.db.primary == history.last_well["db"].primary == "db-2"
    assert TAKEN_OVER not in [each.what for each in history.outside["db"]]
