"""Monitoring, both ways: what is shown to Prometheus, and what Prometheus and Alertmanager have to say."""

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from failover.live.alertmanager import Alertmanager
from failover.live.clock import Clock
from failover.live.configuration import Configuration
from failover.live.exporter import Exporter
from failover.live.http_listener import HttpListener
from failover.live.log import Log
from failover.live.monitoring import Monitoring
from failover.live.monitoring_schema import AlertmanagerEntry, PrometheusEntry, place_of
from failover.live.notices import Notices
from failover.live.prometheus_vantage import Prometheus
from failover.live.readiness.checking import Readiness
from failover.live.state_metrics import Facts, StateMetrics

if TYPE_CHECKING:
    from failover.live.driver import Driver


def vantage_part(
    monitoring: Monitoring, configuration: Configuration, driver: "Driver", clock: Clock, log: Log
) -> Alertmanager | Prometheus:
    """Return what hears *monitoring*. Raises SecretError."""
    secrets = configuration.secrets
    members = frozenset(host for host, each in configuration.plan.hosts.items() if each.member)
    match monitoring.entry:
        case AlertmanagerEntry() as entry:
            heard = Alertmanager(entry, secrets(entry.token), monitoring.host_of, members, driver.hearing, clock, log)
            heard.counted = driver.metrics.alerted
            return heard
        case PrometheusEntry() as entry:
            token = None if entry.token is None else secrets(entry.token)
            return Prometheus(entry, token, monitoring.authority, monitoring.host_of, members, driver.hearing, clock, log)


def exporter_part(
    listen: str, configuration: Configuration, driver: "Driver", readiness: Readiness, notices: Notices, clock: Clock, log: Log
) -> HttpListener:
    """Return what shows how things are to whoever asks at *listen*."""
    state = StateMetrics(facts_of(configuration, driver, readiness, notices), driver.metrics.registry)
    return HttpListener(place_of(listen), Exporter(state, state.look), clock, log)


def facts_of(configuration: Configuration, driver: "Driver", readiness: Readiness, notices: Notices) -> Callable[[], Facts]:
    """Return what says how things are at a moment."""
    reporting = [each.name for each in configuration.vantages]
    reporting += [each.name for each in configuration.monitoring if isinstance(each.entry, PrometheusEntry)]
    if configuration.looks_itself:
        reporting.append(configuration.controller)

    def facts() -> Facts:
        return Facts(
            state=driver.controller.state,
            sights=driver.hearing.sights(),
            vantages={name: driver.hearing.hears(name) for name in reporting},
            checks={subject: verdict.ready for subject, verdict in readiness.verdicts().items()},
            lag_seconds=dict(readiness.lag_seconds),
            notifications_queued=notices.queued,
            journal_events=driver.journal_events,
            journal_bytes=_size(configuration),
        )

    return facts


def _size(configuration: Configuration) -> int:
    """Return what the journal takes on disk, with what SQLite keeps beside it."""
    total = 0
    for ending in ("", "-wal", "-shm"):
        with suppress(OSError):
            total += configuration.store.with_name(configuration.store.name + ending).stat().st_size
    return total
