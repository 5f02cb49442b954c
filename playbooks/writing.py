"""A write through the proxies, as clients write: whether it is acknowledged, and who took it.

It is a message in the write-ahead log: a commit like any other, which waits for the standbys that commits have to wait for, and
needs no table.
"""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import asyncpg

ANSWER_SECONDS = 3.0

_WRITE = """
select pg_logical_emit_message(true, 'continuance', 'probe'), host(inet_server_addr()) as address, inet_server_port() as port,
  current_setting('transaction_read_only') = 'off' as writable
"""


def serves(request: Mapping[str, Any], password: str | None) -> bool:
    """Say whether a write through any of the proxies is acknowledged, and taken by the database that is meant."""
    return asyncio.run(_serves(request, password))


async def _serves(request: Mapping[str, Any], password: str | None) -> bool:
    seconds = min(ANSWER_SECONDS, float(request["seconds"]))
    tries = [asyncio.create_task(_write(each, request, password)) for each in request["proxies"]]
    done, late = await asyncio.wait(tries, timeout=seconds)
    for each in late:
        each.cancel()
    return any(each.exception() is None and each.result() for each in done)


async def _write(proxy: Mapping[str, Any], request: Mapping[str, Any], password: str | None) -> bool:
    client, wanted = request["client"], request["database"]
    connection = await asyncpg.connect(
        f"postgresql://?{urlencode(client['options'])}",
        host=proxy["address"],
        port=proxy["port"],
        user=client["user"],
        database=client["database"],
        password=password,
        timeout=ANSWER_SECONDS,
    )
    try:
        row = await connection.fetchrow(_WRITE)
    finally:
        connection.terminate()
    assert row is not None
    return bool(row["writable"]) and row["port"] == wanted["port"] and row["address"] in await _addresses(wanted["address"])


async def _addresses(name: str) -> set[str]:
    found = await asyncio.get_running_loop().getaddrinfo(name, None)
    return {str(each[4][0]) for each in found}
