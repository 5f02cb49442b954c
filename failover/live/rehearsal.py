"""Tests every right that a failover of a cluster would need, with the credentials that it would be done with, and does nothing.

Hosts are logged in to and asked what they would let us do; databases and proxies let in, or not, those who would act there; power
controllers say whom they speak of; playbooks are read and rendered. As when the controller starts, the target program is brought to
each host if it is not there.
"""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from failover.core.commands import Command, CommandId, CommandKind, Epoch, Outcome, Question
from failover.core.settings import ClusterSettings
from failover.live.client_rights import lacking_of_client
from failover.live.configuration import Configuration
from failover.live.playbook_rights import Rendered, rendered, wrong_with
from failover.live.possible_commands import possible_commands
from failover.live.readiness.power import in_the_way
from failover.live.secret_sources import SecretError
from playbooks.equipment import Equipment, FencePlaybook, Power
from playbooks.runner import Runner
from playbooks.survey import REACHED, Right, rights_in

HOST_SECONDS = 60.0
_UNANSWERED = re.compile("timed out|in time|no route to host|network is unreachable|could not resolve", re.IGNORECASE)
"""What is said of a host that nothing was heard of."""
POWER_SECONDS = 60.0


class Result(StrEnum):
    """What testing a right came to."""

    WELL = "well"
    FAILS = "fails"
    UNTESTED = "untested"


class Tried(NamedTuple):
    """One right, at *target*, and the commands that hang on it; *why* says what is in the way."""

    target: str
    right: str
    commands: tuple[str, ...]
    result: Result
    why: str = ""


class Rehearsal(NamedTuple):
    """What was tested, and what would be run."""

    cluster: str
    primary: str
    tried: tuple[Tried, ...]
    rendered: tuple[Rendered, ...]

    @property
    def worst(self) -> Result:
        """Return the worst of the results."""
        results = {each.result for each in self.tried}
        return next((each for each in (Result.FAILS, Result.UNTESTED) if each in results), Result.WELL)

    @property
    def reaches_none(self) -> bool:
        """Say whether no host at all answered: most likely this machine is not in their network."""
        logins = [each for each in self.tried if each.right == REACHED.words]
        return bool(logins) and all(each.result is Result.FAILS and _UNANSWERED.search(each.why) for each in logins)


async def rehearse(configuration: Configuration, settings: ClusterSettings, primary: str) -> Rehearsal:
    """Test everything for the cluster of *settings*, whose primary is *primary*. Raises InventoryError."""
    equipment = _of_cluster(configuration.equipment, settings)
    commands = list(possible_commands(settings, primary, equipment))
    async with _runner(configuration, equipment) as runner:
        tried = [
            *_secrets(configuration, equipment),
            *await _side_by_side(_host(runner, host) for host in equipment.hosts()),
            *await _side_by_side(_power(runner, power, settings, configuration.secrets) for power in equipment.power),
            *_persons(equipment, settings),
            *await _side_by_side(_clients(equipment, settings, configuration.secrets)),
        ]
    found = await rendered(commands, equipment, configuration.inventory, configuration.state)
    tried += _playbooks(found)
    targets = list(dict.fromkeys(each.target for each in tried))
    tried.sort(key=lambda each: targets.index(each.target))
    return Rehearsal(settings.name, primary, tuple(tried), found)


def _of_cluster(equipment: Equipment, settings: ClusterSettings) -> Equipment:
    return replace(
        equipment,
        databases=equipment.members(settings.name),
        proxies=equipment.proxies_of(settings.name),
        clients=tuple(each for each in equipment.clients if each.cluster == settings.name),
        power=tuple(each for each in equipment.power if each.host in settings.cluster.members),
    )


@asynccontextmanager
async def _runner(configuration: Configuration, equipment: Equipment) -> AsyncIterator[Runner]:
    """Have a runner with connections of its own: the controller on duty is not touched, and every login is a new one."""
    with tempfile.TemporaryDirectory(prefix="continuance-") as state:
        runner = Runner(equipment, configuration.inventory, Path(state), configuration.secrets)
        try:
            await runner.start()
            yield runner
        finally:
            await runner.close()


async def _side_by_side(tests: Iterable[Any]) -> list[Tried]:
    return [each for found in await asyncio.gather(*tests) for each in found]


def _secrets(configuration: Configuration, equipment: Equipment) -> list[Tried]:
    """Try the secrets that commands need."""
    powers = [each.credentials for each in equipment.power if not isinstance(each, FencePlaybook)]
    names = dict.fromkeys(name for name in (*powers, *(each.credentials for each in equipment.clients)) if name is not None)
    found = []
    for name in names:
        try:
            configuration.secrets(name)
        except SecretError as error:
            found.append(Tried("this controller", f"read the secret '{name}'", (), Result.FAILS, str(error)))
        else:
            found.append(Tried("this controller", f"read the secret '{name}'", (), Result.WELL))
    return found


async def _host(runner: Runner, host: str) -> list[Tried]:
    report = await runner.survey(host, True, HOST_SECONDS)
    if report.outcome is not Outcome.SUCCEEDED:
        why = str(report.evidence.get("reason") or "it does not answer")
        rest = Tried(host, "everything else there", (), Result.UNTESTED, "nobody could log in")
        return [Tried(host, REACHED.words, _names(REACHED.commands), Result.FAILS, why), rest]
    found = [Tried(host, REACHED.words, _names(REACHED.commands), Result.WELL)]
    lacking: dict[tuple[Right, str], list[str]] = {}
    for held in rights_in(host, report.evidence):  # of some there are several: one for each other member
        lacking.setdefault((held.right, held.of), []).extend([held.why] if held.why else [])
    for (right, of), reasons in lacking.items():
        words = f"{right.words} ({of})" if of else right.words
        result = Result.FAILS if reasons else Result.WELL
        found.append(Tried(host, words, _names(right.commands), result, "; ".join(dict.fromkeys(reasons))))
    return found


def _names(commands: Iterable[CommandKind]) -> tuple[str, ...]:
    return tuple(each.value for each in commands)


async def _power(runner: Runner, power: Power, settings: ClusterSettings, secrets: Callable[[str], str]) -> list[Tried]:
    right = f"be obeyed by its power at the level '{power.level.value}', and by no other's"
    commands = (CommandKind.FENCE.value, CommandKind.POWER_ON.value)
    if not isinstance(power, FencePlaybook):
        why = await asyncio.to_thread(in_the_way, power, secrets)
        return [Tried(power.host, right, commands, Result.FAILS if why else Result.WELL, why)]
    details = {"question": Question.IS_OFF.value, "level": power.level.value, "identity": power.host}
    look = Command(CommandId(settings.name, 0), 0, CommandKind.VERIFY, power.host, Epoch(0, 0), details)
    report = await runner.carry_out(look, POWER_SECONDS)
    identity = report.evidence.get("identity")
    if report.outcome is not Outcome.SUCCEEDED or not isinstance(report.evidence.get("off"), bool):
        why = str(report.evidence.get("reason") or "it does not say whether the host is off")
        return [Tried(power.host, right, commands, Result.FAILS, why)]
    why = "" if identity == power.host else f"it speaks of '{identity}'"
    return [Tried(power.host, right, commands, Result.FAILS if why else Result.WELL, why)]


def _persons(equipment: Equipment, settings: ClusterSettings) -> list[Tried]:
    """Say of whom nobody but a person can prove that he is off."""
    alone = [host for host in settings.cluster.members if equipment.power_of(host) is None]
    why = "nothing is said that switches it off: a person has to, and to attest it"
    return [Tried(host, "be switched off", (CommandKind.FENCE.value,), Result.UNTESTED, why) for host in alone]


def _clients(equipment: Equipment, settings: ClusterSettings, secrets: Callable[[str], str]) -> Iterable[Any]:
    client = equipment.client(settings.name)

    async def test(host: str, address: str, port: int) -> list[Tried]:
        assert client is not None
        right = f"write as clients do, as '{client.user}' through {address}:{port}"
        try:
            password = None if client.credentials is None else secrets(client.credentials)
            why = await lacking_of_client(client, address, port, password)
        except SecretError as error:
            why = str(error)
        return [Tried(host, right, (CommandKind.VERIFY.value,), Result.FAILS if why else Result.WELL, why)]

    return [] if client is None else [test(each.host, each.address, each.port) for each in equipment.proxies]


def _playbooks(found: Iterable[Rendered]) -> list[Tried]:
    """Say of each playbook whether it can be read, and whom it concerns."""
    tried: dict[str, Tried] = {}
    commands: dict[str, list[str]] = {}
    for each in found:
        key, why = each.playbook or each.command, wrong_with(each)
        commands.setdefault(key, []).append(each.command)
        if key not in tried or (why and tried[key].result is Result.WELL):
            right = f"read {Path(each.playbook).name}, and find its hosts" if each.playbook else f"know how to {each.command}"
            where = f"{each.command} of '{each.target}': {why}" if why else ""
            tried[key] = Tried("this controller", right, (), Result.FAILS if why else Result.WELL, where)
    return [each._replace(commands=tuple(dict.fromkeys(commands[key]))) for key, each in tried.items()]
