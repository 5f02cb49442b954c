"""Ansible inventories in INI: `[group]`, `[group:children]`, `[group:vars]`, hosts with their variables on the line."""

import re
import shlex
from pathlib import Path

from topology.errors import Problem
from topology.intake.inventory import Inventory, read_variables_beside
from topology.textfile import read_text

_SECTION = re.compile(r"\[([^:\[\]]+)(?::(\w+))?\]\s*(?:[#;].*)?")


def read_ini(inventory: Inventory, path: Path) -> None:
    """Add the inventory in the INI file at *path*. What is wrong is collected in `inventory.problems`."""
    group, content = "ungrouped", "hosts"
    for number, raw in enumerate(read_text(path).splitlines(), start=1):
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        if section := _SECTION.fullmatch(line):
            group, content = section[1].strip(), section[2] or "hosts"
            inventory.group(group)
            if content not in ("hosts", "children", "vars"):
                message = f"'{content}' is none of hosts, children and vars"
                inventory.problems.append(Problem(str(path), number, group, message))
                content = "nothing"
        elif content == "vars":
            key, equals, value = line.partition("=")
            if not equals:
                inventory.problems.append(Problem(str(path), number, group, f"'{line}' is not a variable; write name=value"))
            inventory.keep(inventory.group(group).variables, key.strip(), _unquoted(value.strip()), str(path), number)
        elif content != "nothing":
            _read_line(inventory, group, content, line, (str(path), number))
    read_variables_beside(inventory, path)


def _read_line(inventory: Inventory, group: str, content: str, line: str, place: tuple[str, int]) -> None:
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        inventory.problems.append(Problem(*place, group, "a quotation mark is not closed"))
        return
    if content == "children":
        inventory.group(group).children[words[0]] = None
        inventory.group(words[0])
        return
    names = inventory.add_hosts(group, words[0], *place)
    for word in words[1:]:
        key, equals, value = word.partition("=")
        if not equals:
            inventory.problems.append(Problem(*place, group, f"'{word}' is not a variable; write name=value"))
        for name in names:
            inventory.keep(inventory.hosts[name], key, value, *place)


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
