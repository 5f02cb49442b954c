from pathlib import Path
from typing import Any

import pytest

from failover.core.commands import Outcome
from failover.core.states import State
from failover.live import driver
from tests.failover.live.stage import Answer, Duty, awaited, on_duty, trio, until


def message(duty: Duty, word: str) -> dict[str, Any]:
    return next(each for each in duty.told if word in str(each["text"]))


@awaited
async def test_whoever_is_asked_for_a_yes_reads_what_hangs_on_it_and_what_to_type(tmp_path: Path) -> None:
    async with on_duty(tmp_path, settings=trio(mode="approve")) as duty:
        duty.driver.options = ("--config", "/etc/our controller/c.yaml")
        await until(duty.calm)
        duty.lose("db-1")
        await until(lambda: duty.db.state is State.WAITING and duty.told)
        said = message(duty, "waits for a yes")
    assert said["commands"] == [
        "continuance failover approve db --config '/etc/our controller/c.yaml'",
        "continuance failover reject db --config '/etc/our controller/c.yaml'",
        "continuance failover status --config '/etc/our controller/c.yaml'",
    ]
    assert (said["format"], said["cluster"], said["primary"], said["state"], said["kind"]) == (1, "db", "db-1", "waiting", "notify")
    assert said["since_wall_seconds"] <= said["at_wall_seconds"]
    assert said["hangs_on_it"] == list(duty.driver.controller.settings.topology.services)
    assert said["id"].startswith("db/")


@awaited
async def test_whoever_is_asked_to_switch_a_host_off_reads_how_to_say_that_it_is(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        await until(duty.calm)
        duty.runner.bends.append(lambda each: Answer(Outcome.FAILED, {}) if each.details.get("level") else None)
        duty.lose("db-1")
        await until(lambda: any(each["kind"] == "ask" for each in duty.told))
        said = next(each for each in duty.told if each["kind"] == "ask")
    assert said["text"] == "switch 'db-1' off, by hand if need be; it is done when 'db-1' has no power"
    assert said["commands"][0] == "continuance failover confirm-fenced db-1 --seen-by NAME --how HOW"
    assert said["run"] == "db/1"


@awaited
async def test_when_it_is_over_there_is_nothing_to_type_but_to_look(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        await until(duty.calm)
        duty.lose("db-1")
        await until(lambda: any("clients reach" in each["text"] for each in duty.told))
    said = message(duty, "clients reach 'db-2'")
    assert (said["commands"], said["primary"], said["run"]) == (["continuance failover status"], "db-2", "db/1")


@awaited
async def test_people_are_told_even_where_nothing_else_can_be_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with on_duty(tmp_path, settings=trio(mode="approve")) as duty:
        await until(duty.calm)
        monkeypatch.setattr(driver, "briefing", lambda *_: 1 / 0)
        duty.lose("db-1")
        await until(lambda: duty.told)
    assert "waits for a yes" in duty.told[0]["text"]
    assert duty.lines("not_briefed")
