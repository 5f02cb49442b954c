"""Data directories for the lab's databases: one cluster is made once, and every member's directory is a copy of it.

A primary that was shut down cleanly is, copied with a standby's settings, a standby of itself, without any base backup. So a
cluster from scratch costs a few copies, and "as it was before the drill" the same.
"""

import hashlib
import os
import pwd
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from lab.errors import LabError
from lab.layout import NETWORK, PREFIX_LENGTH
from lab.places import STATE
from lab.running import run
from lab.services import cases

BINARIES = "/usr/lib/postgresql/15/bin"
DATA_DIRECTORY = "/srv/postgresql"
USER = "postgres"
ORIGINAL = STATE / "postgresql"
"""Holds the cluster that the members' are copied from, and beside it what it was made of."""

SETTINGS = """
listen_addresses = '*'
max_connections = 200
superuser_reserved_connections = 10
shared_buffers = 32MB
wal_log_hints = on
max_wal_senders = 10
max_replication_slots = 10
wal_keep_size = 256MB
max_slot_wal_keep_size = 1GB
hot_standby = on
hot_standby_feedback = on
wal_sender_timeout = 3s
wal_receiver_timeout = 3s
wal_receiver_status_interval = 1s
wal_retrieve_retry_interval = 200ms
restart_after_crash = off
logging_collector = off
log_line_prefix = ''
"""
"""`restart_after_crash` is off because whether a database that crashed comes back is the controller's to decide."""

ACCESS = f"""
local all all peer
host all,replication all {NETWORK}.0/{PREFIX_LENGTH} trust
"""
"""Whoever reaches the lab's own network, which nothing else is on, is believed to be who he says."""

ROLES = """
create role replicator login replication;
grant execute on function pg_ls_dir(text, boolean, boolean) to replicator;
grant execute on function pg_stat_file(text, boolean) to replicator;
grant execute on function pg_read_binary_file(text) to replicator;
grant execute on function pg_read_binary_file(text, bigint, bigint, boolean) to replicator;
grant pg_checkpoint to replicator;
create role probe login;
create role court login connection limit 150;
create database court;
"""
"""What `replicator` may is what pg_rewind takes; `probe` may only look. The limit of `court` leaves the controller room."""


def slot(host: str) -> str:
    """Return the name of the replication slot that *host* follows by: its own, as far as slots may be named so."""
    return re.sub(r"[^a-z0-9_]", "_", host.lower())[:63]


def conninfo(host: str, primary_address: str) -> str:
    """Return how the standby *host* reaches its primary."""
    kept_alive = "connect_timeout=2 keepalives_idle=2 keepalives_interval=1 keepalives_count=2 tcp_user_timeout=3000"
    return f"host={primary_address} port=5432 user=replicator application_name={host} {kept_alive}"


def make_original() -> Path:
    """Make the cluster that members are copied from, unless it stands already, and return its data directory."""
    data = ORIGINAL / "data"
    recipe = "\0".join((SETTINGS, ACCESS, ROLES, cases.TABLES, cases.rows()))
    made_of = hashlib.sha256(recipe.encode()).hexdigest()
    mark = ORIGINAL / "made-of"
    if mark.exists() and mark.read_text(encoding="ascii") == made_of:
        return data
    if ORIGINAL.exists():
        shutil.rmtree(ORIGINAL)
    ORIGINAL.mkdir(parents=True)
    user = pwd.getpwnam(USER)
    os.chown(ORIGINAL, user.pw_uid, user.pw_gid)
    options = ["--no-sync", "--data-checksums", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust", f"--username={USER}"]
    _as_user([f"{BINARIES}/initdb", *options, f"--pgdata={data}"])
    with (data / "postgresql.conf").open("a", encoding="utf-8") as configuration:
        configuration.write(SETTINGS)
    (data / "pg_hba.conf").write_text(ACCESS, encoding="utf-8")
    _sql(data, "postgres", ROLES)
    _sql(data, "court", cases.TABLES + cases.rows())
    mark.write_text(made_of, encoding="ascii")
    return data


def lay_primary(original: Path, data: Path, standbys: Sequence[str]) -> None:
    """Copy *original* to *data* for a primary whose commits wait for the first of *standbys*; each of them has a slot."""
    _copy(original, data)
    if standbys:
        slots = (f"select pg_create_physical_replication_slot('{slot(each)}', true);" for each in standbys)
        _sql(data, "postgres", "\n".join(slots))
        _settle(data, synchronous_standby_names=f'ANY 1 ("{standbys[0]}")')


def lay_standby(original: Path, data: Path, host: str, primary_address: str) -> None:
    """Copy *original* to *data* for a standby that follows the primary at *primary_address*."""
    _copy(original, data)
    _settle(data, primary_conninfo=conninfo(host, primary_address), primary_slot_name=slot(host))
    (data / "standby.signal").touch()
    shutil.chown(data / "standby.signal", USER, USER)


def _copy(original: Path, data: Path) -> None:
    if data.exists():
        shutil.rmtree(data)
    run(["cp", "--archive", "--reflink=auto", original, data])


def _settle(data: Path, **settings: str) -> None:
    """Write what `alter system` would, which is where a promotion changes it."""
    file = data / "postgresql.auto.conf"
    file.write_text("".join(f"{name} = '{value}'\n" for name, value in settings.items()), encoding="utf-8")


def _sql(data: Path, database: str, statements: str) -> None:
    """Let the database at *data*, which nobody serves, carry out *statements*, each of which ends with its line."""
    words = [f"{BINARIES}/postgres", "--single", "-j", "-D", str(data), "-c", "exit_on_error=on", database]
    said = _as_user(words, stdin=statements.strip().replace(";\n", ";\n\n") + "\n\n")
    if "ERROR:" in said:
        raise LabError(f"making a database failed: {said}")


def _as_user(words: Sequence[str], stdin: str = "") -> str:
    return run(["runuser", "--user", USER, "--", *words], stdin=stdin)
