"""The dashboard for Grafana: how things are, what the vantage points see, what recoveries took, how the controller is."""

from collections.abc import Sequence
from typing import Any, NamedTuple

WIDTH = 24
SCHEMA_VERSION = 39
_SOURCE = {"type": "prometheus", "uid": "${source}"}
_CLUSTER = 'cluster=~"$cluster"'
_BAD = '{outcome!="succeeded"}'
_SPAN = "$__range"


class Query(NamedTuple):
    """One thing that a panel shows, and what it is called there."""

    expression: str
    legend: str = ""


class Panel(NamedTuple):
    """One panel: a graph over time, or a table of how things are now."""

    title: str
    queries: Sequence[Query]
    unit: str = "short"
    kind: str = "timeseries"
    width: int = 12


ROWS: Sequence[tuple[str, Sequence[Panel]]] = (
    (
        "Clusters",
        (
            Panel(
                "Where each cluster is",
                [Query(f"continuance_cluster_state{{{_CLUSTER}}} == 1", "{{cluster}}: {{state}}")],
                kind="table",
                width=8,
            ),
            Panel(
                "Primary", [Query(f"continuance_member_primary{{{_CLUSTER}}} == 1", "{{cluster}}: {{host}}")], kind="table", width=8
            ),
            Panel("Not ready", [Query("continuance_check_ready == 0", "{{check}}")], kind="table", width=8),
            Panel(
                "Members that follow the primary",
                [Query(f"sum by (cluster) (continuance_member_follows{{{_CLUSTER}}})", "{{cluster}}")],
            ),
            Panel("Replication lag", [Query(f"continuance_replication_lag_seconds{{{_CLUSTER}}}", "{{cluster}}: {{host}}")], "s"),
            Panel("Epoch", [Query(f"continuance_cluster_epoch_number{{{_CLUSTER}}}", "{{cluster}}")]),
        ),
    ),
    (
        "Hosts",
        (
            Panel(
                "Hosts that some vantage point does not see", [Query("continuance_host_suspicion > 0", "{{host}} from {{vantage}}")]
            ),
            Panel(
                "Hosts that are lost",
                [Query('continuance_host_health{health=~"silent|process_dead"} == 1', "{{host}}: {{health}}")],
            ),
            Panel("Vantage points that report", [Query("continuance_vantage_reports", "{{vantage}}")]),
            Panel("A look at a host, 99 of 100", [Query("continuance:probe_duration_seconds:p99_5m", "{{instance}}")], "s"),
        ),
    ),
    (
        "Recoveries",
        (
            Panel(
                "Recoveries, by what they came to",
                [Query(f"increase(continuance_runs_total{{{_CLUSTER}}}[{_SPAN}])", "{{cluster}}: {{outcome}}")],
            ),
            Panel(
                "How long recoveries took, half of them",
                [
                    Query(
                        f"histogram_quantile(0.5, sum by(outcome, le)(increase(continuance_run_duration_seconds_bucket[{_SPAN}])))",
                        "{{outcome}}",
                    )
                ],
                "s",
            ),
            Panel(
                "How long commands take, 95 of 100",
                [Query("command:continuance_command_duration_seconds:p95_7d", "{{command}}")],
                "s",
            ),
            Panel(
                "Commands that failed, or of which nobody knows",
                [
                    Query(
                        f"sum by (command, outcome) (increase(continuance_command_duration_seconds_count{_BAD}[{_SPAN}]))",
                        "{{command}}: {{outcome}}",
                    )
                ],
            ),
        ),
    ),
    (
        "The controller",
        (
            Panel("Timers ring late by, 99 of 100", [Query("continuance:event_loop_lag_seconds:p99_5m", "{{instance}}")], "s"),
            Panel(
                "Journal: a commit takes, 99 of 100",
                [Query("continuance:journal_commit_duration_seconds:p99_5m", "{{instance}}")],
                "s",
            ),
            Panel("Journal on disk", [Query("continuance_journal_size_bytes", "{{instance}}")], "bytes"),
            Panel(
                "Memory", [Query("process_resident_memory_bytes and on (instance) continuance_build_info", "{{instance}}")], "bytes"
            ),
            Panel(
                "Messages to people",
                [
                    Query("continuance_notifications_queued", "waiting"),
                    Query(f"increase(continuance_notifications_total[{_SPAN}])", "{{outcome}}"),
                    Query(f"increase(continuance_webhook_errors_total[{_SPAN}])", "failed tries"),
                ],
            ),
            Panel(
                "Processor",
                [Query("rate(process_cpu_seconds_total[5m]) and on (instance) continuance_build_info", "{{instance}}")],
                "percentunit",
            ),
        ),
    ),
)


def dashboard() -> dict[str, Any]:
    """Return the dashboard as Grafana imports it."""
    panels: list[dict[str, Any]] = []
    y = 0
    for title, row in ROWS:
        panels.append(
            {
                "id": len(panels) + 1,
                "type": "row",
                "title": title,
                "collapsed": False,
                "gridPos": _place(0, y, WIDTH, 1),
                "panels": [],
            }
        )
        x, y = 0, y + 1
        for panel in row:
            if x + panel.width > WIDTH:
                x, y = 0, y + 8
            panels.append(_panel(len(panels) + 1, panel, _place(x, y, panel.width, 8)))
            x += panel.width
        y += 8
    return {
        "uid": "continuance",
        "title": "Continuance",
        "tags": ["continuance"],
        "schemaVersion": SCHEMA_VERSION,
        "editable": True,
        "refresh": "10s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": [_source_variable(), _cluster_variable()]},
        "annotations": {"list": []},
        "panels": panels,
    }


def _place(x: int, y: int, width: int, height: int) -> dict[str, int]:
    return {"x": x, "y": y, "w": width, "h": height}


def _panel(number: int, panel: Panel, place: dict[str, int]) -> dict[str, Any]:
    now = panel.kind == "table"
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "datasource": _SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "options": {},
        "targets": [
            {
                "refId": chr(ord("A") + index),
                "datasource": _SOURCE,
                "expr": query.expression,
                "legendFormat": query.legend,
                "instant": now,
                "range": not now,
                "format": "table" if now else "time_series",
            }
            for index, query in enumerate(panel.queries)
        ],
    }


def _source_variable() -> dict[str, Any]:
    return {"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"}


def _cluster_variable() -> dict[str, Any]:
    return {
        "name": "cluster",
        "label": "Cluster",
        "type": "query",
        "datasource": _SOURCE,
        "query": "label_values(continuance_cluster_state, cluster)",
        "includeAll": True,
        "multi": True,
        "allValue": ".*",
        "refresh": 2,
    }
