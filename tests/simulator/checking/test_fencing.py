from typing import Any

import pytest

from failover.core.commands import CommandKind
from failover.core.events import OrderKind, Seen
from simulator.checking.fencing import FencedFirst, FencePath, OffBySight
from simulator.clusters.members import Process, Role
from tests.simulator.checking.scenes import Scene, fence_of


def test_a_promotion_beside_a_primary_that_is_on_breaks_it() -> None:
    scene = Scene(FencedFirst())
    scene.promoted("db-2")
    assert scene.broken == ["'db-2' was promoted while 'db-1' may still write"]


def test_a_primary_whose_process_died_may_be_started_again() -> None:
    scene = Scene(FencedFirst())
    scene.member("db-1").process = Process.DEAD
    scene.promoted("db-2")
    assert scene.broken


def test_a_promotion_is_well_once_the_old_primary_is_off() -> None:
    scene = Scene(FencedFirst())
    scene.switched_off("db-1")
    scene.promoted("db-2")
    assert scene.broken == []


def test_a_promotion_is_well_once_the_old_primary_is_a_standby() -> None:
    scene = Scene(FencedFirst())
    scene.member("db-1").role = Role.STANDBY
    scene.promoted("db-2")
    assert scene.broken == []


def test_what_a_person_attested_falsely_is_that_persons() -> None:
    scene = Scene(FencedFirst())
    scene.ordered(OrderKind.CONFIRM_FENCED, host="db-1")
    scene.promoted("db-2")
    assert scene.broken == []


IS_OFF: dict[str, Any] = {"question": "is_off", "level": "redfish"}


def test_a_host_is_off_when_its_own_power_says_so() -> None:
    scene = Scene(OffBySight())
    look = scene.command(CommandKind.VERIFY, "db-1", **IS_OFF)
    scene.reported(look, {"off": True, "identity": "db-1"}, off=frozenset({"db-1"}))
    assert scene.broken == []


def test_the_power_of_another_host_says_nothing() -> None:
    scene = Scene(OffBySight())
    look = scene.command(CommandKind.VERIFY, "db-1", **IS_OFF)
    scene.reported(look, {"off": True, "identity": "db-3"}, off=frozenset({"db-1"}))
    assert len(scene.broken) == 1


def test_the_report_of_a_fence_says_nothing() -> None:
    scene = Scene(OffBySight())
    fence, _ = fence_of(scene, "db-1")
    scene.reported(fence, {}, off=frozenset({"db-1"}))
    assert scene.broken == ["'db-1' counts as off because of fence at 'db-1'"]


def test_time_alone_does_not_switch_a_host_off() -> None:
    scene = Scene(OffBySight())
    scene.turned(off=frozenset({"db-1"}))
    assert scene.broken == ["'db-1' counts as off, and nobody looked"]


@pytest.mark.parametrize(("seen", "taken_rightly"), [(Seen.NOTHING, True), (Seen.REFUSED, False), (Seen.PRIMARY, False)])
def test_a_persons_word_counts_unless_somebody_sees_the_host(seen: Seen, taken_rightly: bool) -> None:
    scene = Scene(OffBySight())
    for vantage in scene.clusters.vantages.values():
        vantage.seen["db-1"], vantage.since["db-1"] = seen, -100.0
    scene.ordered(OrderKind.CONFIRM_FENCED, host="db-1", off=frozenset({"db-1"}))
    assert (scene.broken == []) is taken_rightly


def test_a_fence_goes_to_the_power_of_its_host() -> None:
    scene = Scene(FencePath())
    fence, endpoint = fence_of(scene, "db-1")
    scene.switched_off("db-1")
    scene.effect(scene.sent(fence), endpoint)
    assert scene.broken == []


def test_a_stop_on_the_host_itself_is_no_fence() -> None:
    scene = Scene(FencePath())
    fence, _ = fence_of(scene, "db-1")
    scene.switched_off("db-1")
    scene.effect(scene.sent(fence), "db-1")
    assert scene.broken == ["the fence of 'db-1' went to 'db-1'"]


def test_a_fence_of_an_unknown_level_breaks_it() -> None:
    scene = Scene(FencePath())
    fence, endpoint = fence_of(scene, "db-1", level="ssh")
    scene.switched_off("db-1")
    scene.effect(scene.sent(fence), endpoint)
    assert scene.broken == ["'db-1' was fenced by ssh as 'db-1'"]


def test_a_fence_that_leaves_its_host_on_has_hit_something_else() -> None:
    scene = Scene(FencePath())
    fence, endpoint = fence_of(scene, "db-1")
    scene.effect(scene.sent(fence), endpoint)
    assert scene.broken == ["the fence of 'db-1' switched something else off"]


def test_a_fence_from_before_a_power_on_breaks_it() -> None:
    scene = Scene(FencePath())
    late, endpoint = fence_of(scene, "db-1")
    scene.sent(late)
    scene.effect(scene.sent(scene.command(CommandKind.POWER_ON, "db-1", incarnation=1)), "db-1/power")
    scene.switched_off("db-1")
    scene.effect(late, endpoint)
    assert scene.broken == ["a fence from before 'db-1' was switched on has switched it off"]


def test_an_agent_that_hears_late_that_it_has_to_stop_switches_nothing_off() -> None:
    scene = Scene(FencePath())
    late, _ = fence_of(scene, "db-1", level="self")
    scene.sent(late)
    scene.effect(scene.sent(scene.command(CommandKind.POWER_ON, "db-1", incarnation=1)), "db-1/power")
    scene.effect(late, "store")
    assert scene.broken == []


def test_a_fence_after_a_power_on_is_well_though_a_restored_journal_has_forgotten_that() -> None:
    scene = Scene(FencePath())
    scene.effect(scene.sent(scene.command(CommandKind.POWER_ON, "db-1", incarnation=1)), "db-1/power")
    fence, endpoint = fence_of(scene, "db-1")
    scene.switched_off("db-1")
    scene.effect(scene.sent(fence), endpoint)
    assert scene.broken == []
