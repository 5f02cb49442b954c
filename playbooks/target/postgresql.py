"""One PostgreSQL: how it is spoken to, and what it says of itself."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from .order import FailedError, Order, UnclearError
from .programs import Programs, last_line

LOOK_SECONDS = 15.0
"""How long a database may take to answer, on a machine that has much else to do, if somebody waits so long."""
AGAIN_SECONDS = 0.02
"""How soon something that is waited for is looked at again."""

_CONNECTION_FAILED = 2
_READY, _REJECTS = 0, 1

_LOOK = """
select json_build_object(
  'standby', pg_is_in_recovery(),
  'timeline', case when not pg_is_in_recovery()
    then ('x' || substr(pg_walfile_name(pg_current_wal_flush_lsn()), 1, 8))::bit(32)::int end,
  'position', case when not pg_is_in_recovery() then pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0') end,
  'paused', pg_is_in_recovery() and pg_is_wal_replay_paused(),
  'follows', current_setting('primary_conninfo'),
  'synchronous', current_setting('synchronous_standby_names'),
  'slots', (select count(*) from pg_replication_slots),
  'replayed_seconds_ago', extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()),
  'receiver', (
    select json_build_object(
      'status', status, 'host', sender_host, 'port', sender_port, 'has_all', flushed_lsn >= latest_end_lsn,
      'behind_seconds', extract(epoch from last_msg_send_time - pg_last_xact_replay_timestamp()))
    from pg_stat_wal_receiver))
"""


class NotRunningError(Exception):
    """The database does not run: nobody answers, and no process of it is left."""


class Seen(NamedTuple):
    """What a database that runs says of itself."""

    standby: bool
    timeline: int
    position: int
    """How far its log goes, in bytes: what it has written, or received. A standby tells both only if it is looked at closely."""
    paused: bool
    follows: str
    """How it is told to reach its primary; empty when it is cut off."""
    synchronous: str
    slots: int
    replayed_seconds_ago: float | None
    receiver: Mapping[str, Any] | None


def literal(text: str) -> str:
    """Write *text* as a string of SQL."""
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"E'{escaped}'"


def altering(settings: Mapping[str, str]) -> str:
    """Return the script that writes *settings* down for the next reload or start."""
    return "".join(f"alter system set {name} = {literal(value)};\n" for name, value in settings.items())


def identifier(text: str) -> str:
    """Write *text* as a name of SQL."""
    escaped = text.replace('"', '""')
    return f'"{escaped}"'


def conninfo(words: Mapping[str, Any]) -> str:
    """Write *words* as libpq reads them."""
    quoted = ((key, str(value).replace("\\", "\\\\").replace("'", "\\'")) for key, value in words.items())
    return " ".join(f"{key}='{value}'" for key, value in quoted)


def standby_names(hosts: Iterable[str]) -> str:
    """Write the setting that lets commits wait for any one of *hosts*."""
    names = ", ".join(identifier(host) for host in sorted(hosts))
    return f"ANY 1 ({names})" if names else ""


def standbys_in(setting: str, members: Iterable[str]) -> list[str]:
    """Return the hosts of whom commits wait for at least one, by `synchronous_standby_names` as anybody may have written it."""
    matched = re.fullmatch(r"\s*(?:(?:any|first)\s+)?\d+\s*\((.*)\)\s*", setting, re.IGNORECASE | re.DOTALL)
    found = re.findall(r'"((?:[^"]|"")*)"|([^\s,"]+)', matched.group(1) if matched else setting)
    names = {(quoted.replace('""', '"') or plain).lower() for quoted, plain in found}
    return sorted(host for host in members if host.lower() in names or "*" in names)


class PostgreSQL:
    """The database of one order."""

    def __init__(self, order: Order, programs: Programs) -> None:
        self._order = order
        self.settings = order.database
        self.programs = programs
        self.data = Path(self.settings["data_directory"])
        self.unit = str(self.settings["unit"])

    def program(self, name: str, *arguments: str, seconds: float = 3600.0) -> str:
        """Run one of its own programs as its own user; return what it says."""
        ended = self.programs.run([self._binary(name), *arguments], user=self.settings["os_user"], seconds=seconds)
        if ended.returncode:
            raise FailedError(f"{name}: {last_line(ended.stderr)}")
        return ended.stdout

    def _binary(self, name: str) -> str:
        return str(Path(self.settings["binaries"], name))

    def sql(self, script: str, seconds: float = LOOK_SECONDS, **words: Any) -> str:
        """Have *script* carried out, each statement on its own; return the last line of what comes of it.

        *words* of libpq lead elsewhere than to this host's own socket.
        """
        here = {key: self.settings[name] for key, name in _HERE.items()}
        within_seconds = self._order.left(seconds)
        patience = {"connect_timeout": max(2, int(within_seconds)), "options": f"-c statement_timeout={int(within_seconds * 1000)}"}
        where = conninfo({**here, **patience, **words})
        argv = [self._binary("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", where, "-f", "-"]
        ended = self.programs.run(argv, user=self.settings["os_user"], text=script, seconds=seconds + 1.0)
        if ended.returncode == _CONNECTION_FAILED:
            raise ConnectionError(last_line(ended.stderr))
        if ended.returncode:
            raise FailedError(last_line(ended.stderr))
        return ended.stdout.strip().rpartition("\n")[2]

    def look(self, *, closely: bool = False, after: str = "", seconds: float = LOOK_SECONDS) -> Seen:
        """Return what it says of itself, once the script *after* has been carried out.

        Which timeline a standby is on, and how far, it tells only over replication: *closely*.
        """
        try:
            found = json.loads(self.sql(after + _LOOK, seconds))
            if closely and found["standby"]:
                _, timeline, position, _ = self.sql("IDENTIFY_SYSTEM;", replication="database").split("|")
                found.update(timeline=int(timeline), position=lsn(position))
        except ConnectionError as error:
            self._explain(error)
        return Seen(**found)

    def _explain(self, error: Exception) -> NoReturn:
        """Find out why nobody answers."""
        address = ("-h", self.settings["socket_directory"], "-p", str(self.settings["port"]))
        asked = self.programs.run([self._binary("pg_isready"), *address, "-t", "2"], seconds=5.0)
        if asked.returncode in (_READY, _REJECTS):
            raise FailedError(f"its database takes no connections at the moment: {error}")
        if self.programs.systemctl("is-active", self.unit) not in ("inactive", "failed", "unknown") or self._process_lives():
            raise UnclearError("its database runs, and does not answer")
        raise NotRunningError

    def _process_lives(self) -> bool:
        """Say whether the process that `postmaster.pid` names is there, and is at home in the data directory."""
        try:
            number = int((self.data / "postmaster.pid").read_text(encoding="utf-8").split("\n")[0])
            return Path(f"/proc/{number}/cwd").resolve(strict=True) == self.data.resolve()
        except (OSError, ValueError):
            return False

    def change(self, settings: Mapping[str, str]) -> None:
        """Change *settings*; they are in force a moment later, and over every restart."""
        try:
            self.sql(altering(settings) + "select pg_reload_conf();")
        except ConnectionError as error:
            self._explain(error)

    def wait(self, fulfilled: Callable[[], bool], seconds: float, complaint: str) -> None:
        """Look until it is *fulfilled*."""
        ends_at = time.monotonic() + self._order.left(seconds)
        while not fulfilled():
            if time.monotonic() > ends_at:
                raise FailedError(complaint)
            time.sleep(AGAIN_SECONDS)

    def control(self) -> Mapping[str, str]:
        """Return what `pg_controldata` says of data that nobody has in use."""
        lines = self.program("pg_controldata", "-D", str(self.data)).splitlines()
        return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}

    def timeline_on_disk(self) -> int:
        """Return the latest timeline that its data have been on."""
        control = self.control()
        return max(int(control["Latest checkpoint's TimeLineID"]), int(control["Min recovery ending loc's timeline"]))


_HERE = {"host": "socket_directory", "port": "port", "user": "user", "dbname": "database"}


def lsn(text: str) -> int:
    """Return the place in the write-ahead log that *text* names, in bytes."""
    high, low = text.split("/")
    return (int(high, 16) << 32) + int(low, 16)
