import math

import pytest

from simulator.exact.jobs import Thing
from simulator.exact.unavailability import Unavailability, mean_wait
from tests.simulator.building import network_of
from tests.simulator.chains import missing_units
from topology.quantities import DAY

NETWORK = """
    name: parts
    sites: {here: {}}
    calendars: {office: {days: mon-fri, hours: "08:00-16:00"}}
    crews: {field: {size: 1, calendar: office}}
    parts: {disk: {life: {exponential: {mean: 99d}}, lead_time: 12h}, fan: {lead_time: 1d}}
    components:
      power: {fails: {exponential: {mean: 9d}}, recover: [{wait: 6h}, {restore: {exponential: {mean: 18h}}}]}
      lost: {fails: {exponential: {mean: 9d}}}
      quiet: {}
      slow: {fails: {exponential: {mean: 99d}}, recover: [{work: 1s, crew: field}]}
    hosts:
      srv: {site: here, parts: {disk: {installed: 4, required: 3}, fan: {installed: 2}}, recover: [{part: disk}, {wait: 12h}]}
    services: {shop: {needs: srv}}
    common_causes: {dust: {law: {exponential: {mean: 99d}}, fails: {fan: 1}}}
"""


@pytest.fixture(scope="module")
def away() -> Unavailability:
    return Unavailability(network_of(NETWORK.replace("law: {exponential: {mean: 99d}}", "rate: 1/99d")))


def test_a_thing_is_down_for_the_share_that_its_recovery_takes_of_its_cycle(away: Unavailability) -> None:
    assert away.of(Thing("power")) == pytest.approx(0.1)
    assert away.of(Thing("quiet")) == 0.0
    assert away.of(Thing("lost")) == 1.0


def test_a_part_takes_its_host_down_when_too_few_units_are_left(away: Unavailability) -> None:
    assert away.of(Thing("srv", "disk")) == pytest.approx(1 - 0.99**4 - 4 * 0.01 * 0.99**3)


def test_a_common_cause_counts_by_how_often_it_takes_each_unit(away: Unavailability) -> None:
    unit = 1.5 / (2 * 99 + 1.5)
    assert away.of(Thing("srv", "fan")) == pytest.approx(1 - (1 - unit) ** 2)


def test_work_that_may_begin_at_any_time_waits_for_the_hours_of_its_crew(away: Unavailability) -> None:
    """In a week: four nights of 16 hours and a weekend of 64, half of each by whoever comes in it."""
    rest_days = (4 * 16**2 + 64**2) / 2 / 168 / 24
    assert away.of(Thing("slow")) == pytest.approx(rest_days / (99 + rest_days), rel=0.001)


@pytest.mark.parametrize(("stock", "slots"), [(0, 20), (1, 20), (3, 50)])
def test_the_mean_wait_for_a_part_is_nearly_that_of_the_chain_with_as_many_slots(stock: int, slots: int) -> None:
    life, lead_time = 400 * DAY, 10 * DAY
    missing = sum(count * share for count, share in enumerate(missing_units(slots, stock, life, lead_time)))
    demands = (slots - missing) / life

    assert mean_wait(stock, slots / life, lead_time) == pytest.approx(missing / demands, rel=0.06)


def test_stock_that_nobody_draws_on_is_never_waited_for() -> None:
    assert mean_wait(1, 0.0, DAY) == 0.0
    assert mean_wait(0, 0.0, DAY) == DAY
    assert math.isfinite(mean_wait(1000, 1.0, 900.0))
