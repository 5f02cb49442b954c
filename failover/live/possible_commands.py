"""Every command that a failover, a switchover or a rejoin of a cluster could come to, as it would be ordered: to be looked at or
printed, never sent.
"""

from collections.abc import Iterator
from typing import Any

from failover.core.commands import Command, CommandId, CommandKind, Epoch, Question
from failover.core.settings import ClusterSettings
from playbooks.equipment import Equipment


def possible_commands(settings: ClusterSettings, primary: str, equipment: Equipment) -> Iterator[Command]:
    """Yield the commands to each thing of the cluster while *primary* is its primary."""
    for host in settings.cluster.members:
        others = tuple(sorted(each for each in settings.cluster.members if each != host))
        yield _command(settings, CommandKind.READ_POSITIONS, host)
        yield _command(settings, CommandKind.START, host, role="primary" if host == primary else "standby")
        yield _command(settings, CommandKind.CUT_REPLICATION, host)
        yield _command(
            settings, CommandKind.PROMOTE, host, role="primary", timeline=None, synchronous=others if settings.synchronous else ()
        )
        if settings.synchronous:
            yield _command(settings, CommandKind.SET_SYNCHRONOUS, host, standbys=others)
        yield _command(settings, CommandKind.DEMOTE, host, role="standby")
        for kind in (CommandKind.REPOINT, CommandKind.REJOIN):
            yield _command(settings, kind, host, primary=others[0] if host == primary and others else primary)
        for power in equipment.power:
            if power.host == host:
                yield _command(settings, CommandKind.FENCE, host, level=power.level.value, identity=host, incarnation=0)
        if equipment.power_of(host) is not None:
            yield _command(settings, CommandKind.POWER_ON, host, incarnation=1)
        yield _command(settings, CommandKind.VERIFY, host, question=Question.SERVES.value)
    for proxy in settings.routes:
        yield _command(settings, CommandKind.WITHDRAW_ROUTE, proxy, primary=None)
        yield _command(settings, CommandKind.REROUTE, proxy, primary=primary)
    for page in equipment.pages:
        yield _command(settings, CommandKind.WITHDRAW_PAGE, page.host, service=page.service)
    for hook in equipment.hooks:
        yield _command(settings, CommandKind.HOOK, primary, name=hook, primary=primary)


def _command(settings: ClusterSettings, kind: CommandKind, target: str, **details: Any) -> Command:
    return Command(CommandId(settings.name, 0), 0, kind, target, Epoch(0, 0), details)
