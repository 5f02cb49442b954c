"""The checker of whom commits wait for, fed with histories in which it is or is not kept."""

from failover.core.commands import CommandKind
from failover.core.events import Health, HealthChanged, LeaseGained
from simulator.checking.waiting import LeavesOutTheLost
from tests.simulator.checking.scenes import Scene


def scene_of_a_new_leader(*heard: tuple[str, Health]) -> Scene:
    scene = Scene(LeavesOutTheLost())
    scene.turned(LeaseGained(scene.at, scene.wall, 2, "controller", behind=False))
    for host, health in heard:
        scene.turned(HealthChanged(scene.at, scene.wall, host, health))
    return scene


def leave_out(scene: Scene, *standbys: str) -> None:
    scene.turned(commands=[scene.command(CommandKind.SET_SYNCHRONOUS, "db-1", standbys=standbys)])


def test_whoever_has_not_been_looked_at_is_not_left_out() -> None:
    scene = scene_of_a_new_leader(("db-1", Health.PRIMARY), ("db-2", Health.STANDBY))
    leave_out(scene, "db-2")
    assert scene.broken == ["commits are to wait for 'db-3' no longer, and nobody has said how it is"]


def test_whoever_is_lost_may_be_left_out() -> None:
    scene = scene_of_a_new_leader(("db-2", Health.STANDBY), ("db-3", Health.SILENT))
    leave_out(scene, "db-2")
    assert scene.broken == []


def test_what_a_former_leader_was_told_does_not_count() -> None:
    scene = scene_of_a_new_leader(("db-3", Health.SILENT))
    scene.turned(LeaseGained(scene.at, scene.wall, 3, "controller", behind=False))
    leave_out(scene, "db-2")
    assert len(scene.broken) == 1


def test_one_more_may_always_be_waited_for() -> None:
    scene = scene_of_a_new_leader()
    leave_out(scene, "db-2", "db-3")
    assert scene.broken == []


def test_whom_a_former_leader_has_begun_to_leave_out_may_be_left_out() -> None:
    scene = scene_of_a_new_leader()
    scene.known.synchronous = (frozenset({"db-2", "db-3"}), frozenset({"db-2"}))
    leave_out(scene, "db-2")
    assert scene.broken == []


def test_whom_the_leader_has_asked_himself_may_be_left_out() -> None:
    scene = scene_of_a_new_leader(("db-2", Health.STANDBY))
    scene.look(CommandKind.VERIFY, "db-3", details={"question": "follows"}, follows=None)
    leave_out(scene, "db-2")
    assert scene.broken == []
