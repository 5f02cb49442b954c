"""The simulator against closed forms, on fixed seeds. The intervals hold what is exact, and not what a tenth more would make it."""

import math
from statistics import fmean, stdev

import pytest

from simulator.run import Run
from tests.simulator.building import scenario_of
from tests.simulator.chains import group_unavailability, machine_repair, missing_units
from timeline.record import Kind
from topology.quantities import YEAR

SIGMAS = 3.5


def histories(network: str, scenario: str, runs: int) -> list[Run]:
    built = scenario_of(network, scenario)
    found = []
    for number in range(runs):
        run = Run(built, built.responses[0], seed=1, run=number)
        run.world.run()
        found.append(run)
    return found


def share_missing(run: Run, kind: Kind, gone: str, count: int, since: float = 0.0) -> float:
    """Return the average share of *count* things that are *gone* between *since* and the horizon."""
    total, latest = 0.0, since
    missing = 0
    for record in run.world.records:
        if record.kind is kind:
            total += missing * max(0.0, record.at - latest)
            latest = max(latest, record.at)
            missing += 1 if record.state == gone else -1
    total += missing * (run.world.horizon_seconds - latest)
    return total / (run.world.horizon_seconds - since) / count


def sigmas_off(samples: list[float], expected: float) -> float:
    return abs(fmean(samples) - expected) / (stdev(samples) / math.sqrt(len(samples)))


REPAIR = """
    name: repair
    crews: {field: {size: %d}}
    hosts: {"srv-[1-10]": {fails: {exponential: {mean: 20d}}, recover: [{work: {exponential: {mean: 2d}}, crew: field}]}}
    services: {shop: {needs: {any: ["srv-[1-10]"]}}}
"""


@pytest.mark.parametrize("crews", [1, 2, 10])
def test_machines_that_wait_for_crews_are_down_as_the_chain_says(crews: int) -> None:
    """Over thirty days from all up, in which the chain is still far from its long run."""
    runs = histories(REPAIR % crews, "{background: true, horizon: 30d}", runs=700)
    samples = [share_missing(run, Kind.HOST, "down", 10) for run in runs]

    def expected(repair_days: float) -> float:
        return machine_repair(10, crews, 20.0, repair_days, 30.0, steps=2000, most=10)

    assert sigmas_off(samples, expected(2.0)) < SIGMAS
    assert sigmas_off(samples, expected(2.2)) > SIGMAS


STOCKED = """
    name: stocked
    sites: {here: {}}
    parts: {disk: {annual_failure_rate: 100%, lead_time: 14d}}
    stock: {here: {disk: 1}}
    hosts: {srv: {site: here, parts: {disk: {installed: 10, required: 1}}, recover: [{part: disk}]}}
    services: {shop: {needs: srv}}
"""


def test_slots_wait_for_parts_as_long_as_a_base_stock_of_one_lets_them() -> None:
    runs = histories(STOCKED, "{background: true, horizon: 101y}", runs=40)
    samples = [share_missing(run, Kind.UNIT, "failed", 10, since=YEAR) for run in runs]

    def expected(lead_time_days: float) -> float:
        missing = missing_units(10, 1, 365.0, lead_time_days)
        return sum(count * share for count, share in enumerate(missing)) / 10

    assert sigmas_off(samples, expected(14.0)) < SIGMAS
    assert sigmas_off(samples, expected(15.4)) > SIGMAS


SHARED = """
    name: shared
    sites: {here: {}}
    parts: {disk: {annual_failure_rate: 100%, lead_time: 30d}}
    stock: {here: {disk: 2}}
    hosts: {"srv-[1-5]": {site: here, parts: {disk: {installed: 4, required: 3}}, recover: [{part: disk}]}}
    services: {shop: {needs: {any: ["srv-[1-5]"]}}}
"""


def test_hosts_that_share_their_spares_are_down_as_chance_spreads_what_is_missing() -> None:
    runs = histories(SHARED, "{background: true, horizon: 51y}", runs=40)
    samples = [share_missing(run, Kind.HOST, "down", 5, since=YEAR) for run in runs]

    def expected(lead_time_days: float) -> float:
        return group_unavailability(missing_units(20, 2, 365.0, lead_time_days), 20, 4, 3)

    assert sigmas_off(samples, expected(30.0)) < SIGMAS
    assert sigmas_off(samples, expected(33.0)) > SIGMAS


def test_the_chains_agree_with_figures_worked_out_elsewhere() -> None:
    """Hundred machines and one crew over five years; ten slots and one spare in the long run (life a year, both to six digits)."""
    missing = missing_units(10, 1, 365.0, 14.0)

    assert machine_repair(100, 1, 365.0, 0.5, 5 * 365.0, steps=8000, most=14) == pytest.approx(15.8092e-4, rel=1e-4)
    assert sum(count * share for count, share in enumerate(missing)) / 10 == pytest.approx(63.1418e-4, rel=1e-5)
