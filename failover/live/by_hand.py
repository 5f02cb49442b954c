"""What a person needs who carries commands out without a controller: the things of a cluster, in one file beside the runbook."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from failover.core.settings import ClusterSettings
from playbooks.equipment import Equipment, FencePlaybook
from playbooks.rendering import masked


def things_of(settings: ClusterSettings, equipment: Equipment) -> dict[str, Any]:
    """Return everything of the cluster that the orders of `by_hand_order.yml` are made of.

    Secrets go by their names; what the configuration has as plain text is masked, and has to be filled in.
    """
    name, client = settings.name, equipment.client(settings.name)
    levels: dict[str, dict[str, Any]] = {host: {} for host in settings.cluster.members}
    for power in equipment.power:
        if power.host in levels and not isinstance(power, FencePlaybook):
            known = {key: str(value) if isinstance(value, Path) else value for key, value in asdict(power).items()}
            levels[power.host][power.level.value] = {"level": power.level.value, **known}
    pages: dict[str, dict[str, Any]] = {}
    for page in equipment.pages:
        pages.setdefault(page.service, {})[page.host] = asdict(page)
    found: dict[str, Any] = masked(
        {
            "cluster": name,
            "members": equipment.addresses(name),
            "databases": {each.host: asdict(each) for each in equipment.members(name)},
            "proxies": {each.host: asdict(each) for each in equipment.proxies_of(name)},
            "client": None if client is None else asdict(client),
            "power": levels,
            "pages": pages,
        }
    )
    return found


def as_text(things: dict[str, Any]) -> str:
    """Write them as YAML, a line or two for each thing."""
    lines = []
    for key, value in things.items():
        if isinstance(value, dict) and any(isinstance(each, dict) for each in value.values()):
            lines.append(f"{key}:")
            for name, each in value.items():
                text = yaml.safe_dump({name: each}, default_flow_style=True, sort_keys=False, width=10**9, allow_unicode=True)
                lines.append(f"  {text.strip().removeprefix('{').removesuffix('}')}")
        else:
            text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10**9, allow_unicode=True)
            lines.append(f"{key}: {text.strip().removesuffix('...').strip()}")
    return "\n".join(lines) + "\n"
