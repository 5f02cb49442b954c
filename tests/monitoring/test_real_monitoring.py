"""A real Prometheus and a real Alertmanager, on the loopback, with a controller on duty."""

import asyncio
import contextlib
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from failover.core.events import Seen
from failover.live.alertmanager import Alertmanager
from failover.live.clock import Clock
from failover.live.driver import Part
from failover.live.exporter import Exporter
from failover.live.http_listener import HttpListener
from failover.live.monitoring_schema import AlertmanagerEntry, PrometheusEntry
from failover.live.prometheus_vantage import Prometheus
from failover.live.state_metrics import Facts, StateMetrics
from monitoring.rules import rules
from tests.failover.live.servers import HERE, closing, tcp
from tests.failover.live.stage import Duty, awaited, on_duty, until

ALONE = "--cluster.listen-address="
HOSTS = {"continuance": "ctl-1", "node": "edge-1"}
pytestmark = pytest.mark.lab


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind((HERE, 0))
        return int(bound.getsockname()[1])


class Monitors:
    """A Prometheus and an Alertmanager that look at the controller, and at a host that is called edge-1."""

    def __init__(self, folder: Path, edge_port: int) -> None:
        self.folder = folder
        self.edge_port = edge_port
        self.metrics, self.hook, self.prometheus, self.alertmanager = (free_port() for _ in range(4))

    def configure(self) -> None:
        hook = {
            "url": f"http://{HERE}:{self.hook}/",
            "send_resolved": True,
            "http_config": {"authorization": {"credentials": "s3cret"}},
        }
        jobs = {"continuance": f"{HERE}:{self.metrics}", "node": f"{HERE}:{self.edge_port}"}
        down = {"alert": "HostDown", "expr": 'up{job="node"} == 0'}
        files: dict[str, Any] = {
            "prometheus.yml": {
                "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
                "rule_files": ["ours.yml", "down.yml"],
                "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"{HERE}:{self.alertmanager}"]}]}]},
                "scrape_configs": [
                    {
                        "job_name": name,
                        "static_configs": [{"targets": [target], "labels": {"host": "edge-1"} if name == "node" else {}}],
                    }
                    for name, target in jobs.items()
                ],
            },
            "ours.yml": rules(),
            "down.yml": {"groups": [{"name": "down", "interval": "1s", "rules": [down]}]},
            "alertmanager.yml": {
                "route": {
                    "receiver": "ours",
                    "group_by": ["..."],
                    "group_wait": "0s",
                    "group_interval": "1s",
                    "repeat_interval": "1s",
                },
                "receivers": [{"name": "ours", "webhook_configs": [hook]}],
            },
        }
        for name, told in files.items():
            (self.folder / name).write_text(yaml.safe_dump(told, sort_keys=False))

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        self.configure()
        prometheus, alertmanager = (f"--web.listen-address={HERE}:{port}" for port in (self.prometheus, self.alertmanager))
        words = (
            ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data", prometheus],
            [
                "prometheus-alertmanager",
                "--config.file=alertmanager.yml",
                "--storage.path=alerts",
                "--cluster.listen-address=",
                alertmanager,
            ],
        )
        started = [subprocess.Popen(each, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for each in words]
        try:
            yield
        finally:
            for each in started:
                each.terminate()
            for each in started:
                each.wait()

    async def query(self, expression: str) -> list[dict[str, Any]]:
        async with httpx.AsyncClient(trust_env=False) as client:
            try:
                answer = await client.get(f"http://{HERE}:{self.prometheus}/api/v1/query", params={"query": expression})
            except httpx.HTTPError:
                return []
        return list(answer.json()["data"]["result"])

    async def until_shown(self, expression: str) -> None:
        async with asyncio.timeout(50):
            while not await self.query(expression):
                await asyncio.sleep(0.2)


@asynccontextmanager
async def watched(duty: Duty, monitors: Monitors) -> AsyncIterator[None]:
    """The controller shows how it is, and hears both."""
    driver, clock, log = duty.driver, Clock(), duty.driver._log

    def host_of(labels: Mapping[str, str]) -> str | None:
        return labels.get("host")

    def facts() -> Facts:
        state = driver.controller.state
        return Facts(state, driver.hearing.sights(), {"prometheus": driver.hearing.hears("prometheus")}, {}, {}, 0, 1, 1)

    state = StateMetrics(facts, driver.metrics.registry)
    place = f"{HERE}:{monitors.hook}"
    told: dict[str, Any] = {"listen": place, "token": "alerts", "alerts": ["HostDown"]}
    alerts = AlertmanagerEntry.model_validate({**told, "lapses_after": "60s"})
    told = {"url": f"http://{HERE}:{monitors.prometheus}", "query": 'up{job="node"}', "lapses_after": "5s"}
    asked = PrometheusEntry.model_validate(told)
    members = frozenset({"db-1", "db-2", "db-3"})
    parts: list[Part] = [
        HttpListener((HERE, monitors.metrics), Exporter(state, state.look), clock, log),
        Alertmanager(alerts, "s3cret", host_of, members, driver.hearing, clock, log),
        Prometheus(asked, None, None, host_of, members, driver.hearing, clock, log),
    ]
    tasks = [asyncio.create_task(each.run()) for each in parts]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()


@awaited
async def test_both_see_the_controller_and_are_heard_by_it(tmp_path: Path) -> None:
    async with on_duty(tmp_path / "duty") as duty:
        async with tcp(closing) as port:
            monitors = Monitors(tmp_path, port)
        with monitors.running():
            async with watched(duty, monitors):
                heard = duty.driver.hearing.sights
                await monitors.until_shown('continuance_cluster_state{state="watching"} == 1')
                await until(lambda: heard().get("prometheus", {}).get("edge-1") is Seen.NOTHING)
                await until(lambda: heard().get("alertmanager", {}).get("edge-1") is Seen.NOTHING)
                await monitors.until_shown("cluster:continuance_members_following:sum == 2")
                duty.lose("db-1")
                await monitors.until_shown('continuance_member_primary{host="db-2"} == 1')
                words = [sys.executable, "-m", "http.server", "--bind", HERE, str(port)]
                server = subprocess.Popen(words, cwd=tmp_path / "duty", stderr=subprocess.DEVNULL)
                try:
                    (tmp_path / "duty" / "metrics").write_text("up_since 1\n")
                    await until(lambda: heard().get("prometheus", {}).get("edge-1") is Seen.ANSWERS)
                    await until(lambda: heard().get("alertmanager", {}).get("edge-1") is Seen.ANSWERS)
                finally:
                    server.terminate()
                    server.wait()
