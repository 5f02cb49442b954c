"""How to connect to a PostgreSQL server: through TLS if it speaks that, as with `sslmode=prefer`.

The library can do the same, and makes a TLS context of its own for each connection: hundreds of them, made anew whenever hosts
flap, let memory grow by megabytes a minute.
"""

import ssl
from typing import Any

import asyncpg


def _tls() -> ssl.SSLContext:
    """Return what encrypts and believes every certificate, as PostgreSQL's own clients do unless they are told otherwise."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


_TLS = _tls()


class WayToPostgresql:
    """The way to one server, which remembers whether it speaks TLS."""

    def __init__(self) -> None:
        self._tls: ssl.SSLContext | None = _TLS

    async def connect(self, **words: Any) -> asyncpg.Connection:
        """Connect with these *words* of asyncpg. Raises what that raises."""
        try:
            return await asyncpg.connect(**words, ssl=self._tls or False)
        except asyncpg.PostgresError:
            self._tls = _TLS  # perhaps it refuses whoever speaks no TLS by now
            raise
        except ConnectionError as error:
            if self._tls is None or type(error) is not ConnectionError:  # a subclass says that there is no connection at all
                raise
            self._tls = None
            return await self.connect(**words)
