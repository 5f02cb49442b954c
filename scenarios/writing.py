"""Write a scenario as a file: what was made by a program, so that it can be read, kept and played like any other."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from scenarios.kinds import RULES
from scenarios.model import Fault, FaultKind, Order, Trigger
from topology.laws import Law
from topology.lawtext import written_law
from topology.model import Policy, Stage, StageKind
from topology.quantities import exact_duration
from topology.tidy import document

Data = dict[str, Any]


def as_document(
    name: str,
    topology: str,
    incident: Iterable[Fault],
    *,
    start: str,
    horizon_seconds: float,
    title: str = "",
    policy: Policy | None = None,
    operator: Law | None = None,
    heading: Iterable[str] = (),
) -> str:
    """Return the text of a scenario with this *incident*, which is read back equal; *topology* is a name or a path.

    Its one response lays *policy* over every cluster's, unless that is None; *operator* is how long a person takes to answer, None
    for never. *heading* stands above it all as comments, for what a scenario does not hold: the seed, the command that plays it.
    Raises ValueError for a law of recorded values, which stand in a file of their own.
    """
    response: Data = {
        **({"policy": _policy(policy)} if policy else {}),
        **({"operator": written_law(operator)} if operator else {}),
    }
    data: Data = {
        "name": name,
        **({"title": title} if title else {}),
        "topology": topology,
        "start": start,
        "horizon": exact_duration(horizon_seconds),
        "incident": [fault_entry(fault) for fault in incident],
        "responses": {"as-played": response} if response else {},
    }
    return document(data, heading)


def fault_entry(fault: Fault) -> Data:
    """Return *fault* as an incident writes it."""
    entry: Data = {"when": _trigger(fault.when)} if fault.when else {"at": exact_duration(fault.at_seconds)}
    if fault.order is not None:
        entry[fault.kind.value] = _order(fault.order)
    else:
        entry[fault.kind.value] = list(fault.targets)
    rule = RULES[fault.kind]
    blank = Fault(0.0, fault.kind, ())
    for key in (*rule.must, *rule.may):
        field = _FIELDS[key]
        value = getattr(fault, field)
        if key in rule.must or value != getattr(blank, field):
            entry[key] = _WRITERS.get(key, _as_it_is)(value)
    if fault.kind is FaultKind.LOSSY:
        entry.setdefault("loss", fault.loss)  # it takes either this or a jitter
    return {**entry, "cause": fault.cause} if fault.cause else entry


def _as_it_is(value: Any) -> Any:
    return value


def _by(seconds: float) -> str:
    return f"-{exact_duration(-seconds)}" if seconds < 0 else exact_duration(seconds)


def _recover(stages: Iterable[Stage]) -> list[Data]:
    return [_stage(stage) for stage in stages]


_FIELDS = {
    "consumes": "consumes",
    "recover": "recover",
    "down": "down_seconds",
    "up": "up_seconds",
    "times": "times",
    "by": "by_seconds",
    "for": "for_seconds",
    "from": "sources",
    "one_way": "one_way",
    "loss": "loss",
    "jitter": "jitter_seconds",
    "rate": "rate",
    "instead": "instead",
    "commands": "commands",
}
"""By option, the field of a fault that holds it."""
_WRITERS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "consumes": dict,
        "recover": _recover,
        "down": exact_duration,
        "up": exact_duration,
        "by": _by,
        "for": exact_duration,
        "jitter": exact_duration,
        "commands": lambda kinds: [kind.value for kind in kinds],
    }
)
"""How options are written that do not stand in the file as they stand in the fault."""


def _trigger(trigger: Trigger) -> Data:
    return {
        "command": trigger.command.value,
        "phase": trigger.phase.value,
        **({"nth": trigger.nth} if trigger.nth > 1 else {}),
        **({"cluster": trigger.cluster} if trigger.cluster else {}),
    }


def _order(order: Order) -> Data:
    return {
        "kind": order.kind.value,
        "cluster": order.cluster,
        "by": order.operator,
        **({"host": order.host} if order.host else {}),
        **({"service": order.service} if order.service else {}),
        **({"reason": order.reason} if order.reason else {}),
        **({"expected_primary": order.expected_primary} if order.expected_primary else {}),
        **({"for": exact_duration(order.for_seconds)} if order.for_seconds else {}),
        **({"twice": True} if order.twice else {}),
        **({"delayed": exact_duration(order.delayed_seconds)} if order.delayed_seconds else {}),
    }


def _stage(stage: Stage) -> Data:
    takes = stage.part if stage.kind is StageKind.PART or stage.law is None else written_law(stage.law)
    return {
        stage.kind.value: takes,
        **({"crew": stage.crew} if stage.crew else {}),
        **({"for": stage.reason} if stage.reason else {}),
    }


def _policy(policy: Policy) -> Data:
    return {
        "mode": policy.mode.value,
        "detection_window": exact_duration(policy.detection_window_seconds),
        **({"rpo": exact_duration(policy.rpo_seconds)} if policy.rpo_seconds is not None else {}),
        "approvals": policy.approvals,
        "attempts": policy.attempts,
        "within": exact_duration(policy.within_seconds),
        "restart": exact_duration(policy.restart_seconds),
        "quorum": policy.vantage_quorum,
    }
