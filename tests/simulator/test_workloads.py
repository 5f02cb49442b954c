import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.workloads import NEVER, Fluid
from tests.simulator.building import MONDAY, network_of
from timeline.record import ServiceState
from timeline.results import WorkloadResult
from topology.quantities import DAY, HOUR
from topology.work import Workload

WORK = """
    name: work
    calendars: {office: {days: mon-fri, hours: "08:00-17:00"}}
    hosts: {srv: {}}
    services: {shop: {needs: srv}}
    workloads:
      calls: {service: shop, arrivals: {mon-fri: 2400/d, sat-sun: 240/d}, when_down: lost}
      letters: {service: shop, arrivals: 24/d, when_down: wait, capacity: {office: 36/d, sat-sun: 100/d}}
      orders: {service: shop, arrivals: 24/d, when_down: wait}
      forms: {service: shop, arrivals: {office: 90/d}, when_down: manual, enter_later: {each: 30m, capacity: {office: 18h/d}}}
      notes: {service: shop, arrivals: 24/d, when_down: manual}
"""
WORKLOADS = network_of(WORK).workloads
DAYS = 14 * DAY


def fluid_of(name: str) -> Fluid:
    return Fluid(WORKLOADS[name], MONDAY, DAYS)


def told(name: str, *turns: tuple[float, ServiceState]) -> WorkloadResult:
    fluid = fluid_of(name)
    for hours, state in turns:
        fluid.turn(state, hours * HOUR)
    return fluid.finish(DAYS)


def test_all_work_is_served_while_the_service_is_up() -> None:
    calls = told("calls")

    assert calls.arrived == calls.served == pytest.approx(2 * (5 * 2400 + 2 * 240))
    assert calls.backlog == ()


def test_calls_are_lost_while_the_service_is_down_and_stale_while_it_is_stale() -> None:
    calls = told("calls", (24, ServiceState.DOWN), (36, ServiceState.STALE), (48, ServiceState.UP))

    assert calls.lost == pytest.approx(1200)
    assert calls.stale == pytest.approx(1200)
    assert calls.served == pytest.approx(calls.arrived - 2400)


def test_work_that_waits_is_served_at_once_where_nobody_said_how_fast() -> None:
    orders = told("orders", (24, ServiceState.DOWN), (48, ServiceState.UP))

    assert orders.served == pytest.approx(orders.arrived)
    assert orders.backlog_peak == pytest.approx(24)
    assert orders.backlog_cleared_at_seconds == 48 * HOUR


def test_work_that_waits_is_served_with_the_capacity_that_arrivals_leave() -> None:
    fluid = fluid_of("letters")
    fluid.turn(ServiceState.DOWN, 0)
    fluid.turn(ServiceState.UP, 8 * HOUR)  # 8 letters behind; 4 an hour are served in office hours, 1 arrives

    assert fluid.clears_at() == pytest.approx((8 + 8 / 3) * HOUR)


def test_what_was_done_by_hand_is_entered_afterwards_and_counted_apart() -> None:
    forms = told("forms", (0, ServiceState.DOWN), (24, ServiceState.UP))

    assert forms.manual == pytest.approx(90)
    assert forms.served == pytest.approx(forms.arrived - 90)
    assert forms.entered == pytest.approx(90)  # 36 a day
    assert forms.backlog_peak == pytest.approx(90)


def test_what_is_never_entered_leaves_no_backlog() -> None:
    notes = told("notes", (0, ServiceState.DOWN), (24, ServiceState.UP))

    assert notes.manual == pytest.approx(24)
    assert (notes.entered, notes.backlog_peak) == (0, 0)


def test_nothing_is_entered_while_the_service_is_down_again() -> None:
    fluid = fluid_of("forms")
    fluid.turn(ServiceState.DOWN, 8 * HOUR)
    fluid.turn(ServiceState.UP, 17 * HOUR)
    fluid.turn(ServiceState.DOWN, 24 * HOUR)
    fluid.turn(ServiceState.UP, 48 * HOUR)

    assert fluid.behind == pytest.approx(180)
    assert fluid.clears_at() == pytest.approx(8 * DAY + 17 * HOUR)  # 36 a day: Wednesday to Friday, Monday, Tuesday


def test_work_behind_that_nobody_can_do_is_never_caught_up() -> None:
    fluid = fluid_of("letters")
    fluid.turn(ServiceState.DOWN, 0)
    fluid.turn(ServiceState.UP, 13 * DAY + 23 * HOUR)

    assert fluid.clears_at() == NEVER


def test_the_curve_of_the_backlog_has_a_corner_wherever_its_slope_changes() -> None:
    forms = told("forms", (0, ServiceState.DOWN), (24, ServiceState.UP))

    curve = {round(at / HOUR, 3): round(behind, 6) for at, behind in forms.backlog}
    assert curve[8] == 0
    assert curve[17] == curve[24] == curve[32] == 90
    assert curve[41] == 54
    assert curve[65] == 18


turns = st.lists(
    st.tuples(st.floats(0, 13.9), st.sampled_from([ServiceState.UP, ServiceState.STALE, ServiceState.DOWN])), max_size=8
)


@given(turns, st.sampled_from(sorted(WORKLOADS)))
def test_no_work_is_lost_sight_of(turns: list[tuple[float, ServiceState]], name: str) -> None:
    workload: Workload = WORKLOADS[name]
    fluid = Fluid(workload, MONDAY, DAYS)
    for days, state in sorted(turns, key=lambda turn: turn[0]):
        fluid.turn(state, days * DAY)
        assert fluid.behind >= 0
        assert fluid.served + fluid.stale + fluid.lost + fluid.manual + fluid.waiting == pytest.approx(fluid.arrived)
    result = fluid.finish(DAYS)

    assert result.served + result.stale + result.lost + result.manual + result.waiting == pytest.approx(result.arrived)
    assert result.arrived == pytest.approx(told(name).arrived)
    assert -1e-9 <= result.entered <= result.manual + 1e-9
    assert all(0 <= behind <= result.backlog_peak + 1e-9 for _, behind in result.backlog)


def test_what_is_behind_again_at_the_end_was_not_cleared() -> None:
    orders = told("orders", (24, ServiceState.DOWN), (48, ServiceState.UP), (72, ServiceState.DOWN))

    assert orders.waiting == pytest.approx(11 * 24)
    assert orders.backlog_cleared_at_seconds is None
