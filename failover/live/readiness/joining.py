"""Everything that is checked for one controller, from its configuration."""

from collections.abc import Iterator

from failover.live.clock import Clock
from failover.live.completeness import left_out
from failover.live.configuration import Configuration
from failover.live.controller import Controller
from failover.live.hearing import Hearing
from failover.live.log import Log
from failover.live.monitoring_schema import PrometheusEntry
from failover.live.notices import Notices
from failover.live.observing import acted_on
from failover.live.practice import Practice
from failover.live.readiness.candidates import candidate_check
from failover.live.readiness.certificates import certificate_check
from failover.live.readiness.checking import Check, Readiness
from failover.live.readiness.disks import disk_check
from failover.live.readiness.hosts import Surveyor, Typed, hosts_check
from failover.live.readiness.power import fence_check
from failover.live.readiness.practised import practice_check
from failover.live.readiness.replication import Replication, replication_check
from failover.live.readiness.vantage_points import vantage_check
from playbooks.equipment import FencePlaybook

Lags = dict[tuple[str, str], float | None]


def readiness_of(
    configuration: Configuration,
    controller: Controller,
    hearing: Hearing,
    surveyor: Surveyor,
    notices: Notices,
    clock: Clock,
    log: Log,
) -> Readiness:
    """Return who sees to it that everything of *configuration* is ready; hosts are asked through *surveyor*."""
    lags: Lags = {}
    of_clusters = _of_clusters(configuration, controller, hearing, lags, clock)
    of_things = _of_things(configuration, controller, hearing, surveyor, clock)
    return Readiness([*of_clusters, *of_things], notices, clock, log, lags)


def _of_clusters(
    configuration: Configuration, controller: Controller, hearing: Hearing, lags: Lags, clock: Clock
) -> Iterator[Check]:
    practice = Practice(configuration.state)
    for name in configuration.topology.clusters:
        yield candidate_check(controller, name, hearing.waited_for)
        replication = Replication(controller, name, configuration.plan.hosts, configuration.secrets, clock)
        yield replication_check(replication, name, lags)
        if not left_out(configuration, name):  # else there is nothing yet to practise
            yield practice_check(practice, controller, name, clock, rehearse_line(configuration, name))


def _of_things(
    configuration: Configuration, controller: Controller, hearing: Hearing, surveyor: Surveyor, clock: Clock
) -> Iterator[Check]:
    for vantage in configuration.vantages:
        yield vantage_check(hearing, vantage.name)
    for monitoring in configuration.monitoring:
        if isinstance(monitoring.entry, PrometheusEntry):  # an Alertmanager that says nothing may have nothing to say
            yield vantage_check(hearing, monitoring.name)
    for power in configuration.equipment.power:
        if not isinstance(power, FencePlaybook):  # what a playbook of the user's own would do is seen in a rehearsal
            yield fence_check(power, configuration.secrets)
    hosts = acted_on(configuration.equipment, configuration.topology).hosts()
    if hosts:
        yield hosts_check(surveyor, controller, hosts, typed_by(configuration))
    yield disk_check(configuration.state, configuration.store.parent)
    certificates = certificate_check(configuration.equipment, clock)
    if certificates is not None:
        yield certificates


def typed_by(configuration: Configuration) -> Typed:
    """Return the commands by which whoever has *configuration* tries what was looked at."""

    def reach(host: str) -> str:
        return configuration.line("ansible", host, "-i", str(configuration.inventory), "--become", "-m", "raw", "-a", "id")

    return Typed(lambda cluster: rehearse_line(configuration, cluster), reach)


def rehearse_line(configuration: Configuration, cluster: str) -> str:
    """Return the command that rehearses a failover of *cluster*."""
    return configuration.line("continuance", "failover", "rehearse", cluster, "--config", str(configuration.path))
