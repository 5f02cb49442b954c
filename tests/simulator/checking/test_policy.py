import pytest

from failover.core.cluster import Goal, Sighting
from failover.core.commands import CommandKind
from failover.core.events import Event, Health, HealthChanged, LeaseGained, OrderKind, Woken
from failover.core.settings import GRACE_SECONDS
from failover.core.states import State
from simulator.checking.policy import Held, NoFailback
from tests.simulator.checking.scenes import Scene, decided, entered

BEGINS = [decided(), entered(State.WATCHING, State.PREFLIGHT)]


def begins(scene: Scene, event: Event | None = None) -> list[str]:
    """Let automation begin a recovery; return what that breaks."""
    known = len(scene.broken)
    scene.turned(event, BEGINS, state=State.PREFLIGHT, run=scene.known.run + 1)
    scene.turned(notes=[entered(State.PREFLIGHT, State.WATCHING)], state=State.WATCHING)
    return [each.partition(", although ")[2] for each in scene.broken[known:]]


def test_an_automatic_policy_begins_by_itself() -> None:
    assert begins(Scene(Held())) == []


@pytest.mark.parametrize("policy", ["manual", "observe"])
def test_no_other_policy_does(policy: str) -> None:
    assert begins(Scene(Held(), policy=policy)) == [f"the policy is {policy}"]


def test_a_person_may_begin_under_any_policy() -> None:
    scene = Scene(Held(), policy="manual")
    scene.ordered(OrderKind.PAUSE)
    scene.ordered(OrderKind.FAILOVER, notes=BEGINS, state=State.PREFLIGHT)
    assert scene.broken == []


def test_a_pause_holds_until_it_is_over() -> None:
    scene = Scene(Held())
    scene.ordered(OrderKind.PAUSE)
    assert begins(scene) == ["automation is paused"]
    scene.ordered(OrderKind.RESUME)
    assert begins(scene) == []


def test_a_pause_that_was_refused_holds_nothing() -> None:
    scene = Scene(Held())
    scene.ordered(OrderKind.PAUSE, taken=False)
    assert begins(scene) == []


def test_to_take_back_a_switchover_is_no_no_to_a_failover() -> None:
    scene = Scene(Held())
    scene.turned(state=State.PREFLIGHT, goal=Goal.SWITCHOVER)
    scene.ordered(OrderKind.ABORT, state=State.WATCHING, goal=None)
    assert begins(scene) == []


def test_what_was_written_and_applied_by_nobody_was_said_all_the_same() -> None:
    scene = Scene(Held(), policy="approve")
    known = scene.clusters.store.state
    scene.clusters.store.journal += [(1, scene.woken()), (2, scene.woken())]
    known.clusters["db"].approvals = {"ana": scene.wall}
    scene.clusters.store.applied(known)
    scene.turned(LeaseGained(scene.at, scene.wall, 2, "controller-2"))
    scene.later(60.0)
    scene.turned()
    assert begins(scene) == []


def test_after_the_journal_was_restored_time_goes_on_from_where_it_was_then() -> None:
    scene = Scene(Held())
    store = scene.clusters.store
    store.state.clock -= 1000.0
    store.restored += 1
    scene.turned(LeaseGained(scene.at, scene.wall, 2, "controller-2"))
    scene.later(60.0)
    scene.turned()
    assert begins(scene) == []


GIVES_BACK = [entered(State.SUSPECT, State.RESTORING)]


@pytest.mark.parametrize("policy", ["automatic", "approve", "manual"])
def test_to_a_primary_that_is_back_clients_may_go_back_although_somebody_declined(policy: str) -> None:
    scene = Scene(Held(), policy=policy)
    scene.turned(state=State.SUSPECT)
    scene.ordered(OrderKind.ABORT)
    scene.turned(notes=GIVES_BACK, state=State.RESTORING)
    assert scene.broken == []


def test_under_a_pause_nothing_is_given_back_either() -> None:
    scene = Scene(Held())
    scene.turned(state=State.SUSPECT)
    scene.ordered(OrderKind.PAUSE)
    scene.turned(notes=GIVES_BACK, state=State.RESTORING)
    assert scene.broken == ["suspect → restoring by itself, although automation is paused"]


@pytest.mark.parametrize("said", [OrderKind.REJECT, OrderKind.ABORT])
@pytest.mark.parametrize("over", [OrderKind.RETRY, None])
def test_a_no_holds_until_a_person_says_otherwise_or_the_primary_is_back(said: OrderKind, over: OrderKind | None) -> None:
    scene = Scene(Held())
    scene.turned(state=State.SUSPECT)
    scene.ordered(said)
    assert begins(scene) == ["somebody declined it"]
    if over is None:
        scene.turned(HealthChanged(scene.at, scene.wall, "db-1", Health.PRIMARY))
    else:
        scene.ordered(over)
    assert begins(scene) == []


def test_a_no_to_a_loss_that_is_over_holds_nothing() -> None:
    scene = Scene(Held())
    scene.turned(state=State.WAITING, health={"db-1": Sighting(Health.PRIMARY, ("v-1",))})
    scene.ordered(OrderKind.ABORT, state=State.WATCHING)
    assert begins(scene) == []


def test_maintenance_holds_for_its_time() -> None:
    scene = Scene(Held())
    scene.ordered(OrderKind.MAINTENANCE, host="db-1", for_seconds=60.0)
    assert begins(scene, scene.woken(59.0)) == ["its primary is under maintenance"]
    assert begins(scene, scene.woken(61.0)) == []


def test_maintenance_of_a_standby_holds_nothing() -> None:
    scene = Scene(Held())
    scene.ordered(OrderKind.MAINTENANCE, host="db-2", for_seconds=60.0)
    assert begins(scene) == []


def test_attempts_count_until_they_are_long_ago_or_acknowledged() -> None:
    scene = Scene(Held())
    for run in (1, 2):
        scene.turned(notes=[entered(State.PREFLIGHT, State.FENCING, run)], run=run)
    assert begins(scene) == ["it was tried 2 times lately"]
    scene.ordered(OrderKind.ACKNOWLEDGE)
    assert begins(scene) == []


def test_attempts_are_forgotten_in_time() -> None:
    scene = Scene(Held())
    for run in (1, 2):
        scene.turned(notes=[entered(State.PREFLIGHT, State.FENCING, run)], run=run)
    assert begins(scene, scene.woken(601.0)) == []


def test_a_new_leader_only_looks_for_a_while() -> None:
    scene = Scene(Held())
    scene.turned(LeaseGained(500.0, scene.wall, 2, "controller-2"))  # by a clock of its own
    window = 3.0 + GRACE_SECONDS
    assert begins(scene, Woken(500.0 + window - 0.1, scene.wall)) == ["the controller has only just taken over"]
    assert begins(scene, Woken(500.0 + window + 0.1, scene.wall)) == []


def test_two_persons_say_yes_and_neither_long_ago() -> None:
    scene = Scene(Held(), policy="approve", approvals=2)
    scene.ordered(OrderKind.APPROVE, "ana")
    scene.ordered(OrderKind.APPROVE, "ana")
    assert begins(scene) == ["1 of 2 persons have said yes"]
    scene.ordered(OrderKind.APPROVE, "ana")
    scene.ordered(OrderKind.APPROVE, "ben")
    assert begins(scene) == []
    scene.ordered(OrderKind.APPROVE, "ana")
    scene.ordered(OrderKind.APPROVE, "ben")
    assert begins(scene, scene.woken(901.0)) == ["0 of 2 persons have said yes"]


def test_no_more_of_a_safety_group_than_may_be_are_in_recovery() -> None:
    scene = Scene(Held())
    other = scene.clusters.store.state.clusters["other"]
    other.state = State.FENCING
    assert begins(scene) == ["too many of its safety group are in recovery"]
    other.state = State.HALTED
    assert begins(scene) == []


def test_a_halted_recovery_goes_on_by_itself_unless_it_is_paused() -> None:
    for said, well in ((OrderKind.RESUME, True), (OrderKind.PAUSE, False)):
        scene = Scene(Held(), policy="manual")
        scene.turned(state=State.HALTED)
        scene.ordered(said)
        scene.turned(notes=[entered(State.HALTED, State.CUTTING)], state=State.CUTTING)
        assert (scene.broken == []) is well


def test_a_new_recovery_out_of_a_halt_needs_what_every_one_needs() -> None:
    scene = Scene(Held(), policy="manual")
    scene.ordered(OrderKind.FAILOVER, notes=BEGINS, state=State.PREFLIGHT)
    scene.turned(state=State.HALTED)
    scene.turned(notes=[decided(run=2), entered(State.HALTED, State.PREFLIGHT)], state=State.PREFLIGHT)
    assert scene.broken == ["halted → preflight by itself, although the policy is manual"]


def test_whoever_only_observes_commands_nothing() -> None:
    scene = Scene(Held(), policy="observe")
    scene.turned(commands=[scene.command(CommandKind.VERIFY, "db-1"), scene.command(CommandKind.NOTIFY, "db")])
    assert scene.broken == []
    scene.turned(commands=[scene.command(CommandKind.REPOINT, "db-2")])
    assert scene.broken == ["repoint at 'db-2', although the policy only observes"]


@pytest.mark.parametrize("goal", ["switchover", "rejoin", "start", "adopt"])
def test_nothing_but_a_failover_begins_without_an_order(goal: str) -> None:
    scene = Scene(NoFailback())
    scene.turned(notes=[decided("failover")])
    scene.ordered(OrderKind.FAILBACK, notes=[decided(goal)])
    assert scene.broken == []
    scene.turned(notes=[decided(goal)])
    assert scene.broken == [f"a {goal} that nobody ordered"]
