from typing import Any

import pytest

from failover.core.commands import CommandId, CommandKind, Outcome, Question
from failover.core.events import CommandEnded, LeaseGained
from failover.core.states import State
from failover.core.steps import Progress, Status, Step
from simulator.checking.recoveries import LookFirst, NeverBlind, NeverLeft, OneRecovery
from simulator.clusters.flights import Flight
from tests.simulator.checking.scenes import Scene, decided, entered


def test_a_recovery_that_begins_within_another_breaks_it() -> None:
    scene = Scene(OneRecovery())
    scene.turned(state=State.FENCING)
    scene.turned(notes=[decided()])
    assert scene.broken == ["a recovery began while one is fencing"]


def test_a_recovery_that_begins_from_rest_is_well() -> None:
    scene = Scene(OneRecovery())
    scene.turned(notes=[decided(), entered(State.WATCHING, State.PREFLIGHT)], state=State.PREFLIGHT)
    assert scene.broken == []


def test_a_timer_does_not_release_a_recovery_whose_promotion_is_open() -> None:
    scene = Scene(OneRecovery())
    scene.turned(state=State.PREFLIGHT)
    scene.sent(scene.command(CommandKind.PROMOTE, "db-2"))
    scene.turned(notes=[entered(State.PREFLIGHT, State.SUSPECT)])
    assert scene.broken == ["preflight was let go by a timer while promote at 'db-2' is open"]


def test_a_restart_may_be_given_up_in_time() -> None:
    scene = Scene(OneRecovery())
    scene.turned(state=State.RESTARTING)
    scene.sent(scene.command(CommandKind.START, "db-1"))
    scene.turned(notes=[entered(State.RESTARTING, State.SUSPECT)])
    assert scene.broken == []


def under_way(scene: Scene, host: str) -> None:
    command = scene.command(CommandKind.PROMOTE, host)
    scene.clusters.targets.under_way[Flight(command, scene.controller, host, scene.member(host), 0.0)] = None


def test_two_promotions_at_a_time_break_it() -> None:
    scene = Scene(OneRecovery())
    under_way(scene, "db-2")
    scene.sent(scene.command(CommandKind.PROMOTE, "db-3"))
    assert scene.broken == ["'db-3' is promoted while 'db-2' may still be"]


def test_a_promotion_that_would_be_refused_or_whose_host_is_off_is_none() -> None:
    scene = Scene(OneRecovery())
    under_way(scene, "db-2")
    scene.member("db-2").guard = scene.known.epoch._replace(term=9)
    scene.sent(scene.command(CommandKind.PROMOTE, "db-3"))
    scene.member("db-2").guard = scene.known.epoch
    scene.switched_off("db-2")
    scene.sent(scene.command(CommandKind.PROMOTE, "db-3"))
    assert scene.broken == []


STEP = Step("promote", CommandKind.PROMOTE, "db-2", Question.ROLE, {"role": "primary"})


def test_a_recovery_that_waits_for_nothing_is_left_lying() -> None:
    scene = Scene(NeverLeft())
    scene.turned(state=State.PROMOTING, steps={"promote": Progress(STEP, Status.LOOKING)}, pending={})
    assert scene.broken == ["promoting waits for nothing"]


@pytest.mark.parametrize(
    "waits", [{"pending": {CommandId("db", 9): "promote"}}, {"steps": {"promote": Progress(STEP, Status.RESTING, due=9.0)}}]
)
def test_a_recovery_that_waits_for_a_report_or_a_moment_is_not(waits: dict[str, Any]) -> None:
    scene = Scene(NeverLeft())
    scene.turned(state=State.PROMOTING, **waits)
    assert scene.broken == []


def test_a_new_leader_that_waits_for_the_commands_of_the_old_one_breaks_it() -> None:
    scene = Scene(NeverLeft())
    led = LeaseGained(scene.at, scene.wall, 2, "controller-2")
    scene.turned(led, state=State.PROMOTING, pending={CommandId("db", 9): "promote"})
    assert scene.broken == ["a new leader waits for what another one sent"]


def test_a_promotion_sent_again_without_a_look_is_blind() -> None:
    scene = Scene(NeverBlind())
    scene.sent(scene.command(CommandKind.PROMOTE, "db-2"))
    scene.sent(scene.command(CommandKind.PROMOTE, "db-2"))
    assert scene.broken == ["promote was sent to 'db-2' again, and nobody had looked"]


def test_a_promotion_sent_again_after_a_look_is_not() -> None:
    scene = Scene(NeverBlind())
    scene.sent(scene.command(CommandKind.PROMOTE, "db-2"))
    scene.look(CommandKind.VERIFY, "db-2", details={"question": "role"}, role="standby")
    scene.sent(scene.command(CommandKind.PROMOTE, "db-2"))
    assert scene.broken == []


def test_a_look_that_nobody_heard_of_is_none() -> None:
    scene = Scene(NeverBlind())
    scene.sent(scene.command(CommandKind.PROMOTE, "db-2"))
    scene.ended(scene.sent(scene.command(CommandKind.VERIFY, "db-2", question="role")), Outcome.UNKNOWN)
    scene.sent(scene.command(CommandKind.PROMOTE, "db-2"))
    assert len(scene.broken) == 1


def test_a_step_is_done_by_a_look_and_not_by_the_report_of_the_act() -> None:
    for kind, well in ((CommandKind.VERIFY, True), (CommandKind.PROMOTE, False)):
        scene = Scene(LookFirst())
        command = scene.command(kind, "db-2", question="role")
        scene.reported(command, {"role": "primary"}, steps={"promote": Progress(STEP, Status.DONE)})
        assert (scene.broken == []) is well


def test_a_look_whose_outcome_is_unknown_does_nothing() -> None:
    scene = Scene(LookFirst())
    look = scene.command(CommandKind.VERIFY, "db-2", question="role")
    scene.ledger.commands[look.id] = look
    event = CommandEnded(scene.at, scene.wall, look.id, Outcome.UNKNOWN, {})
    scene.turned(event, steps={"promote": Progress(STEP, Status.DONE)})
    assert scene.broken == ["'promote' counts as done, and nobody has looked"]
