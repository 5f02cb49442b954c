"""What a drill came to, as plain data: what was predicted and what was measured, under the same names."""

from dataclasses import asdict
from typing import Any

from lab.drills.drill import Drilled
from lab.load.record import Asked, Outage, Result
from timeline.export import FORMAT, response_document
from timeline.judging import failovers, judge_objectives
from timeline.measures import measure_service
from timeline.results import ResponseResult
from topology.model import Topology


def document(drilled: Drilled, predicted: ResponseResult) -> dict[str, Any]:
    """Return both. Times are seconds; what was not reached, or nobody could tell, is null."""
    load = drilled.load
    return {
        "format": FORMAT,
        "scenario": drilled.scenario,
        "response": drilled.response,
        "settled": drilled.settled,
        "primary": dict(drilled.primary),
        "folder": str(drilled.folder),
        "predicted": {key: value for key, value in response_document(predicted).items() if key in ("services", "failover")},
        "measured": {
            "services": _services(drilled, predicted.topology),
            "failover": [asdict(each) for each in failovers(drilled.timeline)],
            "writes": {
                "attempted": load.writes.attempted,
                "acknowledged": load.writes.acknowledged,
                "failed": load.writes.failed,
                "unknown": load.writes.unknown,
                "lost": load.writes.lost,
                "unknown_committed": load.writes.unknown_committed,
                "longest_outage_seconds": _seconds(load.writes.longest_outage),
            },
            "lookups": _asked(load.lookups),
            "calls": _asked(load.calls),
            "two_writers": two_writers(load),
            "pressure": {name: {"mean": share.mean, "most": share.most} for name, share in load.pressure.items()},
        },
    }


def two_writers(load: Result) -> int:
    """Count what no failover may ever do: timelines on which two hosts took writes, and writes on a timeline that was over."""
    return len(load.accepts.shared) + load.accepts.outdated


def _services(drilled: Drilled, topology: Topology) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in drilled.timeline.services:
        service = topology.services[name]
        measures = asdict(measure_service(drilled.timeline, name, service.objectives))
        judged = judge_objectives(drilled.timeline, topology, service)
        objectives = {goal: {"limit": each.limit, "actual": each.actual, "met": each.met} for goal, each in judged.items()}
        found[name] = {**measures, "objectives": objectives}
    return found


def _asked(asked: Asked) -> dict[str, Any]:
    return {
        "attempted": asked.attempted,
        "fresh": asked.fresh,
        "stale": asked.stale,
        "failed": asked.failed,
        "longest_outage_seconds": _seconds(asked.longest_outage),
        "longest_without_fresh_seconds": _seconds(asked.longest_without_fresh),
    }


def _seconds(outage: Outage | None) -> float | None:
    return None if outage is None else outage.seconds
