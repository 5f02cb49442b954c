"""A whole site on this machine: a real PostgreSQL cluster with a real proxy before it, power controllers, and a configuration."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.playbooks.power_controller import CREDENTIALS, PowerController, power_controller
from tests.playbooks.real_cluster import BINARIES, OS_USER, RealCluster, free_port, real_cluster

TOPOLOGY = """
name: courts
sites: {here: {}, there: {}}
hosts:
  db-1: {site: here}
  db-2: {site: there}
  edge-1: {site: here}
  ctl-1: {site: here}
clusters:
  cases: {members: [db-1, db-2], primary: db-1, routes: [edge-1], fence: [redfish, operator], policy: {mode: approve}}
services:
  records: {needs: cases}
controllers: [ctl-1]
vantages: [edge-1]
"""
HAPROXY = """
global
    stats socket {folder}/admin.sock mode 600 level admin
defaults
    mode tcp
    timeout connect 500ms
    timeout client 30s
    timeout server 30s
frontend cases
    bind 127.0.0.1:{port}
    default_backend cases
backend cases
    server db-1 127.0.0.1:{first} disabled
    server db-2 127.0.0.1:{second} disabled
"""


@dataclass
class Site:
    """What a rehearsal finds."""

    folder: Path
    cluster: RealCluster
    power: dict[str, PowerController]
    proxy_port: int
    entry: dict[str, Any] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.folder / "controller.yaml"

    def write(self, **changes: Any) -> Path:
        """Write the configuration, with *changes* of its sections."""
        self.config.write_text(json.dumps({**self.entry, **changes}))
        return self.config


@contextmanager
def site() -> Iterator[Site]:
    """Yield a site that runs, on which a controller could be on duty."""
    with ExitStack() as stack:
        cluster = stack.enter_context(real_cluster(("db-1", "db-2")))
        cluster.sql("db-1", "create role court login password 'court'")
        folder = cluster.folder / "site"
        folder.mkdir()
        port = free_port()
        ports = {name: cluster.database(name).port for name in cluster.names}
        configuration = HAPROXY.format(folder=folder, port=port, first=ports["db-1"], second=ports["db-2"])
        (folder / "haproxy.cfg").write_text(configuration)
        haproxy = subprocess.Popen(["/usr/sbin/haproxy", "-db", "-f", str(folder / "haproxy.cfg")], stderr=subprocess.DEVNULL)
        stack.callback(haproxy.wait)
        stack.callback(haproxy.kill)
        _wait_for(folder / "admin.sock")
        _tell(folder / "admin.sock", "enable server cases/db-1")
        power = {}
        for host in cluster.names:
            power[host] = stack.enter_context(power_controller())
            power[host].name = host
        made = Site(folder, cluster, power, port)
        _write(made)
        path = f"{cluster.folder / 'bin'}:{os.environ['PATH']}"
        stack.enter_context(patch.dict(os.environ, {"PATH": path}))
        yield made


def _write(made: Site) -> None:
    folder, cluster = made.folder, made.cluster
    here = {"ansible_connection": "local", "ansible_host": "127.0.0.1", "ansible_python_interpreter": sys.executable}
    hosts = {}
    for name in (*cluster.names, "edge-1", "ctl-1"):
        places = {"target_folder": str(folder / f"lib-{name}"), "target_state": str(folder / f"remembered-{name}")}
        hosts[name] = {**here, **places}
    (folder / "hosts.yml").write_text(json.dumps({"all": {"hosts": hosts}}))
    (folder / "court.yaml").write_text(TOPOLOGY)
    (folder / "redfish").write_text(CREDENTIALS)
    (folder / "court").write_text("court")
    databases = {
        host: {
            "unit": cluster.database(host).unit,
            "data_directory": cluster.database(host).data_directory,
            "port": cluster.database(host).port,
        }
        for host in cluster.names
    }
    first = databases["db-1"]
    made.entry = {
        "topology": "court.yaml",
        "inventory": "hosts.yml",
        "secrets": {"redfish": "file:redfish", "court": "file:court", "vantage": "env:HOME"},
        "databases": {
            "cases": {
                **{key: first[key] for key in ("unit", "data_directory")},
                "binaries": str(BINARIES),
                "socket_directory": str(cluster.folder),
                "os_user": OS_USER,
                "client": {"user": "court", "database": "postgres", "credentials": "court"},
                "hosts": databases,
            }
        },
        "routes": {
            "cases": {
                "haproxy": {"host": "edge-1", "port": made.proxy_port, "backend": "cases", "socket": str(folder / "admin.sock")}
            }
        },
        "fence": {host: [{"redfish": device.url, "credentials": "redfish"}, "operator"] for host, device in made.power.items()},
        "probes": {
            host: [{"postgresql": {"port": databases[host]["port"], "user": "court", "password": "court"}}] for host in databases
        },
    }
    made.write()


def _wait_for(path: Path) -> None:
    ends_at = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < ends_at, "the proxy does not start"
        time.sleep(0.02)


def _tell(socket: Path, words: str) -> None:
    import socket as sockets

    with sockets.socket(sockets.AF_UNIX) as connection:
        connection.connect(str(socket))
        connection.sendall(f"{words}\n".encode())
        connection.recv(1024)
