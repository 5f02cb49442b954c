import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scenarios.load import load_scenario
from scenarios.model import FaultKind
from simulator.checking.checkers import ALL
from simulator.checking.fencing import FencedFirst
from simulator.checking.liveness import ComesBack
from simulator.fuzzing.campaign import Campaign, Found, Tally, first_violation, play_range, run_campaign
from simulator.fuzzing.filing import file_violation
from simulator.fuzzing.playing import CRASH, play
from simulator.fuzzing.proof import Proof, proven
from simulator.fuzzing.schedule import MENDED, Schedules
from simulator.fuzzing.shrinking import breaks, shrink
from simulator.replay import replay
from topology.errors import InputError
from topology.load import load_topology
from topology.model import Topology
from topology.sources import find_network

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def ground() -> Topology:
    return load_topology(find_network("failover-proving"))


@pytest.fixture
def toothache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a checker find something wrong with every promotion."""
    monkeypatch.setattr(FencedFirst, "effect", _complain)


def _complain(checker: FencedFirst, command: object, endpoint: str) -> None:
    if getattr(command, "kind", None) == "promote":
        checker.broken("ledger", "somebody was promoted")


def test_what_comes_of_schedules_does_not_depend_on_how_many_work_at_them(ground: Topology) -> None:
    campaign = Campaign(ground, schedules=110)
    assert run_campaign(campaign, 2) == run_campaign(campaign, 1)


def test_what_comes_of_a_range_is_what_comes_of_its_parts(ground: Topology) -> None:
    schedules = Campaign(ground).drawn()
    parts = Tally()
    for numbers in (range(5), range(5, 12)):
        parts.add(play_range(schedules, numbers))
    assert parts == play_range(schedules, range(12))


def test_what_has_been_played_is_told(ground: Topology) -> None:
    told: list[int] = []
    run_campaign(Campaign(ground, schedules=70), told=told.append)
    assert told == [50, 20]


COUNT = """
from simulator.fuzzing.campaign import Campaign, run_campaign
from topology.load import load_topology
from topology.sources import find_network
tally = run_campaign(Campaign(load_topology(find_network("failover-proving")), schedules=25))
print(tally.steps, sorted(tally.faults.items()), sorted(tally.edges.items()), tally.violations)
"""


def test_what_comes_of_schedules_does_not_depend_on_the_hash_seed() -> None:
    printed = [
        subprocess.run(
            [sys.executable, "-c", COUNT], cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": each}, capture_output=True, check=True
        ).stdout
        for each in ("1", "2")
    ]
    assert printed[0] == printed[1] != b""


@pytest.mark.usefixtures("toothache")
def test_the_first_violation_ends_a_hunt(ground: Topology) -> None:
    found = first_violation(Campaign(ground, schedules=50), {"fenced-first"})
    assert found is not None
    assert (found.invariant, found.text) == ("fenced-first", "somebody was promoted")
    assert first_violation(Campaign(ground, schedules=found.number), {"fenced-first"}) is None
    assert first_violation(Campaign(ground, schedules=found.number + 1), {"hook"}) is None


@pytest.mark.usefixtures("toothache")
def test_a_violation_is_shrunk_to_what_it_takes(ground: Topology) -> None:
    campaign = Campaign(ground, schedules=50)
    found = first_violation(campaign, {"fenced-first"})
    assert found is not None
    drawn = campaign.drawn().draw(found.number)
    smallest = shrink(drawn, "fenced-first")
    assert breaks(smallest, "fenced-first")
    assert len(smallest.scenario.incident) <= 2 < len(drawn.scenario.incident)
    assert smallest.world_seed == drawn.world_seed
    assert all(fault.at_seconds == round(fault.at_seconds) for fault in smallest.scenario.incident)


@pytest.mark.usefixtures("toothache")
def test_a_violation_is_written_as_a_scenario_whose_replay_shows_it(ground: Topology, tmp_path: Path) -> None:
    campaign = Campaign(ground, schedules=50)
    found = first_violation(campaign, {"fenced-first"})
    assert found is not None
    schedule = campaign.drawn().draw(found.number)
    filed = file_violation(schedule, found, "failover-proving", tmp_path)
    assert filed.path == tmp_path / f"fuzz-0-{found.number}-fenced-first.yaml"
    assert filed.again == f"continuance fuzz --seed 0 --first {found.number} --schedules 1 --topology failover-proving"
    assert filed.replay == f"continuance replay {filed.path} --seed {schedule.world_seed}"
    assert filed.again in filed.path.read_text(encoding="utf-8")
    result = replay(load_scenario(filed.path), schedule.world_seed)
    assert "somebody was promoted" in result.responses[0].violations[0]


def test_a_cluster_that_does_not_come_back_is_written_with_what_was_ordered(
    ground: Topology, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ComesBack, "_well", lambda checker, c: False)
    found = Found("liveness", 0, 0, "mail", 1170.0, "it does not come back")
    filed = file_violation(Schedules(ground, 0).draw(0), found, "failover-proving", tmp_path)
    written = filed.path.read_text(encoding="utf-8")
    assert "Only the first command shows the violation" in written
    assert f"cause: {MENDED}" in written
    assert load_scenario(filed.path).incident


def test_whatever_is_raised_is_a_violation(ground: Topology, monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(*_: object) -> None:
        raise ValueError("never mind")

    monkeypatch.setattr(FencedFirst, "effect", raises)
    crashed = [each for each in play(Schedules(ground, 0).draw(0)).violations if each.invariant == CRASH]
    assert [each.text for each in crashed] == ["ValueError: never mind"]
    assert CRASH not in {kind.invariant for kind in ALL}


def test_totals_are_added_range_after_range(ground: Topology, tmp_path: Path) -> None:
    proof = Proof(tmp_path / "proof.json")
    campaign = Campaign(ground, schedules=3)
    whole = run_campaign(campaign._replace(schedules=5))
    proof.add(campaign, run_campaign(campaign))
    assert proof.next_number(campaign) == 3
    further = campaign._replace(first=3, schedules=2)
    proof.add(further, run_campaign(further))
    total = json.loads(proof.path.read_text(encoding="utf-8"))
    assert (total["schedules"], total["steps"]) == (5, whole.steps)
    assert total["faults"] == dict(sorted(whole.faults.items()))
    assert sum(total["edges"].values()) == sum(whole.edges.values())


def test_a_record_is_bound_to_all_that_a_schedule_runs_and_to_nothing_else() -> None:
    files = {path.relative_to(ROOT).as_posix() for path in proven()}
    assert files >= {
        "failover/core/controller.py",
        "simulator/checking/fencing.py",
        "simulator/clusters/power.py",
        "topology/draws.py",
    }
    assert not {path for path in files if path.startswith(("failover/live/", "console/", "playbooks/"))}


def test_a_gap_in_the_totals_is_refused(ground: Topology, tmp_path: Path) -> None:
    proof = Proof(tmp_path / "proof.json")
    campaign = Campaign(ground, schedules=2)
    proof.add(campaign, run_campaign(campaign))
    with pytest.raises(InputError, match="has the schedules up to 2, so the next is --first 2"):
        proof.add(campaign._replace(first=4), Tally())


def test_totals_of_another_program_or_seed_begin_anew(ground: Topology, tmp_path: Path) -> None:
    proof = Proof(tmp_path / "proof.json")
    campaign = Campaign(ground, schedules=2)
    proof.add(campaign, run_campaign(campaign))
    assert proof.next_number(campaign._replace(seed=1)) == 0
    known = json.loads(proof.path.read_text(encoding="utf-8"))
    proof.path.write_text(json.dumps({**known, "fingerprint": "of another version"}), encoding="utf-8")
    assert proof.next_number(campaign) == 0


def test_a_file_that_is_no_record_is_refused(ground: Topology, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("milk, bread", encoding="utf-8")
    with pytest.raises(InputError, match="is no record of a campaign"):
        Proof(path).next_number(Campaign(ground))


def test_faults_that_struck_are_counted_by_kind(ground: Topology) -> None:
    played = play_range(Schedules(ground, 0), range(40))
    assert set(played.faults) <= {kind.value for kind in FaultKind}
    assert played.faults["fail"] > 0
