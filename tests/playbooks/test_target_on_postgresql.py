"""The target program against a real PostgreSQL of three members."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from failover.core.commands import CommandKind as Kind
from tests.playbooks.real_cluster import RealCluster, real_cluster

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("postgresql")]


@pytest.fixture(scope="module")
def made() -> Iterator[RealCluster]:
    with real_cluster() as cluster:
        cluster.keep()
        yield cluster


@pytest.fixture
def cluster(made: RealCluster) -> RealCluster:
    made.restore()
    return made


def write(cluster: RealCluster, name: str, first: int, last: int) -> None:
    cluster.sql(name, f"insert into filings select generate_series({first}, {last})")


def filings(cluster: RealCluster, name: str) -> int:
    return int(cluster.sql(name, "select count(*) from filings"))


def commit_waits(cluster: RealCluster, name: str) -> bool:
    """Say whether a commit is made to wait for a standby."""
    with cluster.sql_begun(name, "insert into filings values (1000000)") as writing:
        ends_at = time.monotonic() + 5
        while writing.poll() is None and time.monotonic() < ends_at:
            if cluster.sql(name, "select count(*) from pg_stat_activity where wait_event = 'SyncRep'") == "1":
                writing.kill()
                return True
    return False


def lose_primary(cluster: RealCluster) -> None:
    """Kill the primary and cut the others, as a failover begins."""
    cluster.systemctl("kill", "db-1")
    for name in ("db-2", "db-3"):
        assert cluster.carry_out(Kind.CUT_REPLICATION, name)["outcome"] == "succeeded"


def promote(cluster: RealCluster, name: str = "db-2", synchronous: tuple[str, ...] = ()) -> None:
    report = cluster.carry_out(Kind.PROMOTE, name, role="primary", timeline=1, synchronous=synchronous)
    assert report == {"outcome": "succeeded", "evidence": {"role": "primary", "timeline": 2}}


# Looks.


def test_positions_of_a_standby_that_follows_are_those_of_its_primary(cluster: RealCluster) -> None:
    write(cluster, "db-1", 1, 100)
    time.sleep(0.3)
    primary, standby = (cluster.carry_out(Kind.READ_POSITIONS, name)["evidence"] for name in ("db-1", "db-2"))
    assert (primary["role"], primary["receiving"], primary["behind_seconds"]) == ("primary", False, 0.0)
    assert (standby["role"], standby["receiving"], standby["behind_seconds"]) == ("standby", True, 0.0)
    assert standby["position"] == primary["position"]
    assert standby["timeline"] == primary["timeline"] == 1


def test_stopped_database_still_tells_its_timeline(cluster: RealCluster) -> None:
    cluster.systemctl("stop", "db-3")
    assert cluster.role("db-3") == {"role": "stopped", "epoch": None, "timeline": 1}
    refused = cluster.carry_out(Kind.READ_POSITIONS, "db-3")
    assert refused == {"outcome": "failed", "evidence": {"reason": "its database does not run"}}


def test_nobody_can_say_what_a_database_is_that_hangs(cluster: RealCluster) -> None:
    number = int((cluster.data("db-3") / "postmaster.pid").read_text().split("\n")[0])
    os.kill(number, signal.SIGSTOP)
    assert cluster.carry_out(Kind.VERIFY, "db-3", question="role")["outcome"] == "unknown"


def test_standby_follows_whom_it_streams_from_and_not_whom_it_is_told_to(cluster: RealCluster) -> None:
    assert cluster.carry_out(Kind.VERIFY, "db-2", question="follows")["evidence"] == {"follows": "db-1"}
    cluster.systemctl("kill", "db-1")
    time.sleep(0.3)
    assert cluster.carry_out(Kind.VERIFY, "db-2", question="follows")["evidence"] == {"follows": None}


# Failing over.


def test_standby_that_was_cut_receives_nothing_more_not_even_after_a_restart(cluster: RealCluster) -> None:
    assert cluster.carry_out(Kind.CUT_REPLICATION, "db-2")["outcome"] == "succeeded"
    before = cluster.carry_out(Kind.READ_POSITIONS, "db-2")["evidence"]
    assert before["receiving"] is False
    write(cluster, "db-1", 1, 100)
    cluster.systemctl("stop", "db-2")
    cluster.systemctl("start", "db-2")
    after = cluster.carry_out(Kind.READ_POSITIONS, "db-2")["evidence"]
    assert after["position"] == before["position"]
    assert after["receiving"] is False
    assert filings(cluster, "db-2") == 0


def test_what_a_standby_lacked_when_it_was_cut_is_remembered(cluster: RealCluster) -> None:
    write(cluster, "db-1", 1, 100)
    time.sleep(0.3)
    cluster.carry_out(Kind.CUT_REPLICATION, "db-2")
    time.sleep(1.0)
    assert cluster.carry_out(Kind.READ_POSITIONS, "db-2")["evidence"]["behind_seconds"] < 0.9


def test_promoted_standby_takes_writes_under_its_epoch_and_has_every_commit(cluster: RealCluster) -> None:
    write(cluster, "db-1", 1, 100)
    time.sleep(0.3)
    lose_primary(cluster)
    promote(cluster)
    assert cluster.role("db-2") == {"role": "primary", "epoch": [1, 1], "timeline": 2}
    assert filings(cluster, "db-2") == 100
    write(cluster, "db-2", 101, 200)


def test_commits_of_a_promoted_primary_wait_for_a_standby_from_the_first_one_on(cluster: RealCluster) -> None:
    lose_primary(cluster)
    promote(cluster, synchronous=("db-3",))
    assert cluster.carry_out(Kind.VERIFY, "db-2", question="synchronous")["evidence"] == {"standbys": ["db-3"]}
    assert commit_waits(cluster, "db-2")


def test_promotion_on_another_timeline_is_refused(cluster: RealCluster) -> None:
    report = cluster.carry_out(Kind.PROMOTE, "db-2", role="primary", timeline=7, synchronous=())
    assert report == {"outcome": "failed", "evidence": {"reason": "it is on timeline 1", "timeline": 1}}
    assert cluster.role("db-2")["role"] == "standby"


def test_who_was_promoted_by_hand_has_no_epoch_until_he_is_promoted_again(cluster: RealCluster) -> None:
    lose_primary(cluster)
    cluster.sql("db-2", "select pg_promote()")
    assert cluster.role("db-2") == {"role": "primary", "epoch": None, "timeline": 2}
    assert cluster.carry_out(Kind.PROMOTE, "db-2", timeline=1, synchronous=())["outcome"] == "succeeded"
    assert cluster.role("db-2")["epoch"] == [1, 1]


def test_who_was_promoted_by_hand_upon_other_data_than_were_read_is_refused(cluster: RealCluster) -> None:
    lose_primary(cluster)
    cluster.sql("db-2", "select pg_promote()")
    report = cluster.carry_out(Kind.PROMOTE, "db-2", timeline=7, synchronous=())
    assert report == {"outcome": "failed", "evidence": {"reason": "it is on timeline 2", "timeline": 2}}
    assert cluster.role("db-2")["epoch"] is None


def test_other_standby_follows_the_new_primary_and_leaves_no_slots_behind(cluster: RealCluster) -> None:
    lose_primary(cluster)
    promote(cluster)
    assert cluster.carry_out(Kind.REPOINT, "db-3", primary="db-2") == {"outcome": "succeeded", "evidence": {"follows": "db-2"}}
    write(cluster, "db-2", 1, 10)
    time.sleep(0.5)
    assert filings(cluster, "db-3") == 10
    assert cluster.sql("db-2", "select slot_name, active from pg_replication_slots") == "db_3|t"
    assert cluster.sql("db-3", "select count(*) from pg_replication_slots") == "0"


def test_primary_is_not_repointed(cluster: RealCluster) -> None:
    report = cluster.carry_out(Kind.REPOINT, "db-1", primary="db-2")
    assert report == {"outcome": "failed", "evidence": {"reason": "it is a primary itself"}}


def test_standby_is_not_repointed_to_whom_nobody_knows_or_who_is_silent(cluster: RealCluster) -> None:
    assert "is no member" in cluster.carry_out(Kind.REPOINT, "db-2", primary="db-9")["evidence"]["reason"]
    cluster.systemctl("kill", "db-1")
    report = cluster.carry_out(Kind.REPOINT, "db-2", primary="db-1")
    assert report["outcome"] == "failed"


# Coming back.


def test_former_primary_is_rewound_and_loses_what_nobody_else_has(cluster: RealCluster) -> None:
    for name in ("db-2", "db-3"):
        cluster.carry_out(Kind.CUT_REPLICATION, name)
    write(cluster, "db-1", 1, 1000)
    cluster.systemctl("kill", "db-1")
    promote(cluster)
    write(cluster, "db-2", 5001, 5010)
    report = cluster.carry_out(Kind.REJOIN, "db-1", primary="db-2")
    assert report == {"outcome": "succeeded", "evidence": {"follows": "db-2", "by": "pg_rewind"}}
    time.sleep(0.5)
    assert filings(cluster, "db-1") == 10
    assert cluster.role("db-1")["role"] == "standby"
    again = cluster.carry_out(Kind.REJOIN, "db-1", primary="db-2")
    assert again["evidence"] == {"follows": "db-2", "by": "nothing to do"}


def test_half_rewound_data_are_not_started_and_are_copied_anew(cluster: RealCluster) -> None:
    lose_primary(cluster)
    promote(cluster)
    state = cluster.folder / f"state-{b'db-1'.hex()}" / "cases.json"
    cluster.role("db-1")
    state.write_text('{"damaged": true}')
    report = cluster.carry_out(Kind.START, "db-1", role="standby")
    assert report["evidence"]["reason"] == "its data are half rewound: only rejoin helps"
    report = cluster.carry_out(Kind.REJOIN, "db-1", primary="db-2")
    assert report["evidence"] == {"follows": "db-2", "by": "pg_basebackup (its data were half rewound)"}


def test_former_primary_is_not_rejoined_to_a_standby(cluster: RealCluster) -> None:
    report = cluster.carry_out(Kind.REJOIN, "db-3", primary="db-2")
    assert report == {"outcome": "failed", "evidence": {"reason": "'db-2' is not primary"}}


def test_primary_that_steps_down_follows_nobody_and_its_standbys_lack_nothing(cluster: RealCluster) -> None:
    write(cluster, "db-1", 1, 1000)
    assert cluster.carry_out(Kind.DEMOTE, "db-1") == {"outcome": "succeeded", "evidence": {"role": "standby"}}
    old, new = (cluster.carry_out(Kind.READ_POSITIONS, name)["evidence"] for name in ("db-1", "db-2"))
    assert (old["role"], old["receiving"]) == ("standby", False)
    assert new["position"] == old["position"]
    promote(cluster)
    assert cluster.carry_out(Kind.REPOINT, "db-1", primary="db-2")["outcome"] == "succeeded"
    assert filings(cluster, "db-2") == 1000


def test_primary_that_stepped_down_may_step_up_again(cluster: RealCluster) -> None:
    cluster.carry_out(Kind.DEMOTE, "db-1")
    promote(cluster, "db-1")
    write(cluster, "db-1", 1, 10)


# Starting.


def test_dead_database_is_started_where_it_is(cluster: RealCluster) -> None:
    write(cluster, "db-1", 1, 10)
    cluster.systemctl("kill", "db-1")
    assert cluster.role("db-1")["role"] == "stopped"
    assert cluster.carry_out(Kind.START, "db-1", role="primary") == {"outcome": "succeeded", "evidence": {"role": "primary"}}
    assert filings(cluster, "db-1") == 10


def test_database_that_hangs_is_ended_and_started(cluster: RealCluster) -> None:
    number = int((cluster.data("db-1") / "postmaster.pid").read_text().split("\n")[0])
    os.kill(number, signal.SIGSTOP)
    assert cluster.carry_out(Kind.START, "db-1", role="primary")["outcome"] == "succeeded"
    assert cluster.role("db-1")["role"] == "primary"


def test_data_of_a_primary_are_not_started_for_a_standby(cluster: RealCluster) -> None:
    cluster.systemctl("kill", "db-1")
    report = cluster.carry_out(Kind.START, "db-1", role="standby")
    assert report["outcome"] == "failed"
    assert cluster.role("db-1")["role"] == "stopped"


def test_commits_wait_for_the_standbys_that_were_set_and_for_nobody_when_none_are(cluster: RealCluster) -> None:
    assert cluster.carry_out(Kind.SET_SYNCHRONOUS, "db-1", standbys=("db-2",))["outcome"] == "succeeded"
    write(cluster, "db-1", 1, 10)
    cluster.systemctl("kill", "db-2")
    assert commit_waits(cluster, "db-1")
    assert cluster.carry_out(Kind.SET_SYNCHRONOUS, "db-1", standbys=())["outcome"] == "succeeded"
    assert not commit_waits(cluster, "db-1")
