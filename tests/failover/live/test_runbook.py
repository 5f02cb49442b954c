"""The runbook, printed and followed: its lines are typed into a shell as they stand, on a real cluster."""

import re
from pathlib import Path

import pytest

from failover.core.controller import begin
from failover.core.planner import plan
from failover.core.settings import Settings
from failover.live.by_hand import as_text, things_of
from failover.live.configuration import load_configuration
from failover.live.runbook import Printing, runbook
from playbooks.equipment import FenceAgent
from tests.failover.live.rehearsing import Site, site
from tests.failover.live.test_configuration import CONTROLLER, INVENTORY, TOPOLOGY
from tests.failover.live.typing_lines import Shell, block
from topology.document import parse_document


def printed(config: Path) -> str:
    configuration = load_configuration(config)
    settings = Settings(configuration.topology)
    state = begin(settings)
    return runbook(
        Printing(
            settings.clusters["cases"],
            state.clusters["cases"],
            configuration.equipment,
            plan(state, "cases").services,
            config,
            f"continuance controller run {config}",
            configuration.inventory,
            None,
            dict(configuration.secrets.sources()),
            "",
            1_790_000_000.0,
        )
    )


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "court.yaml").write_text(TOPOLOGY)
    (tmp_path / "hosts.yml").write_text(INVENTORY)
    path = tmp_path / "controller.yaml"
    path.write_text(CONTROLLER)
    return path


def test_it_says_who_is_primary_and_what_hangs_on_it(config: Path) -> None:
    text = printed(config)
    assert "Printed 2026-09-21" in text
    assert "- primary by the topology: `db-1`; by the journal, when this was printed:\n  `db-1`" in text
    assert "- down meanwhile: `lookup`" in text
    assert "Its `behind_seconds` may be 1m at most" in text


def test_secrets_are_told_by_reference_in_whatever_way_the_controller_has_them(config: Path) -> None:
    needs = block(printed(config), "## 1.")
    assert f'export CONTINUANCE_SECRET_REDFISH="$(cat {config.parent}/redfish)"' in needs
    assert 'export CONTINUANCE_SECRET_COURT="$COURT"' in needs


def test_a_secret_that_the_configuration_has_as_plain_text_is_not_printed(config: Path) -> None:
    configuration = load_configuration(config)
    agent = FenceAgent("db-1", "fence_ipmilan", {"ip": "10.0.9.11", "password": "hunter2"})
    things = things_of(Settings(configuration.topology).clusters["cases"], type(configuration.equipment)(power=(agent,)))
    text = as_text(things)
    assert "hunter2" not in text
    assert "10.0.9.11" in text
    assert parse_document(text, "things.yml")["power"]["db-1"]["fence_agent"]["program"] == "fence_ipmilan"


def test_a_playbook_of_ones_own_stands_in_its_lines(config: Path) -> None:
    for name in ("own", "fence", "after"):
        (config.parent / f"{name}.yml").write_text("[]")
    topology = TOPOLOGY.replace("[redfish, operator]", "[playbook, operator]")
    (config.parent / "court.yaml").write_text(topology)
    fences = "\n".join(f"  db-{number}: [{{playbook: fence.yml}}]" for number in (1, 2, 3))
    own = "playbooks: {promote: own.yml}\nhooks: {after_failover: after.yml}\n"
    config.write_text(re.sub(r"fence:\n.*", f"fence:\n{fences}\n{own}", CONTROLLER, flags=re.DOTALL))
    text, folder = printed(config), config.parent
    assert f'-i "$HOSTS" {folder}/own.yml -e @by_hand_order.yml -e @"$THINGS" -e do=promote -e at="$NEW"' in text
    assert f'-i "$HOSTS" {folder}/fence.yml -e @by_hand_order.yml -e @"$THINGS" -e do=is_off -e at="$OLD"' in text
    assert f'{folder}/after.yml -e @by_hand_order.yml -e @"$THINGS" -e do=hook -e at="$NEW" -e hook=after_failover' in text


# Followed.


@pytest.mark.lab
@pytest.mark.xdist_group("rehearsal")
def test_its_lines_typed_as_they_stand_fail_a_cluster_over(tmp_path: Path) -> None:
    with site() as made:
        _follow(made, printed(made.config), tmp_path)


def _follow(made: Site, text: str, home: Path) -> None:
    shell = Shell(home)
    shell.type(block(text, "## 1."))
    shell.type(block(text, "## The things"))
    roles = shell.type(block(text, "## 2."))
    assert roles.count('"role": "primary"') == roles.count('"role": "standby"') == 1
    made.cluster.systemctl("kill", "db-1")
    fenced = shell.type(block(text, "## 3."))
    assert fenced.count('"off": true') == 2
    assert made.power["db-1"].resets == ["ForceOff"]
    assert shell.type(block(text, "## 4.")).count('"primary": null') == 2
    of_standby = [line for line in text.splitlines() if re.search(r"do=(cut_replication|read_positions) -e at=db-2$", line)]
    cut = shell.type("\n".join(of_standby))
    assert '"receiving": false' in cut
    shell.type("export NEW=db-2")
    assert '"role": "primary"' in shell.type(block(text, "## 6."))
    assert shell.type(block(text, "## 7.")).count('"primary": "db-2"') == 2
    assert '"serves": true' in shell.type(block(text, 'The second has to print `"follows":`'))
    shell.close()
    assert made.cluster.role("db-2")["role"] == "primary"
