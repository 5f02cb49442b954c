"""A simulation as tables for people."""

from typing import TYPE_CHECKING, Any

from rich.text import Text

from console.tables import new_console, print_rows
from topology.quantities import YEAR, show_duration

if TYPE_CHECKING:
    from simulator.plant.plant import Plan
    from simulator.runs.summary import Summary


def print_simulation(plan: "Plan", summary: "Summary", document: dict[str, Any]) -> None:
    """Print what a simulation came to."""
    console = new_console()
    cut = "" if summary.runs == document["wanted"] else f" of {document['wanted']:,}"
    console.print(
        Text(
            f"{plan.topology.name}: {summary.runs:,} runs{cut} of {show_duration(plan.horizon_seconds)}, seed {document['seed']}; "
            f"{document['events']['mean']:,.1f} events a run ({document['engine']} engine)"
        )
    )
    console.print(Text("Everything has been running for ever when a run begins; nothing is cut off as warm-up. Means with 95 %."))
    print_rows(console, SERVICE_HEADINGS, [_service(name, found, plan) for name, found in document["services"].items()])
    print_rows(console, WORK_HEADINGS, [_work(name, found, plan) for name, found in document["workloads"].items()])
    print_rows(console, POOL_HEADINGS, [_pool(name, found, plan) for name, found in document["pools"].items()])
    print_rows(console, CLUSTER_HEADINGS, [_cluster(name, found) for name, found in document["clusters"].items()])
    for caution in document["cautions"]:
        console.print(Text(f"! {caution}", style="yellow"))
    if "timing" in document:
        timing = document["timing"]
        console.print(Text(f"{timing['elapsed_seconds']:.2f} s, {timing['events_per_second']:,.0f} events a second"))


SERVICE_HEADINGS = ("service", "availability", "down a year", "p95 a run", "p99", "outages a year", "longest, p95", "worst")


def _service(name: str, found: dict[str, Any], plan: "Plan") -> tuple[str, ...]:
    years = plan.horizon_seconds / YEAR
    down, longest = found["downtime_seconds"], found["longest_outage_seconds"]
    low, high = (max(0.0, each) / years for each in down["ci95"])
    return (
        name,
        f"{found['availability']['mean']:.5%}",
        f"{_time(down['mean'] / years)} ({_time(low)} – {_time(high)})",
        _time(down["p95"]),
        _time(down["p99"]),
        f"{found['outages']['mean'] / years:.3g}",
        _time(longest["p95"]),
        _time(longest["max"]),
    )


WORK_HEADINGS = ("work", "a year", "stale", "lost", "by hand", "largest backlog, p95")


def _work(name: str, found: dict[str, Any], plan: "Plan") -> tuple[str, ...]:
    years = plan.horizon_seconds / YEAR
    yearly = (f"{found[measure]['mean'] / years:,.0f}" for measure in ("arrived", "stale", "lost", "manual"))
    return (name, *yearly, f"{found['backlog_peak']['p95']:,.0f}")


POOL_HEADINGS = ("parts", "wanted a year", "not there", "fill rate")


def _pool(name: str, found: dict[str, Any], plan: "Plan") -> tuple[str, ...]:
    years = plan.horizon_seconds / YEAR
    rate = found["fill_rate"]
    out = found["stock_outs"]["mean"] / years
    return name, f"{found['demands']['mean'] / years:.3g}", f"{out:.3g}", "–" if rate is None else f"{rate:.1%}"


CLUSTER_HEADINGS = ("cluster", "takeovers in a run", "its host is lost", "and cannot be fenced", "with what it hangs on")


def _cluster(name: str, found: dict[str, Any]) -> tuple[str, ...]:
    kinds = (found["switchover"][kind] for kind in ("host_fenced", "host_unfenced", "shared_fenced"))
    return name, f"{found['takeovers']['mean']:.3g}", *map(_law, kinds)


def _law(kind: dict[str, Any]) -> str:
    if kind["p50_seconds"] is None:
        return "nobody takes over"
    usual = f"{_time(kind['p50_seconds'])} (median)"
    return usual if kind["share_taken_over"] == 1 else f"{usual}, {kind['share_taken_over']:.0%} of the time"


def _time(seconds: float) -> str:
    return show_duration(seconds) if seconds else "0"
