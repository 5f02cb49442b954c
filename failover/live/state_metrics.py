"""How things are when somebody asks: clusters, hosts, vantage points, readiness and journal, as metrics.

It is taken down in the event loop and written out beside it: states are replaced and never altered, so what was taken down stays.
"""

import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import version
from typing import Any, NamedTuple

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from failover.core.cluster import ClusterState
from failover.core.cluster import Controller as CoreState
from failover.core.events import Health, Seen
from failover.core.states import HaltReason, State
from topology.model import Mode

SUSPICION = {Seen.PRIMARY: 0.0, Seen.STANDBY: 0.0, Seen.ANSWERS: 0.0, Seen.REFUSED: 0.5, Seen.NOTHING: 1.0}


class Facts(NamedTuple):
    """How things are."""

    state: CoreState
    sights: Mapping[str, Mapping[str, Seen]]
    """What each vantage point said last of each host."""
    vantages: Mapping[str, bool]
    """Whether each vantage point reports."""
    checks: Mapping[str, bool]
    """Whether each thing that a failover needs is ready."""
    lag_seconds: Mapping[tuple[str, str], float | None]
    """How far behind each standby is, by cluster and host; None where nobody can say."""
    notifications_queued: int
    journal_events: int
    journal_bytes: int


class StateMetrics(Collector):
    """Tells *facts* as they were when they were last taken down, and what has been *counted*."""

    def __init__(self, facts: Callable[[], Facts], counted: Collector) -> None:
        self._take = facts
        self._counted = counted
        self._facts = facts()

    def look(self) -> None:
        """Take down how things are now."""
        self._facts = self._take()

    def collect(self) -> Iterator[Metric]:
        """Yield everything."""
        facts = self._facts
        yield from _clusters(facts.state)
        yield from _hosts(facts)
        yield _gauge("notifications_queued", "Messages that have not reached a webhook.", {(): facts.notifications_queued})
        yield _gauge("journal_events", "Events in the journal.", {(): facts.journal_events})
        yield _gauge("journal_size_bytes", "What the journal takes on disk.", {(): facts.journal_bytes})
        built = {(version("continuance"), platform.python_version()): 1}
        yield _gauge("build_info", "Which program this is; always 1.", built, "version", "python")
        yield from self._counted.collect()


def _clusters(state: CoreState) -> Iterator[Metric]:
    clusters = state.clusters
    policies = {name: each.policy for name, each in state.settings.clusters.items()}
    members = {name: each.cluster.members for name, each in state.settings.clusters.items()}
    yield _one_hot("cluster_state", "Where a cluster is.", State, {name: c.state.value for name, c in clusters.items()}, "state")
    reasons = {name: c.halted.name.lower() if c.halted else None for name, c in clusters.items()}
    yield _one_hot("cluster_halted", "Why a recovery is halted.", [each.name.lower() for each in HaltReason], reasons, "reason")
    modes = {name: policy.mode.value for name, policy in policies.items()}
    yield _one_hot("cluster_policy", "What the policy lets the controller do of itself.", Mode, modes, "mode")
    paused = {(name,): c.paused_by is not None for name, c in clusters.items()}
    yield _gauge("cluster_paused", "Whether a person paused automation.", paused, "cluster")
    yield _gauge("cluster_epoch_term", "The lease of the latest decision.", _each(clusters, lambda c: c.epoch.term), "cluster")
    yield _gauge("cluster_epoch_number", "The epoch within that lease.", _each(clusters, lambda c: c.epoch.number), "cluster")
    yield _of_members("primary", "Whether this member is the primary.", clusters, members, lambda c, host: host == c.primary)
    yield _of_members("follows", "Whether this member was verified to stream from the primary.", clusters, members, _follows)
    yield _of_members("quarantined", "Whether this former primary has not been rejoined.", clusters, members, _quarantined)


def _hosts(facts: Facts) -> Iterator[Metric]:
    health = {host: each.health.value for c in facts.state.clusters.values() for host, each in c.health.items()}
    yield _one_hot("host_health", "What all vantage points together make of a host.", Health, health, "health", of="host")
    suspicion = {(host, vantage): SUSPICION[seen] for vantage, sights in facts.sights.items() for host, seen in sights.items()}
    text = "What a vantage point sees of a host: 0 it is well, 0.5 it answers and its database does not, 1 nothing."
    yield _gauge("host_suspicion", text, suspicion, "host", "vantage")
    reports = {(name,): reports for name, reports in facts.vantages.items()}
    yield _gauge("vantage_reports", "Whether a vantage point reports. Its silence says nothing of any host.", reports, "vantage")
    lag = {standby: seconds for standby, seconds in facts.lag_seconds.items() if seconds is not None}
    yield _gauge("replication_lag_seconds", "How far behind a standby is; left out where unknown.", lag, "cluster", "host")
    ready = {(check,): ready for check, ready in facts.checks.items()}
    yield _gauge("check_ready", "Whether something that a failover needs would work now.", ready, "check")


def _follows(c: ClusterState, host: str) -> bool:
    return host in c.followers


def _quarantined(c: ClusterState, host: str) -> bool:
    return host in c.quarantined


def _of_members(
    name: str,
    text: str,
    clusters: Mapping[str, ClusterState],
    members: Mapping[str, tuple[str, ...]],
    holds: Callable[[ClusterState, str], bool],
) -> Metric:
    told = {(cluster, host): holds(c, host) for cluster, c in clusters.items() for host in members[cluster]}
    return _gauge(f"member_{name}", text, told, "cluster", "host")


def _each(clusters: Mapping[str, ClusterState], value: Callable[[ClusterState], float]) -> dict[tuple[str, ...], float]:
    return {(name,): value(c) for name, c in clusters.items()}


def _one_hot(
    name: str, text: str, values: Iterable[str], holds: Mapping[str, str | None], label: str, of: str = "cluster"
) -> Metric:
    """Return 1 for the one value that holds of each, 0 for every other."""
    known = tuple(str(each) for each in values)
    return _gauge(name, text, {(each, value): value == now for each, now in holds.items() for value in known}, of, label)


def _gauge(name: str, text: str, samples: Mapping[Any, float], *labels: str) -> Metric:
    family = GaugeMetricFamily(f"continuance_{name}", text, labels=labels)
    for values, number in samples.items():
        family.add_metric(values, float(number))
    return family
