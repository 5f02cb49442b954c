import numpy as np
import pytest

from simulator.plant.columns import EVENTS, Column
from simulator.plant.refusals import refusals
from simulator.runs import carrying_out
from simulator.runs.carrying_out import Chunk, Measured, chunks_of
from simulator.runs.document import cautions, simulation_document
from simulator.runs.engines import EngineName, engine_for
from simulator.runs.simulation import Request, simulate
from simulator.runs.summary import Summary, runs_for, too_few
from tests.simulator.building import network_of
from tests.simulator.runs.networks import SMALL, small_plant

DOWN = Column("services", "shop", "downtime_seconds")


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying_out, "CHUNK_RUNS_MAX", 7)


def document_of(request: Request) -> dict[str, object]:
    return simulation_document(simulate(request), request.plant.plan, request.seed, request.runs)


@pytest.mark.usefixtures("small_chunks")
def test_any_number_of_threads_and_either_engine_come_to_the_same() -> None:
    plant = small_plant()
    one, three, slow = (
        document_of(Request(plant, None, 100, seed=4, engine=engine, workers=workers))
        for engine, workers in ((EngineName.COMPILED, 1), (EngineName.COMPILED, 3), (EngineName.SIMPY, 1))
    )

    assert one == three == slow


def test_a_summary_has_the_mean_and_the_interval_of_all_runs_however_they_were_cut() -> None:
    plant = small_plant()
    runs = engine_for(plant, EngineName.COMPILED).run(1, 0, 500)
    summary = simulate(Request(plant, None, 500, seed=1))
    down = runs[:, summary.columns.index(DOWN)]

    assert summary.mean(DOWN) == pytest.approx(down.mean(), rel=1e-12)
    assert summary.half_width(DOWN) == pytest.approx(1.96 * down.std(ddof=1) / np.sqrt(500), rel=1e-4)
    assert summary.largest(DOWN) == down.max()


def test_chunks_cover_every_run_once() -> None:
    chunks = list(chunks_of(small_plant(), 25_001))

    assert sum(chunk.runs for chunk in chunks) == 25_001
    assert [chunk.first for chunk in chunks[1:]] == [chunk.first + chunk.runs for chunk in chunks[:-1]]


def test_a_precision_ends_a_simulation_once_it_is_reached() -> None:
    summary = simulate(Request(small_plant(), None, 1_000_000, precision=0.05))

    assert 1_000 <= summary.runs < 1_000_000
    assert summary.half_width(DOWN) <= 0.05 * summary.mean(DOWN)


@pytest.mark.usefixtures("small_chunks")
def test_an_interruption_keeps_what_is_done() -> None:
    plant = small_plant()
    chunks_told = []

    def told(first: int, measured: Measured) -> None:
        chunks_told.append(Chunk(first, len(measured)))
        if len(chunks_told) == 3:
            raise KeyboardInterrupt

    summary = simulate(Request(plant, None, 700, engine=EngineName.COMPILED), told)

    assert summary.runs == 21
    assert summary.mean(EVENTS) == simulate(Request(plant, None, 21, engine=EngineName.COMPILED)).mean(EVENTS)


def test_few_transitions_are_left_to_simpy_and_many_to_the_kernel() -> None:
    plant = small_plant()

    assert Request(plant, None, 10).chosen() is EngineName.SIMPY
    assert Request(plant, None, 100_000).chosen() is EngineName.COMPILED


GUARDED = """
    name: guarded
    hosts: {"db-[1-4]": {fails: {exponential: {mean: 9d}}, recover: [{wait: 1d}]}}
    clusters: {a: {members: [db-1, db-2], primary: db-1}, b: {members: [db-3, db-4], primary: db-3}}
    services: {shop: {needs: {all: [a, b]}}}
    safety: {both: {clusters: [a, b], at_most: 1}}
"""


def test_what_the_kernel_cannot_express_is_refused_by_name_and_nothing_else_is() -> None:
    assert refusals(network_of(GUARDED)) == ["safety: 'both' lets only so many clusters be in recovery at a time"]
    assert refusals(network_of(SMALL)) == []


def test_runs_that_are_too_few_for_a_tail_are_said_to_be() -> None:
    summary = simulate(Request(small_plant(), None, 150))

    assert cautions(summary) == [
        "150 runs are too few to speak of p95: fewer than ten lie beyond it; take 200 or more",
        "150 runs are too few to speak of p99: fewer than ten lie beyond it; take 1,000 or more",
    ]
    assert not too_few(runs_for(0.99), 0.99)


def test_a_mean_that_rests_on_few_events_is_said_to() -> None:
    summary = Summary([EVENTS, DOWN])
    summary.add(np.array([[1.0, 0.0]] * 1999 + [[1.0, 50.0]]))

    assert cautions(summary) == ["shop was down in 1 of 2,000 runs: its mean and interval rest on these alone"]
