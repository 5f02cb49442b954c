import io
import json
from pathlib import Path
from typing import Any

import pytest

from failover.core.events import Health, Seen
from failover.live.controller import Controller
from failover.live.hearing import Hearing
from failover.live.log import Log
from failover.live.store import Store
from tests.failover.live.stage import FastClock, awaited, trio, until

HERE, ELSEWHERE = "controller-1", "elsewhere"


class Listener(Controller):
    """A controller that only remembers what it is told."""

    def __init__(self, folder: Path, clock: FastClock, **policy: Any) -> None:
        self.text = io.StringIO()
        self.store = Store(folder / "journal.db")
        super().__init__("controller-1", trio(**policy), self.store, clock, Log(self.text, clock))
        self.told: list[tuple[str, Health, tuple[str, ...]]] = []
        self.back: list[bool] = []

    def tell(self, kind: Any, *arguments: Any, origin: Any = None) -> Any:
        *sighting, back = arguments
        self.told.append(tuple(sighting))
        self.back.append(back)

    def close(self) -> None:
        super().close()
        self.store.close()


@pytest.fixture
def clock() -> FastClock:
    return FastClock()


@pytest.fixture
def listener(tmp_path: Path, clock: FastClock) -> Any:
    listener = Listener(tmp_path, clock)
    yield listener
    listener.close()


def hearing_of(listener: Listener, clock: FastClock) -> Hearing:
    return Hearing(listener, clock, Log(listener.text, clock))


@awaited
async def test_a_host_is_lost_when_enough_vantage_points_lose_it_for_its_whole_window(listener: Listener, clock: FastClock) -> None:
    hearing = hearing_of(listener, clock)
    for vantage in (HERE, ELSEWHERE):
        hearing.hear(vantage, [("db-1", Seen.PRIMARY, "")])
    assert listener.told == [("db-1", Health.PRIMARY, (HERE,))]
    hearing.hear(HERE, [("db-1", Seen.NOTHING, "no answer in time")])
    await clock.sleep(3.0)
    assert len(listener.told) == 1, "the other still sees it"
    began = clock.monotonic()
    hearing.hear(ELSEWHERE, [("db-1", Seen.NOTHING, "no answer in time")])
    await until(lambda: len(listener.told) == 2)
    assert listener.told[-1] == ("db-1", Health.SILENT, ())
    assert clock.monotonic() - began >= 0.6
    hearing.close()


@awaited
async def test_a_dead_database_that_accepts_writes_again_is_told_at_once(listener: Listener, clock: FastClock) -> None:
    hearing = hearing_of(listener, clock)
    for vantage in (HERE, ELSEWHERE):
        hearing.hear(vantage, [("db-1", Seen.REFUSED, "")])
    await until(lambda: len(listener.told) == 1)
    hearing.hear(ELSEWHERE, [("db-1", Seen.PRIMARY, "")])
    assert [health for _, health, _ in listener.told] == [Health.PROCESS_DEAD] * 2
    assert listener.back == [False, True]
    hearing.close()


@awaited
async def test_a_blip_within_the_window_is_not_told(listener: Listener, clock: FastClock) -> None:
    hearing = hearing_of(listener, clock)
    for seen in (Seen.PRIMARY, Seen.NOTHING, Seen.PRIMARY):
        for vantage in (HERE, ELSEWHERE):
            hearing.hear(vantage, [("db-1", seen, "")])
        await clock.sleep(0.1)
    await clock.sleep(2.0)
    assert [health for _, health, _ in listener.told] == [Health.PRIMARY]
    hearing.close()


@awaited
async def test_the_silence_of_a_vantage_point_proves_nothing(listener: Listener, clock: FastClock) -> None:
    hearing = hearing_of(listener, clock)
    hearing.hear(ELSEWHERE, [("db-1", Seen.PRIMARY, "")])
    hearing.hear(HERE, [("db-1", Seen.NOTHING, "")])
    hearing.miss(ELSEWHERE)
    hearing.miss(ELSEWHERE)
    await clock.sleep(3.0)
    assert [health for _, health, _ in listener.told] == [Health.PRIMARY]
    assert listener.text.getvalue().count("vantage_lost") == 1
    hearing.close()


@awaited
async def test_no_mind_is_made_up_by_what_only_some_said_of_those_who_fell_silent_together(
    listener: Listener, clock: FastClock
) -> None:
    hearing = hearing_of(listener, clock)
    hearing.hear(HERE, [("db-1", Seen.NOTHING, "")])  # it is this controller that is cut off
    for vantage, seen in (("b", Seen.PRIMARY), ("c", Seen.NOTHING)):
        hearing.lives(vantage)
        hearing.hear(vantage, [("db-1", seen, "")])
    await clock.sleep(3.0)
    hearing.miss("b")
    await clock.sleep(2.0)
    assert [health for _, health, _ in listener.told] == [Health.PRIMARY]
    assert not hearing.hears("c")
    hearing.close()


@awaited
async def test_who_still_reports_is_not_missed_with_another(listener: Listener, clock: FastClock) -> None:
    hearing = hearing_of(listener, clock)
    for vantage in ("b", "c"):
        hearing.lives(vantage)
        hearing.hear(vantage, [("db-1", Seen.PRIMARY, "")])
    await clock.sleep(3.0)
    hearing.lives("c")
    hearing.miss("b")
    assert hearing.hears("c")
    hearing.close()


@awaited
async def test_of_what_is_lost_together_a_primary_is_told_last(listener: Listener, clock: FastClock) -> None:
    hearing = hearing_of(listener, clock)
    hosts = ("db-1", "db-2", "edge-1")
    for vantage in (HERE, ELSEWHERE):
        hearing.hear(vantage, [(host, Seen.NOTHING, "") for host in hosts])
    await until(lambda: len(listener.told) == 3)
    assert [host for host, _, _ in listener.told] == ["db-2", "edge-1", "db-1"]
    hearing.close()


@awaited
async def test_a_window_in_which_nobody_looked_proves_nothing(listener: Listener, clock: FastClock) -> None:
    hearing = hearing_of(listener, clock)
    jumped = [0.0]
    real = clock.monotonic
    clock.monotonic = lambda: real() + jumped[0]  # type: ignore[method-assign]
    for vantage in (HERE, ELSEWHERE):
        hearing.hear(vantage, [("db-1", Seen.PRIMARY, "")])
        hearing.hear(vantage, [("db-1", Seen.NOTHING, "")])
    felt: list[float] = []

    def feel() -> None:
        if not felt:
            felt.append(5.0)
            hearing.look_anew()

    hearing.feel = feel
    jumped[0] = 5.0  # the process stood still for so long, and its timers ring late
    hearing.hear(HERE, [("db-2", Seen.STANDBY, "")])
    assert ("db-1", Health.SILENT, ()) not in listener.told
    await until(lambda: ("db-1", Health.SILENT, ()) in listener.told)
    hearing.close()


@awaited
async def test_what_was_done_to_a_host_makes_old_sights_of_it_count_anew(listener: Listener, clock: FastClock) -> None:
    hearing = hearing_of(listener, clock)
    for vantage in (HERE, ELSEWHERE):
        hearing.hear(vantage, [("db-2", Seen.STANDBY, "")])
    began = clock.monotonic()
    hearing.renew(["db-2"])
    assert len(listener.told) == 1
    await until(lambda: len(listener.told) == 2)
    assert listener.told[-1][:2] == ("db-2", Health.STANDBY)
    assert clock.monotonic() - began >= 0.6, "it has to last"
    hearing.close()


@awaited
async def test_a_new_leader_is_told_again_what_everybody_saw_last(listener: Listener, clock: FastClock) -> None:
    hearing = hearing_of(listener, clock)
    hearing.hear(HERE, [("db-1", Seen.PRIMARY, ""), ("db-2", Seen.STANDBY, "")])
    told = list(listener.told)
    hearing.begin()
    assert listener.told[len(told) :] == [("db-2", Health.STANDBY, (HERE,)), ("db-1", Health.PRIMARY, (HERE,))]
    hearing.close()


@awaited
async def test_what_is_seen_of_strangers_is_passed_over(listener: Listener, clock: FastClock) -> None:
    hearing = hearing_of(listener, clock)
    hearing.hear(ELSEWHERE, [("printer", Seen.NOTHING, "")])
    assert listener.told == []
    assert not [line for line in listener.text.getvalue().splitlines() if json.loads(line)["event"] == "seen"]
    hearing.close()
