"""What whoever is woken by a message needs to know beside what happened: since when, what hangs on it, and what to type."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from failover.core.cluster import ClusterState, Controller
from failover.core.commands import Command, CommandKind
from failover.core.events import OrderKind
from failover.core.planner import plan
from failover.live.ways_out import typed, ways_out

LOOK = "continuance failover status"


def briefing(
    command: Command, state: Controller, since: Callable[[str], float | None], options: Sequence[str] = ()
) -> Mapping[str, Any]:
    """Return what goes with *command*, which tells or asks people something; *since* says since when a cluster is in trouble.

    With *options* behind them the commands to type reach this controller, from whatever folder.
    """
    c = state.clusters[command.id.cluster]
    told: dict[str, Any] = {
        "state": c.state.value,
        "primary": c.primary,
        "since_wall_seconds": since(c.name),
        "hangs_on_it": list(plan(state, c.name).services),
        "commands": [shlex.join([*shlex.split(each), *options]) for each in (*_commands(command, state, c), LOOK)],
    }
    if command.kind is CommandKind.ASK:
        told["text"] = f"{command.details['what']}; it is done when {command.details['expected']}"
    return {**told, "run": f"{c.name}/{command.run}"} if command.run else told


def _commands(command: Command, state: Controller, c: ClusterState) -> list[str]:
    """Return the orders that *command* names, as they are typed as things are."""
    if command.kind is CommandKind.ASK:
        wanted: tuple[str, ...] = (OrderKind.CONFIRM_FENCED.value,)
    else:
        wanted = tuple(command.details.get("orders", ()))
    ways = [each for each in ways_out(state, c) if each.order.value in wanted]
    if command.kind is CommandKind.ASK:
        ways = [each for each in ways if each.host == command.target]
    return list(dict.fromkeys(typed(c.name, each) for each in ways))
