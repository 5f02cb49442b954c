"""Whether a write through a proxy would be let in: it is tried up to the write itself."""

from urllib.parse import urlencode

import asyncpg

from failover.live.probes import told
from playbooks.equipment import Client

ANSWER_SECONDS = 5.0

_RIGHTS = """
select current_setting('transaction_read_only') = 'off' and not pg_is_in_recovery() as writable,
  has_function_privilege(current_user, 'pg_logical_emit_message(boolean, text, text)', 'execute') as may_write
"""


async def lacking_of_client(client: Client, address: str, port: int, password: str | None) -> str:
    """Log in as *client* at *address* and *port*; return what would keep a write from going through, if anything would."""
    try:
        connection = await asyncpg.connect(
            f"postgresql://?{urlencode(client.options)}",
            host=address,
            port=port,
            user=client.user,
            database=client.database,
            password=password,
            timeout=ANSWER_SECONDS,
        )
        try:
            row = await connection.fetchrow(_RIGHTS, timeout=ANSWER_SECONDS)
        finally:
            connection.terminate()
    except (OSError, TimeoutError) as error:
        return f"it is not let in: {told(error)[1]}"
    except (ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return f"it is not let in: {error}"
    assert row is not None
    if not row["may_write"]:
        return f"'{client.user}' may not call pg_logical_emit_message, by which a write is tried"
    return "" if row["writable"] else "whoever answers there takes no writes: it is no primary"
