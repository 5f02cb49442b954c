"""Faults planted in the controller and its world, each of which twenty thousand schedules have to find."""

from pathlib import Path

import pytest

from simulator.checking.checkers import ALL
from simulator.checking.liveness import ComesBack
from simulator.fuzzing.playing import CRASH
from tests.simulator.fuzzing.planting import Planted, all_planted, hunt, plant

SCHEDULES = 20_000
NAMES = {CRASH, ComesBack.invariant, *(kind.invariant for kind in ALL)}
PLANTED = all_planted()


def test_there_are_faults_of_every_sort() -> None:
    assert len({planted.name for planted in PLANTED}) == len(PLANTED) >= 24
    assert {name for planted in PLANTED for name in planted.breaks} <= NAMES


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.name)
def test_the_program_still_has_what_a_fault_is_planted_in(planted: Planted, tmp_path: Path) -> None:
    plant(planted, tmp_path)


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.name)
def test_a_planted_fault_is_found(planted: Planted, tmp_path: Path) -> None:
    plant(planted, tmp_path)
    assert hunt(tmp_path, planted.breaks, SCHEDULES) != ""
