"""The inventory with which playbooks reach the hosts of the lab, from its controllers' place in the network."""

import shlex
from typing import Any

import yaml

from lab.keys import IDENTITY, KNOWN_HOSTS
from lab.layout import Layout, Role
from lab.places import INVENTORY


def inventory(layout: Layout) -> dict[str, Any]:
    """Return the hosts of *layout* as Ansible's YAML inventory, grouped by what they are for."""
    options = {"UserKnownHostsFile": KNOWN_HOSTS, "StrictHostKeyChecking": "yes", "IdentitiesOnly": "yes"}
    common = ["-F", "none", *(word for name, value in options.items() for word in ("-o", f"{name}={value}"))]
    return {
        "all": {
            "vars": {
                "ansible_user": "root",
                "ansible_ssh_private_key_file": str(IDENTITY),
                "ansible_ssh_common_args": shlex.join(common),
                "ansible_python_interpreter": "/usr/bin/python3",
            },
            "children": {
                str(role): {"hosts": {host.name: {"ansible_host": host.address} for host in layout.of(role)}}
                for role in Role
                if layout.of(role)
            },
        }
    }


def write_inventory(layout: Layout) -> None:
    """Write the inventory of *layout* where playbooks look for it."""
    INVENTORY.parent.mkdir(parents=True, exist_ok=True)
    INVENTORY.write_text(yaml.safe_dump(inventory(layout), sort_keys=False, width=132), encoding="utf-8")
