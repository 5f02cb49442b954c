"""Reading the cases from PostgreSQL, within a bound: a database that hangs must not hold its reader for ever.

psycopg2 waits in the C library, where no time-out of Python's reaches it, and `statement_timeout` is kept by the very server that
may hang. So the waiting is done here (the way psycopg2 offers to green threads), and ends when the time is over.
"""

import select
import time
from typing import Any

import psycopg2
import psycopg2.extensions as extensions

from lab.services.programs.last_copy import Cases

_SECONDS_MAX = 1.0


def wait(connection: extensions.connection) -> None:
    """Wait until what *connection* does is done; TimeoutError after a second."""
    end = time.monotonic() + _SECONDS_MAX
    while (state := connection.poll()) != extensions.POLL_OK:
        left = end - time.monotonic()
        ready: tuple[list[Any], ...] = ([], [], [])
        if left > 0:
            reading = [connection] if state == extensions.POLL_READ else []
            ready = select.select(reading, [] if reading else [connection], [], left)
        if not any(ready):
            raise TimeoutError(f"no answer from the database within {_SECONDS_MAX:g} s")


class Records:
    """The database of cases, by way of one session that is opened again whenever it broke."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._session: extensions.connection | None = None
        extensions.set_wait_callback(wait)

    def read(self) -> Cases:
        """Read every case."""
        try:
            if self._session is None:
                self._session = psycopg2.connect(self._conninfo)
                self._session.autocommit = True
            with self._session.cursor() as cursor:
                cursor.execute("select number, title, status, hearing::text from cases")
                return {number: {"title": title, "status": status, "hearing": hearing} for number, title, status, hearing in cursor}
        except BaseException:
            if self._session is not None:
                self._session.close()
            self._session = None
            raise
