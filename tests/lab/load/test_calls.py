"""Callers and the hotline, talking to each other without a proxy between them."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from lab.load import calls
from lab.load.attempts import Ended
from lab.load.calls import Callers
from lab.services.programs import sip
from lab.services.programs.hotline import Hotline
from lab.services.programs.last_copy import Cases, LastCopy

HERE = "127.0.0.1"
CASES: Cases = {"LAB-000007": {"title": "t", "status": "pending", "hearing": "2030-01-07"}}


class Deaf(Hotline):
    """A hotline that misses the first *misses* datagrams."""

    misses = 0

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        if self.misses:
            self.misses -= 1
        else:
            super().datagram_received(data, source)


def called(copy: LastCopy, act: Callable[[Callers, Deaf], Awaitable[Ended]]) -> Ended:
    async def run() -> Ended:
        loop = asyncio.get_running_loop()
        transport, hotline = await loop.create_datagram_endpoint(lambda: Deaf(HERE, copy), local_addr=(HERE, 0))
        callers = Callers((HERE, 0), transport.get_extra_info("sockname"), ("LAB-000007",))
        await callers.start()
        try:
            return await act(callers, hotline)
        finally:
            transport.close()
            callers.transport.close()

    return asyncio.run(run())


async def once(callers: Callers, _: Deaf) -> Ended:
    return await callers.attempt()


def fresh(tmp_path: Path, fresh_seconds: float = 60.0) -> LastCopy:
    copy = LastCopy(lambda: CASES, tmp_path / "cases.json", fresh_seconds=fresh_seconds)
    copy.renew()
    return copy


def test_a_caller_hears_a_fresh_answer_and_who_gave_it(tmp_path: Path) -> None:
    ended = called(fresh(tmp_path), once)
    assert ended.outcome == "fresh"
    assert ended.details["host"]


def test_a_caller_hears_that_the_answer_is_old(tmp_path: Path) -> None:
    assert called(fresh(tmp_path, fresh_seconds=-1.0), once).outcome == "stale"


def test_a_hotline_without_any_copy_refuses_so_that_the_proxy_can_ring_the_next(tmp_path: Path) -> None:
    ended = called(LastCopy(dict, tmp_path / "cases.json"), once)
    assert (ended.outcome, ended.details["reason"]) == ("failed", "INVITE: 503 No Copy Of The Cases")


def test_what_the_network_loses_is_said_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sip, "T1_SECONDS", 0.05)

    async def losing(callers: Callers, hotline: Deaf) -> Ended:
        hotline.misses = 2
        return await callers.attempt()

    assert called(fresh(tmp_path), losing).outcome == "fresh"


def test_a_call_whose_hotline_dies_under_it_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "PATIENCE_SECONDS", 0.5)

    async def dying(callers: Callers, hotline: Deaf) -> Ended:
        call = asyncio.create_task(callers.attempt())
        await asyncio.sleep(calls.TALK_SECONDS / 2)
        hotline.misses = 1000
        return await call

    ended = called(fresh(tmp_path), dying)
    assert (ended.outcome, ended.details["reason"]) == ("failed", "BYE: no answer within 0.5 s")


def test_a_hotline_that_hears_nothing_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "PATIENCE_SECONDS", 0.3)

    async def deaf(callers: Callers, hotline: Deaf) -> Ended:
        hotline.misses = 1000
        return await callers.attempt()

    assert called(fresh(tmp_path), deaf).details["reason"] == "INVITE: no answer within 0.3 s"
