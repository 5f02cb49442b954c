"""The kernel's counters by themselves: events that only turn nodes."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.engine.propagation_graph import Event
from simulator.kernel.compiled import entered
from simulator.kernel.gates import break_, mend
from simulator.kernel.reaching import Record, root_in
from simulator.kernel.root import root_of
from simulator.plant.plant import Plant
from simulator.plant.tables import ROOM, Role


class Counters:
    """The nodes of a plant, all well, and room to tell of all of them."""

    def __init__(self, plant: Plant) -> None:
        nodes = plant.tables["nodes"].copy()
        nodes["count"], nodes["up"], nodes["role"] = nodes["inputs"], 1, Role.GATE  # or else what turns would not be counted
        room = dict.fromkeys(ROOM, 0) | {"queue": 1 << nodes.size.bit_length()}
        self._kept = {**plant.tables, "nodes": nodes}, {name: np.zeros(size, ROOM[name]) for name, size in room.items()}
        self._root = root_of(*self._kept, logging=False)

    def ready(self, happening: Sequence[Event]) -> Callable[[], int]:
        """Return what lets all of *happening* happen and says how many nodes turned."""
        numbers, fail = (np.array(column, np.int64) for column in zip(*happening, strict=True))
        return lambda: _happen(self._root, numbers, fail)


@entered
def _happen(root: Record, numbers: NDArray[np.int64], fail: NDArray[np.int64]) -> int:
    w = root_in(root)
    before = w.changed
    for at in range(numbers.size):
        if fail[at]:
            break_(w, numbers[at])
        else:
            mend(w, numbers[at])
        w.told = w.changed
    turned: int = w.changed - before
    return turned
