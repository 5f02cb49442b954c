"""Ansible inventories, read and never run: which hosts there are, in which groups, and the few variables that say where.

YAML here, INI in `topology.intake.inventory_ini`. Of the variables only those in KEPT are looked at, so no secret is ever held;
what is encrypted or a template is passed over with a note. Files in `group_vars/` and `host_vars/` beside the inventory count.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from topology.checks import NAME
from topology.document import Table, parse_document
from topology.errors import InputError, Problem
from topology.intake.ansible_ranges import expand_ansible
from topology.intake.ansible_tags import without_tags
from topology.textfile import read_text

SITE_VARIABLES = ("site", "datacenter", "data_center", "dc", "location", "region", "availability_zone")
ROLE_VARIABLES = ("role", "server_role")
ENVIRONMENT_VARIABLES = ("environment", "env")
KEPT = frozenset({*SITE_VARIABLES, *ROLE_VARIABLES, *ENVIRONMENT_VARIABLES})

_PORT = re.compile(r":\d+$")


@dataclass(slots=True)
class Group:
    """Hosts that somebody put together, and groups within."""

    name: str
    hosts: dict[str, None] = field(default_factory=dict)
    children: dict[str, None] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Inventory:
    """Groups and hosts of one inventory or of several read one after the other; `notes` say what was passed over."""

    groups: dict[str, Group] = field(default_factory=dict)
    hosts: dict[str, dict[str, str]] = field(default_factory=dict)
    notes: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def group(self, name: str) -> Group:
        """Return the group *name*, made if it is new."""
        return self.groups.setdefault(name, Group(name))

    def add_hosts(self, group: str, pattern: str, file: str, line: int) -> list[str]:
        """Put the hosts that *pattern* stands for into *group*, and return their names."""
        try:
            names = expand_ansible(_PORT.sub("", pattern))
        except ValueError as error:
            self.problems.append(Problem(file, line, group, str(error)))
            return []
        if wrong := next((name for name in names if not NAME.fullmatch(name)), None):
            message = f"'{wrong}' cannot be a host's name here; use letters, digits, '.', '_' and '-'"
            self.problems.append(Problem(file, line, group, message))
            return []
        for name in names:
            self.hosts.setdefault(name, {})
            self.group(group).hosts[name] = None
        return names

    def keep(self, variables: dict[str, str], key: str, value: Any, file: str, line: int) -> None:
        """Add *key* to *variables* if it is one that we look at; note it if it is a template."""
        if isinstance(value, dict) and value.keys() == {"__ansible_unsafe"}:  # how `ansible-inventory --list` writes foreign text
            value = value["__ansible_unsafe"]
        if isinstance(value, dict) and "__ansible_vault" in value:
            self.notes.append(Problem(file, line, key, "is encrypted and was not read"))
        elif key not in KEPT or value is None or isinstance(value, (dict, list)):
            return
        if "{{" in str(value) or "{%" in str(value):
            self.notes.append(Problem(file, line, key, "is a template, which is not evaluated here"))
        else:
            variables[key] = str(value)

    def hosts_in(self, group: str) -> list[str]:
        """Return the hosts of *group* and of the groups within it, in the order of the inventory."""
        found: dict[str, None] = {}
        for name in self._within(group):
            found.update(self.groups[name].hosts)
        return list(found)

    def _within(self, group: str) -> Iterator[str]:
        yield group
        for child in self.groups[group].children:
            yield from self._within(child)

    def groups_of(self, host: str) -> list[str]:
        """Return the groups that *host* is in, the nearest first; `all` is the farthest, whether or not it lists them."""
        found = {name: None for name, group in self.groups.items() if host in group.hosts}
        for name in (queue := list(found)):
            above = [each.name for each in self.groups.values() if name in each.children and each.name not in found]
            found.update(dict.fromkeys(above))
            queue.extend(above)
        return [*(name for name in found if name != "all"), *(["all"] if "all" in self.groups else [])]

    def variable(self, host: str, names: Iterable[str]) -> tuple[str, str] | None:
        """Return the first of the variables *names* that *host* or a group around it has, as (variable, value)."""
        around = [self.hosts[host], *(self.groups[name].variables for name in self.groups_of(host))]
        return next(((name, scope[name]) for name in names for scope in around if name in scope), None)

    def finish(self) -> None:
        """Raise InputError with everything that was wrong in the files read so far."""
        try:
            TopologicalSorter({name: group.children for name, group in self.groups.items()}).prepare()
        except CycleError as error:
            self.problems.append(Problem("inventory", 0, error.args[1][0], f"contains itself: {' → '.join(error.args[1])}"))
        if self.problems:
            raise InputError(self.problems)


def read_yaml(inventory: Inventory, path: Path) -> None:
    """Add the inventory in the YAML (or JSON) file at *path*, as people write it or as `ansible-inventory --list` prints it."""
    table = _parse(inventory, read_text(path), path)
    if isinstance(table.get("plugin"), str):
        message = f"configures an inventory plugin and lists no hosts; give the output of `ansible-inventory -i {path} --list`"
        raise InputError([Problem(str(path), table.lines["plugin"], "plugin", message)])
    for name, body in table.items():
        if name == "_meta":
            _read_host_variables(inventory, body)
        else:
            _read_group(inventory, name, body, table)
    read_variables_beside(inventory, path)


def _parse(inventory: Inventory, text: str, path: Path) -> Table:
    """Parse YAML as Ansible writes it, with its tags; the values marked `!vault` are emptied before anything looks at them."""
    plain, encrypted = without_tags(text)
    inventory.notes += [Problem(str(path), line, "", "this value is encrypted (!vault) and was not read") for line in encrypted]
    return parse_document(plain, str(path))


def _read_group(inventory: Inventory, name: str, body: Any, around: Table) -> None:
    group = inventory.group(name)
    if body is None:
        return
    if not isinstance(body, Table):
        inventory.problems.append(Problem(around.file, around.lines[name], name, "is not a group: give hosts, children or vars"))
        return
    for key, value in body.items():
        line = body.lines[key]
        if key not in ("hosts", "children", "vars"):
            inventory.notes.append(Problem(body.file, line, f"{name}.{key}", "is not a part of a group and was not read"))
        elif value is None:
            continue
        elif key == "vars" and isinstance(value, Table):
            _keep_all(inventory, group.variables, value)
        elif key == "hosts" and isinstance(value, (Table, list, str)):
            _read_hosts(inventory, name, value, body)
        elif key == "children" and isinstance(value, Table):
            for child, content in value.items():
                group.children[child] = None
                _read_group(inventory, child, content, value)
        elif key == "children" and isinstance(value, list):
            for child in value:
                group.children[str(child)] = None
                inventory.group(str(child))
        else:
            inventory.problems.append(Problem(body.file, line, f"{name}.{key}", "is not a mapping"))


def _read_hosts(inventory: Inventory, group: str, hosts: Table | list[Any] | str, around: Table) -> None:
    if not isinstance(hosts, Table):
        for pattern in [hosts] if isinstance(hosts, str) else hosts:
            inventory.add_hosts(group, str(pattern), around.file, around.lines["hosts"])
        return
    for pattern, variables in hosts.items():
        for name in inventory.add_hosts(group, pattern, hosts.file, hosts.lines[pattern]):
            if isinstance(variables, Table):
                _keep_all(inventory, inventory.hosts[name], variables)


def _read_host_variables(inventory: Inventory, meta: Any) -> None:
    hostvars = meta.get("hostvars") if isinstance(meta, Table) else None
    for name, variables in (hostvars or {}).items():
        if isinstance(variables, Table):
            _keep_all(inventory, inventory.hosts.setdefault(name, {}), variables)


def _keep_all(inventory: Inventory, variables: dict[str, str], table: Table) -> None:
    for key, value in table.items():
        inventory.keep(variables, key, value, table.file, table.lines[key])


def read_variables_beside(inventory: Inventory, path: Path) -> None:
    """Add the variables of the files that stand in `group_vars/` and `host_vars/` beside the inventory at *path*."""
    scopes = [("group_vars", name, group.variables) for name, group in inventory.groups.items()]
    scopes += [("host_vars", name, variables) for name, variables in inventory.hosts.items()]
    for folder, name, variables in scopes:
        for file in _variable_files(path.parent / folder, name):
            text = read_text(file)
            if text.startswith("$ANSIBLE_VAULT"):
                inventory.notes.append(Problem(str(file), 0, "", "is encrypted and was not read"))
            elif text.strip("- \n"):
                _keep_all(inventory, variables, _parse(inventory, text, file))


def _variable_files(folder: Path, name: str) -> list[Path]:
    if not folder.is_dir():
        return []
    files = [folder / f"{name}{suffix}" for suffix in ("", ".yml", ".yaml", ".json")]
    if (folder / name).is_dir():
        files = sorted(each for each in (folder / name).iterdir() if each.suffix in (".yml", ".yaml", ".json", ""))
    return [file for file in files if file.is_file()]
