"""The JSON of the `topology` commands, as plain data. Keys are a contract: they are added to, never changed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from topology.analysis.impact import Bearing, Impact, ServiceImpact, Standby, ViewImpact
from topology.analysis.reading import Condition
from topology.analysis.weak_points import ServiceWeakPoints, SharedDomains, WeakPoints
from topology.facts import Mark
from topology.gates import View
from topology.model import Cluster, Service, Topology
from topology.wording import gate_text
from topology.work import Workload

Data = dict[str, Any]

SECTIONS = ("sites", "components", "hosts", "clusters", "services", "workloads")
VIEW_KEYS = {View.AS_IT_STANDS: "as_it_stands", View.AFTER_FAILOVER: "after_failover"}


def topology_data(topology: Topology) -> Data:
    """Return the JSON of `topology show`."""
    placed = placed_at(topology)
    return {
        "format": 1,
        "name": topology.name,
        "title": topology.title,
        "counts": {section: len(getattr(topology, section)) for section in SECTIONS},
        "marks": mark_counts(topology),
        "sites": {
            site.name: {"title": site.title, "timezone": site.timezone, **placed[site.name]} for site in topology.sites.values()
        },
        "elsewhere": placed[None],
        "clusters": {cluster.name: _cluster(cluster) for cluster in topology.clusters.values()},
        "services": {service.name: _service(service) for service in topology.services.values()},
        "workloads": {workload.name: _workload(workload) for workload in topology.workloads.values()},
    }


def placed_at(topology: Topology) -> dict[str | None, dict[str, list[str]]]:
    """Return the hosts and the components at each site, and under None those at none."""
    placed: dict[str | None, dict[str, list[str]]] = {name: {"hosts": [], "components": []} for name in (*topology.sites, None)}
    for host in topology.hosts.values():
        placed[host.site]["hosts"].append(host.name)
    for component in topology.components.values():
        placed[component.site]["components"].append(component.name)
    return placed


def mark_counts(topology: Topology) -> dict[str, int]:
    """Return how many marked numbers are reported, derived and assumed."""
    counts = Counter(fact.mark for fact in topology.facts)
    return {mark.value: counts[mark] for mark in Mark}


def _cluster(cluster: Cluster) -> Data:
    policy = cluster.policy
    return {
        "title": cluster.title,
        "primary": cluster.primary,
        "standbys": [member for member in cluster.members if member != cluster.primary],
        "replication": cluster.replication.mode.value,
        "policy": {
            "mode": policy.mode.value,
            "detection_window_seconds": policy.detection_window_seconds,
            "rpo_seconds": policy.rpo_seconds,
        },
    }


def _service(service: Service) -> Data:
    goals = service.objectives
    cost = service.cost_per_hour
    return {
        "title": service.title,
        "needs": gate_text(service.needs) if service.needs else None,
        "reads": list(service.reads),
        "stale_after_seconds": service.fallback.after_seconds if service.fallback else None,
        "objectives": {
            "rto_seconds": goals.rto_seconds,
            "rpo_seconds": goals.rpo_seconds,
            "availability": goals.availability,
            "accepts_stale": goals.accepts_stale,
        },
        "cost_per_hour": {"amount": cost.amount, "currency": cost.currency} if cost else None,
    }


def _workload(workload: Workload) -> Data:
    return {
        "title": workload.title,
        "service": workload.service,
        "unit": workload.unit,
        "when_down": workload.when_down.value,
        "arrivals": [
            {"calendar": flow.calendar.name if flow.calendar else None, "amount_per_day": flow.amount_per_day}
            for flow in workload.arrivals
        ],
    }


def impact_data(topology: Topology, impact: Impact) -> Data:
    """Return the JSON of `topology impact`."""
    return {
        "format": 1,
        "topology": topology.name,
        "failed": list(impact.failed),
        "views": {VIEW_KEYS[view.view]: _view_impact(view) for view in impact.views},
        "clusters": {
            cluster.cluster: {
                "primary": cluster.primary,
                "primary_down": cluster.primary_down,
                "standbys": {standby.host: _standby(standby) for standby in cluster.standbys},
            }
            for cluster in impact.clusters
        },
    }


def _view_impact(view: ViewImpact) -> Data:
    return {
        "down": {section: list(names) for section, names in view.down.items()},
        "services": {service.service: _service_impact(service) for service in view.services},
    }


def _service_impact(service: ServiceImpact) -> Data:
    condition = service.condition
    return {
        "state": "up" if condition is None else _state(condition.stale_after_seconds),
        "touched": service.touched,
        "stale_after_seconds": condition.stale_after_seconds if condition else None,
        "because": _because(condition),
        "bears": _bearing(service.bearing),
    }


def _state(stale_after_seconds: float | None) -> str:
    return "down" if stale_after_seconds is None else "stale"


def _because(condition: Condition | None) -> Data | None:
    return {"needs_hold": condition.needs_hold, "sources_lost": list(condition.sources_lost)} if condition else None


def _bearing(bearing: Bearing | None) -> Data | None:
    if bearing is None:
        return None
    return {"losses": bearing.losses, "exact": bearing.exact, "next_losses": list(bearing.next_losses)}


def _standby(standby: Standby) -> Data:
    return {
        "can_take_over": standby.can_take_over,
        "reason": standby.reason or None,
        "failed": list(standby.failed),
        "through": list(standby.through),
        "suspect": list(standby.suspect),
    }


def weak_points_data(topology: Topology, order: int, views: Sequence[WeakPoints]) -> Data:
    """Return the JSON of `topology weak-points`."""
    return {
        "format": 1,
        "topology": topology.name,
        "order": order,
        "views": {
            VIEW_KEYS[view.view]: {
                "services": {service.service: _weak_service(service) for service in view.services},
                "clusters": {cluster.cluster: _shared(cluster) for cluster in view.clusters},
            }
            for view in views
        },
    }


def _weak_service(service: ServiceWeakPoints) -> Data:
    return {
        "single_points": [
            {
                "name": weakness.things[0],
                "leaves": _state(weakness.stale_after_seconds),
                "stale_after_seconds": weakness.stale_after_seconds,
            }
            for weakness in service.single
        ],
        "cut_sets": [
            {
                "names": list(weakness.things),
                "leaves": _state(weakness.stale_after_seconds),
                "stale_after_seconds": weakness.stale_after_seconds,
            }
            for weakness in service.combined
        ],
        "complete_to_order": service.complete_to_order,
        "recovery_order": [list(layer) for layer in service.recovery_order],
    }


def _shared(cluster: SharedDomains) -> Mapping[str, Any]:
    return {"primary": cluster.primary, "shared_with": {host: list(names) for host, names in cluster.shared.items()}}
