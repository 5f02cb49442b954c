"""Machine repair with spares as SimPy's documentation would write it: a process for each component, a container, a resource."""

from collections.abc import Generator
from random import Random
from typing import Any

import simpy

from benchmarks.engine.machines_model import DAYS, LEAD_DAYS, LIFE_DAYS, REPAIR_DAYS, Size


def run(size: Size, seed: int) -> int:
    """Run the model once; return its events."""
    environment = simpy.Environment()
    pool = simpy.Container(environment, init=size.stock)
    crew = simpy.Resource(environment, capacity=size.crew)
    random = Random(seed)
    events = 0
    down_since: dict[int, float] = {}
    down = 0.0

    def order() -> Generator[Any, Any, None]:
        nonlocal events
        yield environment.timeout(LEAD_DAYS)
        events += 1
        yield pool.put(1)

    def component(number: int) -> Generator[Any, Any, None]:
        nonlocal events, down
        while True:
            yield environment.timeout(random.expovariate(1 / LIFE_DAYS))
            events += 1
            down_since[number] = environment.now
            environment.process(order())
            yield pool.get(1)
            with crew.request() as hands:
                yield hands
                yield environment.timeout(random.expovariate(1 / REPAIR_DAYS))
            events += 1
            down += environment.now - down_since.pop(number)

    for number in range(size.machines):
        environment.process(component(number))
    environment.run(until=DAYS)
    return events
