"""What is known of a statement that did not go well, with a session that does as it is told."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import asyncpg
import pytest

from lab.load.sessions import RefusedError, Session, UnknownError, ask


class Scripted:
    """A session in which every statement goes the same way."""

    def __init__(self, value: Any = 1, *, raises: Exception | None = None, ends: bool = False, hangs: bool = False) -> None:
        self.value, self.raises, self.ends, self.hangs = value, raises, ends, hangs
        self.warning = ""
        self.closed = False
        self.left = False
        self.listeners: list[Callable[[Any, Any], None]] = []

    async def fetchval(self, statement: str, *arguments: Any) -> Any:
        if self.hangs:
            await asyncio.sleep(60.0)
        for listener in self.listeners if self.warning else ():
            listener(self, SimpleNamespace(severity_en="WARNING", __str__=lambda: self.warning))
        self.closed = self.ends
        if self.raises is not None:
            raise self.raises
        return self.value

    def is_closed(self) -> bool:
        return self.closed

    def terminate(self) -> None:
        self.closed = self.left = True
        self.hangs = False
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    def add_log_listener(self, listener: Callable[[Any, Any], None]) -> None:
        self.listeners.append(listener)

    def remove_log_listener(self, listener: Callable[[Any, Any], None]) -> None:
        self.listeners.remove(listener)


def asked(session: Scripted) -> Any:
    return asyncio.run(ask(cast(Session, session), "insert …", within_seconds=0.05))


def test_a_session_that_served_can_serve_again() -> None:
    session = Scripted(7)
    assert asked(session) == 7
    assert not session.left
    assert session.listeners == []


def test_an_error_of_a_server_that_lives_means_that_nothing_was_written() -> None:
    with pytest.raises(RefusedError, match="read-only"):
        asked(Scripted(raises=asyncpg.ReadOnlySQLTransactionError("read-only")))


def test_an_error_that_ends_the_session_says_nothing_of_what_was_written() -> None:
    with pytest.raises(UnknownError, match="shutting down"):
        asked(Scripted(raises=asyncpg.AdminShutdownError("shutting down"), ends=True))


def test_a_connection_that_breaks_says_nothing_of_what_was_written() -> None:
    with pytest.raises(UnknownError, match="reset"):
        asked(Scripted(raises=ConnectionResetError("reset"), ends=True))


def test_whoever_does_not_answer_in_time_is_left_and_not_asked_to_cancel() -> None:
    session = Scripted(hangs=True)
    with pytest.raises(UnknownError, match=r"no answer within 0\.05 s"):
        asked(session)
    assert session.left


def test_a_commit_that_gave_up_waiting_for_its_standby_is_no_acknowledgement() -> None:
    session = Scripted()
    session.warning = "canceling wait for synchronous replication due to user request"
    with pytest.raises(UnknownError):
        asked(session)
    assert session.left
