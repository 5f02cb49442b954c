"""Patroni with etcd, on the same hosts and the same data, synchronous mode on: with its defaults, and as fast as it permits."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from benchmarks.failover.front import stand_before_patroni, wait_until_found
from benchmarks.failover.peers import PATRONI, fetch
from benchmarks.failover.systems.etcd import Etcd
from benchmarks.failover.units import run_unit, stop_unit
from lab.errors import LabError
from lab.hosts import Lab
from lab.layout import LabHost
from lab.services.database import disk, side_by_side
from lab.services.database_disks import BINARIES, DATA_DIRECTORY, USER, lay_primary, lay_standby, make_original

UNIT = "benchmark-patroni"
PROGRAM, CONFIG = "/srv/benchmark/patroni", "/srv/benchmark/patroni.yml"
REST_PORT = 8008
FORMS_SECONDS = 60.0
ANSWER_SECONDS = 60.0
ASK = f"""
import sys, urllib.request as web
url, verb, body = sys.argv[1:]
request = web.Request(url, body.encode() or None, {{"Content-Type": "application/json"}}, method=verb)
print(web.urlopen(request, timeout={ANSWER_SECONDS}).read().decode())
"""


@dataclass(frozen=True, slots=True)
class Pace:
    """Patroni's dynamic settings, and how the proxy checks."""

    ttl: int
    loop_wait: int
    retry_timeout: int
    checks: str
    timeouts: str


DEFAULTS = Pace(30, 10, 10, "inter 3s fall 3 rise 2", "    timeout connect 4s\n    timeout check 5s")
FASTEST = Pace(20, 1, 3, "inter 500ms fall 1 rise 1", "    timeout connect 500ms")
"""The least that it takes for each: `ttl` at least 20, `loop_wait` 1, `retry_timeout` 3."""


class Patroni:
    """A cluster of its own with every start."""

    def __init__(self, lab: Lab, pace: Pace) -> None:
        self._lab = lab
        self._pace = pace
        self._etcd = Etcd(lab)
        (self._cluster,) = lab.layout.topology.clusters.values()
        self.period_seconds = float(pace.loop_wait)

    def start(self) -> None:
        """Lay the databases as ours are laid, let Patroni adopt them, and wait until it has a synchronous standby."""
        fetch()
        primary, members = self._cluster.primary, self._cluster.members
        self._etcd.start()
        self._etcd.put(f"/service/{self._cluster.name}/config", self._settings(loop_wait=1))
        original = make_original()

        def lay(member: str) -> None:
            if member == primary:
                lay_primary(original, disk(member), [each for each in members if each != primary])
            else:
                lay_standby(original, disk(member), member, self._lab.layout.host(primary).address)
            (disk(member) / "postgresql.auto.conf").write_text("", encoding="utf-8")  # it would override Patroni
            PATRONI.put(member)
            self._lab.inside(member, "tee", CONFIG, stdin=yaml.safe_dump(self._local(self._lab.layout.host(member))))

        side_by_side(lay, members)
        stand_before_patroni(self._lab, REST_PORT, self._pace.checks, self._pace.timeouts)
        self._run(primary)
        self._wait(primary, followers=0)
        side_by_side(self._run, [each for each in members if each != primary])
        self._wait(primary, followers=len(members) - 1)
        self._ask(primary, "PATCH", "config", {"loop_wait": self._pace.loop_wait})
        time.sleep(1.5)  # until each has come round
        wait_until_found(self._lab, primary)

    def switch_over(self) -> None:
        """Order it over the programming interface, as patronictl does."""
        primary = self._cluster.primary
        self._ask(primary, "POST", "switchover", {"leader": primary, "candidate": self._synchronous(self._members(primary))})

    def stop(self) -> Mapping[str, Any]:
        """End Patroni where it still runs, and etcd."""
        for member in self._cluster.members:
            status = self._lab.status(member)
            if status.on and not status.frozen:
                stop_unit(self._lab, member, UNIT)
        self._etcd.stop()
        return {}

    def _run(self, member: str) -> None:
        environment = (f"Environment=PYTHONPATH={PROGRAM}", "Environment=PYTHONDONTWRITEBYTECODE=1")
        as_documented = (f"User={USER}", "RuntimeDirectory=postgresql", "KillMode=process", "TimeoutSec=30")
        run_unit(self._lab, member, UNIT, ["/usr/bin/python3", "-m", "patroni", CONFIG], *environment, *as_documented)

    def _settings(self, loop_wait: int) -> dict[str, Any]:
        """Return the dynamic settings; what the databases are otherwise set to stands in their own configuration already."""
        return {
            "ttl": self._pace.ttl,
            "loop_wait": loop_wait,
            "retry_timeout": self._pace.retry_timeout,
            "synchronous_mode": True,
            "postgresql": {"use_pg_rewind": True, "use_slots": True, "parameters": {"max_connections": 200}},
        }

    def _local(self, host: LabHost) -> dict[str, Any]:
        return {
            "scope": self._cluster.name,
            "name": host.name,
            "restapi": {"listen": f"{host.address}:{REST_PORT}", "connect_address": f"{host.address}:{REST_PORT}"},
            "etcd3": {"hosts": self._etcd.endpoints},
            "postgresql": {
                "listen": f"{host.address}:5432",
                "connect_address": f"{host.address}:5432",
                "data_dir": DATA_DIRECTORY,
                "bin_dir": BINARIES,
                "use_unix_socket": True,
                "parameters": {"unix_socket_directories": "/run/postgresql"},
                "authentication": {
                    "superuser": {"username": "postgres"},
                    "replication": {"username": "replicator"},
                    "rewind": {"username": "replicator"},
                },
            },
        }

    def _wait(self, primary: str, followers: int) -> None:
        """Return when *primary* leads, and so many follow, one of them synchronously."""
        deadline = time.monotonic() + FORMS_SECONDS
        while not self._formed(primary, followers):
            if time.monotonic() > deadline:
                raise LabError(f"Patroni's cluster does not form: `journalctl -u {UNIT}` on {', '.join(self._cluster.members)}")
            time.sleep(0.3)

    def _formed(self, primary: str, followers: int) -> bool:
        try:
            members = self._members(primary)
        except LabError:
            return False
        leads = any((each["name"], each["role"], each["state"]) == (primary, "leader", "running") for each in members)
        streaming = [each for each in members if each["state"] == "streaming"]
        return leads and len(streaming) == followers and (not followers or self._synchronous(members) is not None)

    @staticmethod
    def _synchronous(members: list[Any]) -> str | None:
        return next((str(each["name"]) for each in members if each["role"] == "sync_standby"), None)

    def _members(self, member: str) -> list[Any]:
        found: list[Any] = self._ask(member, "GET", "cluster")["members"]
        return found

    def _ask(self, member: str, verb: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        url = f"http://{self._lab.layout.host(member).address}:{REST_PORT}/{path}"
        said = self._lab.inside(member, "/usr/bin/python3", "-ISc", ASK, url, verb, "" if body is None else json.dumps(body))
        return json.loads(said) if said.startswith("{") else said
