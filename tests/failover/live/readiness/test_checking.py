import asyncio
import io
import json
from collections.abc import Awaitable, Callable

from failover.live.log import Log
from failover.live.notices import Notices
from failover.live.readiness import checking
from failover.live.readiness.checking import Check, Found, Readiness
from failover.live.readiness.verdict import MOOT, Lack
from tests.failover.live.stage import FastClock, awaited, until

FENCE = "the fence of 'db-1'"
NO_ANSWER = Lack("no answer", "see to it")


class Hall:
    """Where checks are made, and people told."""

    def __init__(self, *looks: Callable[[], Awaitable[Found]]) -> None:
        clock, self.text = FastClock(2000.0), io.StringIO()
        self.told: list[str] = []
        log = Log(self.text, clock)
        notices = Notices(("https://a",), clock, log, lambda url, body: self.told.append(json.loads(body)["text"]))
        checks = [Check(f"check {number}", 60.0, look) for number, look in enumerate(looks)]
        self.readiness = Readiness(checks, notices, clock, log)

    async def until(self, happened: Callable[[], object]) -> None:
        task = asyncio.create_task(self.readiness.run())
        await until(happened)
        task.cancel()
        await asyncio.wait({task})


def saying(*found: Found | Exception) -> Callable[[], Awaitable[Found]]:
    """A look that finds one after the other, and then always the last."""
    left = list(found)

    async def look() -> Found:
        said = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(said, Exception):
            raise said
        return said

    return look


@awaited
async def test_people_hear_of_what_would_not_work_once_and_again_when_it_does() -> None:
    hall = Hall(saying({FENCE: None}, {FENCE: NO_ANSWER}, {FENCE: Lack("no answer at all", "see to it")}, {FENCE: None}))
    await hall.until(lambda: len(hall.told) == 2)
    assert hall.told == [
        "the fence of 'db-1' is not ready: no answer. What to do: see to it",
        "the fence of 'db-1' is ready again",
    ]
    logged = [json.loads(line) for line in hall.text.getvalue().splitlines()]
    whys = [(each["ready"], each["why"]) for each in logged if each["event"] == "checked"]
    assert whys == [(True, ""), (False, "no answer"), (False, "no answer at all"), (True, "")]


@awaited
async def test_a_verdict_says_why_what_to_do_and_when_it_was_looked_at() -> None:
    hall = Hall(saying({FENCE: NO_ANSWER, "the disk": None}))
    await hall.until(lambda: len(hall.readiness.verdicts()) == 2)
    fence, disk = hall.readiness.verdicts()[FENCE], hall.readiness.verdicts()["the disk"]
    assert (fence.ready, fence.why, fence.remedy) == (False, "no answer", "see to it")
    assert (disk.ready, disk.why, disk.remedy) == (True, "", "")
    assert fence.checked_seconds > 1e9


@awaited
async def test_what_cannot_be_judged_at_the_moment_stays_as_it_was() -> None:
    hall = Hall(saying({FENCE: NO_ANSWER}, {}, {}, {"the disk": None}))
    await hall.until(lambda: "the disk" in hall.readiness.verdicts())
    assert not hall.readiness.verdicts()[FENCE].ready
    assert len(hall.told) == 1


@awaited
async def test_a_check_that_fails_is_not_ready_itself_until_it_works_again() -> None:
    hall = Hall(saying(ValueError("torn"), {FENCE: None}))
    await hall.until(lambda: len(hall.told) == 2)
    assert hall.told[0].startswith("check 0 is not ready: it cannot be looked at: ValueError: torn")
    assert all(each.ready for each in hall.readiness.verdicts().values())


@awaited
async def test_a_look_that_never_ends_keeps_no_other_from_being_made() -> None:
    async def never() -> Found:
        await asyncio.Event().wait()
        return {}

    before, checking.LOOK_SECONDS = checking.LOOK_SECONDS, 0.2
    try:
        hall = Hall(never, saying({FENCE: None}))
        await hall.until(lambda: len(hall.readiness.verdicts()) == 2)
    finally:
        checking.LOOK_SECONDS = before
    assert hall.readiness.verdicts()[FENCE].ready
    assert "did not end" in hall.readiness.verdicts()["check 0"].why


@awaited
async def test_what_is_moot_is_not_shown_and_people_hear_of_it_again_once_it_is_well() -> None:
    hall = Hall(saying({FENCE: NO_ANSWER}, {FENCE: MOOT, "the disk": None}, {FENCE: None}))
    await hall.until(lambda: "the disk" in hall.readiness.verdicts())
    assert FENCE not in hall.readiness.verdicts()
    assert len(hall.told) == 1
    await hall.until(lambda: len(hall.told) == 2)
    assert hall.told[1] == "the fence of 'db-1' is ready again"


@awaited
async def test_what_a_look_hangs_on_has_it_looked_at_again_at_once() -> None:
    health, looks = ["silent"], 0

    async def look() -> Found:
        nonlocal looks
        looks += 1
        return {FENCE: None}

    clock = FastClock(100.0)
    log = Log(io.StringIO(), clock)
    readiness = Readiness([Check("rarely", 1e9, look, lambda: health[0])], Notices((), clock, log), clock, log)
    task = asyncio.create_task(readiness.run())
    await until(lambda: looks == 1)
    health[0] = "primary"
    await until(lambda: looks == 2)
    task.cancel()
    await asyncio.wait({task})
