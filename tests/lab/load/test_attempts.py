"""Attempts in the open loop keep their pace whatever becomes of them."""

import asyncio
import io
import json
import time

from lab.load.attempts import Ended, Recording, closed_loop, open_loop

PER_SECOND = 100.0


async def stop_after(seconds: float, stop: asyncio.Event) -> None:
    await asyncio.sleep(seconds)
    stop.set()


def test_attempts_that_hang_hold_no_other_back_and_none_begins_before_its_time() -> None:
    begun = []

    async def run() -> float:
        stop = asyncio.Event()

        async def hanging() -> Ended:
            begun.append(time.monotonic())
            if len(begun) == 15:
                stop.set()
            await stop.wait()
            return Ended("failed")

        since = time.monotonic()
        await asyncio.wait_for(open_loop("write", PER_SECOND, hanging, Recording(io.StringIO()), stop), 60.0)
        return since

    since = asyncio.run(run())
    assert all(at - since >= 0.9 * number / PER_SECOND for number, at in enumerate(begun))


def test_those_under_way_when_it_stops_are_waited_for_and_written_down() -> None:
    file = io.StringIO()

    begun = 0

    async def run() -> None:
        stop = asyncio.Event()

        async def slow() -> Ended:
            nonlocal begun
            begun += 1
            if begun == 4:
                stop.set()
            await asyncio.sleep(0.1)
            return Ended("acknowledged", {"id": 7})

        await open_loop("write", PER_SECOND, slow, Recording(file), stop)

    asyncio.run(run())
    lines = [json.loads(line) for line in file.getvalue().splitlines()]
    assert len(lines) == begun >= 4
    assert all(line["outcome"] == "acknowledged" and line["id"] == 7 for line in lines)
    assert all(line["ended_seconds"] - line["begun_seconds"] > 0.09 for line in lines)


def test_who_only_looks_on_does_not_pile_up() -> None:
    under_way = 0
    most = 0

    async def slow() -> Ended:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.05)
        under_way -= 1
        return Ended("refused")

    async def run() -> None:
        stop = asyncio.Event()
        await asyncio.gather(closed_loop("probe", PER_SECOND, slow, Recording(io.StringIO()), stop), stop_after(0.2, stop))

    asyncio.run(run())
    assert most == 1
