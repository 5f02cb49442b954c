"""Learned laws as a topology takes them: entries with their marks, and where a file of recorded repairs stands for a law."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topology.laws import Exponential, Fixed, Law, Lognormal, Weibull, mean_seconds, quantile
from topology.lawtext import parse_law
from topology.model import Host, StageKind, Topology
from topology.quantities import DAY, DURATION_MAX_SECONDS, HOUR, MINUTE, YEAR

if TYPE_CHECKING:
    from topology.intake.choosing import Learned
    from topology.intake.fitting import Estimate
    from topology.intake.history import Kind

UNITS = (("y", YEAR), ("d", DAY), ("h", HOUR), ("m", MINUTE))


@dataclass(frozen=True, slots=True)
class Entry:
    """What a kind's entry in a topology gains; `fails` and `recover` are None where nothing was learned."""

    fails: Any
    recover: Any
    hands: tuple[str, ...]
    """The parts and crews that its present recovery waits for; `recover` has that waiting in its durations."""
    recorded: bool = False
    """Whether the law of `recover` is a file of recorded repairs."""


def entry(topology: Topology, kind: "Kind", source: str, recorded: str | None = None) -> Entry:
    """Return the entry of *kind*, learned from the file *source*; *recorded* names a file of its repairs to be their law."""
    members = _members(topology, kind.name)
    stages = [stage for each in members for stage in each.recover]
    fails = recover = None
    if kind.life is not None:
        fails = _marked(written(kind.life.law), f"{_times(kind.failures, 'failure')} in {source}; {summary(kind.life)}")
    if kind.repair is not None:
        law = written(kind.repair.law) if recorded is None else {"empirical": recorded}
        told = summary(kind.repair) if recorded is None else "as recorded"
        value = _marked(law, f"{_times(len(kind.repairs_seconds), 'repair')} in {source}; {told}")
        present = {(stage.kind, stage.reason) for stage in stages}
        one_each = len(present) == 1 and len(stages) == len(members) and stages[0].kind is not StageKind.PART
        stage, reason = present.pop() if one_each else (StageKind.WAIT, "")
        recover = [{stage.value: value, **({"for": reason} if reason else {})}]
    hands = {name for stage in stages for name in (stage.part, stage.crew) if name}
    return Entry(fails, recover, tuple(sorted(hands)), recorded is not None)


def laid_over(entries: Mapping[str, Entry]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the patch of a topology that the *entries* of kinds make."""
    patch: dict[str, dict[str, dict[str, Any]]] = {}
    for kind, each in entries.items():
        section, _, name = kind.partition(".")
        learned = (("fails", each.fails), ("recover", each.recover))
        if given := {key: value for key, value in learned if value is not None}:
            patch.setdefault(section, {})[name] = given
    return patch


def parts_that_fail(topology: Topology, kind: str) -> list[str]:
    """Return the parts in the hosts of *kind* that have a life of their own: the same incidents may be in both laws."""
    fitted = {part for each in _members(topology, kind) if isinstance(each, Host) for part in each.parts}
    return sorted(part for part in fitted if topology.parts[part].life is not None)


def hosts_of_their_own(built: Topology, entries: Mapping[str, Entry], folder: Path) -> list[str]:
    """Return the hosts of *built*, a topology in *folder*, whose own entries go before what their role has learned."""
    found = []
    for role in {host.role for host in built.hosts.values()}:
        learned = entries.get(f"roles.{role}")
        if learned is None:
            continue
        fails = [] if learned.fails is None else [parse_law(learned.fails["value"])]
        recover = [] if learned.recover is None else [parse_law(next(iter(learned.recover[0].values()))["value"], folder)]
        for host in _members(built, f"roles.{role}"):
            if (fails and [host.fails] != fails) or (recover and [stage.law for stage in host.recover] != recover):
                found.append(host.name)
    return sorted(found)


def recorded_name(stem: str, kind: str) -> str:
    """Return what the file of recorded repairs of *kind* is called, beside a topology called *stem*."""
    return f"{stem}-{re.sub(r'[^A-Za-z0-9_-]', '-', kind)}-repairs.csv"


def summary(learned: "Learned") -> str:
    """Say in a few words which law it is: `Weibull, shape 2.1 (1.3 to 3.4): wears out`."""
    name = type(learned.law).__name__.replace("Fixed", "always the same")
    if name != "Weibull":
        name = name.lower()
    shape = learned.estimates.get("shape")
    numbers = "" if shape is None else f", shape {shape.value:.2g} ({shape_interval(shape)})"
    return f"{name}{numbers}: {learned.meaning}"


def shape_interval(shape: "Estimate") -> str:
    """Write the interval of a shape."""
    low = f"{shape.low:.2g}" if shape.low > 0 else "any less"
    return f"{low} to {shape.high:.2g}" if shape.high < inf else f"{low} or more"


def written(law: Law) -> Any:
    """Return *law* as people write it, to three digits."""
    match law:
        case Fixed(seconds):
            return rounded(seconds)
        case Exponential(mean):
            return {"exponential": {"mean": rounded(mean)}}
        case Weibull(_, shape):
            return {"weibull": {"mean": rounded(mean_seconds(law)), "shape": float(f"{shape:.3g}")}}
        case Lognormal():
            return {"lognormal": {"median": rounded(quantile(law, 0.5)), "p95": rounded(quantile(law, 0.95))}}
        case _:
            raise ValueError("recorded durations are written in a file of their own")


def rounded(seconds: float, beside: float | None = None) -> str:
    """Write a duration to three digits, in the largest unit that it, or what it stands *beside*, is more than two of."""
    if seconds == inf:
        return "any length"
    scale = seconds if beside is None else beside
    unit, size = next((each for each in UNITS if scale > 2 * each[1]), ("s", 1.0))
    text = f"{float(f'{min(seconds, DURATION_MAX_SECONDS) / size:.3g}'):f}"
    return text.rstrip("0").rstrip(".") + unit


def _members(topology: Topology, kind: str) -> Sequence[Any]:
    section, _, name = kind.partition(".")
    if section == "roles":
        return [host for host in topology.hosts.values() if host.role == name]
    return [{"hosts": topology.hosts, "components": topology.components, "sites": topology.sites}[section][name]]


def _marked(value: Any, why: str) -> dict[str, Any]:
    return {"value": value, "mark": "derived", "why": why}


def _times(number: int, what: str) -> str:
    return f"{number:,} {what if number == 1 else what + 's'}"
