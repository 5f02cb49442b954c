"""The user's inventory: which hosts it has, and what it says of them."""

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class InventoryError(Exception):
    """An inventory that cannot be read, or lacks a host that commands act on."""


async def hosts_in(inventory: Path, environment: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return the variables of every host that can be meant by its name alone: a group of the same name would be meant instead."""
    command = (sys.executable, "-m", "ansible", "inventory", "-i", str(inventory), "--list")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, env=dict(environment))
    output, errors = await process.communicate()
    if process.returncode:
        complaints = errors.decode(errors="replace").strip().splitlines()
        raise InventoryError(f"{inventory}: {complaints[-1] if complaints else 'cannot be read'}")
    groups = json.loads(output)
    variables: dict[str, dict[str, Any]] = groups["_meta"]["hostvars"]
    found = set(variables) | {host for each in groups.values() for host in each.get("hosts", ())}
    return {host: variables.get(host, {}) for host in sorted(found - groups.keys())}
