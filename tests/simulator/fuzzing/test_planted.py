"""Faults planted in the controller and its world, each of which the schedules have to find.

All of them take minutes, and are hunted where the environment says PROVE; without it a few are that are found soon.
"""

from pathlib import Path

import pytest

from simulator.checking.checkers import ALL
from simulator.checking.liveness import ComesBack
from simulator.fuzzing.playing import CRASH
from tests.simulator.fuzzing.planting import PROVING, Planted, all_planted, hunt, plant

SCHEDULES = 20_000
NAMES = {CRASH, ComesBack.invariant, *(kind.invariant for kind in ALL)}
PLANTED = all_planted()
SOON = {
    "takes the fence device's word for it",
    "reads positions without cutting",
    "forgets the quarantine",
    "decides before it has written",
    "changes what others still hold",
}


def test_there_are_faults_of_every_sort() -> None:
    assert len({planted.name for planted in PLANTED}) == len(PLANTED) >= 24
    assert {name for planted in PLANTED for name in planted.breaks} <= NAMES
    assert {planted.name for planted in PLANTED} > SOON


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.name)
def test_the_program_still_has_what_a_fault_is_planted_in(planted: Planted, tmp_path: Path) -> None:
    plant(planted, tmp_path)


@pytest.mark.parametrize("planted", [each for each in PLANTED if PROVING or each.name in SOON], ids=lambda planted: planted.name)
def test_a_planted_fault_is_found(planted: Planted, tmp_path: Path) -> None:
    plant(planted, tmp_path)
    assert hunt(tmp_path, planted.breaks, SCHEDULES) != ""
