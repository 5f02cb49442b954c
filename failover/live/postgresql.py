"""Looks at a PostgreSQL server: does it answer, what is it, and for whom do its commits wait. The connection is kept, and the query
prepared, so that a look costs it little.
"""

import asyncio
from contextlib import suppress

import asyncpg

from failover.live.postgresql_way import WayToPostgresql
from failover.live.probes import Look, told

_WAITS_FOR = """
SELECT CASE WHEN NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'
  THEN current_setting('synchronous_standby_names') END
"""
"""Nothing of a server that accepts no writes. Every role may ask this."""
_NOT_SERVING = ("57P01", "57P02", "57P03")
"""What it says of itself while it starts, stops, or has just crashed. Any other refusal is of us, and it runs."""


class Postgresql:
    """The server at *address*. A server that runs and refuses to tell, for whatever reason, is what it last was."""

    def __init__(self, address: str, port: int, user: str, database: str, password: str | None) -> None:
        self._address = address
        self._port = port
        self._user = user
        self._database = database
        self._password = password
        self._way = WayToPostgresql()
        self._connection: asyncpg.Connection | None = None
        self._role: Look | None = None
        self.why = ""
        self.waits_for: str | None = None

    async def look(self, timeout_seconds: float) -> Look:
        """See whether it runs, whether it accepts writes, and for whom its commits wait."""
        self.why = ""
        asked = asyncio.ensure_future(self._ask(timeout_seconds))
        await asyncio.wait({asked}, timeout=timeout_seconds)
        if not asked.done() or asked.cancelled():
            self.close()  # cut off first: a query that is only cancelled asks the server to end it, who is silent
            asked.cancel()
            asked.add_done_callback(_forget)
            self.why = "no answer in time"
            return Look.SILENT
        if (error := asked.exception()) is None:
            self._role = asked.result()
            return self._role
        self.close()
        assert isinstance(error, Exception)
        if not isinstance(error, asyncpg.PostgresError):
            look, self.why = told(error)
            return look
        self.why = f"{type(error).__name__}: {error}"
        gone = isinstance(error, asyncpg.PostgresConnectionError) or error.sqlstate in _NOT_SERVING
        return Look.REFUSED if gone else self._role or Look.ALIVE

    async def _ask(self, timeout_seconds: float) -> Look:
        if self._connection is not None:
            try:
                return await self._role_over(self._connection)
            except (OSError, asyncpg.InterfaceError, asyncpg.ConnectionDoesNotExistError, asyncpg.OperatorInterventionError):
                self.close()  # it may have been restarted since: see at once whether it is there
        self._connection = await self._way.connect(
            host=self._address,
            port=self._port,
            user=self._user,
            database=self._database,
            password=self._password,
            timeout=timeout_seconds,
            server_settings={"application_name": "continuance", "statement_timeout": "1000"},
        )
        return await self._role_over(self._connection)

    async def _role_over(self, connection: asyncpg.Connection) -> Look:
        self.waits_for = await connection.fetchval(_WAITS_FOR)
        return Look.STANDBY if self.waits_for is None else Look.PRIMARY

    def close(self) -> None:
        """Let the connection go, without waiting for anybody."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                connection.terminate()


def _forget(asked: asyncio.Future[Look]) -> None:
    """Take note of what became of it: nobody waits for it any more."""
    if not asked.cancelled():
        asked.exception()
