"""Prometheus and Alertmanager as vantage points, as a configuration has them.

They only ever confirm what a probe sees too: as many of them as could agree among themselves that a host is lost are refused. They
see through the same eyes, and later than probes do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from failover.live.monitoring_schema import AlertmanagerEntry, PrometheusEntry
from failover.live.plan import Plan
from topology.checks import Checker

MonitoringEntry = AlertmanagerEntry | PrometheusEntry


@dataclass(frozen=True, slots=True)
class Monitoring:
    """A vantage point that is monitoring, and which watched host each value of its label means."""

    entry: MonitoringEntry
    hosts: Mapping[str, str]
    authority: Path | None = None

    @property
    def name(self) -> str:
        """Return the name of the vantage point."""
        return self.entry.name

    def host_of(self, labels: Mapping[str, str]) -> str | None:
        """Return the host that *labels* mean. A port behind a name or an address does not matter."""
        value = labels.get(self.entry.label, "")
        bare = value.rpartition(":")[0] if value.rpartition(":")[2].isdecimal() else value
        return self.hosts.get(value) or self.hosts.get(bare.strip("[]"))


def joined(entries: Sequence[MonitoringEntry], quorum: int, plan: Plan, folder: Path, checker: Checker) -> tuple[Monitoring, ...]:
    """Return the vantage points of *entries*; what does not fit is reported to *checker*."""
    if quorum and len(entries) >= quorum:
        message = f"{quorum} vantage points have to agree that a host is lost, and monitoring may be {quorum - 1} of them at most"
        checker.report(("vantages",), f"{message}: at least one of those who agree has to look itself")
    found = []
    for entry in entries:
        checker.expect("watched host", entry.hosts.values(), plan.hosts, ("vantages",))
        plain = {value: host for host, each in plan.hosts.items() for value in (each.address, host)}
        authority = None
        if isinstance(entry, PrometheusEntry) and entry.authority is not None:
            authority = (folder / entry.authority).absolute()
            if not authority.is_file():
                checker.report(("vantages",), f"there is no file '{authority}'")
        found.append(Monitoring(entry, {**plain, **entry.hosts}, authority))
    return tuple(found)
