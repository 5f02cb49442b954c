"""Machine repair with spares: the model that engines are compared on which cannot express more.

Components live for a year on average. On a failure a unit is ordered (14 days) and taken from stock, first come, first served;
then one of the crew fits it (exponential, half a day). Groups of five need four. Five years. What is counted are failures,
deliveries and repairs, the same for every engine.
"""

import math
from pathlib import Path
from typing import NamedTuple

from simulator.plant.compiling import compile_plant
from simulator.plant.plant import Plant
from topology.document import parse_document
from topology.load import build_topology
from topology.quantities import DAY

GROUP, ENOUGH, DAYS, LIFE_DAYS, LEAD_DAYS, REPAIR_DAYS = 5, 4, 1825.0, 365.0, 14.0, 0.5
START = "2026-01-05T00:00+00:00"
_NETWORK = """
name: machines
sites: {{here: {{}}}}
crews: {{field: {{size: {crew}}}}}
parts: {{unit: {{life: {{exponential: {{mean: 365d}}}}, lead_time: 14d}}}}
stock: {{here: {{unit: {stock}}}}}
hosts:
  "c-[1-{count}]":
    site: here
    {fails}
services: {{all: {{needs: {{all: [{groups}]}}}}}}
"""
_WORK = "{work: {exponential: {mean: 12h}}, crew: field}"
_FROM_STOCK = f"parts: {{unit: {{installed: 1}}}}\n    recover: [{{part: unit}}, {_WORK}]"
_WITHOUT_STOCK = f"fails: {{exponential: {{mean: 365d}}}}\n    recover: [{_WORK}]"


class Size(NamedTuple):
    """So many components, units in stock and hands."""

    machines: int
    stock: int
    crew: int


def size_of(count: int) -> Size:
    """Return the model of *count* components: stock and hands for what is usual and one deviation or two."""
    demand, jobs = count * LEAD_DAYS / LIFE_DAYS, count * REPAIR_DAYS / LIFE_DAYS
    return Size(count, max(1, math.ceil(demand + math.sqrt(demand))), max(1, math.ceil(jobs + 2 * math.sqrt(jobs))))


def document(size: Size, spares_run_out: bool = True) -> str:
    """Return the model as a topology is written; where spares never run out, only hands are scarce."""
    groups = (f'{{at_least: {ENOUGH}, of: ["c-[{first}-{first + GROUP - 1}]"]}}' for first in range(1, size.machines, GROUP))
    return _NETWORK.format(
        crew=size.crew,
        stock=size.stock,
        count=size.machines,
        groups=", ".join(groups),
        fails=_FROM_STOCK if spares_run_out else _WITHOUT_STOCK,
    )


def plant_of(size: Size, spares_run_out: bool = True) -> Plant:
    """Return the model as our engines take it."""
    topology = build_topology(parse_document(document(size, spares_run_out), "machines"), Path())
    return compile_plant(topology, START, DAYS * DAY, {})
