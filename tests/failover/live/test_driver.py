import asyncio
from pathlib import Path

import pytest

from failover.core.commands import CommandKind, Outcome
from failover.core.events import CommandEnded, LeaseGained, Ordered, OrderKind
from failover.core.states import HaltReason, State
from failover.live import controller
from failover.live.store import Store, StoreError
from tests.failover.live.scenes import command
from tests.failover.live.stage import Answer, awaited, on_duty, trio, until, well


@awaited
async def test_a_lost_primary_is_replaced_and_people_are_told(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        await until(duty.calm)
        duty.lose("db-1")
        await until(lambda: duty.db.primary == "db-2" and duty.db.state is State.WATCHING)
        await until(lambda: not duty.db.hooks)
    assert duty.world.serving() == "db-2"
    acts = [each for each in duty.runner.acts() if each.split()[0] in ("fence", "promote", "hook")]
    assert acts == ["fence db-1", "promote db-2", "hook db-2"]
    assert any("clients reach 'db-2'" in each["text"] for each in duty.told)
    assert duty.runner.closed


@awaited
async def test_a_database_that_only_died_is_started_where_it_is(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        await until(duty.calm)
        duty.world.members["db-1"].running = False
        await until(lambda: "start db-1" in duty.runner.acts() and duty.db.state is State.WATCHING)
        assert duty.db.primary == "db-1"
        assert not [each for each in duty.runner.acts() if each.startswith("fence")]


@awaited
async def test_what_one_vantage_point_alone_loses_is_not_lost(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        await until(duty.calm)
        duty.blind.add("controller-1")
        await until(lambda: any(line["seen"] == "nothing" for line in duty.lines("seen")))
        await duty.clock.sleep(5.0)
        assert duty.db.state is State.WATCHING
        assert duty.runner.acts() == []


@awaited
async def test_a_fence_whose_report_is_lost_is_looked_at_and_not_repeated(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        await until(duty.calm)
        duty.runner.held[CommandKind.FENCE] = asyncio.Event()
        duty.lose("db-1")
        await until(lambda: duty.db.primary == "db-2" and duty.db.state is State.WATCHING)
        assert duty.runner.acts().count("fence db-1") == 1


@awaited
async def test_when_nobody_can_prove_that_it_is_off_people_are_asked_and_their_word_counts(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        await until(duty.calm)
        duty.runner.bends.append(lambda each: Answer(Outcome.FAILED, {}) if each.details.get("level") else None)
        duty.lose("db-1")
        await until(lambda: duty.db.halted is HaltReason.NOT_FENCED)
        await until(lambda: any(each["kind"] == "ask" for each in duty.told))
        assert "promote db-2" not in duty.runner.acts()
        tell = duty.driver.controller.tell
        await tell(Ordered, "db", OrderKind.CONFIRM_FENCED, "anna", "db-1", "pulled the plug")
        await until(lambda: duty.db.primary == "db-2" and duty.db.state is State.WATCHING)


@awaited
async def test_a_controller_that_is_started_again_takes_up_what_it_finds(tmp_path: Path) -> None:
    world = well()
    async with on_duty(tmp_path, world) as duty:
        await until(duty.calm)
        duty.runner.held[CommandKind.PROMOTE] = asyncio.Event()
        duty.lose("db-1")
        await until(lambda: duty.db.state is State.PROMOTING and "promote db-2" in duty.runner.acts())
    world.act(duty.runner.asked[-1])  # its playbook went on without it
    async with on_duty(tmp_path, world) as duty:
        await until(lambda: duty.db.primary == "db-2" and duty.db.state is State.WATCHING)
    assert "promote db-2" not in duty.runner.acts(), "it looked, and saw that it was done"
    assert duty.runner.asked[0].kind is CommandKind.VERIFY


@awaited
async def test_messages_that_may_never_have_left_are_sent_again_under_their_id(tmp_path: Path) -> None:
    store = Store(tmp_path / "journal.db")
    store.gain("controller-1")
    told, untold = (command(CommandKind.NOTIFY, number, "db", text=str(number)) for number in (1, 2))
    store.append(store.entry(LeaseGained(1.0, 1.0, 1, "controller-1")), [told, untold])
    store.append(store.entry(CommandEnded(2.0, 2.0, told.id, Outcome.SUCCEEDED, {})), [])
    store.close()
    async with on_duty(tmp_path, settings=trio(mode="observe")) as duty:
        await until(lambda: duty.told)
        await until(lambda: not duty.driver._store.unfinished({CommandKind.NOTIFY}))
    assert [each["id"] for each in duty.told] == [str(untold.id)]


@awaited
async def test_whoever_stood_still_for_longer_than_a_lease_lasts_begins_anew(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        await until(duty.calm)
        duty.runner.held[CommandKind.VERIFY] = asyncio.Event()
        real, jump = duty.clock.monotonic, 60.0
        duty.clock.monotonic = lambda: real() + jump  # type: ignore[method-assign]
        await until(lambda: len(duty.lines("led")) == 2)
        assert duty.lines("stood_still")[0]["seconds"] >= jump
        await until(lambda: duty.driver.controller.state.term == 2)
        assert duty.db.state is State.WATCHING


@awaited
async def test_whoever_stood_still_for_a_moment_looks_again_before_anybody_is_lost(tmp_path: Path) -> None:
    async with on_duty(tmp_path, settings=trio(detection_window="5s")) as duty:
        await until(duty.calm)
        seen = len(duty.lines("health"))
        duty.blind |= {"controller-1", "elsewhere"}
        await until(lambda: duty.lines("seen")[-1]["seen"] == "nothing")
        real, jump = duty.clock.monotonic, 6.0
        duty.clock.monotonic = lambda: real() + jump  # type: ignore[method-assign]
        duty.blind.clear()
        await until(lambda: duty.lines("stood_still"))
        await duty.clock.sleep(6.0)
        assert len(duty.lines("led")) == 1
        assert duty.lines("health")[seen:] == []


@awaited
async def test_a_controller_whose_journal_was_taken_away_does_nothing_more(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        duty.fails = True
        await until(duty.calm)
        (tmp_path / "journal.db").rename(tmp_path / "elsewhere.db")
        duty.lose("db-1")
        assert duty.task is not None
        with pytest.raises(StoreError, match="taken over, put back from a copy, or removed"):
            await duty.task
        assert duty.runner.acts() == []


@awaited
async def test_a_runner_that_cannot_be_started_ends_the_duty(tmp_path: Path) -> None:
    async def start() -> None:
        raise OSError("no ansible-playbook here")

    async with on_duty(tmp_path) as duty:
        duty.fails = True
        duty.runner.start = start  # type: ignore[method-assign]
        assert duty.task is not None
        with pytest.raises(OSError, match="no ansible-playbook here"):
            await duty.task


# How it stops.


@awaited
async def test_told_to_stop_it_waits_for_what_it_began_and_begins_nothing_more(tmp_path: Path) -> None:
    world = well()
    async with on_duty(tmp_path, world) as duty:
        await until(duty.calm)
        duty.runner.held[CommandKind.FENCE] = asyncio.Event()
        duty.lose("db-1")
        await until(lambda: "fence db-1" in duty.runner.acts())
        duty.stopped.set()
        await until(lambda: duty.lines("awaiting"))
        assert duty.task is not None and not duty.task.done()
        duty.runner.held[CommandKind.FENCE].set()
        await until(duty.task.done)
        (finished,) = duty.lines("finished")
        assert finished["not_reported"] == []
        assert finished["to_be_resumed"] == {"db": "fencing"}
        assert "promote db-2" not in duty.runner.acts()
        assert duty.lines("kept_for_later")
    async with on_duty(tmp_path, world) as duty:
        await until(lambda: duty.db.primary == "db-2" and duty.db.state is State.WATCHING)
    assert "fence db-1" not in duty.runner.acts(), "it knew that this was done"


@awaited
async def test_it_does_not_wait_for_ever_and_says_what_it_leaves(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        await until(duty.calm)
        duty.runner.held[CommandKind.FENCE] = asyncio.Event()
        duty.lose("db-1")
        await until(lambda: "fence db-1" in duty.runner.acts())
        duty.stopped.set()
        await until(lambda: duty.lines("stopped"))
        (left,) = duty.lines("finished")[0]["not_reported"]
        assert left.startswith("fence db-1 (db/1.")


@awaited
async def test_told_twice_it_waits_no_longer(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        await until(duty.calm)
        duty.runner.held[CommandKind.FENCE] = asyncio.Event()
        duty.lose("db-1")
        await until(lambda: "fence db-1" in duty.runner.acts())
        duty.stopped.set()
        await until(lambda: duty.lines("awaiting"))
        duty.driver.hurry()
        await until(lambda: duty.lines("stopped"))
        assert duty.lines("hurried")[0]["to_be_resumed"] == {"db": "fencing"}


@awaited
async def test_it_packs_its_journal_while_it_is_on_duty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controller, "COMPACT_AFTER", 5)
    world = well()
    async with on_duty(tmp_path, world) as duty:
        await until(duty.calm)
        await until(lambda: duty.lines("compacted"))
        duty.lose("db-1")
        await until(lambda: duty.db.primary == "db-2" and duty.db.state is State.WATCHING)
        before = duty.driver.controller.state
    async with on_duty(tmp_path, world) as duty:
        assert duty.driver.controller.state.clusters["db"].primary == before.clusters["db"].primary == "db-2"
    assert duty.lines("not_compacted") == []


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_wall_clock_that_is_stepped_moves_nothing_and_hinders_nothing(tmp_path: Path, hours: int) -> None:
    @awaited
    async def play() -> None:
        async with on_duty(tmp_path) as duty:
            await until(duty.calm)
            real = duty.clock.wall
            duty.clock.wall = lambda: real() + hours * 3600.0  # type: ignore[method-assign]
            await duty.clock.sleep(5.0)
            assert (duty.runner.acts(), duty.db.state) == ([], State.WATCHING)
            duty.lose("db-1")
            await until(lambda: duty.db.primary == "db-2" and duty.db.state is State.WATCHING)
            assert [each for each in duty.runner.acts() if each.startswith(("fence", "promote"))] == ["fence db-1", "promote db-2"]

    play()
