"""How each command is carried out: by which playbook, and what that is told.

Nearly everything is done by one program on the target (`target/`), which checks the epoch and acts under one lock. Power is
switched from the controller, because no host can be asked to prove that it is off. What a person does, and what is told to
somebody, is no playbook.
"""

from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from failover.core.commands import Command, CommandKind, Question
from playbooks.equipment import Equipment, FencePlaybook

PROJECT = Path(__file__).parent / "project"


class By(StrEnum):
    """Who carries a command out: one of our playbooks, by its file name, or nobody of them."""

    TARGET = "target.yml"  # the target program on the host
    POWER = "power.yml"  # the host's power, from the controller
    POWER_ON = "power_on.yml"  # the same, until the host answers
    WRITE = "write.yml"  # a write through the proxies, from the controller
    ANSWER = "answer.yml"  # anything on the host: it is on
    OWN = "own"  # the user's own playbook
    PERSON = "person"  # whoever is on call
    MESSAGE = "message"  # the driver tells somebody


CATALOG: Mapping[CommandKind, By] = {
    CommandKind.START: By.TARGET,
    CommandKind.FENCE: By.POWER,
    CommandKind.WITHDRAW_ROUTE: By.TARGET,
    CommandKind.CUT_REPLICATION: By.TARGET,
    CommandKind.READ_POSITIONS: By.TARGET,
    CommandKind.PROMOTE: By.TARGET,
    CommandKind.SET_SYNCHRONOUS: By.TARGET,
    CommandKind.REPOINT: By.TARGET,
    CommandKind.REROUTE: By.TARGET,
    CommandKind.VERIFY: By.TARGET,  # unless its question is one of those below
    CommandKind.DEMOTE: By.TARGET,
    CommandKind.REJOIN: By.TARGET,
    CommandKind.POWER_ON: By.POWER_ON,
    CommandKind.WITHDRAW_PAGE: By.TARGET,
    CommandKind.HOOK: By.OWN,
    CommandKind.ASK: By.PERSON,
    CommandKind.NOTIFY: By.MESSAGE,
}
"""Who carries out each command, where the user has no playbook of their own for it."""

QUESTIONS: Mapping[Question, By] = {
    Question.IS_OFF: By.POWER,
    Question.IS_ON: By.ANSWER,
    Question.ROLE: By.TARGET,
    Question.ROUTED: By.TARGET,
    Question.SERVES: By.WRITE,
    Question.FOLLOWS: By.TARGET,
    Question.SYNCHRONOUS: By.TARGET,
    Question.PAGE_WITHDRAWN: By.TARGET,
}
"""Who answers each question of `verify`."""

LOCAL = "localhost"
"""The controller itself, as Ansible calls it."""
_ON_PROXIES = (CommandKind.WITHDRAW_ROUTE, CommandKind.REROUTE)
_ON_PAGES = (CommandKind.WITHDRAW_PAGE,)


class RefusedError(Exception):
    """The equipment lacks what the command needs: nothing was begun."""


class Errand(NamedTuple):
    """One run of a playbook: the file, the host that has to be in its statistics (None: any), and what it is told."""

    playbook: Path
    host: str | None
    by: By
    request: Mapping[str, Any]


def errand(command: Command, equipment: Equipment, seconds: float, state: Path) -> Errand | None:
    """Return how *command* is carried out within *seconds*; None where the user has no playbook for its hook.

    *state* is a folder of the controller for what has to be remembered of power. Raises RefusedError.
    """
    by = QUESTIONS[Question(command.details["question"])] if command.kind is CommandKind.VERIFY else CATALOG[command.kind]
    request: dict[str, Any] = {
        "cluster": command.id.cluster,
        "command": command.kind.value,
        "number": command.id.number,
        "epoch": list(command.epoch),
        "target": command.target,
        "details": dict(command.details),
        "seconds": seconds,
    }
    own = equipment.hooks.get(str(command.details.get("name"))) if by is By.OWN else equipment.playbooks.get(command.kind)
    if own is not None:
        return Errand(own, None if by is By.OWN else command.target, By.OWN, request)
    match by:
        case By.OWN:
            return None
        case By.PERSON | By.MESSAGE:
            raise RefusedError(f"'{command.kind.value}' is no playbook's: it is for a person")
        case By.POWER | By.POWER_ON:
            return _of_power(command, equipment, by, request, state)
        case By.WRITE:
            return Errand(PROJECT / by, LOCAL, by, {**request, **_writing(command, equipment)})
        case By.ANSWER:
            return Errand(PROJECT / by, command.target, by, request)
        case By.TARGET:
            return Errand(PROJECT / by, command.target, by, {**request, **_acted_on(command, equipment)})


def _of_power(command: Command, equipment: Equipment, by: By, request: dict[str, Any], state: Path) -> Errand:
    level = command.details.get("level")
    power = equipment.power_of(command.target, None if level is None else str(level))
    if power is None:
        raise RefusedError(f"nothing is known that switches '{command.target}' off" + (f" at the level '{level}'" if level else ""))
    if isinstance(power, FencePlaybook):
        return Errand(power.playbook, None, By.OWN, request)
    known = {key: str(value) if isinstance(value, Path) else value for key, value in asdict(power).items()}
    told = {"power": {"level": power.level.value, **known}, "state": str(state)}
    return Errand(PROJECT / by, LOCAL, by, {**request, **told})


def _acted_on(command: Command, equipment: Equipment) -> dict[str, Any]:
    """Return what the target program has to know of what it acts on."""
    cluster, host = command.id.cluster, command.target
    question = command.details.get("question")
    if command.kind in _ON_PROXIES or question == Question.ROUTED:
        proxy = equipment.proxy(cluster, host)
        if proxy is None:
            raise RefusedError(f"'{host}' is not known as a proxy of '{cluster}'")
        return {"proxy": asdict(proxy)}
    if command.kind in _ON_PAGES or question == Question.PAGE_WITHDRAWN:
        page = equipment.page(str(command.details["service"]), host)
        if page is None:
            raise RefusedError(f"nothing is known that '{command.details['service']}' publishes on '{host}'")
        return {"page": asdict(page)}
    database = equipment.database(cluster, host)
    if database is None:
        raise RefusedError(f"'{host}' is not known as a member of '{cluster}'")
    return {"database": asdict(database), "members": equipment.addresses(cluster)}


def _writing(command: Command, equipment: Equipment) -> dict[str, Any]:
    """Return what a write through the proxies needs, and where it has to arrive."""
    cluster = command.id.cluster
    client, database = equipment.client(cluster), equipment.database(cluster, command.target)
    proxies = [{"host": each.host, "address": each.address, "port": each.port} for each in equipment.proxies_of(cluster)]
    if client is None or database is None or not proxies:
        raise RefusedError(f"it is not known how clients reach '{cluster}'")
    return {"client": asdict(client), "proxies": proxies, "database": {"address": database.address, "port": database.port}}
