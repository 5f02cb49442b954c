"""What a playbook would do, without doing it: its tasks as they would run on each host, with the variables filled in.

Run by itself, because Ansible keeps what it reads for the whole process:

    python -m playbooks.rendering INVENTORY < asked.json

Nothing is looked up while it renders: a lookup could run a program. Where one stands, its name is shown, and so is that of a
secret. What is only known while a playbook runs is shown as it is written.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

MASK = "••••"
_SECRET_NAMES = re.compile(r"(pass(word|wd|phrase)?|secret|token|(api|access|private)_?key)$", re.IGNORECASE)
_SHORTEST_SECRET = 4


def masked(value: Any) -> Any:
    """Return *value* without what goes by the name of a secret."""
    if isinstance(value, Mapping):
        return {
            key: MASK if _SECRET_NAMES.search(str(key)) and isinstance(each, str) else masked(each) for key, each in value.items()
        }
    return [masked(each) for each in value] if isinstance(value, list | tuple) else value


def main() -> None:
    """Render everything that is asked for on standard input: a list of objects with `playbook` and `variables`."""
    _look_nothing_up()
    asked = json.load(sys.stdin)
    found = []
    for each in asked:
        try:
            found.append({"plays": list(_plays(sys.argv[1], each["playbook"], each["variables"])), "error": ""})
        except Exception as error:  # whatever a playbook of the user's own does to whoever reads it
            found.append({"plays": [], "error": _first_line(error)})
    json.dump(found, sys.stdout, default=str)


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def _look_nothing_up() -> None:
    """Let every lookup say its name instead of doing what it is for."""
    from ansible.plugins.loader import init_plugin_loader, lookup_loader
    from ansible.plugins.lookup import LookupBase

    class Named(LookupBase):  # type: ignore[misc]
        """Stands in for every lookup."""

        def __init__(self, name: str, **_: Any) -> None:
            self._named = name

        def run(self, terms: list[Any], variables: Any = None, **_: Any) -> list[str]:
            """Return what would be looked up."""
            return [f"<{self._named.rpartition('.')[2]} {each}>" for each in terms]

    init_plugin_loader()
    lookup_loader.get = lambda name, *_, **named: Named(name)


def _plays(inventory: str, playbook: str, variables: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each play: the hosts that it concerns, and its tasks on the first of them."""
    from ansible import context
    from ansible.inventory.manager import InventoryManager
    from ansible.module_utils.common.collections import ImmutableDict
    from ansible.parsing.dataloader import DataLoader
    from ansible.playbook import Playbook
    from ansible.template import Templar, trust_as_template
    from ansible.utils.vars import load_extra_vars
    from ansible.vars.manager import VariableManager

    load_extra_vars.extra_vars = None  # it keeps those of the playbook before
    given = trust_as_template(json.dumps(variables))
    context.CLIARGS = ImmutableDict(extra_vars=(given,), tags=("all",), skip_tags=(), subset=None, syntax=False)
    loader = DataLoader()
    hosts = InventoryManager(loader, sources=[inventory])
    manager = VariableManager(loader, hosts)
    for play in Playbook.load(playbook, variable_manager=manager, loader=loader).get_plays():
        templar = Templar(loader, variables=manager.get_vars(play=play))
        play.post_validate(templar)
        named = [each.name for each in hosts.get_hosts(play.hosts)]
        host = hosts.get_host(named[0]) if named else None
        tasks = []
        for task in _tasks(play.compile()):
            known = manager.get_vars(play=play, host=host, task=task)
            tasks.append(_rendered(task, Templar(loader, variables=known), known))
        yield {"hosts": named, "tasks": tasks}


def _tasks(blocks: Any) -> Iterator[Any]:
    for each in blocks:
        if hasattr(each, "block"):
            yield from _tasks([*each.block, *each.rescue, *each.always])
        elif each.action not in ("meta", "ansible.builtin.meta"):
            yield each


def _rendered(task: Any, templar: Any, known: Mapping[str, Any]) -> dict[str, Any]:
    hidden = bool(task.no_log)
    given = {**task.args, **(task.vars if "include" in task.action else {})}
    arguments = {key: _filled(value, templar, hidden=hidden) for key, value in given.items()}
    for value in {str(each) for key, each in known.items() if _SECRET_NAMES.search(key) and isinstance(each, str)}:
        if len(value) >= _SHORTEST_SECRET:
            arguments = {key: str(each).replace(value, MASK) for key, each in arguments.items()}
    return {"name": _filled(task.get_name(), templar, hidden=False), "action": task.action, "arguments": masked(arguments)}


def _filled(value: Any, templar: Any, *, hidden: bool) -> Any:
    if hidden:
        return str(value)
    try:
        return json.loads(json.dumps(templar.template(value), default=str))
    except Exception:  # it needs what an earlier task finds out
        return str(value)


if __name__ == "__main__":
    main()
