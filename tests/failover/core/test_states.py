import pytest

from failover.core.controller import step
from failover.core.events import OrderKind, Woken
from failover.core.moving import enter
from failover.core.states import EDGES, RESTING, WAYS_OUT, HaltReason, State
from failover.core.turn import Turn
from tests.failover.core.playing import play


def reached_from(start: State) -> set[State]:
    found = {start}
    pending = [start]
    for each in pending:
        following = [after for before, after in EDGES if before is each and after not in found]
        found.update(following)
        pending += following
    return found


@pytest.mark.parametrize("state", State)
def test_every_state_can_be_reached_and_leads_back_to_watching(state: State) -> None:
    assert state in reached_from(State.WATCHING)
    assert State.WATCHING in reached_from(state)


def test_every_edge_says_why_it_is_taken() -> None:
    assert all(reason.strip() and reason[0].islower() and not reason.endswith(".") for reason in EDGES.values())


def test_no_state_is_entered_twice_in_a_row() -> None:
    assert not [before for before, after in EDGES if before is after]


@pytest.mark.parametrize("state", [state for state in State if state is not State.HALTED])
def test_every_state_can_stop_for_a_person(state: State) -> None:
    assert (state, State.HALTED) in EDGES


@pytest.mark.parametrize("reason", HaltReason)
def test_every_halt_names_the_orders_that_resolve_it(reason: HaltReason) -> None:
    assert WAYS_OUT[reason]
    assert set(WAYS_OUT[reason]) <= set(OrderKind)
    assert len(set(WAYS_OUT[reason])) == len(WAYS_OUT[reason])


def test_nothing_is_under_way_in_a_state_of_rest() -> None:
    assert {State.WATCHING, State.SUSPECT, State.WAITING, State.HALTED} == RESTING


def test_a_way_that_is_not_declared_cannot_be_taken_and_nothing_has_happened() -> None:
    p = play()
    turn = Turn(p.state, Woken(p.now, p.now))
    c = turn.cluster("db")

    with pytest.raises(KeyError):
        enter(turn, c, State.PROMOTING)

    assert c.state is State.WATCHING
    assert p.where() is State.WATCHING
    assert step(p.state, Woken(p.now, p.now)).commands == ()
