"""What people are told of a cluster that is only observed once they have failed it over themselves."""

from functools import partial
from pathlib import Path
from typing import Any

from failover.core.events import Health
from failover.core.notes import NoteKind
from failover.live.history import LOST_TOO, TAKEN_OVER, retold
from tests.failover.live.stage import Duty, awaited, on_duty, trio, until, well


def texts(duty: Duty) -> list[str]:
    return [each["text"] for each in duty.told]


def told_times(duty: Duty, times: int) -> bool:
    return sum("'db-2'" in text for text in texts(duty)) == times


async def fail_over_by_hand(duty: Duty) -> None:
    """db-1 is lost, and people promote db-2."""
    await until(lambda: len(duty.db.health) == 5)
    duty.lose("db-1")
    await until(lambda: any("'db-1' is lost" in text for text in texts(duty)))
    duty.world.members["db-2"].role = "primary"
    await until(lambda: duty.db.health["db-2"].health is Health.PRIMARY)


@awaited
async def test_the_loss_of_who_took_over_is_told_with_what_hangs_on_it_and_what_to_type(tmp_path: Path) -> None:
    async with on_duty(tmp_path, well(), trio(mode="observe")) as duty:
        duty.driver.options = ("--config", "c.yaml")
        await fail_over_by_hand(duty)
        duty.lose("db-2")
        await until(lambda: any("'db-2'" in text for text in texts(duty)))
        told: dict[str, Any] = duty.told[-1]

    assert told["text"] == "'db-2', which took over, is lost, and nothing is done: the policy only observes"
    assert (told["kind"], told["cluster"], told["primary"]) == ("notify", "db", "db-2")
    assert told["hangs_on_it"] == duty.told[0]["hangs_on_it"] != []
    assert told["commands"] == ["continuance failover status --config c.yaml"]
    assert told["id"] == f"db/lost/db-2/{told['since_wall_seconds']:.3f}"


@awaited
async def test_it_is_told_once_each_time(tmp_path: Path) -> None:
    async with on_duty(tmp_path, well(), trio(mode="observe")) as duty:
        await fail_over_by_hand(duty)
        for times in (1, 2):
            duty.lose("db-2")
            await until(partial(told_times, duty, times))
            duty.world.members["db-2"].on = duty.world.members["db-2"].running = True
            await until(lambda: duty.db.health["db-2"].health is Health.PRIMARY)
        assert len({each["id"] for each in duty.told if "'db-2'" in each["text"]}) == 2


@awaited
async def test_of_a_primary_that_the_core_knows_the_core_tells_alone(tmp_path: Path) -> None:
    async with on_duty(tmp_path, well(), trio(mode="observe")) as duty:
        await until(lambda: len(duty.db.health) == 5)
        duty.lose("db-1")
        await until(lambda: any("'db-1' is lost" in text for text in texts(duty)))
        duty.lose("db-3")
        await until(lambda: duty.db.health["db-3"].health is Health.SILENT)
        assert not any("took over" in text for text in texts(duty))


@awaited
async def test_a_new_leader_does_not_take_who_took_over_for_back_before_it_has_seen_it(tmp_path: Path) -> None:
    world = well()
    async with on_duty(tmp_path, world, trio(mode="observe")) as duty:
        await fail_over_by_hand(duty)
        duty.lose("db-2")
        await until(partial(told_times, duty, 1))
    async with on_duty(tmp_path, world, trio(mode="observe")) as duty:
        await until(partial(told_times, duty, 1))
    _, history = retold(tmp_path / "journal.db")
    told = [each.what for each in history.outside["db"] if each.what in (TAKEN_OVER, LOST_TOO, NoteKind.WITHDRAWN)]
    assert told == [TAKEN_OVER, LOST_TOO]
