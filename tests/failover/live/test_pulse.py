import asyncio

from failover.live.clock import Clock
from failover.live.pulse import BEATS_EVERY_SECONDS, Pulse
from tests.failover.live.stage import FastClock, awaited, until


class Set(Clock):
    now = 0.0

    def monotonic(self) -> float:
        return self.now


def test_only_a_long_gap_is_told_and_told_once() -> None:
    clock = Set()
    told: list[float] = []
    pulse = Pulse(clock, told.append)
    for now in (0.3, 1.0, 2.4, 5.0, 5.0, 20.0):
        clock.now = now
        pulse.feel()
    assert told == [2.6, 15.0]


@awaited
async def test_it_beats_while_the_process_runs() -> None:
    clock = FastClock(2.0)
    told: list[float] = []
    pulse = Pulse(clock, told.append)
    task = asyncio.create_task(pulse.run())
    await clock.sleep(BEATS_EVERY_SECONDS * 4)
    gap = pulse.feel()
    task.cancel()
    await until(task.done)
    assert gap < BEATS_EVERY_SECONDS * 4
