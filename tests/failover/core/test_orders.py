"""What operators may order, when it is refused, and why. An order that is refused has done nothing."""

from typing import Any

import pytest

from failover.core.events import NEEDS_REASON, Health, OrderKind
from failover.core.notes import NoteKind
from failover.core.settings import APPROVAL_SECONDS
from failover.core.states import State
from tests.failover.core.playing import Play, play
from tests.failover.core.scenes import on_its_way, waiting

NAMED = {OrderKind.REJOIN: "db-2", OrderKind.ADOPT: "db-2", OrderKind.CONFIRM_FENCED: "db-1", OrderKind.MAINTENANCE: "db-1"}


def refused(p: Play) -> list[str]:
    return [each["reason"] for each in p.told(NoteKind.ORDER_REFUSED)]


def taken(p: Play) -> list[str]:
    return [each["order"] for each in p.told(NoteKind.ORDERED)]


# What every order has to bring.


@pytest.mark.parametrize("kind", sorted(NEEDS_REASON))
@pytest.mark.parametrize("reason", ["", "  "])
def test_what_forces_something_is_refused_without_a_reason(kind: OrderKind, reason: str) -> None:
    p = play()
    p.order(kind, host=NAMED.get(kind), reason=reason)

    assert refused(p) == ["this order needs a reason"]
    assert p.way() == [] and p.sent == []


@pytest.mark.parametrize("kind", OrderKind)
def test_an_order_that_was_meant_for_another_primary_is_refused(kind: OrderKind) -> None:
    p = play()
    p.order(kind, host=NAMED.get(kind), expected_primary="db-2")

    assert refused(p) == ["it expects 'db-2' as primary, which is 'db-1'"]
    assert p.way() == [] and p.sent == []


def test_an_order_that_expects_the_present_primary_is_taken() -> None:
    p = play()
    p.order(OrderKind.SWITCHOVER, expected_primary="db-1")

    assert p.db.primary == "db-2"


def test_the_second_of_two_operators_who_order_the_same_switchover_does_not_undo_it() -> None:
    p = play()
    for who in ("alice", "bob"):
        p.order(OrderKind.SWITCHOVER, operator=who, expected_primary="db-1")

    assert p.db.primary == "db-2"
    assert refused(p) == ["it expects 'db-1' as primary, which is 'db-2'"]


@pytest.mark.parametrize("kind", [OrderKind.REJOIN, OrderKind.ADOPT, OrderKind.CONFIRM_FENCED])
def test_an_order_that_names_no_member_is_refused(kind: OrderKind) -> None:
    for host in ("db-9", None):
        p = play()
        p.order(kind, host=host)

        assert refused(p) == [f"'{host}' is no member of 'db'"]


HARMLESS = (OrderKind.PAUSE, OrderKind.RESUME, OrderKind.MAINTENANCE, OrderKind.ACKNOWLEDGE)


@pytest.mark.parametrize("kind", sorted(set(OrderKind) - set(HARMLESS)))
def test_a_policy_that_only_observes_takes_no_order_that_would_do_anything(kind: OrderKind) -> None:
    p = play(mode="observe")
    p.order(kind, host=NAMED.get(kind))

    assert refused(p) == ["the policy only observes"]
    assert p.way() == [] and p.sent == []


def test_every_order_is_noted_with_who_gave_it_and_why() -> None:
    p = play()
    p.order(OrderKind.MAINTENANCE, operator="bob", host="db-1", reason="new disks", for_seconds=60.0)

    assert p.told(NoteKind.ORDERED) == [{"order": "maintenance", "operator": "bob", "host": "db-1", "reason": "new disks"}]


# When each is refused.


@pytest.mark.parametrize(
    ("kind", "details", "said"),
    [
        (OrderKind.FAILOVER, {"host": "db-1"}, "'db-1' cannot take over from 'db-1'"),
        (OrderKind.FAILOVER, {"host": "edge-9"}, "'edge-9' cannot take over from 'db-1'"),
        (OrderKind.SWITCHOVER, {"host": "db-1"}, "'db-1' cannot take over from 'db-1'"),
        (OrderKind.SWITCHOVER, {"host": "edge-9"}, "'edge-9' cannot take over from 'db-1'"),
        (OrderKind.FAILBACK, {}, "'db-1' is the primary"),
        (OrderKind.REJOIN, {"host": "db-1"}, "'db-1' is the primary"),
        (OrderKind.START, {}, "the cluster is watching"),
        (OrderKind.START, {"host": "db-2"}, "only the primary, 'db-1', can be started as one"),
        (OrderKind.ABORT, {}, "the cluster is watching: there is nothing that could be taken back"),
        (OrderKind.APPROVE, {}, "the cluster is watching and waits for nobody"),
        (OrderKind.REJECT, {}, "the cluster is watching and waits for nobody"),
        (OrderKind.RETRY, {}, "the cluster is watching: there is nothing to be tried again"),
        (OrderKind.CONFIRM_FENCED, {"host": "db-1"}, "nobody asked whether 'db-1' is off"),
        (OrderKind.ACCEPT_LOSS, {}, "nothing is held back because of what would be lost"),
        (OrderKind.RESUME, {}, "nothing is paused"),
        (OrderKind.MAINTENANCE, {"host": "db-9"}, "'db-9' is no host"),
        (OrderKind.MAINTENANCE, {}, "'None' is no host"),
        (OrderKind.WITHDRAW_PAGE, {"service": "shop"}, "it names no host"),
        (OrderKind.WITHDRAW_PAGE, {"host": "db-1"}, "it names no service"),
    ],
)
def test_what_makes_no_sense_while_all_is_well_is_refused(kind: OrderKind, details: dict[str, Any], said: str) -> None:
    p = play()
    p.order(kind, **details)

    assert refused(p) == [said]
    assert p.way() == [] and p.sent == []


@pytest.mark.parametrize("kind", [OrderKind.SWITCHOVER, OrderKind.REJOIN, OrderKind.FAILBACK])
def test_what_needs_a_primary_that_is_well_is_refused_while_it_is_lost(kind: OrderKind) -> None:
    p = waiting()
    p.order(kind, host="db-2" if kind is OrderKind.REJOIN else None)

    assert len(refused(p)) == 1 and p.where() is State.WAITING


MOVES = (OrderKind.FAILOVER, OrderKind.SWITCHOVER, OrderKind.FAILBACK, OrderKind.REJOIN, OrderKind.START, OrderKind.ADOPT)


@pytest.mark.parametrize(
    "state", [State.PREFLIGHT, State.FENCING, State.CUTTING, State.PROMOTING, State.REROUTING, State.VERIFYING]
)
@pytest.mark.parametrize("kind", MOVES)
def test_while_a_recovery_is_under_way_no_other_one_begins(kind: OrderKind, state: State) -> None:
    p = on_its_way(state)
    run, sent = p.db.run, len(p.sent)
    p.order(kind, host="db-2" if kind in NAMED else None)

    assert len(refused(p)) == 1
    assert (p.db.state, p.db.run, len(p.sent)) == (state, run, sent)


def test_a_quarantined_home_has_to_be_rejoined_before_the_failback() -> None:
    p = play()
    p.lose("db-1")
    p.order(OrderKind.FAILBACK)
    assert refused(p) == ["'db-1' is quarantined; order its rejoin first"]

    p.order(OrderKind.REJOIN, host="db-1")
    p.see("db-1")
    p.order(OrderKind.FAILBACK)
    assert p.db.primary == p.serving() == "db-1"


# A person's yes, and a person's no.


def test_one_yes_is_enough_where_the_policy_wants_one() -> None:
    p = waiting()
    p.order(OrderKind.APPROVE)

    assert p.db.primary == p.serving() == "db-2"


def test_two_persons_have_to_say_yes_and_one_who_says_it_twice_is_one() -> None:
    p = waiting(approvals=2)
    p.order(OrderKind.APPROVE)
    p.order(OrderKind.APPROVE)
    assert p.where() is State.WAITING

    p.order(OrderKind.APPROVE, operator="bob")
    assert p.db.primary == "db-2"


def test_a_yes_expires() -> None:
    p = waiting(approvals=2)
    p.order(OrderKind.APPROVE)
    p.now += APPROVAL_SECONDS
    p.order(OrderKind.APPROVE, operator="bob")
    assert p.where() is State.WAITING

    p.order(OrderKind.APPROVE)
    assert p.db.primary == "db-2"


def test_a_yes_that_was_typed_long_ago_and_comes_late_is_refused() -> None:
    p = waiting()
    p.now += 2 * APPROVAL_SECONDS
    p.order(OrderKind.APPROVE, typed_wall_seconds=p.now - APPROVAL_SECONDS)

    assert refused(p) == ["it has expired"] and p.where() is State.WAITING


def test_a_yes_to_one_loss_is_none_to_the_next() -> None:
    p = waiting(approvals=2)
    p.order(OrderKind.APPROVE)
    p.see("db-1", Health.PRIMARY)
    assert p.where() is State.WATCHING

    p.see("db-1", Health.SILENT)
    p.order(OrderKind.APPROVE, operator="bob")
    assert p.where() is State.WAITING


def test_a_no_holds_until_somebody_orders_something_or_the_primary_has_been_back() -> None:
    p = waiting()
    p.order(OrderKind.REJECT, operator="bob")
    assert (p.db.state, p.db.held) == (State.SUSPECT, "'bob' declined it")
    p.pass_time(10_000.0)
    assert p.where() is State.SUSPECT

    p.order(OrderKind.RETRY)
    assert p.where() is State.WAITING
    p.order(OrderKind.REJECT, operator="bob")
    p.see("db-1", Health.PRIMARY)
    p.see("db-1", Health.SILENT)
    assert p.where() is State.WAITING


def test_a_no_voids_every_yes_before_it() -> None:
    p = waiting(approvals=2)
    p.order(OrderKind.APPROVE, operator="alice")
    p.order(OrderKind.REJECT, operator="bob")
    p.order(OrderKind.RETRY, operator="bob")
    p.order(OrderKind.APPROVE, operator="bob")

    assert p.where() is State.WAITING


def test_a_yes_is_spent_by_whatever_recovery_begins() -> None:
    p = waiting(approvals=2)
    p.order(OrderKind.APPROVE, operator="alice")
    p.holding = True
    p.order(OrderKind.START, operator="bob")

    assert p.where() is State.RESTARTING and p.db.approvals == {}


def test_a_no_does_not_stop_an_explicit_failover() -> None:
    p = waiting()
    p.order(OrderKind.REJECT)
    p.order(OrderKind.FAILOVER)

    assert p.db.primary == p.serving() == "db-2"


def test_an_order_is_told_before_what_comes_of_it() -> None:
    p = play()
    p.decisions.clear()
    p.order(OrderKind.FAILOVER)

    assert [note.kind for note in p.decisions[0].notes][:3] == [NoteKind.ORDERED, NoteKind.DECIDED, NoteKind.ENTERED]
