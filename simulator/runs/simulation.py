"""A whole simulation: a topology run many times by one engine, until there are enough runs, and what that comes to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from simulator.plant.columns import Column, columns
from simulator.plant.plant import Plant
from simulator.plant.refusals import refusals
from simulator.runs.carrying_out import Chunk, Measured, carry_out, chunks_of
from simulator.runs.engines import COMPILED_FROM, EngineName, expected_transitions
from simulator.runs.summary import Summary
from topology.laws import Law

RUNS_MIN = 1_000
"""Runs before a precision is believed."""


@dataclass(frozen=True)
class Request:
    """What is to be simulated: up to so many *runs*, or fewer once every mean downtime is known within *precision* of itself."""

    plant: Plant
    operator: Law | None
    """When a person answers a cluster that waits for one; None: never."""
    runs: int
    seed: int = 0
    engine: EngineName = EngineName.AUTO
    workers: int = 1
    precision: float | None = None

    def chosen(self) -> EngineName:
        """Return the engine that this takes: the kernel unless it refuses the plant, or would take longer to load."""
        if self.engine is not EngineName.AUTO:
            return self.engine
        small = expected_transitions(self.plant) * self.runs < COMPILED_FROM
        return EngineName.SIMPY if small or refusals(self.plant.plan.topology) else EngineName.COMPILED


Carrier = Callable[[Iterator[Chunk]], Iterator[Measured]]


def simulate(
    request: Request,
    told: Callable[[int, Measured], None] = lambda first, measured: None,
    carrier: Carrier | None = None,
) -> Summary:
    """Carry *request* out and return what it comes to; *told* of each chunk: the number of its first run, and its rows.

    KeyboardInterrupt ends it early with what is done, which the summary's `runs` tells. *carrier* takes the chunks elsewhere.
    """
    plant = request.plant
    summary = Summary(columns(plant.names))
    chunks = chunks_of(plant, request.runs)
    results = carrier(chunks) if carrier else carry_out(plant, request.chosen(), request.seed, chunks, request.workers)
    try:
        for measured in results:
            first = summary.runs
            summary.add(measured)
            told(first, measured)
            if request.precision is not None and _precise(summary, request.precision):
                break
    except KeyboardInterrupt:
        pass
    return summary


def _precise(summary: Summary, precision: float) -> bool:
    """Say whether every mean downtime is known within *precision* of itself; a service that was never down says nothing."""
    if summary.runs < RUNS_MIN:
        return False
    return all(
        summary.half_width(column) <= precision * summary.mean(column) for column in downtimes(summary) if summary.occurred(column)
    )


def downtimes(summary: Summary) -> list[Column]:
    """Return the columns of all downtimes."""
    return [column for column in summary.columns if column.measure == "downtime_seconds"]
