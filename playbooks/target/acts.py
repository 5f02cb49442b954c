"""What the commands do to a database. Each may be repeated, and each looks itself whether it has come about."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from .answers import behind_seconds, receives, running, settled, source
from .guard import Guard, sync_directory
from .order import FailedError, Order, UnclearError
from .postgresql import NotRunningError, PostgreSQL, Seen, altering, conninfo, literal, standby_names

HANGS_SECONDS = 3.0
"""After so long without an answer a database that is to be started is taken to hang."""
FOLLOW_SECONDS = 8.0
"""How long a standby may take to connect to another primary."""


def start(order: Order, guard: Guard, database: PostgreSQL) -> dict[str, Any]:
    """Start what does not run; what runs and does not answer is ended first."""
    if guard.memory.get("damaged"):
        raise FailedError("its data are half rewound: only rejoin helps")
    try:
        seen: Seen | None = database.look(seconds=HANGS_SECONDS)
    except NotRunningError:
        seen = None
    except UnclearError:
        seen = None
        database.programs.run(["systemctl", "kill", "--signal=SIGKILL", database.unit])
        database.programs.systemctl("stop", database.unit)
    if seen is None:
        if order.details.get("role") == "standby" and not (database.data / "standby.signal").exists():
            raise FailedError("its data are those of a primary: only rejoin makes it a standby")
        bring_up(database)
        seen = running(database)
    return {"role": "standby" if seen.standby else "primary"}


def bring_up(database: PostgreSQL) -> None:
    """Start its unit, whatever became of that before."""
    database.programs.run(["systemctl", "reset-failed", database.unit])
    database.programs.systemctl("start", database.unit)


def cut_replication(order: Order, guard: Guard, database: PostgreSQL) -> dict[str, Any]:
    """Stop receiving for good, over every restart, and wait until nothing more comes."""
    seen = settled(database)
    if not receives(seen):
        return {}
    guard.remember(behind_seconds=behind_seconds(guard, seen))
    database.change({"primary_conninfo": ""})
    database.wait(lambda: not receives(running(database)), FOLLOW_SECONDS, "it still receives")
    return {}


def set_synchronous(order: Order, guard: Guard, database: PostgreSQL) -> dict[str, Any]:
    """Let commits wait for one of the standbys."""
    wait_for(database, order.details["standbys"])
    return {"standbys": sorted(order.details["standbys"])}


def wait_for(database: PostgreSQL, standbys: Iterable[str]) -> None:
    """Let commits wait for one of *standbys*, and see that new sessions know."""
    names = standby_names(standbys)
    try:
        database.change({"synchronous_standby_names": names})
    except NotRunningError:
        raise FailedError("its database does not run") from None
    database.wait(lambda: running(database).synchronous == names, FOLLOW_SECONDS, "its new settings are not in force")


_PROMOTE = """
select pg_promote(false);
do $$ begin while pg_is_in_recovery() loop perform pg_sleep(0.005); end loop; end $$;
"""

_WRITE = """
set synchronous_commit = local;
select pg_logical_emit_message(true, 'continuance', 'promoted');
"""
"""A commit like any other, without a table. It waits for no standby: none follows yet."""


def promote(order: Order, guard: Guard, database: PostgreSQL) -> dict[str, Any]:
    """Make a standby primary, its commits waiting for whom they have to from the first one on, and see that it takes writes.

    Who is primary already has to go on from the timeline that was read: somebody may have put other data there since.
    """
    seen, timeline = running(database, closely=True), order.details.get("timeline")
    if timeline is not None and seen.timeline not in (timeline, timeline + (not seen.standby)):
        raise FailedError(f"it is on timeline {seen.timeline}", timeline=seen.timeline)
    wait_for(database, order.details.get("synchronous", ()))
    seen = database.look(after=(_PROMOTE if seen.standby else "") + _WRITE, seconds=order.left())
    if seen.standby:
        raise FailedError("it did not become primary")
    guard.remember(promoted={"epoch": list(order.epoch), "timeline": seen.timeline}, stepping_down=False)
    return {"role": "primary", "timeline": seen.timeline}


def repoint(order: Order, guard: Guard, database: PostgreSQL) -> dict[str, Any]:
    """Let a standby follow another primary, and wait until it streams from it."""
    primary = order.details["primary"]
    seen = running(database)
    if not seen.standby:
        raise FailedError("it is a primary itself")
    if not own_slot(order, database, primary):
        raise FailedError(f"'{primary}' does not give it a replication slot", follows=None)
    database.change(following(order, database, primary))
    database.wait(lambda: source(order, running(database)) == primary, FOLLOW_SECONDS, f"it does not stream from '{primary}'")
    if seen.slots:
        drop_slots(order, database)
    return {"follows": primary}


def following(order: Order, database: PostgreSQL, primary: str) -> dict[str, str]:
    """Return the settings of a standby that follows *primary*."""
    words = {"connect_timeout": 2, **upstream(order, database, primary), "application_name": order.target}
    return {"primary_conninfo": conninfo(words), "primary_slot_name": order.members[order.target]["slot"]}


def upstream(order: Order, database: PostgreSQL, primary: str) -> dict[str, Any]:
    """Return how *primary* is reached from here."""
    if primary not in order.members:
        raise FailedError(f"'{primary}' is no member of '{order.cluster}'")
    where, settings = order.members[primary], database.settings
    patience = {"keepalives_idle": 2, "keepalives_interval": 1, "keepalives_count": 2}
    user = settings["replication_user"]
    return {**patience, **settings["replication"], "host": where["address"], "port": where["port"], "user": user}


def own_slot(order: Order, database: PostgreSQL, primary: str) -> bool:
    """Make sure that *primary* keeps what this standby has not got yet; say whether it does."""
    slot = order.members[order.target]["slot"]
    there = {"connect_timeout": 5, **upstream(order, database, primary), "dbname": database.settings["database"]}
    unless_known = f"where not exists (select from pg_replication_slots where slot_name = {literal(slot)})"
    try:
        database.sql(f"select pg_create_physical_replication_slot({literal(slot)}, true) {unless_known};", **there)
    except ConnectionError:
        return False
    return True


def drop_slots(order: Order, database: PostgreSQL) -> None:
    """Drop the slots of other members here: nobody follows a standby, and they would keep its log for ever."""
    names = ", ".join(literal(each["slot"]) for host, each in order.members.items() if host != order.target)
    if names:
        idle = f"from pg_replication_slots where not active and slot_name in ({names})"
        with suppress(FailedError):  # one that has just been taken stays
            database.sql(f"select pg_drop_replication_slot(slot_name) {idle};")


def demote(order: Order, guard: Guard, database: PostgreSQL) -> dict[str, Any]:
    """Take no more writes, send out what there is, and come up again as a standby that follows nobody yet."""
    try:
        if database.look().standby:
            return {"role": "standby"}
        database.sql(altering({"primary_conninfo": ""}))
        guard.remember(stepping_down=True, promoted=None)
        database.programs.systemctl("stop", database.unit)
    except NotRunningError:
        if not guard.memory.get("stepping_down"):
            raise FailedError("its database does not run") from None
    if database.control()["Database cluster state"] != "shut down":
        raise FailedError("it did not shut down cleanly")
    mark_standby(database)
    bring_up(database)
    guard.remember(stepping_down=False, behind_seconds=0.0)
    drop_slots(order, database)
    return {"role": "standby"}


def mark_standby(database: PostgreSQL) -> None:
    """Let it come up as a standby from now on."""
    signal = database.data / "standby.signal"
    signal.touch(mode=0o600)
    give_to_owner(database, signal)
    sync_directory(database.data)


def give_to_owner(database: PostgreSQL, path: os.PathLike[str]) -> None:
    """Let the database's own user have *path*."""
    if os.geteuid() == 0:
        account = pwd.getpwnam(database.settings["os_user"])
        os.chown(path, account.pw_uid, account.pw_gid)
