"""Which kind of file each source is, told by its name or its first lines, and all of them read."""

import re
from collections.abc import Iterable
from pathlib import Path

from topology.errors import InputError, Problem
from topology.intake.inventory import Inventory, read_yaml
from topology.intake.inventory_ini import read_ini
from topology.intake.relations import COLUMNS, Relation, read_relations
from topology.textfile import read_text

_YAML_BEGINS = re.compile(r"---|%YAML|\{|[^\s\[=]+:(\s|$)")


def collect(paths: Iterable[Path]) -> tuple[Inventory, list[Relation]]:
    """Read every file of *paths*: inventories into one, relations into one list, in the order given.

    Raises InputError for a file of no known kind; a program is refused, never run.
    """
    inventory = Inventory()
    relations: list[Relation] = []
    for path in paths:
        if path.is_dir():
            raise InputError([Problem(str(path), 0, "", "is a folder; name the inventory files in it, each with --from")])
        text = read_text(path)
        begins = next((line for line in text.splitlines() if line.strip() and line.lstrip()[0] not in "#;"), "")
        if text.startswith("#!"):
            message = f"is a program and is not run; give the output of `ansible-inventory -i {path} --list`"
            raise InputError([Problem(str(path), 1, "", message)])
        if path.suffix.lower() == ".csv" or sorted(begins.replace(" ", "").lower().split(",")) == sorted(COLUMNS):
            relations += read_relations(path)
        elif path.suffix.lower() in (".yml", ".yaml", ".json") or (path.suffix.lower() != ".ini" and _YAML_BEGINS.match(begins)):
            read_yaml(inventory, path)
        else:
            read_ini(inventory, path)
    if not inventory.hosts and not inventory.problems:
        raise InputError([Problem(", ".join(map(str, paths)), 0, "", "no hosts; give an Ansible inventory with --from")])
    return inventory, relations
