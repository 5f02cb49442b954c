"""On a real Dask cluster of two processes: the same bytes, whoever dies."""

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from simulator.runs import carrying_out
from simulator.runs.carrying_out import Chunk, Measured
from simulator.runs.cluster import ClusterLostError, carry_out_on, connect
from simulator.runs.document import simulation_document
from simulator.runs.engines import EngineName
from simulator.runs.simulation import Request, simulate
from tests.simulator.runs.networks import small_plant

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("small_chunks")]
RUNS = 400


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying_out, "CHUNK_RUNS_MAX", 10)


@pytest.fixture
def cluster() -> Iterator[Any]:
    from distributed import LocalCluster

    made: Any = LocalCluster
    with made(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as running:
        yield running


@pytest.fixture
def client(cluster: Any) -> Iterator[Any]:
    """A client that is closed in the end: one that lost its cluster seeks it for ever, in a thread that takes from `random`."""
    found = connect(cluster.scheduler_address)
    yield found
    found.close()


def request() -> Request:
    return Request(small_plant(), None, RUNS, seed=2, engine=EngineName.SIMPY)


def document_of(request: Request, **given: Any) -> dict[str, Any]:
    return simulation_document(simulate(request, **given), request.plant.plan, request.seed, RUNS)


def test_a_cluster_comes_to_the_same_when_a_worker_is_killed_and_when_it_is_lost_altogether(cluster: Any, client: Any) -> None:
    wanted = request()
    here = document_of(wanted)
    workers = [worker.process.pid for worker in cluster.workers.values()]
    told: list[int] = []
    lost: list[str] = []

    def carrier(chunks: Iterator[Chunk]) -> Iterator[Measured]:
        return carry_out_on(client, wanted.plant, EngineName.SIMPY, wanted.seed, chunks, 1, lost.append)

    def kill_one(first: int, _measured: Measured) -> None:
        if first == 20:
            os.kill(workers[0], signal.SIGKILL)

    assert document_of(wanted, told=kill_one, carrier=carrier) == here
    assert lost == []

    def lose_all(first: int, _measured: Measured) -> None:
        told.append(first)
        if first == 50:
            cluster.close()

    assert document_of(wanted, told=lose_all, carrier=carrier) == here
    assert len(lost) == 1
    assert told == list(range(0, RUNS, 10))


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.runs.cluster.CONNECT_SECONDS", 1)
    with pytest.raises(ClusterLostError, match="no Dask scheduler answers at tcp://"):
        connect("tcp://127.0.0.1:9")
