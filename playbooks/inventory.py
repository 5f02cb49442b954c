"""The user's inventory: which hosts it has."""

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path


class InventoryError(Exception):
    """An inventory that cannot be read, or lacks a host that commands act on."""


async def hosts_in(inventory: Path, environment: Mapping[str, str]) -> frozenset[str]:
    """Return the hosts that can be meant by their names alone: a group of the same name would be meant instead."""
    command = (sys.executable, "-m", "ansible", "inventory", "-i", str(inventory), "--list")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, env=dict(environment))
    output, errors = await process.communicate()
    if process.returncode:
        complaints = errors.decode(errors="replace").strip().splitlines()
        raise InventoryError(f"{inventory}: {complaints[-1] if complaints else 'cannot be read'}")
    groups = json.loads(output)
    found = set(groups["_meta"]["hostvars"]) | {host for each in groups.values() for host in each.get("hosts", ())}
    return frozenset(found - groups.keys())
