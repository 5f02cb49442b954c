"""Where hosts are: from the inventory that Ansible reaches them by, so that both mean the same hosts."""

from pathlib import Path
from typing import Any

from topology.errors import InputError, Problem
from topology.intake.inventory import Inventory, read_yaml
from topology.intake.inventory_ini import read_ini

VARIABLES = ("ansible_host", "ansible_ssh_host")


class _Addresses(Inventory):
    """An inventory of which nothing but addresses is read."""

    def keep(self, variables: dict[str, str], key: str, value: Any, file: str, line: int) -> None:
        """Keep the address. One that is made by a template cannot be known here."""
        if key in VARIABLES and isinstance(value, str):
            if "{{" in value:
                self.problems.append(Problem(file, line, key, "is a template, which is not evaluated here; write the address"))
            variables[key] = value


def read_addresses(path: Path) -> dict[str, str]:
    """Return the address of every host of the inventory at *path*; that of a host without one is its name. Raises InputError."""
    if path.is_dir():
        raise InputError([Problem(str(path), 0, "", "is a folder; name one file of the inventory")])
    inventory = _Addresses()
    if path.suffix.lower() in (".yml", ".yaml", ".json"):
        read_yaml(inventory, path)
    else:
        read_ini(inventory, path)
    inventory.finish()
    found = {}
    for host in inventory.hosts:
        variable = inventory.variable(host, VARIABLES)
        found[host] = host if variable is None else variable[1]
    return found
