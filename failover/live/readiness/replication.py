"""How far behind each standby is, measured from outside: what the primary has written is asked of it, then the standbys are asked
until they have it. That takes no more rights than the probes have, and holds no lock.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import NamedTuple

import asyncpg

from failover.core.cluster import ClusterState
from failover.core.events import Health
from failover.core.settings import ClusterSettings
from failover.core.stages import health_of
from failover.core.states import State
from failover.live.clock import Clock
from failover.live.controller import Controller
from failover.live.plan import HostPlan, PostgresqlEntry
from failover.live.postgresql_way import WayToPostgresql
from failover.live.readiness.checking import Check, Found
from failover.live.readiness.verdict import MOOT, Lack, Moot
from failover.live.waited_for import waited_for
from topology.model import Mode
from topology.quantities import show_duration

EVERY_SECONDS = 15.0
CONNECT_SECONDS = 3.0
CATCHES_UP_SECONDS = 3.0
"""How long a standby is asked whether it has what the primary had at the beginning."""
AGAIN_SECONDS = 0.05
NOTICED_SECONDS = 2.0
"""So long after the detection window everybody knows of a loss."""
_LET_IN = "see that our probes are let in"

_WRITTEN = """
select pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::bigint as position, current_setting('synchronous_standby_names') as waits
where not pg_is_in_recovery()
"""
_RECEIVED = """
select pg_wal_lsn_diff(greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), '0/0')::bigint as position,
  pg_is_wal_replay_paused() as paused, exists (select from pg_stat_wal_receiver) as receives
where pg_is_in_recovery()
"""


class Received(NamedTuple):
    """What a standby has: *behind_seconds* is None where it did not catch up, and nobody knows how long it has lacked what it
    lacks.
    """

    behind_seconds: float | None
    paused: bool
    receives: bool


class Replication:
    """Looks at the members of one cluster as its probes do."""

    def __init__(
        self, controller: Controller, name: str, hosts: Mapping[str, HostPlan], secrets: Callable[[str], str], clock: Clock
    ) -> None:
        self._controller = controller
        self._settings = controller.settings.clusters[name]
        self._hosts = hosts
        self._ways = {host: WayToPostgresql() for host in hosts}
        self._secrets = secrets
        self._clock = clock
        self._written: list[tuple[float, int]] = []
        """When the primary had come how far, the latest last: a standby that lacks something has lacked it since then."""
        self._waits = ""

    def hangs_on(self) -> object:
        """Return by what it is judged whether anybody can be asked."""
        c = self._c
        return c.state, c.primary, frozenset(host for host in self._members if self._can_be_asked(host))

    @property
    def _c(self) -> ClusterState:
        return self._controller.state.clusters[self._settings.name]

    @property
    def _members(self) -> tuple[str, ...]:
        return self._settings.cluster.members

    def _can_be_asked(self, host: str) -> bool:
        """Say whether *host* is not known to be silent, off, without its process, or something else than it should be."""
        c = self._c
        wanted = Health.PRIMARY if host == c.primary else Health.STANDBY
        return health_of(c, host) is wanted and host not in c.quarantined | c.off

    async def look(self, lag_seconds: dict[tuple[str, str], float | None]) -> Found:
        """Measure, and judge; what is measured goes to *lag_seconds*. Nothing is said of who is known to be unable to answer."""
        measured: dict[tuple[str, str], float | None] = {(self._settings.name, host): None for host in self._members}
        found = await self._measured(measured)
        lag_seconds |= measured
        return found

    async def _measured(self, lag_seconds: dict[tuple[str, str], float | None]) -> Found:
        found: dict[str, Lack | Moot | None] = {_from(host): MOOT for host in self._members}
        found |= {_to(host): MOOT for host in self._members}
        c = self._c
        if c.state is not State.WATCHING or not self._can_be_asked(c.primary):
            return found
        try:
            await self._ask_primary(c.primary)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
            if await self._stays_well(c.primary):
                found[_from(c.primary)] = Lack(f"the primary does not say what it has: {_words(error)}", _LET_IN)
            return found
        standbys = [host for host in self._settings.others(c.primary) if self._can_be_asked(host)]
        received = dict(zip(standbys, await asyncio.gather(*(self._received(host) for host in standbys)), strict=True))
        for host, what in received.items():
            lag_seconds[self._settings.name, host] = None if isinstance(what, str) else what.behind_seconds
            if not isinstance(what, str) or await self._stays_well(host):
                found[_to(host)] = _judge(self._settings, host, c.primary, what)
        if self._c.state is State.WATCHING and self._can_be_asked(c.primary):
            found[_from(c.primary)] = self._judge_synchronous(received)
        return found

    async def _stays_well(self, host: str) -> bool:
        """Say whether *host*, which does not answer, is still seen to be well once a loss would have been noticed."""
        await self._clock.sleep(self._settings.policy.detection_window_seconds + NOTICED_SECONDS)
        return self._c.state is State.WATCHING and self._can_be_asked(host)

    async def _ask_primary(self, host: str) -> None:
        at = self._clock.monotonic()
        connection = await self._connect(host)
        try:
            row = await connection.fetchrow(_WRITTEN, timeout=CONNECT_SECONDS)
        finally:
            connection.terminate()
        if row is None:
            raise TimeoutError(f"'{host}' is no primary any more")
        self._waits = row["waits"]
        if self._written and row["position"] < self._written[-1][1]:
            self._written.clear()  # another primary, with another history
        self._written = [*self._written[-1000:], (at, row["position"])]

    async def _received(self, host: str) -> Received | str:
        """Return what *host* has, or why it does not say."""
        wanted, asked_at = self._written[-1][1], self._clock.monotonic()
        try:
            connection = await self._connect(host)
            try:
                while True:
                    row = await connection.fetchrow(_RECEIVED, timeout=CONNECT_SECONDS)
                    if row is None:
                        return "it is no standby"
                    waited_seconds = self._clock.monotonic() - asked_at
                    if (row["position"] or 0) >= wanted or waited_seconds > CATCHES_UP_SECONDS:
                        break
                    await self._clock.sleep(AGAIN_SECONDS)
            finally:
                connection.terminate()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
            return f"it does not say what it has: {_words(error)}"
        return Received(self._behind_seconds(row["position"] or 0, wanted, waited_seconds), row["paused"], row["receives"])

    def _behind_seconds(self, position: int, wanted: int, waited_seconds: float) -> float | None:
        if position >= wanted:
            return round(waited_seconds, 3)
        lacked = [at for at, written in self._written if written > position]
        everything = len(lacked) == len(self._written)
        return None if everything and len(lacked) < 2 else round(self._clock.monotonic() - lacked[0], 3)

    async def _connect(self, host: str) -> asyncpg.Connection:
        plan = self._hosts[host]
        entry = next((each.postgresql for each in plan.probes if each.postgresql is not None), PostgresqlEntry())
        return await self._ways[host].connect(
            host=plan.address,
            port=entry.port,
            user=entry.user,
            database=entry.database,
            password=None if entry.password is None else self._secrets(entry.password),
            timeout=CONNECT_SECONDS,
            server_settings={"application_name": "continuance", "statement_timeout": "3000"},
        )

    def _judge_synchronous(self, received: Mapping[str, Received | str]) -> Lack | None:
        if not self._settings.synchronous:
            return None
        observed = self._settings.policy.mode is Mode.OBSERVE
        if not self._waits:
            why = "commits wait for no standby, and what is acknowledged now would be lost with the primary"
            ours = "the controller lets commits wait again as soon as one does"
            return Lack(why, f"see why no standby follows closely; {'then let commits wait for it' if observed else ours}")
        streaming = {host for host, what in received.items() if isinstance(what, Received) and what.receives}
        named = waited_for(self._waits, self._c.primary, self._members)
        if observed and named is not None and not named & streaming:  # who acts lets commits wait for others by itself
            waited = " or ".join(f"'{host}'" for host in sorted(named))
            return Lack(f"commits wait for {waited}, who receives nothing", "see why; until it does, writes hang")
        if not streaming:
            return Lack("commits wait for a standby, and none receives", "see why no standby streams; until then writes hang")
        return None


def replication_check(replication: Replication, name: str, lag_seconds: dict[tuple[str, str], float | None]) -> Check:
    """Return the check that somebody has nearly all that the primary of the cluster called *name* has."""

    async def look() -> Found:
        return await replication.look(lag_seconds)

    return Check(f"the replication of '{name}'", EVERY_SECONDS, look, replication.hangs_on)


def _judge(settings: ClusterSettings, host: str, primary: str, what: Received | str) -> Lack | None:
    if isinstance(what, str):
        return Lack(what, f"see whether the database on '{host}' runs and lets our probes in")
    if not what.receives:
        ours = f"rejoin it: continuance failover rejoin {host}"
        rejoin = "build it anew from the primary" if settings.policy.mode is Mode.OBSERVE else ours
        remedy = f"see the log of its database; if it cannot follow, {rejoin}"
        return Lack(f"it receives nothing from '{primary}'", remedy)
    if what.paused:
        return Lack("its replay is paused", f"on '{host}': select pg_wal_replay_resume()")
    # Where commits wait for standbys, whoever lags is passed over for one that has everything, and nothing is lost.
    limit_seconds = None if settings.synchronous else settings.policy.rpo_seconds
    if what.behind_seconds is None:
        return Lack("it has not caught up for as long as we look", f"see how fast '{host}' and the way to it are")
    if limit_seconds is not None and what.behind_seconds > limit_seconds:
        lags = f"it lags {show_duration(what.behind_seconds)}, and {show_duration(limit_seconds)} may be lost (rpo)"
        return Lack(lags, f"see how fast '{host}' and the way to it are; until it has caught up it cannot take over")
    return None


def _from(host: str) -> str:
    return f"replication from '{host}'"


def _to(host: str) -> str:
    return f"replication to '{host}'"


def _words(error: Exception) -> str:
    return str(error) or "no answer in time"
