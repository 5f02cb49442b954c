from typing import Any

import pytest

from failover.core.cluster import Goal, Position
from failover.core.commands import Command, CommandKind
from failover.core.events import Health, HealthChanged, LeaseGained, OrderKind
from failover.core.notes import Note, NoteKind
from failover.core.states import State
from simulator.checking.candidates import FreshPositions, MostAdvanced, NothingLost, OtherDomain, SameHistory, SynchronousFirst
from simulator.clusters.branches import Branch
from simulator.clusters.members import Role
from tests.simulator.checking.scenes import Scene, recovered

READ: dict[str, Any] = {
    "role": "standby",
    "timeline": 1,
    "position": 5.0,
    "receiving": False,
    "behind_seconds": 1.0,
    "replay_paused": False,
}
POSITIONS = {"db-2": Position("standby", 1, 5.0, 1.0, replay_paused=False)}


def promote(scene: Scene) -> list[Command]:
    return [scene.command(CommandKind.PROMOTE, "db-2", synchronous=())]


def _after_a_failover(checker: SameHistory) -> Scene:
    """A scene in which db-2 was promoted in place of db-1."""
    scene = Scene(checker)
    command = scene.command(CommandKind.PROMOTE, "db-2", epoch=(1, 60), synchronous=())
    scene.turned(commands=[command])
    scene.promote(command)
    return scene


def test_a_position_counts_that_was_read_after_the_cut() -> None:
    scene = Scene(FreshPositions())
    scene.sent(scene.command(CommandKind.CUT_REPLICATION, "db-2"))
    scene.look(CommandKind.READ_POSITIONS, "db-2", **READ)
    scene.turned(commands=promote(scene), positions=POSITIONS, run=1)
    assert scene.broken == []


@pytest.mark.parametrize("order", ["read, cut", "cut", "read"])
def test_a_position_does_not_count_that_was_read_before_or_never(order: str) -> None:
    scene = Scene(FreshPositions())
    for each in order.split(", "):
        if each == "cut":
            scene.sent(scene.command(CommandKind.CUT_REPLICATION, "db-2"))
        else:
            scene.look(CommandKind.READ_POSITIONS, "db-2", **READ)
    scene.turned(commands=promote(scene), positions=POSITIONS, run=1)
    assert len(scene.broken) == 1


@pytest.mark.parametrize("late", [(1, 49), (1, 50)])
def test_a_cut_counts_not_that_is_older_than_the_reading_for_it_is_refused(late: tuple[int, int]) -> None:
    scene = Scene(FreshPositions())
    scene.sent(scene.command(CommandKind.CUT_REPLICATION, "db-2"))
    scene.look(CommandKind.READ_POSITIONS, "db-2", **READ)
    scene.sent(scene.command(CommandKind.CUT_REPLICATION, "db-2", epoch=late))  # by a leader before, who thawed
    scene.turned(commands=promote(scene), positions=POSITIONS, run=1)
    assert (scene.broken == []) is (late < (1, 50))


@pytest.mark.parametrize("kind", [CommandKind.CUT_REPLICATION, CommandKind.REPOINT])
@pytest.mark.parametrize(("late", "receiving", "well"), [((1, 49), False, True), ((1, 49), True, False), ((1, 50), False, False)])
def test_what_is_older_than_a_reading_under_way_came_before_it_or_is_refused(
    kind: CommandKind, late: tuple[int, int], receiving: bool, well: bool
) -> None:
    scene = Scene(FreshPositions())
    reading = scene.sent(scene.command(CommandKind.READ_POSITIONS, "db-2"))
    scene.sent(scene.command(kind, "db-2", epoch=late))  # by a leader before, who thawed
    scene.ended(reading, **{**READ, "receiving": receiving})
    scene.turned(commands=promote(scene), positions=POSITIONS, run=1)
    assert (scene.broken == []) is well


@pytest.mark.parametrize("read", [{"receiving": True}, {"position": 4.0}])
def test_a_position_does_not_count_of_whom_still_receives_or_has_another(read: dict[str, Any]) -> None:
    scene = Scene(FreshPositions())
    scene.sent(scene.command(CommandKind.CUT_REPLICATION, "db-2"))
    scene.look(CommandKind.READ_POSITIONS, "db-2", **{**READ, **read})
    scene.turned(commands=promote(scene), positions=POSITIONS, run=1)
    assert len(scene.broken) == 1


def test_the_most_advanced_of_the_fit_is_promoted() -> None:
    for ahead, well in (("db-2", True), ("db-3", False)):
        scene = Scene(MostAdvanced())
        scene.member("db-2").receiving = scene.member("db-3").receiving = False
        scene.member(ahead).position += 10.0
        beaten = Note("db", NoteKind.REFUSED, {"host": "db-3", "reason": "'db-2' has at least as much"})
        scene.turned(notes=[beaten], commands=promote(scene))
        assert (scene.broken == []) is well


def test_who_is_unfit_may_have_more() -> None:
    scene = Scene(MostAdvanced())
    scene.member("db-3").position += 10.0
    unfit = Note("db", NoteKind.REFUSED, {"host": "db-3", "reason": "is under maintenance"})
    scene.turned(notes=[unfit], commands=promote(scene))
    assert scene.broken == []


@pytest.mark.parametrize("foreign", [False, True])
def test_nobody_is_promoted_from_another_history(foreign: bool) -> None:
    scene = Scene(SameHistory())
    member = scene.member("db-2")
    if foreign:
        member.branch = Branch(6, member.branch, member.position - 30.0, "db-2", None)
    command = scene.command(CommandKind.PROMOTE, "db-2", epoch=(1, 60), synchronous=())
    scene.turned(commands=[command])
    scene.promote(command)
    assert len(scene.broken) == foreign


@pytest.mark.parametrize("restored", [False, True])
def test_a_journal_that_was_restored_may_name_a_primary_before_the_last(restored: bool) -> None:
    scene = _after_a_failover(SameHistory())
    scene.clusters.store.restored = int(restored)
    follower = scene.member("db-3")
    follower.branch, follower.position = scene.member("db-2").branch, scene.member("db-2").position + 5.0
    command = scene.command(CommandKind.PROMOTE, "db-3", epoch=(2, 1), synchronous=())
    scene.turned(commands=[command], primary="db-1")
    scene.promote(command)
    assert (scene.broken == []) is restored


def test_a_history_of_neither_primary_is_another_one_after_a_restore_too() -> None:
    scene = _after_a_failover(SameHistory())
    scene.clusters.store.restored = 1
    member = scene.member("db-3")
    member.branch = Branch(6, member.branch, member.position - 30.0, "db-3", None)
    command = scene.command(CommandKind.PROMOTE, "db-3", epoch=(2, 1), synchronous=())
    scene.turned(commands=[command], primary="db-1")
    scene.promote(command)
    assert len(scene.broken) == 1


@pytest.mark.parametrize("restored", [False, True])
def test_a_person_may_accept_another_history_only_where_nobody_knows_the_primarys_any_more(restored: bool) -> None:
    scene = Scene(SameHistory())
    scene.clusters.store.restored = int(restored)
    member = scene.member("db-2")
    member.branch = Branch(6, member.branch, member.position - 30.0, "db-2", None)
    scene.ordered(OrderKind.ACCEPT_LOSS, run=1)
    command = scene.command(CommandKind.PROMOTE, "db-2", epoch=(1, 60), synchronous=())
    scene.turned(commands=[command])
    scene.promote(command)
    assert (scene.broken == []) is restored


def test_a_synchronous_cluster_loses_nothing() -> None:
    scene = Scene(NothingLost())
    scene.switched_off("db-1")
    scene.promoted("db-2")
    assert scene.broken == []
    scene = Scene(NothingLost())
    scene.switched_off("db-1")
    scene.promoted("db-3")
    assert scene.broken == ["the promotion of 'db-3' lost 1s that was acknowledged"]


def test_a_person_may_accept_the_loss() -> None:
    checker = NothingLost()
    scene = Scene(checker)
    scene.switched_off("db-1")
    scene.ordered(OrderKind.ACCEPT_LOSS, run=1)
    scene.promoted("db-3", run=1)
    checker.finish()
    assert scene.broken == []


def test_a_person_may_accept_the_loss_of_who_was_promoted_by_hand_and_is_only_seen_to_be_primary() -> None:
    checker = NothingLost()
    scene = Scene(checker)
    scene.switched_off("db-1")
    scene.ordered(OrderKind.ACCEPT_LOSS, run=1)
    scene.turned(notes=[Note("db", NoteKind.PROMOTED, {"host": "db-3", "lost_seconds": None})], run=1)
    scene.database.serving = "db-3"
    checker.finish()
    assert scene.broken == []


def test_to_accept_one_loss_is_not_to_accept_that_of_a_later_recovery() -> None:
    checker = NothingLost()
    scene = Scene(checker)
    scene.switched_off("db-1")
    scene.ordered(OrderKind.ACCEPT_LOSS, run=1)
    scene.turned(notes=[Note("db", NoteKind.PROMOTED, {"host": "db-3", "lost_seconds": None})], run=2)
    scene.database.serving = "db-3"
    checker.finish()
    assert scene.broken == ["in the end 'db-3' lacks 1s that was acknowledged"]


def test_what_a_person_adopted_is_that_persons_loss() -> None:
    scene = Scene(NothingLost())
    scene.ordered(OrderKind.ADOPT, host="db-3", state=State.ADOPTING)
    scene.turned(notes=[recovered("db-3")])
    scene.switched_off("db-1")
    scene.promoted("db-3")
    assert scene.broken == []


def test_an_adoption_that_a_new_leader_finds_in_the_journal_is_a_persons_too() -> None:
    checker = NothingLost()
    scene = Scene(checker)
    scene.known.goal = Goal.ADOPT  # its writer was cut off in the midst of it
    scene.turned(LeaseGained(scene.at, scene.wall, 2, "watch"), state=State.ADOPTING)
    scene.database.serving = "db-3"
    checker.finish()
    assert scene.broken == []


def test_whoever_serves_in_the_end_has_everything() -> None:
    checker = NothingLost()
    scene = Scene(checker)
    scene.database.serving = "db-3"
    checker.finish()
    assert scene.broken == ["in the end 'db-3' lacks 1s that was acknowledged"]


@pytest.mark.parametrize(("behind_seconds", "well"), [(10.0, True), (10.5, False), (None, True)])
def test_an_asynchronous_cluster_loses_no_more_than_is_allowed(behind_seconds: float | None, well: bool) -> None:
    scene = Scene(NothingLost(), mode="asynchronous")
    scene.switched_off("db-1")
    scene.look(CommandKind.READ_POSITIONS, "db-2", **{**READ, "behind_seconds": behind_seconds})
    scene.promoted("db-2")
    assert (scene.broken == []) is well


def test_for_whom_commits_wait_is_journaled_before_it_changes() -> None:
    scene = Scene(SynchronousFirst())
    scene.member("db-1").synchronous = frozenset({"db-2"})
    scene.effect(scene.command(CommandKind.SET_SYNCHRONOUS, "db-1", standbys=("db-2",)))
    assert scene.broken == ["commits on 'db-1' wait for db-2, and the journal says otherwise"]


def test_a_set_that_is_journaled_may_be_set() -> None:
    scene = Scene(SynchronousFirst())
    both = scene.clusters.store.state.clusters["db"].synchronous
    scene.clusters.store.state.clusters["db"].synchronous = (*both, frozenset({"db-2"}))
    scene.member("db-1").synchronous = frozenset({"db-2"})
    scene.effect(scene.command(CommandKind.SET_SYNCHRONOUS, "db-1", standbys=("db-2",)))
    assert scene.broken == []


def test_an_old_copy_of_the_journal_says_nothing_of_what_was_journaled_after_it() -> None:
    scene = Scene(SynchronousFirst())
    scene.clusters.store.restored = 1
    scene.member("db-1").synchronous = frozenset({"db-2"})
    late = scene.command(CommandKind.SET_SYNCHRONOUS, "db-1", standbys=("db-2",))
    scene.effect(late)
    assert scene.broken == []

    scene.turned(synchronous=())
    scene.effect(late)
    assert scene.broken == ["commits on 'db-1' wait for db-2, and the journal says otherwise"], "somebody has learned anew"


def test_what_commits_wait_for_is_of_the_primary_until_another_is_adopted() -> None:
    scene = Scene(SynchronousFirst())
    nobody = (frozenset[str](),)
    scene.member("db-3").role, scene.member("db-3").synchronous = Role.PRIMARY, frozenset()
    scene.turned(goal=Goal.ADOPT, wanted="db-3", synchronous=nobody)
    assert scene.broken == ["commits on 'db-1' wait for db-2, db-3, and the journal says otherwise"]
    scene.turned(primary="db-3", synchronous=(*nobody, frozenset({"db-2"})))
    assert len(scene.broken) == 1


def test_a_set_is_not_forgotten_while_commits_wait_for_it() -> None:
    scene = Scene(SynchronousFirst())
    scene.turned(synchronous=(frozenset({"db-2"}),))
    assert len(scene.broken) == 1
    scene.turned(synchronous=())
    assert len(scene.broken) == 1, "what is not known is not wrong"


@pytest.mark.parametrize(("silent", "well"), [(["db-1", "db-4"], False), (["db-1"], True), (["db-1", "db-3"], True)])
def test_nobody_is_promoted_who_hangs_on_what_all_lost_hosts_hang_on(silent: list[str], well: bool) -> None:
    scene = Scene(OtherDomain())
    scene.clusters.settings.concerns["db-4"] = ("db", "other")
    for host in silent:
        scene.turned(HealthChanged(scene.at, scene.wall, host, Health.SILENT))
    scene.turned(commands=promote(scene))
    assert (scene.broken == []) is well


def test_a_host_that_has_answered_is_not_lost() -> None:
    scene = Scene(OtherDomain())
    scene.clusters.settings.concerns["db-4"] = ("db", "other")
    for host in ("db-1", "db-4"):
        scene.turned(HealthChanged(scene.at, scene.wall, host, Health.SILENT))
    scene.look(CommandKind.VERIFY, "db-4", details={"question": "role"}, role="primary")
    scene.turned(commands=promote(scene))
    assert scene.broken == []
