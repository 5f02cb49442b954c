"""For each alert what Prometheus has to have seen: series, when it fires, when it does not yet, and with which labels."""

from collections.abc import Mapping
from typing import NamedTuple


class Firing(NamedTuple):
    """Series with a value every 15 seconds, as promtool writes them."""

    series: Mapping[str, str]
    fires_at: str
    quiet_at: str
    labels: dict[str, str]


CLUSTER = {"cluster": "cases"}
FROM_A_MINUTE_ON = "0x3 1x100"
"""0 at first, 1 from 60 seconds on."""


def _slow(metric: str, fast: str, slow: str) -> Mapping[str, str]:
    """A histogram of which ever more ends in the slowest bucket."""
    rows = {fast: "0+0x60", slow: "0+10x60", "+Inf": "0+10x60"}
    return {f'continuance_{metric}_bucket{{instance="ctl-1:9477",le="{le}"}}': values for le, values in rows.items()}


FIRING: Mapping[str, Firing] = {
    "ContinuanceDown": Firing({"continuance_build_info": "1x4 _x100"}, "10m", "1m", {}),
    "ContinuanceHalted": Firing(
        {'continuance_cluster_halted{cluster="cases",reason="not_fenced"}': FROM_A_MINUTE_ON},
        "1m",
        "45s",
        {**CLUSTER, "reason": "not_fenced"},
    ),
    "ContinuanceWaiting": Firing(
        {'continuance_cluster_state{cluster="cases",state="waiting"}': FROM_A_MINUTE_ON},
        "1m",
        "45s",
        {**CLUSTER, "state": "waiting"},
    ),
    "ContinuanceHeld": Firing(
        {'continuance_cluster_state{cluster="cases",state="suspect"}': FROM_A_MINUTE_ON},
        "1m30s",
        "1m15s",
        {**CLUSTER, "state": "suspect"},
    ),
    "ContinuanceRecoveryLong": Firing(
        {
            'continuance_cluster_state{cluster="cases",state="fencing"}': "0x3 1x100",
            'continuance_cluster_state{cluster="cases",state="halted"}': "0x200",
            'continuance_cluster_state{cluster="mail",state="fencing"}': "0x3 1x5 0x200",
        },
        "7m",
        "5m45s",
        CLUSTER,
    ),
    "ContinuanceNoStandby": Firing(
        {
            'continuance_member_follows{cluster="cases",host="db-1"}': "0x200",
            'continuance_member_follows{cluster="cases",host="db-2"}': "1x3 0x100",
            'continuance_member_follows{cluster="mail",host="db-3"}': "1x200",
        },
        "4m",
        "2m45s",
        CLUSTER,
    ),
    "ContinuanceNotReady": Firing(
        {"continuance_check_ready{check=\"the fence of 'db-1'\"}": "1x3 0x100"}, "6m15s", "5m45s", {"check": "the fence of 'db-1'"}
    ),
    "ContinuanceVantageLost": Firing(
        {'continuance_vantage_reports{vantage="mon-1"}': "1x3 0x100"}, "3m15s", "2m45s", {"vantage": "mon-1"}
    ),
    "ContinuanceFlapping": Firing(
        {'continuance_runs_started_total{cluster="cases"}': "0x10 1x10 2x10 3x10 4x200"}, "12m", "4m", CLUSTER
    ),
    "ContinuanceQuarantined": Firing(
        {'continuance_member_quarantined{cluster="cases",host="db-1"}': "0x3 1x400"}, "62m", "60m", {**CLUSTER, "host": "db-1"}
    ),
    "ContinuancePaused": Firing({'continuance_cluster_paused{cluster="cases"}': "0x3 1x1200"}, "242m", "240m", CLUSTER),
    "ContinuanceWebhookFailing": Firing({"continuance_notifications_queued": "0x3 2x100"}, "3m15s", "2m45s", {}),
    "ContinuanceUntold": Firing(
        {'continuance_notifications_total{outcome="given_up"}': "0x10 1x100"}, "5m", "2m", {"outcome": "given_up"}
    ),
    "ContinuanceSlow": Firing(_slow("event_loop_lag_seconds", "0.1", "0.25"), "11m", "4m", {"instance": "ctl-1:9477"}),
    "ContinuanceJournalSlow": Firing(
        _slow("journal_commit_duration_seconds", "1.0", "2.5"), "11m", "4m", {"instance": "ctl-1:9477"}
    ),
}
