"""A database session for one statement at a time, and what is known of that statement when it did not go well.

asyncpg, because a statement that takes too long can be *left* there (`terminate`): both it and psycopg answer a time-out of their
own with a cancel request, and cancelling a commit that waits for its synchronous standby makes the server give up waiting, so the
load would change what it measures.
"""

import asyncio
from typing import Any, NamedTuple, TypeAlias

import asyncpg

TROUBLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""Whatever a session can raise; a time-out is an OSError."""

Session: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class Place(NamedTuple):
    """Where a database is, and as whom it is asked."""

    address: str
    port: int = 5432
    user: str = "court"
    database: str = "court"


class RefusedError(Exception):
    """The server said no, and lives: the statement had no effect."""


class UnknownError(Exception):
    """Nobody knows whether the statement had its effect: no answer, the session broke, or the server said that it did not wait."""


async def connect(place: Place, within_seconds: float) -> Session:
    """Open a session, or raise one of TROUBLE."""
    return await asyncpg.connect(
        host=place.address,
        port=place.port,
        user=place.user,
        database=place.database,
        ssl=False,
        timeout=within_seconds,
        server_settings={"application_name": "load"},
    )


async def ask(session: Session, statement: str, *arguments: Any, within_seconds: float) -> Any:
    """Return the first value that *statement* yields, or raise RefusedError or UnknownError, after which the session is closed.

    A warning makes it unknown too: "canceling wait for synchronous replication" is how PostgreSQL says that a commit it reports as
    done is on no other host.
    """
    warnings: list[str] = []

    def heard(_: object, message: asyncpg.PostgresLogMessage) -> None:
        if getattr(message, "severity_en", None) == "WARNING":
            warnings.append(str(message))

    session.add_log_listener(heard)
    asking = asyncio.ensure_future(session.fetchval(statement, *arguments))
    done, _ = await asyncio.wait({asking}, timeout=within_seconds)
    if not done:
        session.terminate()
        await asyncio.gather(asking, return_exceptions=True)
        raise UnknownError(f"no answer within {within_seconds:g} s")
    try:
        value = asking.result()
    except TROUBLE as problem:
        ended = session.is_closed()
        session.terminate()
        raise (UnknownError if ended else RefusedError)(str(problem) or type(problem).__name__) from None
    session.remove_log_listener(heard)
    if warnings:
        session.terminate()
        raise UnknownError(warnings[0])
    return value
