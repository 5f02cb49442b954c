"""What a host says of itself before anything is ordered of it, on a real PostgreSQL cluster."""

import base64
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from playbooks import survey
from playbooks.equipment import Equipment, Page, Proxy
from tests.playbooks.real_cluster import ROOT, RealCluster, real_cluster
from tests.playbooks.running import page, running

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("survey")]


@pytest.fixture(scope="module")
def cluster() -> Iterator[RealCluster]:
    with real_cluster() as found:
        yield found


def asked(cluster: RealCluster, host: str, equipment: Equipment | None = None, *, closely: bool = True) -> Mapping[str, Any]:
    """Ask as *host* would be asked, and return its evidence."""
    errand = survey.errand(host, equipment or cluster.equipment, closely=closely, seconds=20.0)
    program = [sys.executable, "-S", "-c", "from target.survey import main; main()"]
    path = f"{cluster.folder / 'bin'}:{os.environ['PATH']}"
    environment = {"PATH": path, "PYTHONPATH": str(ROOT / "playbooks"), "CONTINUANCE_STATE": str(cluster.folder / "remembered")}
    order = base64.b64encode(json.dumps(errand.request).encode()).decode()
    said = subprocess.run([*program, order], env=environment, capture_output=True, text=True, check=True).stdout
    report = json.loads(said)
    assert report["outcome"] == "succeeded"
    evidence: Mapping[str, Any] = report["evidence"]
    return evidence


def lacking(host: str, evidence: Mapping[str, Any]) -> dict[str, str]:
    """Return what is lacking, but for root where the tests are not run by it."""
    as_root = survey.RIGHTS["become"]
    found: dict[str, str] = {}
    for held in survey.rights_in(host, evidence):
        if held.why and held.right != as_root:
            found[held.right.words] = f"{found.get(held.right.words, '')}{held.why}\n"
    return found


def test_a_host_that_has_all_rights_says_so_and_how_it_is(cluster: RealCluster) -> None:
    evidence = asked(cluster, "db-2")
    assert lacking("db-2", evidence) == {}
    assert {held.right for held in survey.rights_in("db-2", evidence)} == {
        right for key, right in survey.RIGHTS.items() if key not in ("proxy", "state_file", "page")
    }
    assert evidence["clusters"] == {"cases": {"role": "standby", "follows": "db-1", "synchronous": []}}
    assert evidence["free_bytes"][cluster.database("db-2").data_directory] > 0
    assert asked(cluster, "db-1")["clusters"]["cases"]["role"] == "primary"


def test_asking_leaves_nothing_behind_and_is_not_held_up_by_a_command_under_way(cluster: RealCluster) -> None:
    asked(cluster, "db-1")
    assert not (cluster.folder / "remembered").exists()


@pytest.mark.parametrize(
    ("wrong", "right", "why"),
    [
        ({"binaries": "/nowhere"}, "programs", "'/nowhere' has no psql, pg_isready, pg_controldata, pg_rewind, pg_basebackup"),
        ({"os_user": "nobody-of-that-name"}, "programs", "there is no user 'nobody-of-that-name'"),
        ({"data_directory": "/nowhere/data"}, "programs", "there is no folder '/nowhere/data'"),
        ({"user": "stranger"}, "login", 'role "stranger" does not exist'),
        ({"replication_user": "stranger"}, "peer", "'db-1' does not let 'db-2' follow it: "),
    ],
)
def test_what_is_lacking_is_said_of_the_right_it_takes(cluster: RealCluster, wrong: dict[str, Any], right: str, why: str) -> None:
    databases = tuple(replace(each, **wrong) if each.host == "db-2" else each for each in cluster.equipment.databases)
    found = lacking("db-2", asked(cluster, "db-2", Equipment(databases=databases)))
    assert why in found[survey.RIGHTS[right].words]


def test_a_replication_user_without_the_rights_of_pg_rewind_is_told_of(cluster: RealCluster) -> None:
    cluster.sql("db-1", "create role follower replication login")
    databases = tuple(replace(each, replication_user="follower") for each in cluster.equipment.databases)
    cluster.sql("db-1", "select pg_sleep(0.5)")
    found = lacking("db-1", asked(cluster, "db-1", Equipment(databases=databases)))
    assert "may not read files, as pg_rewind does, may not order a checkpoint" in found[survey.RIGHTS["peer"].words]


def test_a_proxy_that_does_not_run_and_a_page_that_may_not_be_taken_off_are_told_of(cluster: RealCluster) -> None:
    proxy = Proxy("cases", "db-2", "127.0.0.1", 5000, "cases", socket="/nowhere.sock", state_file="/nowhere/state")
    equipment = replace(cluster.equipment, proxies=(proxy,), pages=(Page("lookup", "db-2", "/nowhere/status.html"),))
    found = lacking("db-2", asked(cluster, "db-2", equipment, closely=False))
    assert "the proxy does not run" in found[survey.RIGHTS["proxy"].words]
    assert found[survey.RIGHTS["page"].words] == "'/nowhere' may not be written to\n"


def test_without_looking_closely_nothing_is_asked_of_the_other_members(cluster: RealCluster) -> None:
    held = survey.rights_in("db-2", asked(cluster, "db-2", closely=False))
    assert survey.RIGHTS["peer"] not in {each.right for each in held}


def test_a_real_playbook_brings_the_answer() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running(folder, Equipment(pages=(page(folder),))) as made:
            report = made.do(made.runner.survey("here", False, 30.0))
            assert report.outcome == "succeeded", report
            assert ["lookup", "page", ""] in report.evidence["rights"]
            report = made.do(made.runner.survey("nosuch", False, 30.0))
            assert report.outcome == "failed"
            assert "nosuch" in report.evidence["reason"]
