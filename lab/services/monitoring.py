"""Prometheus and Alertmanager on the lab's monitor, everything once a second: for the record, and as one more who looks.

What failover hangs on is not here: its own probes are faster than scraping, and ask what matters. What Alertmanager says of a host
only confirms what a probe sees too.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from lab.hosts import Lab
from lab.keys import ALERTS_TOKEN
from lab.layout import LabHost, Layout, Role
from lab.services.proxy import METRICS_PORT as PROXY_PORT
from lab.services.service import File
from monitoring.rules import rules

PROMETHEUS_UNIT = "continuance-prometheus.service"
ALERTMANAGER_UNIT = "continuance-alertmanager.service"
PROMETHEUS_PORT = 9090
ALERTMANAGER_PORT = 9093
METRICS_PORT = 9477
"""Where the controller shows how things are."""
ALERTS_PORT = 7411
"""Where it hears Alertmanager."""
HOST_DOWN = "HostDown"
TOKEN_FILE = "/etc/continuance/alerts.token"

SERVICE = """[Unit]
Description=The lab's {name}
DefaultDependencies=no
After=local-fs.target
StartLimitIntervalSec=0

[Service]
User=nobody
StateDirectory=continuance-{name}
ExecStart={program}
Restart=always
RestartSec=1s
"""

RULES: Mapping[str, Any] = {
    "groups": [
        {
            "name": "lab",
            "interval": "1s",
            "rules": [
                {
                    "alert": HOST_DOWN,
                    "expr": 'up{job!="continuance"} == 0',
                    "annotations": {"summary": "{{ $labels.job }} on {{ $labels.instance }}"},
                },
                {
                    "alert": "NotFresh",
                    "expr": "continuance_copy_age_seconds > 1",
                    "annotations": {"summary": "{{ $labels.instance }} answers from an old copy"},
                },
                {
                    "alert": "NoDatabase",
                    "expr": 'haproxy_backend_active_servers{proxy!="lookup"} == 0',
                    "annotations": {"summary": "clients of {{ $labels.proxy }} are sent nowhere"},
                },
            ],
        }
    ]
}


class Monitoring:
    """Prometheus and Alertmanager on every monitor."""

    name = "monitoring"

    def files(self, layout: Layout, host: LabHost) -> Mapping[str, File]:
        """Return both configurations and both units."""
        if host.role is not Role.MONITOR:
            return {}
        prometheus = (
            "/usr/bin/prometheus --config.file=/etc/continuance/prometheus.yml "
            "--storage.tsdb.path=/var/lib/continuance-prometheus --storage.tsdb.retention.time=1d "
            f"--web.listen-address={host.address}:{PROMETHEUS_PORT}"
        )
        alertmanager = (
            "/usr/bin/prometheus-alertmanager --config.file=/etc/continuance/alertmanager.yml "
            "--storage.path=/var/lib/continuance-alertmanager --cluster.listen-address= "
            f"--web.listen-address={host.address}:{ALERTMANAGER_PORT}"
        )
        return {
            "/etc/continuance/prometheus.yml": File(_yaml(scraping(layout, host))),
            "/etc/continuance/rules.yml": File(_yaml(RULES)),
            "/etc/continuance/continuance-rules.yml": File(_yaml(rules())),
            "/etc/continuance/alertmanager.yml": File(_yaml(alerting(layout))),
            TOKEN_FILE: File(ALERTS_TOKEN.read_bytes() if ALERTS_TOKEN.exists() else b"", 0o400, "nobody"),
            f"/etc/systemd/system/{PROMETHEUS_UNIT}": File(SERVICE.format(name="prometheus", program=prometheus)),
            f"/etc/systemd/system/{ALERTMANAGER_UNIT}": File(SERVICE.format(name="alertmanager", program=alertmanager)),
        }

    def starts(self, layout: Layout, host: LabHost) -> Sequence[str]:
        """Return both units, on a monitor."""
        return (PROMETHEUS_UNIT, ALERTMANAGER_UNIT) if host.role is Role.MONITOR else ()

    def set_up(self, lab: Lab) -> None:
        """Nothing: whoever is not there yet is scraped a second later."""


def scraping(layout: Layout, monitor: LabHost) -> Mapping[str, Any]:
    """Return what Prometheus on *monitor* asks, of whom."""
    asked = {
        "proxy": [f"{each.address}:{PROXY_PORT}" for each in layout.of(Role.EDGE)],
        "lookup": [f"{each.address}:8000" for each in layout.of(Role.LOOKUP)],
        "continuance": [f"{each.address}:{METRICS_PORT}" for each in layout.of(Role.CONTROLLER)],
    }
    return {
        "global": {"scrape_interval": "1s", "scrape_timeout": "900ms", "evaluation_interval": "1s"},
        "rule_files": ["/etc/continuance/rules.yml", "/etc/continuance/continuance-rules.yml"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"{monitor.address}:{ALERTMANAGER_PORT}"]}]}]},
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": targets}]} for job, targets in asked.items() if targets
        ],
    }


def alerting(layout: Layout) -> Mapping[str, Any]:
    """Return whom Alertmanager tells: the first controller of hosts that are not there, nobody of anything else."""
    heard_at = f"http://{layout.of(Role.CONTROLLER)[0].address}:{ALERTS_PORT}/"
    hook = {"url": heard_at, "send_resolved": True, "http_config": {"authorization": {"credentials_file": TOKEN_FILE}}}
    return {
        "route": {
            "receiver": "record",
            "group_by": ["..."],
            "group_wait": "0s",
            "group_interval": "1s",
            "routes": [{"matchers": [f'alertname = "{HOST_DOWN}"'], "receiver": "continuance", "repeat_interval": "30s"}],
        },
        "receivers": [{"name": "record"}, {"name": "continuance", "webhook_configs": [hook]}],
    }


def _yaml(told: Mapping[str, Any]) -> str:
    return yaml.safe_dump(told, sort_keys=False)
