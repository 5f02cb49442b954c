"""What a recovery would come to, and how long what is left of one will take: plans with their times, as data.

How long a command takes is known best from the journal; else from the topology; else it is assumed.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from failover.core.cluster import ClusterState, Goal
from failover.core.commands import CommandKind
from failover.core.forecast import Span, forecast
from failover.core.planner import Plan, PlannedStep, plan
from failover.core.settings import ClusterSettings, Settings
from failover.core.steps import SETTLED, Status
from failover.live.history import Run
from failover.live.imagining import Imagined
from topology.laws import Empirical, Fixed, Law, Lognormal
from topology.model import Promotion
from topology.quantities import show_duration
from topology.timing import Timed

ENOUGH = 5
"""So many recorded durations of a kind say more than what anybody wrote down."""
ASSUMED_SECONDS = {
    CommandKind.START: 3.0,
    CommandKind.FENCE: 2.0,
    CommandKind.WITHDRAW_ROUTE: 0.4,
    CommandKind.CUT_REPLICATION: 0.3,
    CommandKind.READ_POSITIONS: 0.2,
    CommandKind.SET_SYNCHRONOUS: 0.3,
    CommandKind.REPOINT: 1.0,
    CommandKind.REROUTE: 0.4,
    CommandKind.VERIFY: 0.2,
    CommandKind.DEMOTE: 2.0,
}
"""How long commands of a plan usually take, as a replay assumes it too."""
ASSUMED_SPREAD = 2.0
"""One in twenty takes so many times as long."""
Recorded = Mapping[str, tuple[float, ...]]
"""How many seconds commands took, by kind, ascending."""
_LOOK = " (look)"
"""How a plan names the look after an act."""


class Timing(NamedTuple):
    """The law of how long a step takes, and where it is from: recorded, topology, assumed; or person, who has no law."""

    law: Law
    source: str


def timing_of(recorded: Recorded, settings: Settings, cluster: str) -> Callable[[PlannedStep], Timing]:
    """Return what says how long each step of a plan for *cluster* takes."""

    def timing(step: PlannedStep) -> Timing:
        measured = recorded.get(step.command.value, ())
        if step.command is CommandKind.ASK:
            return Timing(Fixed(0.0), "person")
        if len(measured) >= ENOUGH:
            return Timing(Empirical(measured), "recorded")
        if step.command is CommandKind.PROMOTE:
            takes = settings.clusters[cluster].cluster.promotion.takes
            return Timing(takes, "assumed" if takes == Promotion().takes else "topology")
        known = settings.topology.durations.get(Timed(step.command.value))
        if known is not None:
            return Timing(known, "topology")
        usual = ASSUMED_SECONDS[step.command]
        return Timing(Lognormal.from_median(usual, ASSUMED_SPREAD * usual), "assumed")

    return timing


def plan_document(knowing: Imagined, recorded: Recorded, cluster: str, goal: Goal, wanted: str | None) -> dict[str, Any]:
    """Return what a failover or a switchover of *cluster* would be as things stand, to *wanted* if that is given."""
    state = knowing.state
    planned = plan(state, cluster, goal, wanted)
    settings = state.settings.clusters[cluster]
    refused = [{"host": host, "reason": reason} for host, reason in planned.refused]
    if goal is Goal.FAILOVER and wanted is None:
        refused = [each for each in refused if each["host"] != planned.candidate]
    found: dict[str, Any] = {
        "format": 1,
        "cluster": cluster,
        "goal": goal.value,
        "primary": planned.primary,
        "candidate": planned.candidate,
        "halt": planned.halt.value if planned.halt else None,
        "refused": refused,
        "services": list(planned.services),
        "steps": [],
        "predicted_seconds": None,
        "persons": [each.asked for each in planned.steps if each.asked],
        "may_lose": may_lose(settings, planned, knowing.assumes),
        "may_lose_seconds": planned.lost_seconds if planned.candidate and not knowing.assumes else None,
        "assumes_that_commits_waited_for": list(knowing.assumes),
    }
    if not planned.steps:
        return found
    timing = timing_of(recorded, state.settings, cluster)
    times = forecast(planned, lambda step: timing(step).law)
    steps = []
    for step in planned.steps:
        source = timing(step).source
        predicted = None if source == "person" else _span(times.steps[step.id])
        said = {"id": step.id, "command": step.command.value, "target": step.target, "after": list(step.after)}
        steps.append({**said, "asked": step.asked, "predicted_seconds": predicted, "known_from": source})
    return {**found, "steps": steps, "predicted_seconds": _span(times.total)}


def predicted_seconds(planned: Plan, recorded: Recorded, settings: Settings) -> dict[str, float]:
    """Return how long the whole of *planned*, which has steps, takes."""
    timing = timing_of(recorded, settings, planned.cluster)
    return _span(forecast(planned, lambda step: timing(step).law).total)


def may_lose(settings: ClusterSettings, planned: Plan, assumes: Sequence[str] = ()) -> str:
    """Say what of the acknowledged writes may be lost; nobody can where it is only assumed for whom commits waited."""
    if planned.candidate is None:
        return "nothing: nobody would be promoted"
    if planned.goal is Goal.FAILOVER and assumes:
        return "unknown: nobody has said for whom commits waited"
    if planned.goal is Goal.SWITCHOVER or planned.lost_seconds == 0.0:
        return "nothing that was acknowledged"
    if planned.lost_seconds is not None:
        return f"the last {show_duration(planned.lost_seconds)} of writes"
    rpo = settings.policy.rpo_seconds
    limit = "" if rpo is None else f"; more than {show_duration(rpo)} (the RPO) is not lost without your order"
    return f"whatever had not been replicated when the primary was lost, and nobody can say how much that is{limit}"


def progress_document(run: Run, c: ClusterState, settings: Settings, recorded: Recorded) -> dict[str, Any]:
    """Return how far *run* is, what is being done now, and how long the rest will take, as far as that was planned."""
    now = [_at(each.step.key, each.step.target) for each in c.steps.values() if each.status not in SETTLED | {Status.TODO}]
    found: dict[str, Any] = {
        "run": run.id,
        "goal": run.goal.value,
        "because": run.because,
        "state": c.state.value,
        "now": now,
        "step": None,
        "steps": None,
        "left_seconds": None,
    }
    stages = [] if run.plan is None else list(dict.fromkeys(_stage(step) for step in run.plan.steps))
    if run.plan is None or c.state.value not in stages:
        return found
    here = stages.index(c.state.value)
    left = tuple(step for step in run.plan.steps if stages.index(_stage(step)) >= here and not _is_over(step, c, here, stages))
    steps, done = len(run.plan.steps), len(run.plan.steps) - len(left)
    if not left:
        return {**found, "step": steps, "steps": steps, "left_seconds": _span(Span(0.0, 0.0))}
    ids = {step.id for step in left}
    rest = run.plan._replace(steps=tuple(step._replace(after=tuple(each for each in step.after if each in ids)) for step in left))
    timing = timing_of(recorded, settings, run.cluster)
    times = forecast(rest, lambda step: timing(step).law, samples=200)
    return {**found, "step": done + 1, "steps": steps, "left_seconds": _span(times.total)}


def _is_over(step: PlannedStep, c: ClusterState, here: int, stages: list[str]) -> bool:
    """Say whether a *step* of the stage where *c* is has been done by now."""
    if stages.index(_stage(step)) != here:
        return False
    key = step.id.partition(": ")[2]
    progress = c.steps.get(key.removesuffix(_LOOK))
    if progress is None:
        return False
    acted = progress.status in (Status.LOOKING, Status.RESTING) and progress.tries > 0  # it may look before it acts
    return progress.status in SETTLED or (acted and not key.endswith(_LOOK))


def _stage(step: PlannedStep) -> str:
    return step.id.partition(":")[0]


def _at(key: str, target: str) -> str:
    """Name a step, and where it is done."""
    return key if target in key else f"{key} {target}"


def _span(span: Span) -> dict[str, float]:
    return {"p50": round(span.p50, 3), "p95": round(span.p95, 3)}
