"""A simulation as plain data: what `simulate --output json` prints. Times are seconds, and the same seed gives the same bytes."""

import math
from typing import Any

from simulator.plant.columns import CLUSTER, EVENTS, POOL, SERVICE, Column
from simulator.plant.columns import WORKLOAD as WORKLOAD_MEASURES
from simulator.plant.plant import Plan
from simulator.plant.switchover import FaultClass
from simulator.runs.histogram import RELATIVE_ERROR
from simulator.runs.summary import DIFFERENT_MIN, Summary, runs_for, too_few
from topology.laws import quantile

FORMAT = 1
STEPS = 1_000
"""At so many quantiles it is seen how often a standby takes over."""
QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
CURVE_POINTS_MAX = 40


def simulation_document(summary: Summary, plan: Plan, seed: int, wanted: int) -> dict[str, Any]:
    """Return a simulation as the command prints it; *wanted* is how many runs were asked for."""
    topology = plan.topology
    return {
        "format": FORMAT,
        "topology": topology.name,
        "runs": summary.runs,
        "wanted": wanted,
        "seed": seed,
        "start": plan.start,
        "horizon_seconds": plan.horizon_seconds,
        "warm_up_seconds": 0.0,
        "initial_age": "stationary",
        "quantiles_relative_error": RELATIVE_ERROR,
        "services": {name: _measures(summary, "services", name, SERVICE) for name in topology.services},
        "workloads": {name: _measures(summary, "workloads", name, WORKLOAD_MEASURES) for name in topology.workloads},
        "pools": _pools(summary),
        "clusters": {name: _cluster(summary, plan, name) for name in topology.clusters},
        "events": {"mean": summary.mean(EVENTS)},
        "cautions": cautions(summary),
    }


def _measures(summary: Summary, kind: str, name: str, measures: tuple[str, ...]) -> dict[str, Any]:
    return {measure: _measure(summary, Column(kind, name, measure)) for measure in measures}


def _measure(summary: Summary, column: Column) -> dict[str, Any]:
    mean, half_width = summary.mean(column), summary.half_width(column)
    found: dict[str, Any] = {"mean": mean, "ci95": [mean - half_width, mean + half_width]}
    if column.measure in ("downtime_seconds", "longest_outage_seconds", "stale_seconds", "lost", "manual", "backlog_peak"):
        found |= {name: summary.quantile(column, share) for name, share in QUANTILES.items()}
        found["max"] = summary.largest(column)
    if column.measure in ("downtime_seconds", "longest_outage_seconds"):
        found["exceedance"] = [{"above": value, "share": share} for value, share in thinned(summary.exceedance(column))]
    return found


def _pools(summary: Summary) -> dict[str, Any]:
    names = dict.fromkeys(column.name for column in summary.columns if column.kind == "pools")
    found = {}
    for name in names:
        measures = _measures(summary, "pools", name, POOL)
        demands = summary.mean(Column("pools", name, "demands"))
        out = summary.mean(Column("pools", name, "stock_outs"))
        found[name] = {**measures, "fill_rate": 1 - out / demands if demands else None}
    return found


def _cluster(summary: Summary, plan: Plan, name: str) -> dict[str, Any]:
    switchover = plan.switchovers[name]
    laws = {}
    for kind, law in zip(FaultClass, switchover.takeover, strict=True):
        middle = quantile(law, 0.5)
        laws[kind.name.lower()] = {
            "share_taken_over": sum(quantile(law, (at + 0.5) / STEPS) < math.inf for at in range(STEPS)) / STEPS,
            "p50_seconds": middle if middle < math.inf else None,
        }
    return {**_measures(summary, "clusters", name, CLUSTER), "switchover": laws}


def thinned(curve: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return at most CURVE_POINTS_MAX points of a curve, its ends among them."""
    if len(curve) <= CURVE_POINTS_MAX:
        return curve
    last = len(curve) - 1
    return [curve[round(at * last / (CURVE_POINTS_MAX - 1))] for at in range(CURVE_POINTS_MAX)]


def cautions(summary: Summary) -> list[str]:
    """Say what these runs are too few for."""
    said = []
    for name, share in QUANTILES.items():
        if too_few(summary.runs, share):
            few = f"{summary.runs:,} runs are too few to speak of {name}: fewer than ten lie beyond it"
            said.append(f"{few}; take {runs_for(share):,} or more")
    for column in summary.columns:
        if column.measure == "downtime_seconds" and 0 < (down := summary.occurred(column)) < DIFFERENT_MIN:
            said.append(f"{column.name} was down in {down} of {summary.runs:,} runs: its mean and interval rest on these alone")
    return said
