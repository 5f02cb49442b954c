"""The kernel against exact results, on fixed seeds. The intervals hold what is exact, and not what a tenth more would make it."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.kernel.running import Kernel
from simulator.plant.columns import Column, columns
from simulator.plant.compiling import compile_plant
from simulator.plant.switchover import Switchover
from tests.simulator.building import MONDAY, network_of
from tests.simulator.chains import group_unavailability, machine_repair, missing_units
from topology.laws import Exponential, Fixed
from topology.quantities import DAY, YEAR

SIGMAS = 3.5


def measured(
    network: str, kind: str, measure: str, horizon_seconds: float, runs: int, switchovers: dict[str, Switchover] | None = None
) -> NDArray[np.float64]:
    """Return a measure of each run, averaged over everything of that kind."""
    plant = compile_plant(network_of(network), MONDAY, horizon_seconds, switchovers or {})
    wanted = [number for number, column in enumerate(columns(plant.names)) if (column.kind, column.measure) == (kind, measure)]
    found: NDArray[np.float64] = Kernel(plant).run(seed=1, first=0, runs=runs)[:, wanted].mean(axis=1)
    return found


def sigmas_off(samples: NDArray[np.float64], expected: float) -> float:
    return float(abs(samples.mean() - expected) / (samples.std(ddof=1) / math.sqrt(len(samples))))


def agree(samples: NDArray[np.float64], expected: float, other: float) -> None:
    assert sigmas_off(samples, expected) < SIGMAS
    assert sigmas_off(samples, other) > SIGMAS


def a_service_each(hosts: int) -> str:
    return "\n".join(f"      service-{number}: {{needs: srv-{number}}}" for number in range(1, hosts + 1))


REPAIR = """
    name: repair
    crews: {{field: {{size: {crews}}}}}
    hosts:
      srv-[1-{machines}]:
        fails: {{exponential: {{mean: {life}d}}}}
        recover: [{{work: {{exponential: {{mean: {repair}h}}}}, crew: field}}]
    services:
{services}
"""


@pytest.mark.parametrize("crews", [1, 2, 10])
def test_machines_that_wait_for_crews_are_down_as_the_chain_says_from_all_up(crews: int) -> None:
    network = REPAIR.format(machines=10, crews=crews, life=20, repair=48, services=a_service_each(10))
    samples = 1 - measured(network, "services", "availability", 30 * DAY, 20_000)

    def expected(repair_days: float) -> float:
        return machine_repair(10, crews, 20.0, repair_days, 30.0, steps=2000, most=10)

    agree(samples, expected(2.0), expected(2.2))


def test_a_hundred_machines_and_one_crew_are_down_as_worked_out_elsewhere() -> None:
    network = REPAIR.format(machines=100, crews=1, life=365, repair=12, services=a_service_each(100))

    agree(1 - measured(network, "services", "availability", 5 * YEAR, 4_000), 15.8092e-4, 16.8e-4)


STOCKED = """
    name: stocked
    sites: {{here: {{}}}}
    parts: {{disk: {{life: {{exponential: {{mean: 365d}}}}, lead_time: 14d}}}}
    stock: {{here: {{disk: 1}}}}
    hosts: {{"srv-[1-10]": {{site: here, parts: {{disk: {{installed: 1}}}}, recover: [{{part: disk}}]}}}}
    services:
{services}
"""


def test_a_base_stock_of_one_leaves_as_many_waiting_as_worked_out_elsewhere() -> None:
    samples = 1 - measured(STOCKED.format(services=a_service_each(10)), "services", "availability", 500 * YEAR, 300)

    agree(samples, 63.1418e-4, 66.3e-4)


SHARED = """
    name: shared
    sites: {{here: {{}}}}
    parts: {{disk: {{life: {{exponential: {{mean: 365d}}}}, lead_time: 30d}}}}
    stock: {{here: {{disk: 2}}}}
    hosts: {{"srv-[1-5]": {{site: here, parts: {{disk: {{installed: 4, required: 3}}}}, recover: [{{part: disk}}]}}}}
    services:
{services}
"""


def test_groups_that_share_their_spares_are_down_as_chance_spreads_what_is_missing() -> None:
    samples = 1 - measured(SHARED.format(services=a_service_each(5)), "services", "availability", 300 * YEAR, 300)

    def expected(lead_time_days: float) -> float:
        return group_unavailability(missing_units(20, 2, 365.0, lead_time_days), 20, 4, 3)

    agree(samples, expected(30.0), expected(33.0))


STANDBY = """
    name: standby
    hosts: {"db-[1-2]": {fails: {exponential: {mean: 10d}}, recover: [{wait: {exponential: {mean: 2d}}}]}}
    clusters: {db: {members: [db-1, db-2], primary: db-1}}
    services: {shop: {needs: db}}
"""


def standby_unavailability(life: float, repair: float, switchover: float) -> float:
    """Return how often nobody serves in the long run. Serving with a standby, or without one; lost, with a switchover under way and
    the standby up, or down by now; both down and no switchover under way."""
    fails, mends, switches = 1 / life, 1 / repair, 1 / switchover
    rates = np.array(
        [
            [0, fails, fails, 0, 0],
            [mends, 0, 0, 0, fails],
            [mends, switches, 0, fails, 0],
            [0, mends, mends, 0, switches],
            [0, mends, mends, 0, 0],
        ]
    )
    balance = (rates - np.diag(rates.sum(axis=1))).T
    balance[-1] = 1
    shares = np.linalg.solve(balance, [0, 0, 0, 0, 1])
    return float(shares[2:].sum())


def test_a_standby_that_switches_over_serves_as_the_chain_says() -> None:
    law = Exponential(0.5 * DAY)
    switchover = Switchover((law,) * 4, Fixed(0.0))
    samples = 1 - measured(STANDBY, "services", "availability", 200 * YEAR, 300, {"db": switchover})

    agree(samples, standby_unavailability(10, 2, 0.5), standby_unavailability(10, 2, 0.55))


BATCHES = """
    name: batches
    sites: {here: {}}
    parts: {disk: {lead_time: 0s}}
    stock: {here: {disk: 9}}
    hosts: {"srv-[1-4]": {site: here, parts: {disk: {installed: 3, required: 1}}, recover: [{part: disk}]}}
    services: {shop: {needs: {any: ["srv-[1-4]"]}}}
    common_causes: {batch: {rate: 2/y, fails: {disk: 4}}}
"""


def test_a_common_cause_takes_units_as_a_compound_poisson_process() -> None:
    """Of twice a year, four at a time, over five years: a mean of 40 units and a variance of 160."""
    samples = measured(BATCHES, "pools", "demands", 5 * YEAR, 20_000)

    agree(samples, 40.0, 40.5)
    assert samples.var() == pytest.approx(160.0, rel=0.04)
    assert set(np.unique(samples % 4)) == {0.0}


def test_columns_are_named_for_what_they_measure() -> None:
    plant = compile_plant(network_of(BATCHES), MONDAY, YEAR, {})

    assert [column.path for column in columns(plant.names)] == [
        "events",
        *(
            f"services.shop.{each}"
            for each in (
                "availability", "downtime_seconds", "stale_seconds", "backlogged_seconds", "outages", "longest_outage_seconds",
            )
        ),
        "pools.disk@here.demands",
        "pools.disk@here.stock_outs",
    ]  # fmt: skip
    assert Column("services", "shop", "outages").path == "services.shop.outages"
