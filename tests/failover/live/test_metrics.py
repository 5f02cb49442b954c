import asyncio
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from failover.core.commands import Outcome
from failover.core.events import Seen
from failover.core.states import State
from failover.live.clock import Clock
from failover.live.exporter import Exporter
from failover.live.http_listener import Request
from failover.live.metrics import Metrics
from failover.live.state_metrics import Facts, StateMetrics
from tests.failover.live.asking_http import listening
from tests.failover.live.stage import PATIENCE_SECONDS, Answer, Duty, awaited, on_duty, trio, until

Told = dict[str, list[Sample]]


def exporter(duty: Duty, checks: dict[str, bool] | None = None) -> Exporter:
    """What shows how *duty* is."""

    def facts() -> Facts:
        return Facts(
            state=duty.driver.controller.state,
            sights=duty.driver.hearing.sights(),
            vantages={name: duty.driver.hearing.hears(name) for name in ("controller-1", "elsewhere")},
            checks=checks or {},
            lag_seconds={("db", "db-2"): 0.25, ("db", "db-3"): None},
            notifications_queued=0,
            journal_events=duty.driver.journal_events,
            journal_bytes=4096,
        )

    state = StateMetrics(facts, duty.driver.metrics.registry)
    return Exporter(state, state.look)


async def told(exporter: Exporter) -> Told:
    """Everything that is exposed, by the name of each sample."""
    answer = await exporter(Request("GET", "/metrics", {}, b""))
    found: Told = {}
    for family in text_string_to_metric_families(answer.body.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample)
    return found


def value(told: Told, name: str, **labels: str) -> float | None:
    return next((each.value for each in told.get(f"continuance_{name}", ()) if labels.items() <= each.labels.items()), None)


def holds(told: Told, name: str, label: str, **labels: str) -> list[str]:
    """The values of *label* that a one-hot metric has 1 for."""
    found = [each for each in told[f"continuance_{name}"] if labels.items() <= each.labels.items()]
    return [each.labels[label] for each in found if each.value == 1.0]


@awaited
async def test_a_failover_is_seen_from_outside_step_by_step(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        await until(duty.calm)
        before = await told(exporter(duty))
        assert holds(before, "cluster_state", "state", cluster="db") == ["watching"]
        assert holds(before, "member_primary", "host") == ["db-1"]
        assert holds(before, "member_follows", "host") == ["db-2", "db-3"]
        assert value(before, "host_suspicion", host="db-1", vantage="elsewhere") == 0.0
        assert value(before, "runs_total", cluster="db", outcome="recovered") == 0.0, "what may be counted stands at 0 before"
        duty.lose("db-1")
        await until(lambda: duty.db.primary == "db-2" and duty.db.state is State.WATCHING)
        await until(lambda: not duty.db.hooks)
        after = await told(exporter(duty))
    assert holds(after, "member_primary", "host") == ["db-2"]
    assert holds(after, "host_health", "health", host="db-1") == ["silent"]
    assert value(after, "host_suspicion", host="db-1", vantage="elsewhere") == 1.0
    assert holds(after, "member_quarantined", "host") == ["db-1"]
    assert value(after, "runs_total", cluster="db", outcome="recovered") == 1.0
    assert value(after, "runs_started_total", cluster="db") == 1.0
    assert value(after, "run_duration_seconds_count", outcome="recovered") == 1.0
    assert value(after, "command_duration_seconds_count", command="promote", outcome="succeeded") == 1.0
    number = value(after, "cluster_epoch_number", cluster="db")
    assert number is not None and number > (value(before, "cluster_epoch_number", cluster="db") or 0.0)
    events = value(after, "journal_events")
    assert events is not None and events > (value(before, "journal_events") or 0.0)
    assert value(after, "journal_commit_duration_seconds_count") == events
    assert value(after, "event_loop_lag_seconds_count")


@awaited
async def test_why_a_recovery_is_halted_is_shown_and_that_it_was(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        await until(duty.calm)
        duty.runner.bends.append(lambda each: Answer(Outcome.FAILED, {}) if each.details.get("level") else None)
        duty.lose("db-1")
        await until(lambda: duty.db.state is State.HALTED)
        shown = await told(exporter(duty))
    assert holds(shown, "cluster_halted", "reason") == ["not_fenced"]
    assert value(shown, "runs_total", outcome="halted") == 1.0


@awaited
async def test_a_pause_and_what_is_not_ready_are_shown(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        await until(duty.calm)
        shown = await told(exporter(duty, {"the fence of 'db-1'": False, "the fence of 'db-2'": True}))
    assert value(shown, "check_ready", check="the fence of 'db-1'") == 0.0
    assert value(shown, "check_ready", check="the fence of 'db-2'") == 1.0
    assert value(shown, "cluster_paused", cluster="db") == 0.0
    assert holds(shown, "cluster_policy", "mode") == ["automatic"]
    assert value(shown, "replication_lag_seconds", host="db-2") == 0.25
    assert value(shown, "replication_lag_seconds", host="db-3") is None, "what nobody knows is not shown as anything"
    assert value(shown, "build_info") == 1.0


@awaited
async def test_messages_that_arrive_are_counted(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty:
        await until(duty.calm)
        duty.lose("db-1")
        await until(lambda: duty.told)
        await until(lambda: duty.db.primary == "db-2" and duty.db.state is State.WATCHING)
        async with asyncio.timeout(PATIENCE_SECONDS):  # one counts when its answer is there, a little after it arrived
            while value(shown := await told(exporter(duty)), "notifications_total", outcome="delivered") != len(duty.told):
                await asyncio.sleep(0.01)
    assert value(shown, "notifications_total", outcome="given_up") == 0.0


def test_a_look_is_timed_by_what_was_told_of_the_host() -> None:
    metrics = Metrics(trio(), Clock())
    metrics.looked(Seen.NOTHING, 0.3)
    metrics.looked(None, 0.001)
    registry = metrics.registry
    assert registry.get_sample_value("continuance_probe_duration_seconds_sum", {"seen": "nothing"}) == 0.3
    assert registry.get_sample_value("continuance_probe_duration_seconds_count", {"seen": "unknown"}) == 1.0


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/", 404), ("POST", "/metrics", 405), ("GET", "/metrics?x", 200)])
def test_only_metrics_are_shown_and_only_read(tmp_path: Path, method: str, path: str, status: int) -> None:
    @awaited
    async def ask() -> None:
        async with on_duty(tmp_path) as duty, listening(exporter(duty)) as client:
            answer = await client.request(method, path)
            assert answer.status_code == status

    ask()


@awaited
async def test_what_prometheus_prefers_is_what_it_gets(tmp_path: Path) -> None:
    async with on_duty(tmp_path) as duty, listening(exporter(duty)) as client:
        accept = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"}
        answer = await client.get("/metrics", headers=accept)
        assert answer.headers["content-type"].startswith("application/openmetrics-text")
        assert answer.text.endswith("# EOF\n")
