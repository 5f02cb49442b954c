"""What becomes of a recovery that halted: what goes on by itself where that harms nobody, and what people can do."""

import pytest

from failover.core.commands import CommandKind, Outcome
from failover.core.events import LeaseGained, OrderKind
from failover.core.settings import RETRY_SECONDS
from failover.core.states import HaltReason, State
from tests.failover.core.playing import play, say
from tests.failover.core.scenes import back, nobody_fit, unfenced


def test_a_preflight_is_repeated_when_a_candidate_comes_back() -> None:
    p = nobody_fit()
    back(p, "db-2")

    assert p.serving() == "db-2"


def test_a_preflight_that_found_nobody_is_forgotten_when_the_primary_comes_back() -> None:
    p = nobody_fit()
    back(p, "db-1")

    assert p.where() is State.WATCHING and p.kinds() == []


@pytest.mark.parametrize("hold", ["pause", "grace"])
def test_what_became_possible_while_automation_was_held_back_is_done_afterwards(hold: str) -> None:
    p = nobody_fit()
    if hold == "pause":
        p.order(OrderKind.PAUSE)
    else:
        p.tell(LeaseGained(p.now, p.now, 2, "controller-2"))
        p.see("db-1")
    back(p, "db-2")
    assert p.where() is State.HALTED

    p.order(OrderKind.RESUME)
    p.pass_time(10.0)
    assert p.serving() == "db-2"


def test_fencing_is_tried_again_after_a_while() -> None:
    p = unfenced()
    p.bends.clear()
    p.pass_time(RETRY_SECONDS)

    assert p.serving() == "db-2"


def test_nothing_is_tried_again_while_automation_is_paused() -> None:
    p = unfenced()
    p.bends.clear()
    p.order(OrderKind.PAUSE)
    p.pass_time(100 * RETRY_SECONDS)
    assert p.db.halted is HaltReason.NOT_FENCED

    p.order(OrderKind.RETRY)
    assert p.serving() == "db-2"


def test_an_old_primary_that_could_not_be_fenced_and_is_well_gets_its_clients_back() -> None:
    p = unfenced()
    assert p.routed == {"db/route": None}
    back(p, "db-1")

    assert p.way()[-2:] == ["restoring", "watching"]
    assert p.serving() == "db-1"


def test_clients_that_could_not_be_brought_are_tried_again() -> None:
    p = play()
    p.bends.append(say(CommandKind.REROUTE, Outcome.FAILED, does=False, times=2))
    p.lose("db-1")
    assert p.db.halted is HaltReason.NOT_ROUTED

    p.pass_time(RETRY_SECONDS)
    assert p.serving() == "db-2"
