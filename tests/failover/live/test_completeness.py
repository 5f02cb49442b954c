"""What a configuration lacks, and where it says that the controller may only look."""

from pathlib import Path

import pytest

from failover.live.completeness import Sayings, expect_complete, left_out, said_of
from failover.live.configuration import Configuration, load_configuration
from tests.failover.live.test_configuration import CONTROLLER, INVENTORY, TOPOLOGY
from topology.errors import InputError

OBSERVES = """topology: court.yaml
inventory: hosts.yml
secrets: {vantage: "env:HOME"}
policy:
  cases: {mode: observe}
"""


def load(folder: Path, text: str, topology: str = TOPOLOGY) -> Configuration:
    (folder / "court.yaml").write_text(topology)
    (folder / "hosts.yml").write_text(INVENTORY)
    (folder / "controller.yaml").write_text(text)
    return load_configuration(folder / "controller.yaml")


def test_what_nothing_is_said_of_is_left_out(tmp_path: Path) -> None:
    assert left_out(load(tmp_path, OBSERVES), "cases") == ("databases", "routes", "fence")
    assert left_out(load(tmp_path, CONTROLLER), "cases") == ()


def test_a_configuration_that_lacks_something_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        expect_complete(load(tmp_path, OBSERVES), "cases")
    assert str(error.value) == (
        f"{tmp_path}/controller.yaml: fill in databases, routes and fence for 'cases' first: "
        "without them nobody can say how its hosts are acted on"
    )
    expect_complete(load(tmp_path, CONTROLLER), "cases")


def test_it_is_said_which_line_lets_the_controller_only_observe(tmp_path: Path) -> None:
    assert said_of(load(tmp_path, OBSERVES))["clusters"]["cases"]["observed_by"] == f"{tmp_path}/controller.yaml:5"
    assert said_of(load(tmp_path, CONTROLLER))["clusters"]["cases"]["observed_by"] is None
    observed = load(tmp_path, CONTROLLER, TOPOLOGY.replace("mode: approve", "mode: observe"))
    assert said_of(observed)["clusters"]["cases"]["observed_by"] == "the topology, court.yaml"


def test_after_a_reload_the_new_configuration_is_told(tmp_path: Path) -> None:
    in_force = load(tmp_path, CONTROLLER)
    sayings = Sayings(lambda: in_force)
    assert sayings()["clusters"]["cases"]["observed_by"] is None
    in_force = load(tmp_path, OBSERVES)
    assert sayings()["clusters"]["cases"]["observed_by"] is not None
