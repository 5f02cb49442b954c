import pytest

from failover.core.cluster import Goal, Position
from failover.core.commands import CommandKind
from failover.core.events import OrderKind
from failover.core.planner import Plan, plan
from failover.core.states import HaltReason
from tests.failover.core.playing import PAIR, TRIO, Play, play

SHOP = "services:\n  shop: {needs: db}\n"
READERS = TRIO.replace(SHOP, f"{SHOP}  mail: {{needs: edge-1}}\n  board: {{reads: [shop]}}\n  wall: {{reads: [board]}}\n")


def planned(p: Play, goal: Goal = Goal.FAILOVER, wanted: str | None = None) -> Plan:
    return plan(p.state, "db", goal, wanted)


def acts(found: Plan) -> list[str]:
    looks = (CommandKind.VERIFY, CommandKind.READ_POSITIONS)
    return [f"{step.command} {step.target}" for step in found.steps if step.command not in looks]


@pytest.mark.parametrize("text", [PAIR, TRIO])
def test_a_failover_does_what_was_planned_and_nothing_else(text: str) -> None:
    p = play(text)
    found = planned(p)
    p.lose("db-1")

    assert sorted([*acts(found), "hook db-2"]) == sorted(p.kinds())


@pytest.mark.parametrize("text", [PAIR, TRIO])
def test_a_switchover_does_what_was_planned_and_nothing_else(text: str) -> None:
    p = play(text)
    found = planned(p, Goal.SWITCHOVER, "db-2")
    p.order(OrderKind.SWITCHOVER, host="db-2")

    assert sorted([*acts(found), "hook db-2"]) == sorted(p.kinds())


@pytest.mark.parametrize("goal", [Goal.FAILOVER, Goal.SWITCHOVER])
def test_everything_that_is_planned_to_be_done_is_planned_to_be_looked_at(goal: Goal) -> None:
    steps = planned(play(TRIO), goal).steps
    looks = {before for step in steps if step.command in (CommandKind.VERIFY, CommandKind.READ_POSITIONS) for before in step.after}

    assert {step.id for step in steps if step.command not in (CommandKind.VERIFY, CommandKind.READ_POSITIONS)} <= looks


@pytest.mark.parametrize("goal", [Goal.FAILOVER, Goal.SWITCHOVER])
@pytest.mark.parametrize("text", [PAIR, TRIO])
def test_steps_wait_only_for_steps_before_them_and_no_two_have_the_same_name(text: str, goal: Goal) -> None:
    known: set[str] = set()
    for step in planned(play(text), goal).steps:
        assert step.id not in known
        assert known.issuperset(step.after)
        known.add(step.id)


def test_nobody_is_promoted_before_the_old_primary_is_looked_at_and_off_and_positions_are_read() -> None:
    found = planned(play(TRIO))
    steps = {step.id: step for step in found.steps}

    def waits_for(name: str) -> set[str]:
        return {each for before in steps[name].after for each in (before, *waits_for(before))}

    before = {f"{steps[each].command} {steps[each].target}" for each in waits_for("promoting: promote")}
    assert {"fence db-1", "verify db-1", "withdraw_route edge-1", "withdraw_route edge-2", "read_positions db-3"} <= before
    after = {f"{steps[each].command} {steps[each].target}" for each in waits_for("rerouting: route edge-1")}
    assert {"promote db-2", "verify db-2"} <= after


def test_what_can_be_done_side_by_side_does_not_wait_for_each_other() -> None:
    steps = {step.id: step for step in planned(play(TRIO)).steps}

    fence, withdraw = steps["fencing: fence db-1"], steps["fencing: withdraw edge-1"]
    assert fence.after == withdraw.after
    assert not {"fencing: fence db-1 (look)", "fencing: fence db-1"} & set(withdraw.after)


def test_a_plan_changes_nothing() -> None:
    p = play(TRIO)
    before = {name: getattr(p.db, name) for name in type(p.db).__dataclass_fields__}

    planned(p)
    planned(p, Goal.SWITCHOVER, "db-3")

    assert before == {name: getattr(p.db, name) for name in before}
    assert p.sent == []


def test_the_plan_says_who_takes_over_and_why_the_others_do_not() -> None:
    found = planned(play(TRIO), wanted="db-3")

    assert (found.primary, found.candidate, found.halt) == ("db-1", "db-3", None)
    assert found.refused == (("db-2", "'db-3' was ordered"),)


def test_what_members_said_they_had_long_ago_decides_nothing_for_all_are_asked_anew() -> None:
    p = play(TRIO)
    p.db.positions = {host: Position("standby", 1, has, 0.0, replay_paused=False) for host, has in (("db-2", 5.0), ("db-3", 9.0))}

    assert planned(p).candidate == "db-2"


def test_where_nobody_can_take_over_there_are_no_steps_and_a_reason() -> None:
    p = play(PAIR)
    p.lose("db-2")
    found = planned(p)

    assert (found.candidate, found.halt, found.steps) == (None, HaltReason.NO_CANDIDATE, ())
    assert found.refused == (("db-2", "is down itself"),)


def test_a_synchronous_standby_that_is_gone_stops_the_plan_as_it_would_stop_the_failover() -> None:
    p = play(TRIO)
    p.holding = True  # before commits no longer wait for it
    p.lose("db-3")

    assert planned(p).halt is HaltReason.WOULD_LOSE


def test_where_only_a_person_can_fence_the_plan_asks_one() -> None:
    found = planned(play(PAIR.replace("[redfish, operator]", "[operator]")))

    asked = [step for step in found.steps if step.command is CommandKind.ASK]
    assert [(step.target, step.asked) for step in asked] == [("db-1", "switch 'db-1' off, by hand if need be")]


def test_everything_that_hangs_on_the_cluster_or_reads_what_does_is_named() -> None:
    assert planned(play(READERS)).services == ("shop", "board", "wall")
