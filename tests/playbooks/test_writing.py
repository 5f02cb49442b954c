"""A write through the proxies, tried on a real PostgreSQL: each member is reached as if a proxy stood before it."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from failover.core.commands import CommandKind as Kind
from playbooks.writing import serves
from tests.playbooks.real_cluster import RealCluster, real_cluster

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("postgresql")]


@pytest.fixture(scope="module")
def cluster() -> Iterator[RealCluster]:
    with real_cluster(("db-1", "db-2")) as found:
        yield found


def asked(cluster: RealCluster, primary: str, *through: str) -> bool:
    """Ask whether writes are taken by *primary*, through proxies that lead to the members *through*."""
    wanted = cluster.database(primary)
    client = {"user": "replicator", "database": "postgres", "options": {"sslmode": "disable"}}
    request: dict[str, Any] = {
        "seconds": 2.0,
        "client": client,
        "proxies": [{"address": "127.0.0.1", "port": cluster.database(name).port if name else 1} for name in through],
        "database": {"address": wanted.address, "port": wanted.port},
    }
    return serves(request, "unused")


def test_write_that_the_primary_took_and_acknowledged_serves(cluster: RealCluster) -> None:
    assert asked(cluster, "db-1", "db-1")
    assert asked(cluster, "db-1", "", "db-1")  # one of two proxies is gone


def test_write_that_reaches_nobody_or_a_standby_or_somebody_else_does_not(cluster: RealCluster) -> None:
    assert not asked(cluster, "db-1", "")
    assert not asked(cluster, "db-2", "db-2")
    assert not asked(cluster, "db-2", "db-1")


def test_write_to_a_database_that_is_made_read_only_does_not(cluster: RealCluster) -> None:
    cluster.sql("db-1", "alter role replicator set default_transaction_read_only = on")
    assert not asked(cluster, "db-1", "db-1")
    cluster.sql("db-1", "alter role replicator reset default_transaction_read_only")


def test_write_that_waits_for_a_standby_in_vain_does_not_and_is_not_waited_for_long(cluster: RealCluster) -> None:
    cluster.systemctl("kill", "db-2")
    cluster.carry_out(Kind.SET_SYNCHRONOUS, "db-1", standbys=("db-2",))
    begun = time.monotonic()
    assert not asked(cluster, "db-1", "db-1")
    assert time.monotonic() - begun < 10
    cluster.carry_out(Kind.SET_SYNCHRONOUS, "db-1", standbys=())
