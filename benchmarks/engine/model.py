"""The model that every engine runs: components that live for a year on average, replaced from a shared stock by few hands.

On a failure a unit is ordered (14 days) and taken from stock, first come, first served; then one of the crew fits it (exponential,
half a day). Groups of five need four. Five years. What is counted are failures, deliveries and repairs, the same for every engine.
"""

import ctypes
import math
import subprocess
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import simpy

from simulator.plant.compiling import compile_plant
from simulator.plant.plant import Plant
from topology.document import parse_document
from topology.load import build_topology
from topology.quantities import DAY

GROUP, ENOUGH, DAYS, LIFE, LEAD, REPAIR = 5, 4, 1825.0, 365.0, 14.0, 0.5
START = "2026-01-05T00:00+00:00"
NETWORK = """
name: machines
sites: {{here: {{}}}}
crews: {{field: {{size: {crew}}}}}
parts: {{unit: {{life: {{exponential: {{mean: 365d}}}}, lead_time: 14d}}}}
stock: {{here: {{unit: {stock}}}}}
hosts:
  "c-[1-{count}]":
    site: here
    parts: {{unit: {{installed: 1}}}}
    recover: [{{part: unit}}, {{work: {{exponential: {{mean: 12h}}}}, crew: field}}]
services: {{all: {{needs: {{all: [{groups}]}}}}}}
"""


class Size(NamedTuple):
    """So many components, units in stock and hands."""

    machines: int
    stock: int
    crew: int


def size_of(count: int) -> Size:
    """Return the model of *count* components: stock and hands for what is usual and one deviation or two."""
    demand, jobs = count * LEAD / LIFE, count * REPAIR / LIFE
    return Size(count, max(1, math.ceil(demand + math.sqrt(demand))), max(1, math.ceil(jobs + 2 * math.sqrt(jobs))))


def plant_of(size: Size) -> Plant:
    """Return the model as our engines take it."""
    groups = (f'{{at_least: {ENOUGH}, of: ["c-[{first}-{first + GROUP - 1}]"]}}' for first in range(1, size.machines, GROUP))
    text = NETWORK.format(crew=size.crew, stock=size.stock, count=size.machines, groups=", ".join(groups))
    return compile_plant(build_topology(parse_document(text, "machines"), Path()), START, DAYS * DAY, {})


def c_engine() -> Callable[[Size, int, int], int]:
    """Compile the model in C; return what runs it so many times and counts its events."""
    folder = Path(tempfile.mkdtemp())
    source = Path(__file__).with_name("machines.c")
    library = folder / "machines.so"
    subprocess.run(["gcc", "-O3", "-march=native", "-shared", "-fPIC", "-o", library, source, "-lm"], check=True)
    batch = ctypes.CDLL(str(library)).batch
    batch.restype = ctypes.c_int64

    def run(size: Size, seed: int, runs: int) -> int:
        results = (ctypes.c_double * (3 * runs))()
        times = (ctypes.c_double(each) for each in (LEAD, DAYS, LIFE, REPAIR))
        numbers = (ctypes.c_uint64(seed), ctypes.c_int64(0), ctypes.c_int64(runs))
        return int(batch(size.machines, size.stock, size.crew, *times, *numbers, results, None))

    return run


def idiomatic_simpy(size: Size, seed: int) -> int:
    """Run the model once as SimPy's documentation would write it, a process for each component; return its events."""
    environment = simpy.Environment()
    pool = simpy.Container(environment, init=size.stock)
    crew = simpy.Resource(environment, capacity=size.crew)
    random = Random(seed)
    events = 0
    down_since: dict[int, float] = {}
    down = 0.0

    def order() -> Generator[Any, Any, None]:
        nonlocal events
        yield environment.timeout(LEAD)
        events += 1
        yield pool.put(1)

    def component(number: int) -> Generator[Any, Any, None]:
        nonlocal events, down
        while True:
            yield environment.timeout(random.expovariate(1 / LIFE))
            events += 1
            down_since[number] = environment.now
            environment.process(order())
            yield pool.get(1)
            with crew.request() as hands:
                yield hands
                yield environment.timeout(random.expovariate(1 / REPAIR))
            events += 1
            down += environment.now - down_since.pop(number)

    for number in range(size.machines):
        environment.process(component(number))
    environment.run(until=DAYS)
    return events
