"""The runbook for the night on which no controller is left: how a cluster is failed over by hand, with the lines to type and what
each has to print, and what the controller is told when it is back.

Its words stand in `runbook.md.jinja`; here stands what is filled in. It says how things stood when it was printed.
"""

import shlex
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from failover.core.cluster import ClusterState
from failover.core.commands import CommandKind
from failover.core.settings import ClusterSettings
from failover.live.by_hand import as_text, things_of
from playbooks.equipment import Equipment, FencePlaybook, Redfish
from playbooks.secret_channel import variable
from topology.quantities import show_duration

TEMPLATE = Path(__file__).with_name("runbook.md.jinja")


class Printing(NamedTuple):
    """What a runbook is printed from."""

    settings: ClusterSettings
    c: ClusterState
    equipment: Equipment
    services: tuple[str, ...]
    """What is down while the cluster has no primary."""
    config: Path
    start: str
    """The command that starts the controller."""
    inventory: Path
    observed_by: str | None
    """Where it is said that the controller may only observe; None where it may act."""
    sources: Mapping[str, str]
    """Where the controller has each secret from."""
    journal_unread: str
    """Why nothing is known of the journal; empty where it was read."""
    wall_seconds: float


class _Level(NamedTuple):
    """One way to switch the old primary off: what is typed besides, and the playbook if it is one of the user's own."""

    level: str
    more: str
    own: Path | None


def runbook(printing: Printing) -> str:
    """Return the runbook as Markdown."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    environment.filters |= {"named": _named, "quoted": shlex.quote}
    settings, c, equipment = printing.settings, printing.c, printing.equipment
    rpo_seconds = settings.policy.rpo_seconds
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        **printing._asdict(),
        cluster=settings.cluster,
        routes=settings.routes,
        synchronous=settings.synchronous,
        waits=settings.synchronous and len(settings.cluster.members) > 2,
        waited_for=sorted(frozenset[str]().union(*c.synchronous)),
        rpo=None if rpo_seconds is None else show_duration(rpo_seconds),
        printed=datetime.fromtimestamp(printing.wall_seconds, UTC).strftime("%Y-%m-%d %H:%M UTC"),
        playbooks={**dict.fromkeys(_DONE), **{kind.value: path for kind, path in equipment.playbooks.items()}},
        powers=_levels(equipment, c.primary),
        authorities=sorted({str(each.authority) for each in equipment.power if isinstance(each, Redfish) and each.authority}),
        hook=equipment.hooks.get("after_failover"),
        secrets=[_secret(name, printing.sources.get(name, ""), printing.config.parent) for name in _secrets(printing)],
        things=as_text(things_of(settings, equipment)),
    )


_DONE = (*(each.value for each in CommandKind), "role", "follows", "routed", "serves", "is_off")
"""What lines may do."""


def _named(names: Iterable[str]) -> str:
    return ", ".join(f"`{each}`" for each in names)


def _levels(equipment: Equipment, host: str) -> list[_Level]:
    return [
        _Level(power.level.value, "", power.playbook)
        if isinstance(power, FencePlaybook)
        else _Level(power.level.value, f" -e level={power.level.value}", None)
        for power in equipment.power
        if power.host == host
    ]


def _secrets(printing: Printing) -> list[str]:
    """Return the names of the secrets that the lines need."""
    equipment, members = printing.equipment, printing.settings.cluster.members
    client = equipment.client(printing.settings.name)
    powers = [each.credentials for each in equipment.power if each.host in members and not isinstance(each, FencePlaybook)]
    names = [*powers, None if client is None else client.credentials]
    return list(dict.fromkeys(name for name in names if name is not None))


def _secret(name: str, source: str, folder: Path) -> str:
    """Return the line that takes a secret from where the controller has it, as far as that can be done elsewhere."""
    kind, _, place = source.partition(":")
    match kind:
        case "file":
            return f'export {variable(name)}="$(cat {(folder / place).absolute()})"'
        case "command":
            return f'export {variable(name)}="$({place})"'
        case "env":
            return f'export {variable(name)}="${place}"'
        case _:
            return f"read -rs {variable(name)} && export {variable(name)}   # the controller has it from {source or 'nowhere'}"
