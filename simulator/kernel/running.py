"""Runs the kernel: gives it copies of a plant's tables and room to work in, and more room when that gives out."""

import numpy as np
from numpy.typing import NDArray

from simulator.kernel.histories import simulate
from simulator.kernel.root import root_of
from simulator.plant.columns import columns
from simulator.plant.plant import Plant
from simulator.plant.tables import ROOM, Records, Tables

Measured = NDArray[np.float64]
FEW_DUE = 128
"""What so few may have due is kept in one heap; for more, there are as many buckets beside it."""


class Kernel:
    """One worker's copy of a plant. Several may run at once, each in its own thread."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._tables: Tables = {name: table.copy() for name, table in plant.tables.items()}
        due = sum(plant.tables[name].size for name in ("things", "units", "jobs", "causes")) + 4 * plant.tables["services"].size
        self._sizes = {
            "heap": 64 + due,
            "later": 64 + due,
            "buckets": 2 + (due if due > FEW_DUE else 0),
            "orders": 64,
            "queue": 1 << (64 + 4 * plant.tables["nodes"].size).bit_length(),
            "chosen": plant.tables["units"].size,
            "log": 0,
        }
        self._width = len(columns(plant.names))

    def run(self, seed: int, first: int, runs: int) -> Measured:
        """Return what so many histories from number *first* come to, a row each."""
        measured = np.zeros((runs, self._width))
        done = 0
        while done < runs:
            done += self._simulate(seed, first + done, measured[done:])[0]
            if done < runs:
                self._make_room()
        return measured

    def log(self, seed: int, run: int) -> tuple[Records, Measured]:
        """Return everything that happens in one history, and what it comes to."""
        measured = np.zeros((1, self._width))
        self._sizes["log"] = 1024
        while True:
            done, written, room = self._simulate(seed, run, measured)
            if done:
                self._sizes["log"] = 0
                return room["log"][:written], measured
            self._make_room()

    def _make_room(self) -> None:
        for name in ("heap", "later", "orders", "queue", "log"):
            self._sizes[name] *= 2

    def _simulate(self, seed: int, first: int, measured: Measured) -> tuple[int, int, Tables]:
        room = {name: np.zeros(self._sizes[name], kind) for name, kind in ROOM.items()}
        root = root_of(self._tables, room, self._sizes["log"] > 0)
        done = simulate(root, np.uint64(seed), first, self._plant.plan.horizon_seconds, measured)
        return done, int(root["written"][0]), room
