"""A rehearsal on a real cluster with a real proxy: what it finds, and that it does nothing."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from failover.core.settings import Settings
from failover.live.configuration import load_configuration
from failover.live.rehearsal import Rehearsal, Result, Tried, rehearse
from tests.failover.live.rehearsing import Site, site

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("rehearsal")]

OWN = """
- name: Promote by our own program
  hosts: {hosts}
  gather_facts: false
  tasks:
    - name: Promote
      ansible.builtin.raw: our-promote --token {{{{ lookup('continuance.failover.secret', 'court') }}}} {pwn}
"""


@pytest.fixture(scope="module")
def made() -> Iterator[Site]:
    with site() as found:
        yield found


def rehearsed(made: Site, **changes: Any) -> Rehearsal:
    configuration = load_configuration(made.write(**changes))
    settings = Settings(configuration.topology).clusters["cases"]
    return asyncio.run(rehearse(configuration, settings, "db-1"))


def failing(rehearsal: Rehearsal) -> list[Tried]:
    return [each for each in rehearsal.tried if each.result is not Result.WELL]


def test_where_every_right_is_there_all_is_well_and_nothing_was_done(made: Site) -> None:
    before = made.cluster.role("db-1"), made.cluster.role("db-2")
    found = rehearsed(made)
    assert failing(found) == []
    assert found.worst is Result.WELL
    assert {each.target for each in found.tried} == {"this controller", "db-1", "db-2", "edge-1"}
    assert (made.cluster.role("db-1"), made.cluster.role("db-2")) == before
    assert [each.resets for each in made.power.values()] == [[], []]
    assert list(made.folder.glob("remembered-*/*")) == [], "no host has seen an epoch"


def test_every_command_shows_what_would_be_run(made: Site) -> None:
    found = rehearsed(made)
    promote = next(each for each in found.rendered if (each.command, each.target) == ("promote", "db-2"))
    assert promote.hosts == ("db-2",)
    (task,) = promote.tasks
    assert "exec /usr/bin/python3 -S -c 'from target.main import main; main()' ORDER" in task.arguments["_raw_params"]
    assert {each.command for each in found.rendered} >= {"fence", "power_on", "rejoin", "repoint", "withdraw_route", "reroute"}


def test_a_wrong_password_of_a_power_controller_and_a_wrong_cable_are_found(made: Site) -> None:
    (made.folder / "wrong").write_text("admin:guess")
    secrets = {**made.entry["secrets"], "wrong": "file:wrong"}
    one, other = made.power["db-1"].url, made.power["db-2"].url
    fence = {"db-1": [{"redfish": one, "credentials": "wrong"}], "db-2": [{"redfish": one, "credentials": "redfish"}]}
    found = {each.target: each.why for each in failing(rehearsed(made, secrets=secrets, fence=fence))}
    assert found == {"db-1": "the power controller answers 401 to GET /redfish/v1/Systems", "db-2": "it speaks of 'db-1'"}
    assert other != one


def test_clients_that_are_not_let_in_are_found(made: Site) -> None:
    databases = {**made.entry["databases"]["cases"], "client": {"user": "stranger", "database": "postgres"}}
    (found,) = failing(rehearsed(made, databases={"cases": databases}))
    assert found.right.startswith("write as clients do, as 'stranger'")
    assert 'role "stranger" does not exist' in found.why


def test_a_host_that_nobody_can_log_in_to_leaves_the_rest_of_it_untested(made: Site) -> None:
    inventory = (made.folder / "hosts.yml").read_text()
    gone = inventory.replace('"db-2": {"ansible_connection": "local"', '"db-2": {"ansible_connection": "ssh", "ansible_port": 1')
    (made.folder / "gone.yml").write_text(gone)
    found = rehearsed(made, inventory="gone.yml")
    assert [(each.target, each.result) for each in failing(found)] == [("db-2", Result.FAILS), ("db-2", Result.UNTESTED)]
    assert "refused" in failing(found)[0].why


def test_a_host_without_power_control_needs_a_person_and_is_untested(made: Site) -> None:
    topology = (made.folder / "court.yaml").read_text().replace("[redfish, operator]", "[operator]")
    (made.folder / "by-hand.yaml").write_text(topology)
    found = failing(rehearsed(made, topology="by-hand.yaml", fence={}))
    assert {each.target: each.result for each in found} == {"db-1": Result.UNTESTED, "db-2": Result.UNTESTED}


@pytest.mark.parametrize(
    ("hosts", "why"), [('"{{ continuance.target }}"', ""), ("all", "besides its target"), ("nobody", "no host")]
)
def test_a_playbook_of_ones_own_is_read_and_rendered_and_nothing_of_it_is_run(made: Site, hosts: str, why: str) -> None:
    own, pwned = made.folder / "own.yml", made.folder / "pwned"
    own.write_text(OWN.format(hosts=hosts, pwn=f"{{{{ lookup('pipe', 'touch {pwned}') }}}}"))
    found = rehearsed(made, playbooks={"promote": "own.yml"})
    problems = failing(found)
    assert [why in each.why for each in problems] == ([True] if why else [])
    if not why:
        promote = next(each for each in found.rendered if each.command == "promote")
        assert promote.tasks[0].arguments["_raw_params"] == f"our-promote --token <secret court> <pipe touch {pwned}>"
    assert not Path(pwned).exists()


def test_a_playbook_that_cannot_be_read_fails(made: Site) -> None:
    (made.folder / "own.yml").write_text("- hosts: [")
    (problem,) = failing(rehearsed(made, playbooks={"promote": "own.yml"}))
    assert problem.right == "read own.yml, and find its hosts"
    assert problem.commands == ("promote",)
