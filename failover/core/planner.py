"""A recovery as a plan, before anybody begins it: who, why not the others, what is done, what side by side, what hangs on it.

The steps are those that the controller takes in each state, put one stage after the other as if everything worked.
"""

from collections.abc import Iterator
from typing import NamedTuple

from failover.core.choosing import Choice, choose
from failover.core.cluster import ClusterState, Controller, Goal, Position
from failover.core.commands import CommandKind
from failover.core.settings import ClusterSettings
from failover.core.stages import ask_to_switch_off, reachable, steps_of
from failover.core.states import HaltReason, State
from failover.core.steps import Step


class PlannedStep(NamedTuple):
    """One command and its place: it begins when all of *after* are done. What a person does has a text in *asked*."""

    id: str
    command: CommandKind
    target: str
    after: tuple[str, ...]
    asked: str = ""


class Plan(NamedTuple):
    """What would be done. Without a candidate there are no steps, and *halt* says why."""

    cluster: str
    goal: Goal
    primary: str
    candidate: str | None
    refused: tuple[tuple[str, str], ...]
    halt: HaltReason | None
    steps: tuple[PlannedStep, ...]
    services: tuple[str, ...]
    """What hangs on the cluster, in the order of the topology."""
    lost_seconds: float | None
    """What the candidate may lack; None where nobody can say."""


def plan(controller: Controller, name: str, goal: Goal = Goal.FAILOVER, wanted: str | None = None) -> Plan:
    """Plan the failover or the switchover of the cluster called *name* as things stand, to *wanted* if that is given."""
    settings = controller.settings.clusters[name]
    c = controller.clusters[name].copy()
    c.goal, c.wanted, c.suspects, c.levels_tried, c.tried = goal, wanted, (c.primary,), {}, frozenset()
    told = {} if c.state in _NOT_BEGUN else c.positions  # all members are asked anew when it begins
    c.positions = {host: told.get(host, _assumed(c)) for host in reachable(settings, c) if host != c.primary}
    choice = choose(controller.settings, settings, c, controller.wall_seconds)
    c.candidate = choice.candidate
    return Plan(
        cluster=name,
        goal=goal,
        primary=c.primary,
        candidate=choice.candidate,
        refused=choice.refused,
        halt=choice.halt,
        steps=tuple(_steps(settings, c, choice)),
        services=_services(controller, name),
        lost_seconds=choice.lost_seconds,
    )


_NOT_BEGUN = (State.WATCHING, State.SUSPECT, State.WAITING)


def _assumed(c: ClusterState) -> Position:
    return Position("standby", c.timeline or 0, 0.0, None, replay_paused=False)


_STAGES = {
    Goal.FAILOVER: (State.PREFLIGHT, State.FENCING, State.CUTTING, State.PROMOTING, State.REROUTING, State.VERIFYING),
    Goal.SWITCHOVER: (State.PREFLIGHT, State.DEMOTING, State.CUTTING, State.PROMOTING, State.REROUTING, State.VERIFYING),
}


def _steps(settings: ClusterSettings, c: ClusterState, choice: Choice) -> Iterator[PlannedStep]:
    if choice.candidate is None:
        return
    before: tuple[str, ...] = ()
    for stage in _STAGES[c.goal or Goal.FAILOVER]:
        c.state = stage
        steps = steps_of(settings, c)
        planned = [each for step in steps for each in _act_and_look(stage, step, before)]
        if stage is State.FENCING and not settings.levels:
            asked = ask_to_switch_off(c.primary)["what"]
            planned.append(PlannedStep(f"{stage.value}: ask", CommandKind.ASK, c.primary, before, asked))
        if stage is State.FENCING:
            c.off |= {c.primary}
        if stage is State.PROMOTING:
            c.primary, c.verified = choice.candidate, True
        yield from planned
        before = _last(planned) or before


def _last(planned: list[PlannedStep]) -> tuple[str, ...]:
    """Return the steps that no other waits for."""
    return tuple(each.id for each in planned if not any(each.id in other.after for other in planned))


def _act_and_look(stage: State, step: Step, before: tuple[str, ...]) -> list[PlannedStep]:
    """Return the act of *step*, if it has one, and the look after it."""
    key = f"{stage.value}: {step.key}"
    after = tuple(f"{stage.value}: {each} (look)" for each in step.after) or before
    look = CommandKind.READ_POSITIONS if step.question is None else CommandKind.VERIFY
    if step.kind is None:
        return [PlannedStep(f"{key} (look)", look, step.target, after)]
    return [PlannedStep(key, step.kind, step.target, after), PlannedStep(f"{key} (look)", look, step.target, (key,))]


def _services(controller: Controller, name: str) -> tuple[str, ...]:
    """Return the services that are down or read from one that is while the cluster has no primary."""
    topology = controller.settings.topology
    holds = controller.settings.domains.without([name])
    hit = [service for service in topology.services if not holds(service)]
    for reader in hit:
        hit += [each.name for each in topology.services.values() if reader in each.reads and each.name not in hit]
    return tuple(service for service in topology.services if service in hit)
