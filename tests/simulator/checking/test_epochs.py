import pytest

from failover.core.commands import CommandKind, Epoch
from failover.core.events import LeaseGained
from failover.core.notes import Note
from failover.core.states import State
from simulator.checking.epochs import EpochsGrow, LeaseHeld, NewestOnly, StoreFirst
from tests.simulator.checking.scenes import Scene, decided, entered


def test_an_epoch_that_goes_back_breaks_it() -> None:
    scene = Scene(EpochsGrow())
    scene.turned(epoch=Epoch(4, 9))
    scene.turned(epoch=Epoch(4, 8))
    assert scene.broken == ["epoch Epoch(term=4, number=9) was followed by Epoch(term=4, number=8)"]


@pytest.mark.parametrize("notes", [[decided()], [entered(State.CUTTING, State.PROMOTING)]])
def test_a_recovery_and_a_promotion_have_epochs_of_their_own(notes: list[Note]) -> None:
    scene = Scene(EpochsGrow())
    scene.turned(notes=notes)
    assert len(scene.broken) == 1
    scene.turned(notes=notes, epoch=Epoch(9, 1))
    assert len(scene.broken) == 1


def test_a_leader_has_an_epoch_of_his_own_term() -> None:
    scene = Scene(EpochsGrow())
    scene.clusters.store.state.term = 7
    scene.turned(LeaseGained(scene.at, scene.wall, 7, "controller-2"), epoch=Epoch(6, 99))
    assert scene.broken == ["epoch Epoch(term=6, number=99) is of an older term than 7"]


def test_a_command_of_another_epoch_than_the_turns_breaks_it() -> None:
    scene = Scene(EpochsGrow())
    scene.turned(commands=[scene.command(CommandKind.FENCE, "db-1", epoch=(0, 1))])
    assert len(scene.broken) == 1


def test_a_look_at_an_act_is_of_a_newer_epoch() -> None:
    for epoch, well in (((1, 50), False), ((1, 51), True)):
        scene = Scene(EpochsGrow())
        scene.turned(epoch=Epoch(1, 50), commands=[scene.command(CommandKind.PROMOTE, "db-2", epoch=(1, 50))])
        look = scene.command(CommandKind.VERIFY, "db-2", epoch=epoch, question="role")
        scene.turned(epoch=Epoch(*epoch), commands=[look])
        assert (scene.broken == []) is well


def test_a_look_at_an_act_that_a_restored_journal_lacks_may_be_of_an_older_epoch() -> None:
    scene = Scene(EpochsGrow())
    scene.turned(epoch=Epoch(3, 7), commands=[scene.command(CommandKind.PROMOTE, "db-2", epoch=(3, 7))])
    scene.clusters.store.restored += 1
    scene.known.epoch = Epoch(2, 3)
    scene.turned(commands=[scene.command(CommandKind.READ_POSITIONS, "db-2", epoch=(2, 3))])
    assert scene.broken == []


def test_an_act_of_an_older_epoch_after_one_of_a_newer_breaks_it() -> None:
    scene = Scene(NewestOnly())
    newer, older = (scene.sent(scene.command(CommandKind.CUT_REPLICATION, "db-2", epoch=(1, each))) for each in (9, 8))
    scene.effect(newer)
    scene.effect(older)
    assert len(scene.broken) == 1


def test_an_act_after_a_later_look_has_come_back_breaks_it() -> None:
    scene = Scene(NewestOnly())
    act = scene.sent(scene.command(CommandKind.PROMOTE, "db-2"))
    scene.look(CommandKind.VERIFY, "db-2", details={"question": "role"}, role="standby")
    scene.effect(act)
    assert scene.broken == ["promote at 'db-2' was done after a later look at it had come back"]


def test_a_look_at_something_else_on_its_host_is_no_look_at_a_member() -> None:
    scene = Scene(NewestOnly())
    act = scene.sent(scene.command(CommandKind.PROMOTE, "db-2"))
    scene.look(CommandKind.VERIFY, "db-2", details={"question": "page_withdrawn"}, withdrawn=True)
    scene.effect(act)
    assert scene.broken == []


def test_a_late_fence_is_exempt_for_power_cannot_refuse() -> None:
    scene = Scene(NewestOnly())
    fence = scene.sent(scene.command(CommandKind.FENCE, "db-1"))
    scene.look(CommandKind.VERIFY, "db-1", details={"question": "is_off"}, off=False)
    scene.effect(fence, "db-1/power")
    assert scene.broken == []


def test_one_command_done_twice_breaks_it() -> None:
    scene = Scene(NewestOnly())
    act = scene.sent(scene.command(CommandKind.REROUTE, "edge-1", primary="db-2"))
    scene.effect(act)
    scene.effect(act)
    assert scene.broken == ["reroute at 'edge-1' was done twice"]


def test_what_cannot_be_undone_is_sent_by_who_holds_the_lease() -> None:
    scene = Scene(LeaseHeld())
    scene.changed()
    scene.sent(scene.command(CommandKind.PROMOTE, "db-2"))
    assert scene.broken == []
    scene.clusters.store.holder = "controller-2"
    scene.changed()
    scene.sent(scene.command(CommandKind.PROMOTE, "db-2"))
    assert scene.broken == [], "it was lost only just now"
    scene.later(1.0)
    scene.sent(scene.command(CommandKind.PROMOTE, "db-2"))
    assert scene.broken == [f"'{scene.controller.name}' sends promote at 'db-2' without the lease"]


def test_whoever_has_just_thawed_may_send_what_he_was_about_to() -> None:
    scene = Scene(LeaseHeld())
    scene.controller.frozen = 1
    scene.changed()
    scene.clusters.store.holder = "controller-2"
    scene.changed()
    scene.later(60.0)
    scene.controller.frozen = 0
    scene.changed()
    scene.sent(scene.command(CommandKind.PROMOTE, "db-2"))
    assert scene.broken == []


def test_whoever_does_not_lead_sends_nothing() -> None:
    scene = Scene(LeaseHeld())
    scene.controller.leading = False
    scene.sent(scene.command(CommandKind.CUT_REPLICATION, "db-2"))
    assert len(scene.broken) == 1


def test_nothing_is_decided_that_the_store_has_not_taken() -> None:
    scene = Scene(StoreFirst())
    scene.turned()
    assert scene.broken == [f"'{scene.controller.name}' decides by what is not in the journal"]


def test_nothing_is_decided_while_the_store_is_down_or_the_lease_anothers() -> None:
    scene = Scene(StoreFirst())
    event = scene.woken()
    scene.clusters.store.journal.append((1, event))
    scene.turned(event)
    assert scene.broken == []
    scene.clusters.store.down = 1
    scene.turned(event)
    scene.clusters.store.down, scene.clusters.store.holder = 0, "controller-2"
    scene.turned(event)
    name = scene.controller.name
    assert scene.broken == [
        f"'{name}' decides, and the store does not answer it",
        f"'{name}' decides, and the lease is not its own",
    ]
