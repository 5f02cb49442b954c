"""Contestants measured turn by turn, and tables of what that came to. A machine that slows down slows all of them down."""

import platform
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

ROUNDS = 3

Contestant = Callable[[int], float]
"""Works once, given the number of the round, and returns how much it did: events, runs."""


@dataclass(frozen=True)
class Speeds:
    """How much each contestant did in a second of processor time, round by round."""

    per_second: Mapping[str, Sequence[float]]

    def of(self, name: str) -> float:
        """Return the median of one contestant."""
        return median(self.per_second[name])

    def times(self, name: str, other: str) -> float:
        """Return how many times as fast as the *other* it is: the median of the rounds, in each of which they ran side by side."""
        return median(ours / theirs for ours, theirs in zip(self.per_second[name], self.per_second[other], strict=True))


def take_turns(contestants: Mapping[str, Contestant], rounds: int = ROUNDS) -> Speeds:
    """Let all *contestants* work in turn, so many *rounds* long."""
    per_second: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds):
        for name, contestant in contestants.items():
            begun = time.process_time()
            done = contestant(number)
            per_second[name].append(done / (time.process_time() - begun))
    return Speeds(per_second)


def amount(number: float) -> str:
    """Return a number as it is read most easily: three digits, and M for millions."""
    if number >= 1e6:
        return f"{number / 1e6:.1f} M"
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def show(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table, in Markdown whose columns stand under one another."""
    lines = [tuple(headings), *map(tuple, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, tuple("-" * width for width in widths))
    print(f"\n{title}\n")
    for line in lines:
        print("|", " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)), "|")
    print(flush=True)


def machine() -> str:
    """Return what all of this runs on."""
    return f"{platform.machine()}, Python {platform.python_version()}"
