"""What `topology show` prints for people: what exists, on one screen."""

from rich.text import Text

from console.tables import counted, new_console, print_rows, titled
from console.topology_data import SECTIONS, mark_counts, placed_at
from topology.model import Cluster, Service, Topology
from topology.quantities import show_duration
from topology.wording import gate_text, listed
from topology.work import Flow


def print_topology(topology: Topology) -> None:
    """Print what exists, on one screen."""
    console = new_console()
    console.print(Text(f"{topology.name}: {topology.title}", style="bold"))
    console.print(Text(", ".join(counted(len(getattr(topology, section)), section) for section in SECTIONS)))
    marks = mark_counts(topology)
    if topology.facts:
        console.print(Text("numbers marked: " + ", ".join(f"{count:,} {mark}" for mark, count in marks.items())))
    print_rows(console, ("site", "hosts", "components"), _site_rows(topology))
    print_rows(console, ("cluster", "primary", "standbys", "policy"), [_cluster_row(each) for each in topology.clusters.values()])
    print_rows(
        console, ("service", "needs", "reads", "objectives", "cost"), [_service_row(each) for each in topology.services.values()]
    )
    print_rows(
        console,
        ("workload", "of service", "arrivals", "when down"),
        [
            (each.name, each.service, "; ".join(_flow(flow, each.unit) for flow in each.arrivals), each.when_down.value)
            for each in topology.workloads.values()
        ],
    )


def _site_rows(topology: Topology) -> list[tuple[str, ...]]:
    placed = placed_at(topology)
    elsewhere = placed.pop(None)
    places = [titled(site.name, site.title) for site in topology.sites.values()]
    rows = list(zip(places, placed.values(), strict=True))
    if any(elsewhere.values()):
        rows.append(("(no site)", elsewhere))
    return [(place, listed(names["hosts"]), listed(names["components"])) for place, names in rows]


def _cluster_row(cluster: Cluster) -> tuple[str, ...]:
    policy = cluster.policy
    rpo = "" if policy.rpo_seconds is None else f", RPO {show_duration(policy.rpo_seconds)}"
    words = f"{policy.mode.value}, detects in {show_duration(policy.detection_window_seconds)}{rpo}"
    standbys = [member for member in cluster.members if member != cluster.primary]
    return (
        titled(cluster.name, cluster.title),
        cluster.primary,
        f"{listed(standbys)} ({cluster.replication.mode.value})" if standbys else "–",
        words,
    )


def _service_row(service: Service) -> tuple[str, ...]:
    goals = service.objectives
    promises = [
        *([f"RTO {show_duration(goals.rto_seconds)}"] if goals.rto_seconds is not None else []),
        *([f"RPO {show_duration(goals.rpo_seconds)}"] if goals.rpo_seconds is not None else []),
        *([f"{100 * goals.availability:.6g}%"] if goals.availability is not None else []),
    ]
    stale = f" (stale after {show_duration(service.fallback.after_seconds)})" if service.fallback else ""
    cost = service.cost_per_hour
    return (
        titled(service.name, service.title),
        gate_text(service.needs) if service.needs else "–",
        listed(service.reads) + stale,
        ", ".join(promises) or "–",
        f"{cost.amount:,.0f} {cost.currency}/h" if cost else "–",
    )


def _flow(flow: Flow, unit: str) -> str:
    return f"{flow.amount_per_day:,.6g} {unit or 'items'} a day" + (f" ({flow.calendar.name})" if flow.calendar else "")
