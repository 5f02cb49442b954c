"""What holds automation back, and for how long. Nothing of it ever holds an order back; that is seen with the orders."""

from collections.abc import Callable
from typing import Any

import pytest

from failover.core.cluster import ClusterState, Controller
from failover.core.policy import held, holds_until
from failover.core.states import RESTING, State
from tests.failover.core.playing import PAIR, play

GROUP = PAIR.replace(
    "services:",
    """  map: {members: [map-1, map-2], primary: map-1, policy: {mode: automatic}}
safety:
  all: {clusters: [db, map], at_most: 1}
services:""",
).replace("clusters:", "  map-[1-2]: {site: here}\nclusters:", 1)


def situation(text: str = PAIR, **policy: Any) -> tuple[Controller, ClusterState]:
    """The controller and its cluster, to be changed at will; nothing holds it back."""
    state = play(text, **policy).state.copy()
    state.clock = state.wall_seconds = 100.0
    state.clusters = {name: each.copy() for name, each in state.clusters.items()}
    return state, state.clusters["db"]


def reason(state: Controller, c: ClusterState) -> str | None:
    return held(state, state.settings.clusters["db"], c)


def ends(state: Controller, c: ClusterState) -> list[float]:
    return sorted(holds_until(state, state.settings.clusters["db"], c))


def test_nothing_holds_an_automatic_cluster_back_that_has_been_led_for_a_while() -> None:
    state, c = situation()

    assert reason(state, c) is None
    assert ends(state, c) == []


@pytest.mark.parametrize(
    ("mode", "said"), [("observe", "only observes"), ("manual", "wants an operator's order"), ("approve", None)]
)
def test_a_policy_that_leaves_it_to_people_holds_back_for_ever(mode: str, said: str | None) -> None:
    state, c = situation(mode=mode)

    found = reason(state, c)
    assert (said is None) == (found is None)
    assert said is None or (found is not None and said in found)
    assert ends(state, c) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: setattr(c, "paused_by", "alice"), "'alice' paused automation"),
        (lambda c: setattr(c, "declined_by", "bob"), "'bob' declined it"),
        (lambda c: setattr(c, "maintenance", {"db-1": 1e9}), "'db-1' is under maintenance"),
    ],
)
def test_what_people_said_holds_back_and_names_them(change: Callable[[ClusterState], None], said: str) -> None:
    state, c = situation()
    change(c)

    assert reason(state, c) == said


def test_the_grace_period_of_a_new_leader_holds_back_until_its_last_moment() -> None:
    state, c = situation()
    state.grace_until = state.clock + 5.0

    assert reason(state, c) == "this controller has only just taken over"
    assert ends(state, c) == [state.grace_until]
    state.clock = state.grace_until
    assert reason(state, c) is None
    assert ends(state, c) == []


def test_maintenance_goes_by_the_wall_clock_and_only_for_the_primary() -> None:
    state, c = situation()
    c.maintenance = {"db-1": state.wall_seconds + 60.0, "db-2": state.wall_seconds + 600.0}

    assert ends(state, c) == [state.clock + 60.0]
    state.wall_seconds += 60.0
    assert reason(state, c) is None


def test_so_many_attempts_hold_the_next_one_back_until_the_first_is_long_enough_ago() -> None:
    state, c = situation(attempts=2, within="1h")
    state.clock = 5000.0
    c.attempts = (2000.0,)
    assert reason(state, c) is None

    c.attempts = (2000.0, 4000.0)
    assert reason(state, c) == "it was tried 2 times lately, and nobody has acknowledged that"
    assert ends(state, c) == [5600.0, 7600.0]
    state.clock = 5600.0
    assert reason(state, c) is None


@pytest.mark.parametrize("state_of_other", State)
def test_a_safety_group_lets_only_so_many_of_its_clusters_recover_at_once(state_of_other: State) -> None:
    state, c = situation(GROUP)
    state.clusters["map"].state = state_of_other

    assert (reason(state, c) is None) == (state_of_other in RESTING)


def test_a_cluster_does_not_hold_itself_back() -> None:
    state, c = situation(GROUP)
    c.state = State.PREFLIGHT

    assert reason(state, c) is None
