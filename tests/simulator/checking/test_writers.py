from failover.core.commands import Epoch
from failover.core.events import OrderKind
from simulator.checking.writers import OneWriter
from simulator.clusters.members import Role
from tests.simulator.checking.scenes import Scene


def two_primaries() -> Scene:
    scene = Scene(OneWriter())
    scene.member("db-2").role = Role.PRIMARY
    scene.changed()
    return scene


def test_two_members_that_accept_writes_break_it() -> None:
    assert two_primaries().broken == ["db-1 and db-2 accept writes"]


def test_two_members_that_acknowledge_writes_break_it() -> None:
    scene = two_primaries()
    scene.member("db-2").by_hand = True
    scene.member("db-2").acknowledging = True
    scene.changed()
    assert scene.broken[1:] == ["db-1 and db-2 acknowledge writes"]


def test_two_members_of_one_epoch_break_it_even_when_they_are_off() -> None:
    scene = Scene(OneWriter())
    for host in ("db-1", "db-2"):
        scene.member(host).role, scene.member(host).promoted_epoch = Role.PRIMARY, Epoch(3, 7)
        scene.switched_off(host)
    scene.changed()
    assert scene.broken == ["two members were promoted under one epoch"]


def test_a_former_primary_that_is_off_harms_nobody() -> None:
    scene = Scene(OneWriter())
    scene.switched_off("db-1")
    scene.member("db-2").role = Role.PRIMARY
    scene.changed()
    assert scene.broken == []


def test_what_was_promoted_by_hand_accepts_writes_on_its_makers_account() -> None:
    scene = Scene(OneWriter())
    scene.member("db-2").role, scene.member("db-2").by_hand = Role.PRIMARY, True
    scene.changed()
    assert scene.broken == []


def test_what_was_attested_to_be_off_and_is_not_is_that_persons() -> None:
    scene = Scene(OneWriter())
    scene.ordered(OrderKind.CONFIRM_FENCED, host="db-1")
    scene.member("db-2").role = Role.PRIMARY
    scene.changed()
    assert scene.broken == []
