"""What can be said of this host before anything is ordered of it: as whom commands would act here, and whether what they need is
there. Nothing is changed, no lock is taken and no epoch is looked at, so it never stands in the way of a command.

    python3 -S -c 'from target.survey import main; main()' ASKED
"""

from __future__ import annotations

import binascii
import json
import os
import pwd
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .acts import upstream
from .answers import source
from .guard import STATE
from .haproxy import HAProxy
from .order import FailedError, Order, UnclearError
from .postgresql import NotRunningError, PostgreSQL, Seen, standbys_in
from .programs import Programs

ANSWER_SECONDS = 5.0
PROGRAMS = ("psql", "pg_isready", "pg_controldata", "pg_rewind", "pg_basebackup")

Rights = list[tuple[str, str, str]]
"""Of what (a cluster, a service, nothing), which right by its key, and why it is lacking: empty where it is not."""


def survey(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Look at everything that *asked* names; return rights and facts."""
    rights: Rights = [("", "become", _root()), ("", "memory", _kept(STATE))]
    facts: dict[str, Any] = {"free_bytes": {str(STATE): _free_bytes(STATE)}, "clusters": {}, "routed": {}}
    for each in asked["databases"]:
        order = _order(asked, each)
        found, known = _database(order, bool(asked["closely"]))
        rights += [(order.cluster, *right) for right in found]
        facts["clusters"][order.cluster] = known
        facts["free_bytes"][order.database["data_directory"]] = _free_bytes(Path(order.database["data_directory"]))
    for each in asked["proxies"]:
        order = _order(asked, each)
        found, routed = _proxy(order)
        rights += [(order.cluster, *right) for right in found]
        facts["routed"].update(routed)
    for each in asked["pages"]:
        folder = Path(each["path"]).parent
        rights.append((each["service"], "page", "" if os.access(folder, os.W_OK) else f"'{folder}' may not be written to"))
    return {"rights": rights, **facts}


def _order(asked: Mapping[str, Any], each: Mapping[str, Any]) -> Order:
    known = {name: each.get(name) or {} for name in ("database", "members", "proxy")}
    ends_at = time.monotonic() + float(asked["seconds"])
    return Order(each["cluster"], "survey", 0, (0, 0), asked["target"], {}, page={}, ends_at=ends_at, **known)


def _root() -> str:
    return "" if os.geteuid() == 0 else f"we are '{pwd.getpwuid(os.geteuid()).pw_name}' there, and not root"


def _kept(folder: Path) -> str:
    while not folder.exists():
        folder = folder.parent
    return "" if os.access(folder, os.W_OK) else f"'{folder}' may not be written to"


def _free_bytes(folder: Path) -> int | None:
    while not folder.exists():
        folder = folder.parent
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize


def _tried(look: Callable[[], str]) -> str:
    """Return what *look* finds lacking, or why it cannot be looked at."""
    try:
        return look()
    except FailedError as failed:
        return str(failed.evidence["reason"])
    except NotRunningError:
        return "the database does not run"
    except (UnclearError, ConnectionError, OSError, KeyError, ValueError) as error:
        return str(error) or type(error).__name__


def _database(order: Order, closely: bool) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    programs = Programs(order, None)
    database = PostgreSQL(order, programs)
    known: dict[str, Any] = {}

    def let_in() -> str:
        known.update(_told(order, database.look(seconds=ANSWER_SECONDS)))
        return ""

    rights = [
        ("programs", _tried(lambda: _installed(database))),
        ("unit", _tried(lambda: _unit(database))),
        ("login", _tried(let_in)),
    ]
    if closely and known:
        rights.append(("superuser", _tried(lambda: _superuser(database))))
        rights.append(("rewind", _tried(lambda: _rewindable(database))))
        for host in order.members:
            if host != order.target:
                rights.append(("peer", _tried(lambda host=host: _peer(order, database, host))))  # type: ignore[misc]
    return rights, known


def _told(order: Order, seen: Seen) -> dict[str, Any]:
    others = [host for host in order.members if host != order.target]
    return {
        "role": "standby" if seen.standby else "primary",
        "follows": source(order, seen),
        "synchronous": standbys_in(seen.synchronous, others),
    }


def _installed(database: PostgreSQL) -> str:
    settings = database.settings
    account = settings["os_user"]
    try:
        pwd.getpwnam(account)
    except KeyError:
        return f"there is no user '{account}'"
    lacking = [name for name in PROGRAMS if not os.access(Path(settings["binaries"], name), os.X_OK)]
    if lacking:
        return f"'{settings['binaries']}' has no {', '.join(lacking)}"
    return "" if database.data.is_dir() else f"there is no folder '{database.data}'"


def _unit(database: PostgreSQL) -> str:
    """An old primary that comes up by itself would be a second one."""
    asked = ["systemctl", "show", "--property=LoadState,UnitFileState,Restart", database.unit]
    said = database.programs.run(asked, seconds=ANSWER_SECONDS).stdout
    found = dict(line.partition("=")[::2] for line in said.splitlines())
    if found.get("LoadState") not in ("loaded", None):
        return f"systemd has no unit '{database.unit}'"
    if found.get("UnitFileState") in ("enabled", "enabled-runtime"):
        return f"'{database.unit}' is enabled, and would start by itself: systemctl disable {database.unit}"
    restart = found.get("Restart", "no")
    return "" if restart == "no" else f"'{database.unit}' has Restart={restart}, and would start by itself"


def _superuser(database: PostgreSQL) -> str:
    answer = database.sql("select rolsuper from pg_roles where rolname = current_user;", ANSWER_SECONDS)
    return "" if answer == "t" else f"'{database.settings['user']}' is no superuser there"


def _rewindable(database: PostgreSQL) -> str:
    asked = "select current_setting('wal_log_hints'), current_setting('data_checksums'), current_setting('restore_command');"
    hints, checksums, restore = database.sql(asked, ANSWER_SECONDS).split("|", 2)
    if "on" not in (hints, checksums):
        return "neither wal_log_hints nor data checksums are on, and pg_rewind needs one of them"
    return f"restore_command is set ({restore}): a standby that was cut off could still receive" if restore else ""


_MAY_REWIND = """
select rolreplication,
  has_function_privilege(current_user, 'pg_read_binary_file(text, bigint, bigint, boolean)', 'execute'),
  rolsuper or exists (select from pg_roles where rolname = 'pg_checkpoint' and pg_has_role(current_user, oid, 'member'))
from pg_roles where rolname = current_user;
"""


def _peer(order: Order, database: PostgreSQL, host: str) -> str:
    """See that this member could follow *host*, rewind from it, and have it make a checkpoint."""
    there = {**upstream(order, database, host), "connect_timeout": 3}
    try:
        answer = database.sql(_MAY_REWIND, ANSWER_SECONDS, **there, dbname=database.settings["database"])
        database.sql("IDENTIFY_SYSTEM;", ANSWER_SECONDS, **there, replication="true")
    except (FailedError, ConnectionError) as error:
        return f"'{host}' does not let '{order.target}' follow it: {error}"
    lacks = ("may not replicate", "may not read files, as pg_rewind does", "may not order a checkpoint (grant pg_checkpoint)")
    found = [lack for lack, has in zip(lacks, answer.split("|")) if has != "t"]  # noqa: B905 (strict is from Python 3.10)
    return f"on '{host}', '{database.settings['replication_user']}' {', '.join(found)}" if found else ""


def _proxy(order: Order) -> tuple[list[tuple[str, str]], dict[str, str | None]]:
    routed: dict[str, str | None] = {}

    def answers() -> str:
        proxy = HAProxy(order)
        lacking = [host for host in order.members if host not in proxy.servers()]
        routed[order.cluster] = proxy.primary()
        return f"its backend '{proxy.backend}' has no server called {', '.join(lacking)}" if lacking else ""

    rights = [("proxy", _tried(answers))]
    state_file = order.proxy.get("state_file")
    if state_file is not None:
        rights.append(("state_file", _kept(Path(state_file).parent)))
    return rights, routed


def main() -> None:
    """Answer what stands on the command line, in one line of JSON."""
    asked = json.loads(binascii.a2b_base64(sys.argv[1]))
    print(json.dumps({"outcome": "succeeded", "evidence": survey(asked)}), flush=True)
