"""The alerts and recording rules by which Prometheus watches a controller: what they look at, and what whoever is woken is told.

Every alert has a page in docs/alerts that says what it means, what to look at and what to type. Names begin with Continuance, by
which a controller knows them, so that it never takes what it said itself for what somebody else sees.
"""

import re
from typing import Any, NamedTuple

PAGES = "docs/alerts"
"""Where the pages are, unless somebody serves them elsewhere."""
_UNDER_WAY = 'continuance_cluster_state{state!~"watching|suspect|waiting|halted"}'


class Severity:
    """How urgent an alert is: somebody is woken, or it can wait until the morning."""

    CRITICAL = "critical"
    WARNING = "warning"


class Recording(NamedTuple):
    """A rule that keeps what *expression* comes to under *name*."""

    name: str
    expression: str


class Alert(NamedTuple):
    """One alert: fires when *expression* has held for *holds*."""

    name: str
    expression: str
    holds: str
    severity: str
    summary: str
    description: str

    @property
    def page(self) -> str:
        """Return the name of its page: ContinuanceWebhookFailing → webhook-failing."""
        return "-".join(word.lower() for word in re.findall("[A-Z][a-z]*", self.name)[1:])


RECORDINGS = (
    Recording("cluster:continuance_recovery_under_way:max", f"max by (cluster) ({_UNDER_WAY})"),
    Recording("cluster:continuance_members_following:sum", "sum by (cluster) (continuance_member_follows)"),
    Recording(
        "continuance:event_loop_lag_seconds:p99_5m",
        "histogram_quantile(0.99, sum by (instance, le) (rate(continuance_event_loop_lag_seconds_bucket[5m])))",
    ),
    Recording(
        "continuance:journal_commit_duration_seconds:p99_5m",
        "histogram_quantile(0.99, sum by (instance, le) (rate(continuance_journal_commit_duration_seconds_bucket[5m])))",
    ),
    Recording(
        "continuance:probe_duration_seconds:p99_5m",
        "histogram_quantile(0.99, sum by (instance, le) (rate(continuance_probe_duration_seconds_bucket[5m])))",
    ),
    Recording(
        "command:continuance_command_duration_seconds:p95_7d",
        "histogram_quantile(0.95, sum by (command, le) (increase(continuance_command_duration_seconds_bucket[7d])))",
    ),
)

ALERTS = (
    Alert(
        "ContinuanceDown",
        "absent(continuance_build_info)",
        "1m",
        Severity.CRITICAL,
        "No controller is seen",
        "Prometheus has seen no controller for a minute. While there is none, nothing that is lost is replaced.",
    ),
    Alert(
        "ContinuanceHalted",
        "continuance_cluster_halted == 1",
        "0s",
        Severity.CRITICAL,
        "The recovery of {{ $labels.cluster }} is halted: {{ $labels.reason }}",
        "Nothing safe is left that the controller could do of itself. A person has to.",
    ),
    Alert(
        "ContinuanceWaiting",
        'continuance_cluster_state{state="waiting"} == 1',
        "0s",
        Severity.CRITICAL,
        "The failover of {{ $labels.cluster }} waits for a yes",
        "The primary is lost, and the policy wants a person to say yes.",
    ),
    Alert(
        "ContinuanceHeld",
        'continuance_cluster_state{state="suspect"} == 1',
        "30s",
        Severity.CRITICAL,
        "The primary of {{ $labels.cluster }} is lost, and nothing is done about it",
        "Something holds the recovery back: a policy, a pause, a maintenance window, too many attempts.",
    ),
    Alert(
        "ContinuanceRecoveryLong",
        "cluster:continuance_recovery_under_way:max == 1",
        "5m",
        Severity.CRITICAL,
        "A recovery of {{ $labels.cluster }} has been under way for five minutes",
        "Most take seconds. A step may wait for something that does not come.",
    ),
    Alert(
        "ContinuanceNoStandby",
        "cluster:continuance_members_following:sum == 0",
        "2m",
        Severity.CRITICAL,
        "Nobody could take over from the primary of {{ $labels.cluster }}",
        "No member is known to follow the primary. If it is lost now, data may be lost with it.",
    ),
    Alert(
        "ContinuanceNotReady",
        "continuance_check_ready == 0",
        "5m",
        Severity.WARNING,
        "A failover would not work now: {{ $labels.check }}",
        "Something that a failover needs does not work. Mend it before it is needed.",
    ),
    Alert(
        "ContinuanceVantageLost",
        "continuance_vantage_reports == 0",
        "2m",
        Severity.WARNING,
        "The vantage point {{ $labels.vantage }} does not report",
        "Too few may be left who could agree that a host is lost, and then none is replaced.",
    ),
    Alert(
        "ContinuanceFlapping",
        "increase(continuance_runs_started_total[1h]) > 2",
        "0s",
        Severity.WARNING,
        "{{ $labels.cluster }} has recovered again and again within an hour",
        "The cause is still there. After so many attempts the policy holds the next one back.",
    ),
    Alert(
        "ContinuanceQuarantined",
        "continuance_member_quarantined == 1",
        "1h",
        Severity.WARNING,
        "{{ $labels.host }}, a former primary of {{ $labels.cluster }}, has not been rejoined",
        "Until it is, the cluster has one standby fewer.",
    ),
    Alert(
        "ContinuancePaused",
        "continuance_cluster_paused == 1",
        "4h",
        Severity.WARNING,
        "Automation of {{ $labels.cluster }} has been paused for four hours",
        "Somebody may have forgotten to resume it.",
    ),
    Alert(
        "ContinuanceWebhookFailing",
        "continuance_notifications_queued > 0",
        "2m",
        Severity.WARNING,
        "Messages to people wait for a webhook",
        "Whoever is on call is not told what the controller says. They are delivered in order once the webhook answers.",
    ),
    Alert(
        "ContinuanceUntold",
        'increase(continuance_notifications_total{outcome="given_up"}[15m]) > 0',
        "0s",
        Severity.CRITICAL,
        "A message to people was given up",
        "The webhook refused it, or did not answer for a quarter of an hour. The controller's log has what it said.",
    ),
    Alert(
        "ContinuanceSlow",
        "continuance:event_loop_lag_seconds:p99_5m > 0.1",
        "5m",
        Severity.WARNING,
        "The controller has too little time",
        "Its timers ring late, so that losses are noticed late.",
    ),
    Alert(
        "ContinuanceJournalSlow",
        "continuance:journal_commit_duration_seconds:p99_5m > 1",
        "5m",
        Severity.WARNING,
        "The controller's disk is slow",
        "Nothing is done before it is in the journal, so every step of a recovery waits for the disk.",
    ),
)


def rules(pages: str = PAGES) -> dict[str, Any]:
    """Return the rule file of Prometheus; *pages* is where the pages of the alerts are."""
    recordings = [{"record": each.name, "expr": each.expression} for each in RECORDINGS]
    alerts = [
        {
            "alert": each.name,
            "expr": each.expression,
            "for": each.holds,
            "labels": {"severity": each.severity},
            "annotations": {
                "summary": each.summary,
                "description": each.description,
                "runbook_url": f"{pages.rstrip('/')}/{each.page}.md",
            },
        }
        for each in ALERTS
    ]
    return {"groups": [{"name": "continuance.recorded", "rules": recordings}, {"name": "continuance.alerts", "rules": alerts}]}
