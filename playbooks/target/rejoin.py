"""How a former primary becomes a standby: its data are rewound to where the histories part, or else copied anew."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .acts import bring_up, drop_slots, following, give_to_owner, mark_standby, own_slot, upstream
from .answers import running, source
from .guard import Guard, sync_directory
from .order import FailedError, Order
from .postgresql import NotRunningError, PostgreSQL, conninfo, literal

STREAM_SECONDS = 60.0
"""How long it may take until it streams after it has come up."""


def rejoin(order: Order, guard: Guard, database: PostgreSQL) -> dict[str, Any]:
    """Take back what the other history lacks, whatever that costs, and follow it."""
    primary = order.details["primary"]
    try:
        if source(order, database.look()) == primary:
            return {"follows": primary, "by": "nothing to do"}
        database.programs.systemctl("stop", database.unit)
    except NotRunningError:
        pass
    there = {"connect_timeout": 5, **upstream(order, database, primary), "dbname": database.settings["database"]}
    try:
        if database.sql("select pg_is_in_recovery();", **there) != "f":
            raise FailedError(f"'{primary}' is not primary")
        # Before version 16, pg_rewind takes the timeline from the last checkpoint, which is older than the promotion.
        database.sql("checkpoint;", order.left(), **there)
    except ConnectionError:
        raise FailedError(f"'{primary}' does not answer it") from None
    if not own_slot(order, database, primary):
        raise FailedError(f"'{primary}' does not give it a replication slot")
    by = _take_over(order, guard, database, primary)
    write_offline(database, {**following(order, database, primary), "synchronous_standby_names": ""})
    mark_standby(database)
    bring_up(database)
    database.wait(lambda: source(order, running(database)) == primary, STREAM_SECONDS, f"it does not stream from '{primary}'")
    guard.remember(damaged=False, promoted=None, stepping_down=False)
    drop_slots(order, database)
    return {"follows": primary, "by": by}


def _take_over(order: Order, guard: Guard, database: PostgreSQL, primary: str) -> str:
    """Make the data fit those of *primary*; return by which program. Broken off, only a copy helps."""
    damaged = bool(guard.memory.get("damaged")) or not (database.data / "PG_VERSION").exists()
    guard.remember(damaged=True, promoted=None)
    words = upstream(order, database, primary)
    if not damaged:
        server = conninfo({**words, "dbname": database.settings["database"]})
        config_file = database.settings["config_file"]
        configured = () if config_file is None else ("--config-file", config_file)
        (database.data / "standby.signal").unlink(missing_ok=True)  # it recovers alone before it is rewound
        try:
            database.program("pg_rewind", "-D", str(database.data), "--source-server", server, *configured)
            return "pg_rewind"
        except FailedError as refused:
            why = refused.evidence["reason"]
    else:
        why = "its data were half rewound"
    arguments = _empty(database)
    slot = order.members[order.target]["slot"]
    copy = ("-D", str(database.data), "-d", conninfo(words), "-X", "stream", "-S", slot, "-c", "fast", *arguments)
    database.program("pg_basebackup", *copy)
    return f"pg_basebackup ({why})"


def _empty(database: PostgreSQL) -> tuple[str, ...]:
    """Throw the old data away; return what `pg_basebackup` has to be told so that the log lies where it lay."""
    data = database.data
    if not data.exists():
        data.mkdir(mode=0o700, parents=True)
        give_to_owner(database, data)
    spaces = data / "pg_tblspc"
    if spaces.is_dir() and any(spaces.iterdir()):
        raise FailedError("it has tablespaces: a person has to copy its data anew")
    if any(data.iterdir()) and not (data / "PG_VERSION").exists() and not (data / "global").exists():
        raise FailedError(f"'{data}' does not look like the data of a database")
    log = data / "pg_wal"
    elsewhere = log.resolve() if log.is_symlink() else None
    for folder in (data, *([elsewhere] if elsewhere is not None else [])):
        for each in folder.iterdir():
            if each.is_dir() and not each.is_symlink():
                shutil.rmtree(each)
            else:
                each.unlink()
    return () if elsewhere is None else ("--waldir", str(elsewhere))


def write_offline(database: PostgreSQL, settings: Mapping[str, str]) -> None:
    """Write *settings* where `alter system` would, while the database does not run."""
    path = database.data / "postgresql.auto.conf"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    kept = [line for line in lines if line.partition("=")[0].strip() not in settings]
    kept += [f"{name} = {literal_in_file(value)}" for name, value in settings.items()]
    draft = Path(f"{path}.new")
    with draft.open("w", encoding="utf-8") as file:
        file.write("\n".join(kept) + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.chmod(0o600)
    give_to_owner(database, draft)
    draft.replace(path)
    sync_directory(path.parent)


def literal_in_file(value: str) -> str:
    """Write *value* as the server's settings files have it: like SQL, but every string knows backslashes."""
    return literal(value)[1:]
