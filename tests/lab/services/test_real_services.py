"""The services on the lab's real hosts."""

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from lab.errors import LabError
from lab.hosts import Lab
from lab.services import cases, database, proxy
from lab.services.anew import begin_anew
from topology.model import Cluster

pytestmark = pytest.mark.lab

PATIENCE_SECONDS = 15.0


@pytest.fixture
def cluster(lab: Lab) -> Cluster:
    """The lab's cluster, as it was built."""
    begin_anew(lab)
    return lab.layout.topology.clusters["cases"]


def looked_up(lab: Lab, path: str = f"/case/{cases.number(7)}", address: str = "10.77.0.10:8080") -> Any:
    fetch = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=3).read().decode())"
    return json.loads(lab.inside("load-1", "/usr/bin/python3", "-ISc", fetch, f"http://{address}{path}"))


def within(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def answers(lab: Lab) -> str:
    try:
        return str(looked_up(lab)["freshness"])
    except LabError:
        return "nothing"


def test_one_standby_is_waited_for_and_the_other_follows(lab: Lab, cluster: Cluster) -> None:
    seen = database.ask(lab, "db-1", "select application_name, sync_state from pg_stat_replication order by 1")
    assert seen.splitlines() == ["db-2|quorum", "db-3|async"]
    assert database.ask(lab, "db-1", "select bool_and(active and wal_status = 'reserved') from pg_replication_slots") == "t"


def test_a_database_stays_stopped_when_its_host_is_switched_on_again(lab: Lab, cluster: Cluster) -> None:
    lab.off("db-3")
    lab.on("db-3")
    lab.wait_until_up(["db-3"])
    time.sleep(1.0)
    assert not database.runs(lab, "db-3")
    database.start(lab, "db-3")
    assert within(
        lambda: database.ask(lab, "db-1", "select count(*) from pg_stat_replication where application_name = 'db-3'") == "1"
    )


def test_a_cluster_that_stands_is_left_alone_by_the_next_set_up(lab: Lab, cluster: Cluster) -> None:
    database.ask(lab, "db-1", "insert into filings values (1, now())", database="court")
    database.Database().set_up(lab)
    assert database.ask(lab, "db-1", "select count(*) from filings", database="court") == "1"


def test_the_first_primary_is_back_after_another_was_promoted(lab: Lab, cluster: Cluster) -> None:
    lab.off("db-1")
    database.ask(lab, "db-2", "alter system set synchronous_standby_names = ''")
    database.ask(lab, "db-2", "select pg_promote()")
    proxy.route(lab, "edge-1", cluster, "db-2")
    lab.on("db-1")
    lab.wait_until_up(["db-1"])
    begin_anew(lab)
    roles = [database.ask(lab, member, "select pg_is_in_recovery()") for member in cluster.members]
    assert roles == ["f", "t", "t"]
    assert proxy.routed(lab, "edge-1", cluster) == ("db-1",)


def test_lookups_are_answered_from_the_last_copy_while_the_way_to_the_database_is_withdrawn(lab: Lab, cluster: Cluster) -> None:
    assert within(lambda: answers(lab) == "fresh")
    proxy.route(lab, "edge-1", cluster, None)
    assert within(lambda: answers(lab) == "stale")
    first = looked_up(lab)
    assert first["case"]["title"].startswith("Invented case 7")
    time.sleep(0.5)
    assert looked_up(lab)["age_seconds"] >= first["age_seconds"] + 0.5  # it says how old the copy is, which nobody renews now
    proxy.route(lab, "edge-1", cluster, "db-1")
    assert within(lambda: answers(lab) == "fresh")


def test_the_proxy_asks_the_other_lookup_server_when_one_is_gone(lab: Lab, cluster: Cluster) -> None:
    assert within(lambda: answers(lab) == "fresh")
    lab.off("app-1")
    assert {looked_up(lab)["host"] for _ in range(10)} == {"app-2"}


def test_the_proxy_knows_after_a_restart_where_it_was_told_to_send_clients(lab: Lab, cluster: Cluster) -> None:
    proxy.route(lab, "edge-1", cluster, "db-2")
    lab.off("edge-1")
    lab.on("edge-1")
    lab.wait_until_up(["edge-1"])
    assert within(lambda: _routed(lab, cluster) == ("db-2",))


def _routed(lab: Lab, cluster: Cluster) -> tuple[str, ...]:
    try:
        return proxy.routed(lab, "edge-1", cluster)
    except LabError:
        return ()


def test_the_monitor_sees_who_does_not_answer(lab: Lab, cluster: Cluster) -> None:
    def down() -> list[str]:
        asked = quote('up{job!="continuance"} == 0')  # no controller is on duty here
        told = looked_up(lab, f"/api/v1/query?query={asked}", "10.77.0.6:9090")
        return sorted(each["metric"]["instance"] for each in told["data"]["result"])

    assert within(lambda: down() == [])
    lab.off("app-2")
    assert within(lambda: down() == ["10.77.0.22:8000"])
