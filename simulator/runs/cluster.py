"""Chunks carried out by a Dask cluster, in the order of their numbers; when the cluster is lost, the rest is carried out here.

A chunk comes to the same wherever it is carried out, so a lost worker (Dask gives its chunks to another) or a lost scheduler
changes the time that it takes and nothing else.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from simulator.plant.plant import Plant
from simulator.runs.carrying_out import Chunk, Measured, carry_out
from simulator.runs.engines import EngineName, engine_for

CONNECT_SECONDS = 10
AHEAD_PER_THREAD = 3
"""Chunks under way for each thread of the cluster."""


class ClusterLostError(Exception):
    """The cluster cannot be reached; the message says why."""


def connect(address: str) -> Any:
    """Return a client of the Dask scheduler at *address*. Raises ClusterLostError, and ImportError where Dask is not installed."""
    import distributed

    client: Any = distributed.Client
    try:
        return client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise ClusterLostError(f"no Dask scheduler answers at {address}: {str(error) or type(error).__name__}") from None


def carry_out_on(
    client: Any, plant: Plant, name: EngineName, seed: int, chunks: Iterator[Chunk], workers: int, lost: Callable[[str], None]
) -> Iterator[Measured]:
    """Yield what each of *chunks* comes to; *lost* is told, once, when the rest has to be carried out here by so many *workers*."""
    waiting = list(chunks)
    done = 0
    try:
        for measured in _remotely(client, plant, name, seed, waiting):
            yield measured
            done += 1
    except _failures() as error:
        lost(str(error) or type(error).__name__)
        yield from carry_out(plant, name, seed, iter(waiting[done:]), workers)


def _failures() -> tuple[type[BaseException], ...]:
    """What a lost cluster raises: its own errors, those of the connection, and the cancelling of all that was under way."""
    from concurrent.futures import CancelledError

    from distributed import CancelledError as RemotelyCancelled
    from distributed.comm.core import CommClosedError
    from distributed.scheduler import KilledWorker

    return OSError, TimeoutError, CancelledError, RemotelyCancelled, CommClosedError, KilledWorker, RuntimeError


def _remotely(client: Any, plant: Plant, name: EngineName, seed: int, chunks: list[Chunk]) -> Iterator[Measured]:
    ahead = AHEAD_PER_THREAD * max(1, sum(client.nthreads().values()))
    given = client.submit(_as_it_is, plant, pure=False)  # a result that Dask can make again if the worker that holds it dies
    under_way: list[Any] = []
    for chunk in chunks:
        under_way.append(client.submit(_run, given, name, seed, chunk, pure=False, retries=3))
        if len(under_way) > ahead:
            yield np.asarray(under_way.pop(0).result())
    while under_way:
        yield np.asarray(under_way.pop(0).result())


def _as_it_is(plant: Plant) -> Plant:
    return plant


def _run(plant: Plant, name: EngineName, seed: int, chunk: Chunk) -> Measured:
    return engine_for(plant, name).run(seed, *chunk)
