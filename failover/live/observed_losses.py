"""What people are told of a cluster that is only observed, after they have failed it over: that its new primary is lost, too.

The core goes by the primary that it knows. It says once that this is lost and that nothing is done, and learns of no other as
long as it may not touch anything: who took over is only seen.
"""

import shlex
from collections.abc import Callable, Sequence
from typing import Any

from failover.core.cluster import Controller
from failover.core.events import Event, HealthChanged
from failover.core.planner import plan
from failover.core.stages import LOST, health_of
from failover.live.briefing import LOOK
from failover.live.history import History
from failover.live.imagining import imagined


class ObservedLosses:
    """Tells people by *say*, once each time; its messages have the keys of docs/monitoring.md."""

    def __init__(self, say: Callable[[dict[str, Any]], object]) -> None:
        self._say = say
        self._told: dict[str, str] = {}
        """Of which host of each cluster they know."""

    def take(self, event: Event, state: Controller, history: History, options: Sequence[str] = ()) -> None:
        """Take in an *event*, and how things are after it. With *options* behind it the command to type reaches this controller."""
        if not isinstance(event, HealthChanged):
            return
        for name in state.settings.concerns.get(event.host, ()):
            if name in history.last_well:
                self._consider(name, state, history, options)

    def _consider(self, name: str, state: Controller, history: History, options: Sequence[str]) -> None:
        c, primary = state.clusters[name], history.last_well[name].primary
        if primary == c.primary or health_of(c, primary) not in LOST:
            self._told.pop(name, None)
        elif self._told.get(name) != primary:
            self._told[name] = primary
            self._say(_message(name, primary, state, history, options))


def _message(name: str, primary: str, state: Controller, history: History, options: Sequence[str]) -> dict[str, Any]:
    known = history.seen_since.get(primary)
    since = known[1] if known is not None and known[0] in LOST else state.wall_seconds  # the history has yet to take in the event
    knowing = imagined(state, name, history.last_well[name]).state
    return {
        "id": f"{name}/lost/{primary}/{since:.3f}",  # the same whoever says it, so that one that comes twice is known
        "kind": "notify",
        "cluster": name,
        "run": 0,
        "text": f"'{primary}', which took over, is lost, and nothing is done: the policy only observes",
        "state": state.clusters[name].state.value,
        "primary": primary,
        "since_wall_seconds": since,
        "hangs_on_it": list(plan(knowing, name).services),
        "commands": [shlex.join([*shlex.split(LOOK), *options])],
    }
