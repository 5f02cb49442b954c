"""What would be run for each command: the tasks of its playbook as they would be carried out, secrets masked; and whether a
playbook of one's own keeps to what can be seen of its contract without running it.
"""

import asyncio
import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from failover.core.commands import Command, CommandKind
from playbooks import request
from playbooks.catalog import PROJECT, By, RefusedError, errand
from playbooks.equipment import Equipment
from playbooks.rendering import masked

SECONDS = 60.0
"""What a playbook is told that it may take."""


class Task(NamedTuple):
    """One task, as it would be carried out."""

    name: str
    action: str
    arguments: Mapping[str, Any]


class Rendered(NamedTuple):
    """What would be run for *command* at *target*: on which hosts, and what. *why* says what keeps it from being run."""

    command: str
    target: str
    details: Mapping[str, Any]
    playbook: str
    own: bool
    hosts: tuple[str, ...]
    tasks: tuple[Task, ...]
    why: str = ""


async def rendered(commands: Iterable[Command], equipment: Equipment, inventory: Path, state: Path) -> tuple[Rendered, ...]:
    """Render what would be run for each of *commands*; nothing is run."""
    found: list[Rendered] = []
    asked: list[dict[str, Any]] = []
    for command in commands:
        try:
            run = errand(command, equipment, SECONDS, state / "power")
        except RefusedError as refused:
            found.append(_plain(command, why=str(refused)))
            continue
        if run is None:  # a hook without a playbook
            continue
        variables = {request.VARIABLE: request.write(run.request), **request.VARIABLES_FROM_IT}
        asked.append({"playbook": str(run.playbook), "variables": variables})
        found.append(_plain(command, playbook=str(run.playbook), own=run.by is By.OWN))
    answers = zip(asked, await _render(asked, inventory), strict=True)
    return tuple(each if each.why else _filled(each, *next(answers)) for each in found)


def wrong_with(each: Rendered) -> str:
    """Say what is wrong with what would be run, as far as can be seen."""
    if each.why:
        return each.why
    if not each.hosts:
        return "it concerns no host of the inventory"
    others = sorted(set(each.hosts) - {each.target})
    if each.own and others and each.command not in (CommandKind.HOOK, CommandKind.FENCE, CommandKind.POWER_ON):
        return f"it concerns {', '.join(others)} besides its target"
    return ""


def _plain(command: Command, **known: Any) -> Rendered:
    details = masked(dict(command.details))
    return Rendered(
        command.kind.value, command.target, details, **{"playbook": "", "own": False, "hosts": (), "tasks": (), **known}
    )


def _filled(each: Rendered, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> Rendered:
    """Take what was rendered; the order itself is shown by its details, and not in the form in which it is sent."""
    order = asked["variables"][request.VARIABLE]
    hosts = dict.fromkeys(host for play in answer["plays"] for host in play["hosts"])
    tasks = [Task(**task) for play in answer["plays"] for task in play["tasks"]]
    shown = (
        task._replace(arguments={key: str(value).replace(order, "ORDER").strip() for key, value in task.arguments.items()})
        for task in tasks
    )
    return each._replace(hosts=tuple(hosts), tasks=tuple(shown), why=str(answer["error"]))


async def _render(asked: list[dict[str, Any]], inventory: Path) -> list[dict[str, Any]]:
    if not asked:
        return []
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"),
        "PYTHONPATH": str(Path(request.__file__).parents[1]),
    }
    pipe = asyncio.subprocess.PIPE
    program = (sys.executable, "-m", "playbooks.rendering", str(inventory))
    process = await asyncio.create_subprocess_exec(*program, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)
    said, errors = await process.communicate(json.dumps(asked).encode())
    if process.returncode:
        lines = errors.decode(errors="replace").strip().splitlines()
        why = lines[-1] if lines else "Ansible could not be started"
        return [{"plays": [], "error": why} for _ in asked]
    found: list[dict[str, Any]] = json.loads(said)
    return found
