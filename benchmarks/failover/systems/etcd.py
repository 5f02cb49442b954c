"""The store that Patroni keeps its lead in: three members, on hosts that no incident touches."""

import json
import time

from benchmarks.failover.peers import ETCD
from benchmarks.failover.units import run_unit, stop_unit
from lab.errors import LabError
from lab.hosts import Lab
from lab.layout import Role

UNIT = "benchmark-etcd"
PROGRAM, DATA = "/srv/benchmark/etcd", "/srv/benchmark/etcd-data"
CLIENT_PORT, PEER_PORT = 2379, 2380
FORMS_SECONDS = 20.0


class Etcd:
    """The members, at the first controller, monitor and proxy."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._hosts = [lab.layout.of(role)[0] for role in (Role.CONTROLLER, Role.MONITOR, Role.EDGE)]

    @property
    def endpoints(self) -> list[str]:
        """Where clients reach it."""
        return [f"{host.address}:{CLIENT_PORT}" for host in self._hosts]

    def start(self) -> None:
        """Let it form anew, with nothing in it."""
        self.stop()
        all_members = ",".join(f"{host.name}=http://{host.address}:{PEER_PORT}" for host in self._hosts)
        for host in self._hosts:
            ETCD.put(host.name)
            self._lab.inside(host.name, "rm", "-rf", DATA)
            client, peer = f"http://{host.address}:{CLIENT_PORT}", f"http://{host.address}:{PEER_PORT}"
            words = ["--name", host.name, "--data-dir", DATA, "--listen-client-urls", client, "--advertise-client-urls", client]
            words += ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", all_members]
            run_unit(self._lab, host.name, UNIT, [f"{PROGRAM}/etcd", *words])
        deadline = time.monotonic() + FORMS_SECONDS
        while not self._healthy():
            if time.monotonic() > deadline:
                raise LabError(f"etcd does not form: `journalctl -u {UNIT}` on {', '.join(host.name for host in self._hosts)}")
            time.sleep(0.2)

    def put(self, key: str, value: object) -> None:
        """Set *key* to *value* as JSON."""
        self._tell("put", key, json.dumps(value))

    def stop(self) -> None:
        """End it."""
        for host in self._hosts:
            stop_unit(self._lab, host.name, UNIT)

    def _healthy(self) -> bool:
        try:
            self._tell("endpoint", "health")
        except LabError:
            return False
        return True

    def _tell(self, *words: str) -> str:
        endpoints = f"--endpoints={','.join(self.endpoints)}"
        return self._lab.inside(self._hosts[0].name, "env", "ETCDCTL_API=3", f"{PROGRAM}/etcdctl", endpoints, *words)
