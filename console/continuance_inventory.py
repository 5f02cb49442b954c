"""A topology as an Ansible inventory: hosts in the groups site_…, role_… and cluster_…, and what is known of each as variables.

Ansible loads this file as an inventory plugin (`ANSIBLE_INVENTORY_PLUGINS` names its folder); as a program it speaks the protocol
of inventory scripts. Ansible itself is imported only when Ansible asks for the plugin's class.
"""

import argparse
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from topology.errors import InputError
from topology.model import Topology

DOCUMENTATION = """
name: continuance_inventory
short_description: the hosts of a continuance topology
description:
  - Reads a topology file. Hosts are grouped by site (C(site_x)), role (C(role_y)) and cluster (C(cluster_z)).
"""

TOPOLOGY_VARIABLE = "CONTINUANCE_TOPOLOGY"
"""The environment variable that names the topology for the inventory script."""


def groups_and_variables(topology: Topology) -> tuple[dict[str, list[str]], dict[str, dict[str, Any]]]:
    """Return the hosts of each group, and the variables of each host."""
    groups: dict[str, list[str]] = {}
    variables: dict[str, dict[str, Any]] = {}
    cluster_of = {name: cluster for cluster in topology.clusters.values() for name in cluster.members}
    for host in topology.hosts.values():
        cluster = cluster_of.get(host.name)
        known = {"site": host.site, "role": host.role or None, "cluster": cluster.name if cluster else None}
        for kind, name in known.items():
            if name is not None:
                groups.setdefault(_group_name(kind, name), []).append(host.name)
        variables[host.name] = {
            **{f"continuance_{kind}": name for kind, name in known.items() if name is not None},
            **({"continuance_is_primary": cluster.primary == host.name} if cluster else {}),
        }
    return groups, variables


def _group_name(kind: str, name: str) -> str:
    """Return a name that Ansible takes for a group: letters, digits and underscores."""
    return f"{kind}_{re.sub(r'[^A-Za-z0-9_]', '_', name)}"


def listing(topology: Topology) -> dict[str, Any]:
    """Return what an inventory script prints for `--list`."""
    groups, variables = groups_and_variables(topology)
    grouped = {name for hosts in groups.values() for name in hosts}
    return {
        "_meta": {"hostvars": variables},
        "all": {"children": ["ungrouped", *groups]},
        "ungrouped": {"hosts": [name for name in variables if name not in grouped]},
        **{name: {"hosts": hosts} for name, hosts in groups.items()},
    }


def __getattr__(name: str) -> Any:
    """Make the plugin's class when Ansible, having loaded this file, asks for it."""
    if name != "InventoryModule":
        raise AttributeError(name)
    return _plugin_class()


def _plugin_class() -> type:
    from ansible.errors import AnsibleParserError  # type: ignore[import-not-found,import-untyped,unused-ignore]
    from ansible.plugins.inventory import BaseInventoryPlugin  # type: ignore[import-not-found,import-untyped,unused-ignore]

    class InventoryModule(BaseInventoryPlugin):  # type: ignore[misc]  # Ansible has no types
        """Fills Ansible's inventory from a topology."""

        NAME = "continuance_inventory"

        def verify_file(self, path: str) -> bool:
            return bool(super().verify_file(path)) and path.endswith((".yaml", ".yml"))

        def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
            from topology.load import load_topology

            super().parse(inventory, loader, path, cache)
            try:
                groups, variables = groups_and_variables(load_topology(Path(path)))
            except InputError as error:
                raise AnsibleParserError(str(error)) from error
            for host, values in variables.items():
                inventory.add_host(host)
                for key, value in values.items():
                    inventory.set_variable(host, key, value)
            for group, hosts in groups.items():
                inventory.add_group(group)
                for host in hosts:
                    inventory.add_child(group, host)

    return InventoryModule


def main(arguments: list[str] | None = None) -> int:
    """Speak the protocol of inventory scripts: print all groups (`--list`) or the variables of one host (`--host NAME`)."""
    from topology.load import load_topology
    from topology.sources import find_network

    parser = argparse.ArgumentParser(
        prog="python -m console.continuance_inventory", description="A topology as an Ansible inventory."
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--list", action="store_true", help="all groups and hosts")
    what.add_argument("--host", metavar="NAME", help="the variables of one host")
    name = os.environ.get(TOPOLOGY_VARIABLE)
    chosen = parser.parse_args(arguments)
    if not name:
        parser.error(f"{TOPOLOGY_VARIABLE} names no topology; set it to a file or to the name of a shipped network")
    try:
        topology = load_topology(find_network(name))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    data = listing(topology) if chosen.list else groups_and_variables(topology)[1].get(chosen.host, {})
    json.dump(data, sys.stdout, indent=2)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
