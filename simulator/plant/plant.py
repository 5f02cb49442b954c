"""A topology made ready to be simulated many times: its tables, and the names behind their numbers."""

from dataclasses import dataclass

from simulator.plant.ages import Ages
from simulator.plant.switchover import Switchover
from simulator.plant.tables import Tables
from topology.laws import Law
from topology.model import Topology


@dataclass(frozen=True)
class Plan:
    """What is simulated: a topology from *start* (wall time of second 0, ISO 8601 with offset) to the horizon.

    `switchovers` say by cluster how long it is without service when it loses its primary; `ages`, by law, what is left of lives.
    """

    topology: Topology
    start: str
    horizon_seconds: float
    switchovers: dict[str, Switchover]
    ages: dict[Law, Ages]


@dataclass(frozen=True)
class Names:
    """What the numbers in tables and logs stand for."""

    nodes: tuple[str, ...]
    units: tuple[tuple[str, str, int], ...]
    """Host, part, slot."""
    pools: tuple[tuple[str, str], ...]
    """Site, part."""
    causes: tuple[str, ...]
    clusters: tuple[str, ...]
    services: tuple[str, ...]
    fluids: tuple[str, ...]
    """Workloads, service by service, in the order of `Tables.fluids`."""


@dataclass(frozen=True)
class Plant:
    """A plan compiled."""

    plan: Plan
    names: Names
    tables: Tables
