"""Those who look up, and the lookup server, without a proxy between them."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.load.attempts import Ended
from lab.load.lookups import Lookups
from lab.services.programs.last_copy import Cases, LastCopy
from lab.services.programs.lookup import Server

HERE = "127.0.0.1"
CASES: Cases = {"LAB-000007": {"title": "t", "status": "pending", "hearing": "2030-01-07"}}


@contextmanager
def serving(copy: LastCopy) -> Iterator[int]:
    with Server(HERE, 0, copy) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def looked_up(copy: LastCopy, number: str = "LAB-000007") -> Ended:
    with serving(copy) as port:
        return asyncio.run(Lookups(HERE, port, (number,)).attempt())


def renewed(tmp_path: Path, fresh_seconds: float) -> LastCopy:
    copy = LastCopy(lambda: CASES, tmp_path / "cases.json", fresh_seconds=fresh_seconds)
    copy.renew()
    return copy


def test_a_fresh_answer_says_who_gave_it_and_how_old_it_is(tmp_path: Path) -> None:
    ended = looked_up(renewed(tmp_path, fresh_seconds=60.0))
    assert ended.outcome == "fresh"
    assert ended.details["host"]
    assert 0.0 <= ended.details["age_seconds"] < 60.0


def test_an_old_answer_is_given_and_called_stale(tmp_path: Path) -> None:
    assert looked_up(renewed(tmp_path, fresh_seconds=-1.0)).outcome == "stale"


def test_a_server_without_any_copy_has_failed(tmp_path: Path) -> None:
    assert looked_up(LastCopy(dict, tmp_path / "cases.json")) == Ended("failed", {"reason": "status 503"})


def test_a_case_that_there_is_not_is_not_made_up(tmp_path: Path) -> None:
    assert looked_up(renewed(tmp_path, 60.0), "LAB-999999") == Ended("failed", {"reason": "status 404"})


def test_nobody_there_is_a_failure_and_no_exception(tmp_path: Path) -> None:
    with serving(LastCopy(dict, tmp_path / "cases.json")) as port:
        pass
    assert asyncio.run(Lookups(HERE, port, ("LAB-000007",)).attempt()).outcome == "failed"


def test_a_server_that_hangs_up_without_a_word_has_failed() -> None:
    async def run() -> Ended:
        server = await asyncio.start_server(lambda _, writer: writer.close(), HERE, 0)
        async with server:
            return await Lookups(HERE, server.sockets[0].getsockname()[1], ("LAB-000007",)).attempt()

    assert asyncio.run(run()).outcome == "failed"
