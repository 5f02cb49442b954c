"""A real PostgreSQL cluster in a folder, on loopback, without root: what the target program acts on in its tests.

In systemd's place stands a program of that name which starts and stops with `pg_ctl`.
"""

import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from failover.core.commands import Command, CommandId, CommandKind, Epoch
from playbooks import request
from playbooks.catalog import errand
from playbooks.equipment import Database, Equipment

ROOT = Path(__file__).parents[2]
BINARIES = Path("/usr/lib/postgresql/15/bin")
OS_USER = "postgres" if os.geteuid() == 0 else getpass.getuser()

_SYSTEMCTL = """#!{python} -S
import contextlib, os, signal, subprocess, sys
verb, unit = sys.argv[1], sys.argv[-1]
data = os.path.join({folder!r}, unit)
become = dict(user={user!r}, extra_groups=[]) if os.geteuid() == 0 else dict()

def ctl(*words):
    return subprocess.run(["{binaries}/pg_ctl", "-D", data, *words], stdout=subprocess.DEVNULL, cwd="/", **become).returncode

def process():
    try:
        number = open(data + "/postmaster.pid").readline().strip()
        state = open(f"/proc/{{number}}/stat").read().rpartition(")")[2].split()[0]
        return int(number) if state != "Z" else 0
    except OSError:
        return 0

if verb == "start" and not process():
    port = open(data + ".port").read()
    sys.exit(ctl("start", "-w", "-t", "20", "-l", data + ".log", "-o", "-p " + port))
if verb == "stop" and process():
    sys.exit(ctl("stop", "-m", "fast", "-w", "-t", "20"))
if verb == "is-active":
    print("active" if process() else "inactive")
if verb == "kill" and process():
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process())], capture_output=True, text=True).stdout.split()
    for each in [process(), *map(int, children)]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    while process():
        pass
    for left in ("{{data}}/postmaster.pid", "{folder}/.s.PGSQL.{{port}}", "{folder}/.s.PGSQL.{{port}}.lock"):
        left = left.format(data=data, port=open(data + ".port").read())  # nobody may reap here, and a zombie counts as alive
        if os.path.exists(left):
            os.remove(left)
"""

_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = '{folder}'
fsync = off
wal_log_hints = on
restart_after_crash = off
wal_retrieve_retry_interval = 100ms
shared_buffers = 16MB
max_connections = 30
min_wal_size = 5MB
wal_keep_size = 64MB
"""


def free_port() -> int:
    """Return a port of loopback that nobody has."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


class RealCluster:
    """Members of one cluster, each a PostgreSQL of its own, and commands for them as their hosts get them."""

    def __init__(self, folder: Path, names: tuple[str, ...] = ("db-1", "db-2", "db-3")) -> None:
        self.folder = folder
        self.names = names
        ports = {name: free_port() for name in names}
        units = {name: f"unit{number}" for number, name in enumerate(names)}
        self.equipment = Equipment(
            databases=tuple(
                Database(
                    "cases", name, "127.0.0.1", units[name], str(folder / units[name]), str(BINARIES), str(folder), ports[name],
                    os_user=OS_USER, replication_user="replicator",
                )
                for name in names
            )
        )  # fmt: skip
        self.term, self.number = 1, 0
        self._write_systemctl()

    def _write_systemctl(self) -> None:
        path = self.folder / "bin" / "systemctl"
        path.parent.mkdir()
        text = _SYSTEMCTL.format(python=sys.executable, folder=str(self.folder), user=OS_USER, binaries=BINARIES)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
        for each in self.equipment.databases:  # settings are copied from member to member: what differs stands beside them
            (self.folder / f"{each.unit}.port").write_text(str(each.port), encoding="utf-8")

    def database(self, name: str) -> Database:
        """Return what is known of the member *name*."""
        found = self.equipment.database("cases", name)
        assert found is not None
        return found

    def data(self, name: str) -> Path:
        """Return its data directory."""
        return Path(self.database(name).data_directory)

    def create(self) -> None:
        """Make the first member primary and let the others follow it."""
        first = self.names[0]
        self.program("initdb", "-D", str(self.data(first)), "-A", "trust", "--no-sync", "-U", "postgres", "--wal-segsize=1")
        with (self.data(first) / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(_SETTINGS.format(folder=self.folder))
        with (self.data(first) / "pg_hba.conf").open("a", encoding="utf-8") as file:
            file.write("host all,replication all 127.0.0.1/32 trust\n")
        self.systemctl("start", first)
        self.sql(first, "create role replicator superuser replication login")
        self.sql(first, "create table filings (id bigint primary key)")
        for name in self.names[1:]:
            self.carry_out(CommandKind.REJOIN, name, primary=first)

    def keep(self) -> None:
        """Keep the cluster as it is now, stopped cleanly, for `restore`."""
        for name in reversed(self.names):
            self.systemctl("stop", name)
        for name in self.names:
            subprocess.run(["cp", "-a", self.data(name), f"{self.data(name)}.kept"], check=True)

    def restore(self) -> None:
        """Have the cluster as it was kept, running, with nothing remembered on its hosts."""
        self.stop()
        for state in self.folder.glob("state-*"):
            shutil.rmtree(state)
        for name in self.names:
            shutil.rmtree(self.data(name), ignore_errors=True)
            subprocess.run(["cp", "-a", f"{self.data(name)}.kept", self.data(name)], check=True)
            self.systemctl("start", name)
        self.number = 0

    def role(self, name: str) -> dict[str, Any]:
        """Return the evidence of `verify role`."""
        evidence: dict[str, Any] = self.carry_out(CommandKind.VERIFY, name, question="role")["evidence"]
        return evidence

    def program(self, name: str, *arguments: str) -> str:
        """Run a program of PostgreSQL."""
        become: dict[str, Any] = {"user": OS_USER, "extra_groups": []} if os.geteuid() == 0 else {}
        ended = subprocess.run([str(BINARIES / name), *arguments], capture_output=True, text=True, cwd="/", check=False, **become)
        assert ended.returncode == 0, ended.stderr
        return str(ended.stdout.strip())

    def sql(self, name: str, statement: str) -> str:
        """Have *statement* carried out by a member."""
        with self.sql_begun(name, statement) as process:
            output, errors = process.communicate(timeout=30)
        assert process.returncode == 0, errors
        return str(output.strip())

    def sql_begun(self, name: str, statement: str) -> "subprocess.Popen[str]":
        """Begin to have *statement* carried out."""
        where = f"host={self.folder} port={self.database(name).port} user=postgres dbname=postgres connect_timeout=3"
        program = [str(BINARIES / "psql"), "-XAtqc", statement, "-d", where]
        return subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def systemctl(self, verb: str, name: str) -> None:
        """Start or stop a member as its host would."""
        subprocess.run([str(self.folder / "bin" / "systemctl"), verb, self.database(name).unit], check=True)

    def carry_out(
        self, kind: CommandKind, name: str, *, number: int | None = None, epoch: tuple[int, int] | None = None, **details: Any
    ) -> dict[str, Any]:
        """Have the target program carry out a command at *name*, as a host does; return its report."""
        self.number += 1
        command = Command(
            CommandId("cases", self.number if number is None else number), 1, kind, name, Epoch(*(epoch or (self.term, 1))), details
        )
        found = errand(command, self.equipment, 30.0, self.folder)
        assert found is not None
        return self.told(found.request)

    def told(self, what: Mapping[str, Any]) -> dict[str, Any]:
        """Tell the target program *what*; return its report."""
        with self.begun(what) as process:
            output, errors = process.communicate(timeout=60)
        assert not errors, errors
        report: dict[str, Any] = json.loads(output)
        return report

    def begun(self, what: Mapping[str, Any]) -> "subprocess.Popen[str]":
        """Tell the target program *what*, and do not wait."""
        host = what["target"].encode().hex()
        environment = {
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT / "playbooks"),
            "CONTINUANCE_STATE": str(self.folder / f"state-{host}"),
        }
        program = [sys.executable, "-S", "-c", "from target.main import main; main()", request.write(what)]
        return subprocess.Popen(program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def stop(self) -> None:
        """End every process of it."""
        for name in self.names:
            if self.data(name).exists():
                self.systemctl("kill", name)


@contextmanager
def real_cluster(names: tuple[str, ...] = ("db-1", "db-2", "db-3")) -> Iterator[RealCluster]:
    """Yield a cluster that runs, and leave nothing of it."""
    folder = Path(tempfile.mkdtemp(prefix="continuance-", dir="/tmp"))
    if os.geteuid() == 0:
        shutil.chown(folder, OS_USER)
    folder.chmod(0o755)
    cluster = RealCluster(folder, names)
    try:
        cluster.create()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder)
