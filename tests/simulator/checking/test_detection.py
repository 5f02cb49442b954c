import pytest

from failover.core.events import Health, HealthChanged, OrderKind, Seen
from failover.core.states import State
from simulator.checking.detection import CATCHES_UP_SECONDS, NoFalseFailover, SeveralSee
from simulator.clusters.hearing import REPORTS_MISSED_SECONDS
from simulator.clusters.vantages import Vantage
from tests.simulator.checking.scenes import Scene, entered

FENCES = [entered(State.PREFLIGHT, State.FENCING)]


def sees(scene: Scene, seen: Seen, *, vantages: int = 99) -> None:
    for vantage in list(scene.clusters.vantages.values())[:vantages]:
        vantage.seen["db-1"] = seen


def cut_off(scene: Scene) -> Vantage:
    """Let both vantage points lose db-1, and the leader hear only one of them from then on; return the other."""
    sees(scene, Seen.NOTHING)
    leader, other = scene.clusters.vantages.values()
    scene.clusters.network.cut([(other.name, leader.name)])
    scene.changed()
    return other


@pytest.mark.parametrize(("lost_to", "well"), [(1, False), (2, True)])
def test_several_vantage_points_must_have_lost_a_host(lost_to: int, well: bool) -> None:
    scene = Scene(SeveralSee())
    sees(scene, Seen.NOTHING, vantages=lost_to)
    scene.turned(HealthChanged(scene.at, scene.wall, "db-1", Health.SILENT))
    assert (scene.broken == []) is well


def test_what_is_written_late_because_of_the_store_may_be_of_before() -> None:
    scene = Scene(SeveralSee())
    scene.controller.in_contact = False
    scene.changed()
    scene.turned(HealthChanged(scene.at, scene.wall, "db-1", Health.SILENT))
    assert scene.broken == []


def test_what_is_written_after_a_store_was_slow_may_be_of_before_even_if_nothing_was_written_meanwhile() -> None:
    scene = Scene(SeveralSee())
    for slow_seconds in (0.7, 0.0):
        scene.clusters.store.slow_seconds = slow_seconds
        scene.changed()
    scene.turned(HealthChanged(scene.at, scene.wall, "db-1", Health.SILENT))
    assert scene.broken == []

    scene.later(CATCHES_UP_SECONDS)
    scene.turned(HealthChanged(scene.at, scene.wall, "db-2", Health.SILENT))
    assert len(scene.broken) == 1


def test_what_is_written_while_a_store_is_slow_may_be_of_before_however_long_that_lasts() -> None:
    scene = Scene(SeveralSee())
    scene.clusters.store.slow_seconds = 0.7
    scene.changed()
    scene.later(10 * CATCHES_UP_SECONDS)
    scene.turned(HealthChanged(scene.at, scene.wall, "db-1", Health.SILENT))
    assert scene.broken == []


@pytest.mark.parametrize(("silent_seconds", "well"), [(REPORTS_MISSED_SECONDS, True), (REPORTS_MISSED_SECONDS + 0.1, False)])
def test_what_a_vantage_point_told_before_it_fell_silent_counts_until_it_is_missed(silent_seconds: float, well: bool) -> None:
    scene = Scene(SeveralSee())
    other = cut_off(scene)
    scene.later(silent_seconds)
    other.seen["db-1"] = Seen.PRIMARY
    scene.turned(HealthChanged(scene.at, scene.wall, "db-1", Health.SILENT))
    assert (scene.broken == []) is well


def test_what_a_vantage_point_told_the_leader_before_does_not_count_for_the_next() -> None:
    scene = Scene(SeveralSee())
    other = cut_off(scene)
    other.seen["db-1"] = Seen.PRIMARY
    scene.led()
    scene.turned(HealthChanged(scene.at, scene.wall, "db-1", Health.SILENT))
    assert len(scene.broken) == 1


def test_automation_does_not_fence_whom_somebody_sees_well_all_along() -> None:
    scene = Scene(NoFalseFailover())
    scene.later(60.0)
    scene.turned(notes=FENCES)
    assert len(scene.broken) == 2, "both vantage points do"


def test_automation_fences_whom_nobody_sees() -> None:
    scene = Scene(NoFalseFailover())
    scene.later(60.0)
    sees(scene, Seen.NOTHING)
    scene.turned(notes=FENCES)
    assert scene.broken == []


def test_a_primary_that_is_back_only_just_may_be_fenced() -> None:
    scene = Scene(NoFalseFailover())
    scene.later(60.0)
    for vantage in scene.clusters.vantages.values():
        vantage.since["db-1"] = 59.0
    scene.turned(notes=FENCES)
    assert scene.broken == []


def test_a_person_may_have_a_well_primary_fenced() -> None:
    scene = Scene(NoFalseFailover())
    scene.later(60.0)
    scene.ordered(OrderKind.FAILOVER, state=State.PREFLIGHT)
    scene.turned(notes=FENCES)
    assert scene.broken == []


def test_a_vantage_point_that_the_leader_did_not_hear_does_not_count() -> None:
    scene = Scene(NoFalseFailover())
    names = list(scene.clusters.vantages)
    scene.clusters.network.cut([(names[1], names[0])])
    scene.changed()
    scene.later(60.0)
    scene.clusters.network.heal([(names[1], names[0])])
    scene.changed()
    sees(scene, Seen.NOTHING, vantages=1)
    scene.turned(notes=FENCES)
    assert scene.broken == []
