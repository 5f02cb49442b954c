"""A schedule that breaks an invariant, written down: as small as it can be made, as a scenario that anybody can play."""

import math
import shlex
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from failover.core.events import OrderKind
from scenarios.model import Fault, FaultKind, Order, Scenario
from scenarios.writing import as_document
from simulator.fuzzing.campaign import Found
from simulator.fuzzing.playing import play
from simulator.fuzzing.schedule import Schedule
from simulator.fuzzing.shrinking import shrink
from simulator.replay import PLAIN, replay_response
from topology.textfile import write_whole

GOES_ON_SECONDS = 30.0
"""How much longer a history is written down than it takes to break something."""


class Filed(NamedTuple):
    """Where a violation was written down, and the commands that show it."""

    path: Path
    again: str
    """Plays the schedule as it was drawn."""
    replay: str
    """Plays what was written down."""


def repeat_command(found: Found, topology: str) -> str:
    """Return the one command that repeats what was *found* on the topology called so."""
    return shlex.join(
        ["continuance", "fuzz", "--seed", str(found.seed), "--first", str(found.number), "--schedules", "1", "--topology", topology]
    )


def file_violation(schedule: Schedule, found: Found, topology: str, folder: Path) -> Filed:
    """Shrink *schedule*, in which something was *found*, and write it into *folder* for the topology called so."""
    smallest = shrink(schedule, found.invariant)
    played = play(smallest)
    at_seconds = min(each.at for each in played.violations if each.invariant == found.invariant)
    scenario = _by_itself(smallest, at_seconds, played.typed)
    path = folder / f"fuzz-{found.seed}-{found.number}-{found.invariant}.yaml"
    again = repeat_command(found, topology)
    replay = shlex.join(["continuance", "replay", str(path), "--seed", str(schedule.world_seed)])
    heading = [f"{found.invariant}: {found.text}", f"Found by: {again}", f"Play it:  {replay}"]
    if _shows(_looked_on(scenario), smallest.world_seed, found.invariant):
        scenario = _looked_on(scenario)
    else:
        heading.append("Only the first command shows the violation: it takes whoever brings the clusters back in the end.")
    text = as_document(
        scenario.name,
        topology,
        scenario.incident,
        start=scenario.start,
        horizon_seconds=scenario.horizon_seconds,
        title=f"Breaks an invariant of the failover controller: {found.invariant}",
        policy=smallest.policy,
        operator=smallest.response.operator,
        heading=heading,
    )
    write_whole(path, text)
    return Filed(path, again, replay)


def _by_itself(schedule: Schedule, at_seconds: float, typed: list[tuple[float, Order]]) -> Scenario:
    """Return a scenario that needs nobody to bring the clusters back: what was typed for that is part of its incident."""
    before = [(at, order) for at, order in typed if at < at_seconds]
    orders = [Fault(at, FaultKind.ORDER, (order.cluster,), order=order, cause="to bring it back") for at, order in before]
    horizon = min(schedule.scenario.horizon_seconds, float(math.ceil(at_seconds + GOES_ON_SECONDS)))
    incident = tuple(fault for fault in (*schedule.scenario.incident, *orders) if fault.at_seconds < horizon)
    return replace(schedule.scenario, incident=incident, horizon_seconds=horizon)


def _looked_on(scenario: Scenario) -> Scenario:
    """Return *scenario* so that a replay lets checkers look on, which it spares incidents of the plant alone."""
    if any(fault.kind not in PLAIN for fault in scenario.incident):
        return scenario
    cluster = next(iter(scenario.topology.clusters))
    order = Order(OrderKind.RESUME, cluster, "nobody")
    last = Fault(scenario.horizon_seconds - 1.0, FaultKind.ORDER, (cluster,), order=order, cause="so that the checkers look on")
    return replace(scenario, incident=(*scenario.incident, last))


def _shows(scenario: Scenario, seed: int, invariant: str) -> bool:
    """Say whether a plain replay of *scenario* breaks *invariant*."""
    shown = replay_response(scenario, scenario.responses[0], seed).violations
    return any(each.startswith(f"{invariant} ") for each in shown)
