"""How far behind standbys are, measured on a real PostgreSQL cluster as the probes see it."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from failover.core.cluster import Sighting
from failover.core.events import Health
from failover.core.settings import Settings
from failover.core.states import State
from failover.live.clock import Clock
from failover.live.plan import HostPlan, PostgresqlEntry, ProbeEntry
from failover.live.readiness.replication import Replication
from failover.live.readiness.verdict import Lack, Moot
from tests.failover.live.readiness.looking import controller, known
from tests.failover.live.stage import trio
from tests.playbooks.real_cluster import RealCluster, real_cluster

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("replication")]

Lags = dict[tuple[str, str], float | None]


@pytest.fixture(scope="module")
def cluster() -> Iterator[RealCluster]:
    with real_cluster() as found:
        found.sql("db-1", "create role probe login")
        found.sql("db-1", 'alter system set synchronous_standby_names = \'ANY 1 ("db-2", "db-3")\'')
        found.sql("db-1", "select pg_reload_conf()")
        yield found


class Looking:
    """Looks at *cluster*, as a controller does."""

    def __init__(self, cluster: RealCluster, settings: Settings | None = None, **changes: Any) -> None:
        state = known(settings)
        state = replace(state, clusters={"db": replace(state.clusters["db"], **changes)})
        hosts = {}
        for name in cluster.names:
            entry = ProbeEntry(postgresql=PostgresqlEntry(port=cluster.database(name).port, user="probe"))
            hosts[name] = HostPlan(address="127.0.0.1", member=True, probes=(entry,))
        self.replication = Replication(controller(state), "db", hosts, lambda name: name, Clock())
        self.lags: Lags = {}

    def found(self) -> dict[str, Lack | None]:
        """What is said; of what is moot, nothing is."""
        found = asyncio.run(self.replication.look(self.lags))
        return {subject: lack for subject, lack in found.items() if not isinstance(lack, Moot)}


def test_standbys_that_stream_are_hardly_behind_and_no_right_but_the_probes_is_needed(cluster: RealCluster) -> None:
    looking = Looking(cluster)
    assert looking.found() == dict.fromkeys(("replication from 'db-1'", "replication to 'db-2'", "replication to 'db-3'"))
    assert all((looking.lags["db", host] or 9.0) < 3.0 for host in ("db-2", "db-3"))
    assert looking.lags["db", "db-1"] is None


def test_a_standby_that_receives_nothing_is_not_ready(cluster: RealCluster) -> None:
    before = cluster.sql("db-3", "select current_setting('primary_conninfo')")
    cluster.sql("db-3", "alter system set primary_conninfo = ''")
    cluster.sql("db-3", "select pg_reload_conf()")
    cluster.sql("db-3", "select pg_sleep(1)")
    try:
        lack = Looking(cluster).found()["replication to 'db-3'"]
    finally:
        cluster.sql("db-3", f"alter system set primary_conninfo = '{before.replace(chr(39), chr(39) * 2)}'")
        cluster.sql("db-3", "select pg_reload_conf()")
    assert lack is not None
    assert lack.why == "it receives nothing from 'db-1'"
    assert "continuance failover rejoin db-3" in lack.remedy


def test_a_paused_replay_is_told(cluster: RealCluster) -> None:
    cluster.sql("db-2", "select pg_wal_replay_pause()")
    lack = Looking(cluster).found()["replication to 'db-2'"]
    cluster.sql("db-2", "select pg_wal_replay_resume()")
    assert lack is not None
    assert lack.why == "its replay is paused"


def test_a_primary_whose_commits_wait_for_nobody_is_told_where_they_should(cluster: RealCluster) -> None:
    cluster.sql("db-1", "alter system set synchronous_standby_names = ''")
    cluster.sql("db-1", "select pg_reload_conf()")
    cluster.sql("db-1", "select pg_sleep(0.5)")
    lack = Looking(cluster).found()["replication from 'db-1'"]
    assert lack is not None
    assert "commits wait for no standby" in lack.why


def test_a_primary_that_does_not_answer_is_told(cluster: RealCluster) -> None:
    looking = Looking(cluster)
    known_hosts = looking.replication._hosts
    elsewhere = {name: each.model_copy(update={"address": "127.0.0.2"}) for name, each in known_hosts.items()}
    looking.replication._hosts = elsewhere
    (lack,) = looking.found().values()
    assert lack is not None
    assert lack.why.startswith("the primary does not say what it has: ")


def test_while_a_recovery_is_under_way_nothing_is_asked(cluster: RealCluster) -> None:
    assert Looking(cluster, trio(), state=State.CUTTING).found() == {}


def test_of_a_host_that_is_known_to_be_silent_nothing_is_said_for_that_is_told_already(cluster: RealCluster) -> None:
    looking = Looking(cluster, health={"db-1": Sighting(Health.SILENT, ())})
    assert looking.found() == {}


def test_a_primary_that_is_lost_while_it_is_asked_is_no_second_alarm(cluster: RealCluster) -> None:
    looking = Looking(cluster)
    hosts = looking.replication._hosts
    looking.replication._hosts = {name: each.model_copy(update={"address": "127.0.0.2"}) for name, each in hosts.items()}
    state = looking.replication._controller.state

    class NoticedMeanwhile(Clock):
        async def sleep(self, seconds: float) -> None:
            lost = replace(state.clusters["db"], health={"db-1": Sighting(Health.SILENT, ())})
            looking.replication._controller.state = replace(state, clusters={"db": lost})

    looking.replication._clock = NoticedMeanwhile()
    before = looking.replication.hangs_on()
    assert looking.found() == {}
    assert looking.replication.hangs_on() != before, "it is looked at again when the host is back"
