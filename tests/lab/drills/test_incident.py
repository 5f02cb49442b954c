"""What an incident does to real hosts, and what is refused before anything is touched."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lab.drills import incident
from lab.drills.incident import acts
from lab.errors import LabError
from lab.power import Wiring
from lab.ways import Way
from scenarios.load import find_scenario, library_names, load_scenario
from scenarios.model import Order, Scenario
from topology.load import load_topology
from topology.sources import find_network

TOPOLOGY = load_topology(find_network("court-lab"))
DRILLED = [name for name in library_names() if load_scenario(find_scenario(name)).topology.name == "court-lab"]


@dataclass
class Stage:
    """Writes down what would be done to the hosts."""

    done: list[tuple[Any, ...]] = field(default_factory=list)

    @property
    def lab(self) -> Any:
        return self

    layout = None

    def __getattr__(self, what: str) -> Any:
        return lambda *words, **_: self.done.append((what, *words))

    def order(self, order: Order) -> None:
        self.done.append(("order", order.kind.value))

    def let_promotions_lie(self, hosts: Sequence[str], times: int) -> None:
        self.done.append(("lie", *hosts, times))


def scenario(tmp_path: Path, faults: str) -> Scenario:
    file = tmp_path / "s.yaml"
    text = (
        f"name: s\ntopology: court-lab\nstart: 2026-01-05T09:00+00:00\nhorizon: 5m\nincident:\n{faults}\nresponses: {{r: {{}}}}\n"
    )
    file.write_text(text, encoding="utf-8")
    return load_scenario(file)


def played(tmp_path: Path, faults: str, monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, tuple[Any, ...]]]:
    """Return what is done to the hosts, and when."""
    stage = Stage()
    monkeypatch.setattr(incident, "wire", lambda host, wiring: stage.done.append(("wire", host, wiring)))
    monkeypatch.setattr("lab.ways.lose", lambda _layout, ways, share: stage.done.append(("lose", tuple(ways), share)))
    found = []
    for act in acts(scenario(tmp_path, faults).incident, TOPOLOGY):
        act.do(stage)
        found += [(act.at_seconds, deed) for deed in stage.done]
        stage.done.clear()
    return found


@pytest.mark.parametrize("name", DRILLED)
def test_every_scenario_on_the_lab_can_be_drilled(name: str) -> None:
    found = load_scenario(find_scenario(name))
    assert acts(found.incident, TOPOLOGY)


def test_there_are_scenarios_for_the_lab() -> None:
    assert len(DRILLED) >= 10


def test_a_power_cut_ends_when_the_recovery_of_the_host_has_passed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = "- {at: 10s, fail: [db-1], recover: [{wait: 60s, for: somebody}]}"
    assert played(tmp_path, faults, monkeypatch) == [(10.0, ("off", "db-1")), (70.0, ("on", "db-1"))]


def test_a_rack_takes_all_hosts_that_hang_on_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = played(tmp_path, "- {at: 1s, fail: [rack-b], recover: [{wait: 9s, for: a fuse}]}", monkeypatch)
    assert {deed for at, deed in found if at == 1.0} == {("off", host) for host in ("db-2", "db-3", "app-2", "ivr-2")}


def test_what_hangs_goes_on_after_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = "- {at: 2s, freeze: [db-1], for: 3s}\n- {at: 1s, hang_process: [db-2], for: 1s}"
    unit = "continuance-postgresql.service"
    assert played(tmp_path, faults, monkeypatch) == [
        (1.0, ("inside", "db-2", "systemctl", "kill", "--signal=SIGSTOP", unit)),
        (2.0, ("freeze", "db-1")),
        (2.0, ("inside", "db-2", "systemctl", "kill", "--signal=SIGCONT", unit)),
        (5.0, ("thaw", "db-1")),
    ]


def test_a_host_that_is_cut_off_from_all_loses_its_cable_and_one_cut_off_from_some_the_ways_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert played(tmp_path, "- {at: 1s, cut: [db-1], for: 2s}", monkeypatch) == [(1.0, ("cut", "db-1")), (3.0, ("heal", "db-1"))]
    both = (Way("ctl-1", "db-1"), Way("db-1", "ctl-1"))
    assert played(tmp_path, "- {at: 1s, cut: [db-1], from: [ctl-1]}", monkeypatch) == [(1.0, ("lose", both, 1.0))]


def test_one_way_only_what_is_sent_to_the_targets_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = played(tmp_path, "- {at: 1s, cut: [ctl-1], from: [db-1], one_way: true}", monkeypatch)
    assert found == [(1.0, ("lose", (Way("db-1", "ctl-1"),), 1.0))]


def test_a_power_controller_that_is_cut_off_answers_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = played(tmp_path, "- {at: 1s, cut: [db-1/power], for: 4s}", monkeypatch)
    assert found == [(1.0, ("wire", "db-1", Wiring(dead=True))), (5.0, ("wire", "db-1", Wiring()))]


def test_an_order_that_is_delayed_comes_later_and_one_sent_twice_comes_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = "- {at: 1s, order: {kind: retry, cluster: cases, by: ana, delayed: 2s, twice: true}}"
    assert played(tmp_path, faults, monkeypatch) == [(3.0, ("order", "retry"))] * 2


def test_what_cannot_be_drilled_is_refused_by_name(tmp_path: Path) -> None:
    faults = "- {at: 1s, clock_step: [ctl-1], by: 1h}\n- {when: {command: fence, phase: after}, fail: [db-2]}"
    with pytest.raises(LabError, match=r"'clock_step' cannot be drilled; .*only a replay can strike in the midst of a command"):
        acts(scenario(tmp_path, faults).incident, TOPOLOGY)
