import asyncio

import pytest

from failover.core.events import Seen
from failover.live.clock import Clock
from failover.live.prober import Pace, Prober, Watch
from failover.live.probes import Look, Probe
from tests.failover.live.stage import FastClock, awaited, until

P, S, N, R, A = Seen.PRIMARY, Seen.STANDBY, Seen.NOTHING, Seen.REFUSED, None


class Says:
    """A probe that says one thing after the other, the last for ever."""

    def __init__(self, *looks: Look) -> None:
        self.looks = list(looks)
        self.asked = 0
        self.why = ""
        self.waits_for: str | None = None

    async def look(self, timeout_seconds: float) -> Look:
        self.asked += 1
        look = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        self.why = "" if look in (Look.PRIMARY, Look.WELL) else look.value
        return look

    def close(self) -> None:
        self.asked = -1


@pytest.mark.parametrize(
    ("misses", "rounds", "told"),
    [
        (1, [P, P, P], [P, None, None]),
        (1, [P, N, P], [P, N, P]),
        (3, [P, N, N, P], [P, None, None, None]),
        (3, [P, N, N, N, N], [P, None, None, N, None]),
        (3, [P, N, R, N], [P, None, None, R]),  # it answered in one of them
        (1, [P, R, N, N, N], [P, R, None, None, N]),  # it takes several to believe that it answers no more
        (1, [N, N, R, P], [N, None, R, P]),
        (1, [P, S], [P, S]),
        (1, [A, A, P, A], [None, None, P, None]),  # it runs, and does not say what it is: it is what it was
        (1, [N, A, N, N, N], [N, R, None, None, N]),  # it is there, at least
        (2, [P, N, A, N, N], [P, None, None, None, N]),
    ],
)
def test_what_is_told_of_rounds(misses: int, rounds: list[Seen | None], told: list[Seen | None]) -> None:
    watch = Watch(None, (), misses)
    assert [watch.take(each) for each in rounds] == told


@pytest.mark.parametrize(
    ("database", "other", "seen"),
    [
        (Look.PRIMARY, Look.SILENT, P),
        (Look.STANDBY, Look.SILENT, S),
        (Look.REFUSED, Look.SILENT, R),  # a refusal comes from somebody
        (Look.SILENT, Look.WELL, R),
        (Look.SILENT, Look.REFUSED, R),
        (Look.SILENT, Look.SILENT, N),
        (Look.ALIVE, Look.WELL, None),
    ],
)
def test_what_is_made_of_a_member(database: Look, other: Look, seen: Seen | None) -> None:
    watch = Watch(Says(database), [Says(other)], 1)
    assert asyncio.run(watch.look(1.0)) is seen


@pytest.mark.parametrize(
    ("looks", "seen"),
    [((Look.SILENT, Look.WELL), Seen.ANSWERS), ((Look.SILENT, Look.REFUSED), Seen.ANSWERS), ((Look.SILENT, Look.SILENT), N)],
)
def test_what_is_made_of_a_host_without_a_database(looks: tuple[Look, ...], seen: Seen) -> None:
    assert asyncio.run(Watch(None, [Says(each) for each in looks], 1).look(1.0)) is seen


@awaited
async def test_nothing_else_of_a_member_is_asked_while_its_database_answers() -> None:
    database, ssh = Says(Look.PRIMARY, Look.PRIMARY, Look.SILENT, Look.SILENT, Look.PRIMARY, Look.PRIMARY), Says(Look.WELL)
    watch = Watch(database, [ssh], 1)
    asked = []
    told = []
    for _ in range(6):
        told.append(await watch.look(1.0))
        asked.append(ssh.asked)
    assert told == [P, None, N, R, P, None]
    assert asked == [1, 1, 1, 2, 3, 3], "in the first round, and from the one after the first in vain until all is well"
    assert watch.why == ""


@awaited
async def test_every_host_is_looked_at_in_its_own_phase_and_changes_are_told_with_their_reason() -> None:
    clock = FastClock(10.0)
    told: list[tuple[str, Seen, str]] = []
    probes = {host: Says(Look.WELL, Look.WELL, Look.SILENT) for host in ("a", "b")}
    watches = {host: Watch(None, [probe], 1) for host, probe in probes.items()}
    prober = Prober(watches, Pace(0.5, 0.3, 1), lambda *news: told.append(news), clock)
    task = asyncio.create_task(prober.run())
    await until(lambda: len(told) == 4)
    task.cancel()
    await asyncio.wait({task})
    assert told == [("a", Seen.ANSWERS, ""), ("b", Seen.ANSWERS, ""), ("a", N, "silent"), ("b", N, "silent")]
    assert {probe.asked for probe in probes.values()} == {-1}, "they are closed"


@awaited
async def test_first_looks_at_very_many_hosts_are_spread_over_more_than_a_period() -> None:
    clock = FastClock(10.0)
    first: dict[Probe, float] = {}

    class Notes(Says):
        async def look(self, timeout_seconds: float) -> Look:
            first.setdefault(self, clock.monotonic())
            return Look.WELL

    watches = {str(number): Watch(None, [Notes(Look.WELL)], 1) for number in range(40)}
    task = asyncio.create_task(Prober(watches, Pace(0.04), lambda *news: None, clock).run())
    await until(lambda: len(first) == 40)
    task.cancel()
    await asyncio.wait({task})
    assert max(first.values()) - min(first.values()) > 0.15


@awaited
async def test_a_host_that_takes_long_delays_no_other() -> None:
    class Slow(Says):
        async def look(self, timeout_seconds: float) -> Look:
            await asyncio.sleep(3600)
            return Look.WELL

    quick = Says(Look.WELL)
    prober = Prober({"a": Watch(None, [Slow(Look.WELL)], 1), "b": Watch(None, [quick], 1)}, Pace(), lambda *news: None, FastClock())
    task = asyncio.create_task(prober.run())
    await until(lambda: quick.asked > 5)
    task.cancel()
    await asyncio.wait({task})


class Steps(Clock):
    """A clock that goes on only while somebody sleeps."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += max(0.0, seconds)
        await asyncio.sleep(0)


@awaited
async def test_looks_begin_a_period_apart_however_long_they_take() -> None:
    clock, begun = Steps(), []
    takes = iter((0.0, 0.3, 0.0, 0.7, 0.0, 0.0))

    class Takes(Says):
        async def look(self, timeout_seconds: float) -> Look:
            begun.append(clock.now)
            await clock.sleep(next(takes, 0.0))
            return Look.WELL

    task = asyncio.create_task(Prober({"a": Watch(None, [Takes(Look.WELL)], 1)}, Pace(0.5), lambda *news: None, clock).run())
    await until(lambda: len(begun) >= 6)
    task.cancel()
    await asyncio.wait({task})
    assert begun[:6] == pytest.approx([0.0, 0.5, 1.0, 1.5, 2.2, 2.7]), "one that takes longer than a period is followed at once"
