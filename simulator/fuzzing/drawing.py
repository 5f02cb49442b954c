"""How a fault of each kind is drawn: whom it strikes, for how long, and by how much. Everything that can heal does."""

from collections.abc import Callable, Mapping
from typing import Any

from failover.core.commands import CommandKind
from scenarios.kinds import RULES
from scenarios.model import Fault, FaultKind
from simulator.fuzzing.luck import Luck
from simulator.fuzzing.ordering import draw_order
from simulator.fuzzing.striking import Striking
from topology.laws import Fixed
from topology.model import Policy, Stage, StageKind

LASTS_MAX_SECONDS = 60.0
REPORTS = (
    CommandKind.FENCE,
    CommandKind.PROMOTE,
    CommandKind.VERIFY,
    CommandKind.READ_POSITIONS,
    CommandKind.CUT_REPLICATION,
    CommandKind.REROUTE,
    CommandKind.DEMOTE,
)
RATES = (0.9, 0.98, 1.02, 1.1)
_BY_MAX_SECONDS = {
    FaultKind.DELAY: 60.0,
    FaultKind.LAG: 30.0,
    FaultKind.CLOCK_STEP: 3600.0,
    FaultKind.STORE_SLOW: 1.0,
    FaultKind.STORE_RESTORED: 60.0,
}


def draw_fault(striking: Striking, kind: FaultKind, luck: Luck, name: str, policy: Policy, *, begins: bool = False) -> Fault:
    """Draw a fault of *kind*, called *name*; when it comes is drawn elsewhere. One that *begins* it all mostly loses a primary."""
    cluster = luck.one_of(striking.clusters, name, "cluster")
    struck = striking.of_primary(kind, cluster) if begins and luck.chance(0.8, name, "loses a primary") else None
    targets, sources = struck or striking.draw(kind, luck, name, cluster)
    rule = RULES[kind]
    fields: dict[str, Any] = {}
    for option in (*rule.must, *rule.may):
        if option in _OPTIONS:
            fields |= _OPTIONS[option](kind, luck, name)
    if kind is FaultKind.FENCE_HITS:
        fields["instead"] = luck.one_of([each for each in striking.members if each not in targets], name, "instead")
    if kind is FaultKind.ORDER:
        fields["order"] = draw_order(luck, name, cluster, policy, striking.topology.services)
    return Fault(0.0, kind, targets, sources=sources, **fields)


def _recovery(_kind: FaultKind, luck: Luck, name: str) -> Mapping[str, Any]:
    """A recovery of its own now and then; else what the topology says."""
    if luck.chance(0.4, name, "recovers as usual"):
        return {}
    return {"recover": (Stage(StageKind.WAIT, Fixed(luck.between(5.0, 120.0, name, "recovery"))),)}


def _lasts(_kind: FaultKind, luck: Luck, name: str) -> Mapping[str, Any]:
    """Most of them briefly: what heals in the midst of a recovery is worse than what stays."""
    return {"for_seconds": round(0.1 + LASTS_MAX_SECONDS * luck.share(name, "lasts") * luck.share(name, "lasts, briefly"), 1)}


def _by(kind: FaultKind, luck: Luck, name: str) -> Mapping[str, Any]:
    seconds = luck.between(0.1, _BY_MAX_SECONDS[kind], name, "by")
    back = kind is FaultKind.CLOCK_STEP and luck.chance(0.5, name, "back")
    return {"by_seconds": -seconds if back else seconds}


def _commands(_kind: FaultKind, luck: Luck, name: str) -> Mapping[str, Any]:
    return {"commands": (luck.one_of(REPORTS, name, "command"),) if luck.chance(0.7, name, "of one kind") else ()}


_OPTIONS: Mapping[str, Callable[[FaultKind, Luck, str], Mapping[str, Any]]] = {
    "recover": _recovery,
    "for": _lasts,
    "by": _by,
    "commands": _commands,
    "times": lambda _kind, luck, name: {"times": luck.whole(1, 3, name, "times")},
    "down": lambda _kind, luck, name: {"down_seconds": luck.between(2.0, 20.0, name, "down")},
    "up": lambda _kind, luck, name: {"up_seconds": luck.between(1.0, 30.0, name, "up")},
    "one_way": lambda _kind, luck, name: {"one_way": luck.chance(0.3, name, "one way")},
    "loss": lambda _kind, luck, name: {"loss": luck.between(0.1, 0.6, name, "loss")},
    "jitter": lambda _kind, luck, name: {"jitter_seconds": luck.between(0.0, 0.4, name, "jitter")},
    "rate": lambda _kind, luck, name: {"rate": luck.one_of(RATES, name, "rate")},
}
"""How each option of a fault is drawn. Of what a fault consumes, everything stays as the topology has it."""
