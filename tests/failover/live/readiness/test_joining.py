from pathlib import Path
from types import SimpleNamespace

import pytest

from failover.core.controller import begin
from failover.core.settings import Settings
from failover.live.configuration import Configuration, load_configuration
from failover.live.log import Log
from failover.live.notices import Notices
from failover.live.observing import acted_on
from failover.live.readiness.checking import Readiness
from failover.live.readiness.joining import readiness_of
from playbooks.equipment import Equipment
from tests.failover.live.readiness.looking import controller
from tests.failover.live.stage import FastClock
from tests.failover.live.test_configuration import CONTROLLER, INVENTORY, TOPOLOGY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "court.yaml").write_text(TOPOLOGY)
    (tmp_path / "hosts.yml").write_text(INVENTORY)
    return tmp_path


def load(folder: Path, text: str = CONTROLLER) -> Configuration:
    (folder / "controller.yaml").write_text(text)
    return load_configuration(folder / "controller.yaml")


def names(configuration: Configuration) -> set[str]:
    clock, log, nobody = FastClock(), Log(), SimpleNamespace(waited_for={})
    watched = controller(begin(Settings(configuration.topology)))
    notices = Notices((), clock, log)
    readiness: Readiness = readiness_of(configuration, watched, nobody, nobody, notices, clock, log)  # type: ignore[arg-type]
    return {check.name for check in readiness._checks}


def test_everything_that_a_configuration_names_is_checked(folder: Path) -> None:
    assert names(load(folder)) == {
        "a failover of 'cases'",
        "the replication of 'cases'",
        "the practice of 'cases'",
        "the vantage point 'mon-1'",
        "the fence of 'db-1' by redfish",
        "the fence of 'db-2' by redfish",
        "the fence of 'db-3' by redfish",
        "commands on hosts",
        "the disk of this controller",
        "the certificates",
    }


def test_of_a_cluster_that_is_only_observed_no_host_is_logged_in_to(folder: Path) -> None:
    configuration = load(folder, f"{CONTROLLER}policy: {{cases: {{mode: observe}}}}\n")
    assert configuration.equipment.databases
    assert acted_on(configuration.equipment, configuration.topology) == Equipment()
    assert "commands on hosts" not in names(configuration)


def test_what_is_acted_on_is_left_whole(folder: Path) -> None:
    configuration = load(folder)
    assert acted_on(configuration.equipment, configuration.topology) == configuration.equipment
