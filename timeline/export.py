"""Results as plain data: the JSON contract of the commands, and dotted paths into it.

Times are seconds with the unit in the name, what was not reached is null, and the same result gives the same bytes.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from timeline.judging import failovers
from timeline.measures import STAGES, ServiceMeasures, measure_service
from timeline.record import Timeline
from timeline.results import FailoverResult, ReplayResult, ResponseResult, WorkloadResult
from topology.model import Objectives

FORMAT = 1


def replay_document(result: ReplayResult) -> dict[str, Any]:
    """Return a replay as the command prints it."""
    return {
        "format": FORMAT,
        "scenario": result.scenario,
        "topology": result.topology.name,
        "seed": result.seed,
        "start": result.start,
        "horizon_seconds": result.horizon_seconds,
        "main_service": result.main_service,
        "hit": list(result.hit),
        "notes": list(result.notes),
        "stranded": list(result.stranded),
        "responses": [response_document(response) for response in result.responses],
        "expectations": [
            {
                "response": each.response,
                "measure": each.measure,
                "expected": each.expected,
                "actual": each.actual,
                "within": each.within,
                "met": each.met,
                "calibrated": each.calibrated,
                "source": each.source,
            }
            for each in result.expectations
        ],
    }


def response_document(response: ResponseResult) -> dict[str, Any]:
    """Return one response as the command prints it."""
    return {
        "name": response.name,
        "title": response.title,
        "must_meet": response.must_meet,
        "services": {
            name: {
                "downtime_seconds": measures.downtime_seconds,
                "stale_seconds": measures.stale_seconds,
                "backlogged_seconds": measures.backlogged_seconds,
                "outages": measures.outages,
                "longest_outage_seconds": measures.longest_outage_seconds,
                "availability": measures.availability,
                "restored_at_seconds": measures.restored_at_seconds,
                "stages_seconds": dict(measures.stages_seconds),
                "objectives": {
                    objective: _objective(objective, each.limit, each.actual, each.met)
                    for objective, each in response.objectives.get(name, {}).items()
                },
            }
            for name, measures in response.services.items()
        },
        "workloads": {
            name: {
                "arrived": each.arrived,
                "served": each.served,
                "stale": each.stale,
                "lost": each.lost,
                "manual": each.manual,
                "waiting": each.waiting,
                "entered": each.entered,
                "backlog_peak": each.backlog_peak,
                "backlog_cleared_at_seconds": each.backlog_cleared_at_seconds,
            }
            for name, each in response.workloads.items()
        },
        "failover": [_failover(each) for each in response.failover],
        "cost": {
            "currency": response.cost.currency,
            "outage": response.cost.outage,
            "option": response.cost.option,
            "total": response.cost.total,
        }
        if response.cost
        else None,
        "bought": list(response.bought),
        **({"violations": list(response.violations)} if response.violations else {}),
    }


def _objective(name: str, limit: float, actual: float | None, met: bool) -> dict[str, Any]:
    if name == "availability":
        return {"limit": limit, "actual": actual, "met": met}
    return {"limit_seconds": limit, "actual_seconds": actual, "met": met}


def timeline_document(timeline: Timeline) -> dict[str, Any]:
    """Return what a timeline alone tells of its response, under the same keys: it knows no objectives, work or costs."""
    return {
        "services": {name: asdict(measure_service(timeline, name, Objectives())) for name in timeline.services},
        "failover": [_failover(each) for each in failovers(timeline)],
    }


def _failover(each: FailoverResult) -> dict[str, Any]:
    return {
        "cluster": each.cluster,
        "decided": each.decided,
        "candidate": each.candidate,
        "lost_seconds": each.lost_seconds,
        "refused": [{"host": host, "reason": reason} for host, reason in each.refused],
    }


def service_measures(objectives: Objectives) -> list[str]:
    """Return the dotted names of all numbers that a result holds of a service with these *objectives*."""
    found = [each.name for each in fields(ServiceMeasures) if each.name != "stages_seconds"]
    found += [f"stages_seconds.{stage}" for stage in STAGES]
    for name, limit, values in (
        ("rto", objectives.rto_seconds, ("limit_seconds", "actual_seconds")),
        ("rpo", objectives.rpo_seconds, ("limit_seconds", "actual_seconds")),
        ("availability", objectives.availability, ("limit", "actual")),
    ):
        found += [f"objectives.{name}.{value}" for value in values if limit is not None]
    return found


def workload_measures() -> list[str]:
    """Return the names of all numbers that a result holds of a workload."""
    return [each.name for each in fields(WorkloadResult) if each.name != "backlog"]


def measure_at(document: Mapping[str, Any], path: str) -> float | None:
    """Return the number at the dotted *path*, such as `services.case-records.downtime_seconds`; None where it is null.

    A name may hold dots itself: the longest that fits is taken. Raises KeyError that says what there is instead.
    """
    found: Any = document
    steps = path.split(".")
    while steps:
        if not isinstance(found, Mapping):
            raise KeyError(f"nothing lies below a number ('{steps[0]}')")
        for length in range(len(steps), 0, -1):
            key = ".".join(steps[:length])
            if key in found:
                found, steps = found[key], steps[length:]
                break
        else:
            raise KeyError(f"there is no '{steps[0]}' among {', '.join(map(str, found))}")
    if found is not None and (isinstance(found, bool) or not isinstance(found, (int, float))):
        raise KeyError("it is not a number")
    return found


def measures(document: Any, path: str = "") -> dict[str, float | bool | str | None]:
    """Return every single value below *document* by its dotted path; the items of a list go by their name or number.

    Raises ValueError for a number that is none (infinite, or not a number).
    """
    if isinstance(document, Mapping):
        items: list[tuple[str, Any]] = [(str(key), value) for key, value in document.items()]
    elif isinstance(document, list):
        items = [(_item_name(each, number), each) for number, each in enumerate(document)]
    elif isinstance(document, float) and not math.isfinite(document):
        raise ValueError(f"{path} is {document}")
    else:
        return {path: document}
    found: dict[str, float | bool | str | None] = {}
    for key, value in items:
        found.update(measures(value, f"{path}.{key}" if path else key))
    return found


def _item_name(item: Any, number: int) -> str:
    if isinstance(item, Mapping):
        for key in ("name", "cluster", "host"):
            if isinstance(item.get(key), str):
                return str(item[key])
    return str(number)
