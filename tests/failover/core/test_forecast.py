import pytest

from failover.core.cluster import Goal
from failover.core.commands import CommandKind
from failover.core.forecast import forecast
from failover.core.planner import Plan, PlannedStep, plan
from tests.failover.core.playing import TRIO, play
from topology.laws import Exponential, Fixed, Law


def plan_of(**after: tuple[str, ...]) -> Plan:
    """A plan of steps that only wait for each other."""
    steps = tuple(PlannedStep(each, CommandKind.VERIFY, "db-1", before) for each, before in after.items())
    return Plan("db", Goal.FAILOVER, "db-1", "db-2", (), None, steps, (), 0.0)


def test_what_comes_one_after_the_other_is_added_up() -> None:
    assert forecast(plan_of(a=(), b=("a",), c=("b",)), lambda _: Fixed(2.0), samples=3).total == (6.0, 6.0)


def test_what_runs_side_by_side_waits_for_the_slowest() -> None:
    laws: dict[str, Law] = {"a": Fixed(2.0), "b": Fixed(5.0), "c": Fixed(1.0)}

    assert forecast(plan_of(a=(), b=(), c=("a", "b")), lambda step: laws[step.id], samples=3).total == (6.0, 6.0)


def test_not_every_step_is_slow_at_once() -> None:
    found = forecast(plan_of(a=(), b=("a",), c=("b",)), lambda _: Exponential(10.0))

    assert found.total.p95 < sum(step.p95 for step in found.steps.values())
    assert found.total.p50 > sum(step.p50 for step in found.steps.values())


def test_a_law_is_met_by_what_is_sampled_of_it() -> None:
    span = forecast(plan_of(a=()), lambda _: Exponential(10.0), samples=5000).steps["a"]

    assert span.p50 == pytest.approx(6.93, rel=0.05)
    assert span.p95 == pytest.approx(29.96, rel=0.05)


def test_the_percentiles_are_values_that_were_sampled() -> None:
    one = forecast(plan_of(a=()), lambda _: Exponential(10.0), samples=1).total

    assert one.p50 == one.p95 > 0.0


def test_the_same_seed_gives_the_same_forecast_and_another_one_does_not() -> None:
    found = plan(play(TRIO).state, "db")

    def law(_: PlannedStep) -> Law:
        return Exponential(1.0)

    assert forecast(found, law, 50) == forecast(found, law, 50)
    assert forecast(found, law, 50) != forecast(found, law, 50, seed=1)


def test_where_nobody_can_take_over_there_is_nothing_to_forecast() -> None:
    with pytest.raises(ValueError, match="nobody can take over in 'db'"):
        forecast(plan_of(), lambda _: Fixed(1.0))
