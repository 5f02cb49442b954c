"""Writes every history of a simulation to a file as it goes, a row each: CSV, or JSON lines by the name of the file."""

import csv
import json
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from simulator.plant.columns import Column
from simulator.runs.carrying_out import Measured

CSV, JSON_LINES = ".csv", ".jsonl"


class RunFile:
    """A file of histories. When it cannot be written any more, `problem` says why, what is in it stays, and no more is written."""

    def __init__(self, path: Path, columns: list[Column]) -> None:
        self.path = path
        self.rows = 0
        self.problem: str | None = None
        self._names = [column.path for column in columns]
        self._file: TextIO | None = None
        try:
            self._file = path.open("w", encoding="utf-8", newline="")
            if path.suffix == CSV:
                csv.writer(self._file, lineterminator="\n").writerow(["run", *self._names])
        except OSError as error:
            self._give_up(error)

    def write(self, first: int, measured: Measured) -> None:
        """Add the histories from number *first*."""
        if self._file is None:
            return
        rows = measured.tolist()
        try:
            if self.path.suffix == CSV:
                csv.writer(self._file, lineterminator="\n").writerows([first + at, *row] for at, row in enumerate(rows))
            else:
                for at, row in enumerate(rows):
                    self._file.write(json.dumps({"run": first + at, **dict(zip(self._names, row, strict=True))}) + "\n")
            self._file.flush()
            self.rows += len(rows)
        except OSError as error:
            self._give_up(error)

    def close(self) -> None:
        """Finish the file."""
        if self._file is not None:
            try:
                self._file.close()
            except OSError as error:
                self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        self.problem = f"{self.path}: {error.strerror}; {self.rows:,} runs are in it"
        if self._file is not None:
            with suppress(OSError):  # what is still in its buffer cannot be written either
                self._file.close()
        self._file = None
