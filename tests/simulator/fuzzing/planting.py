"""Faults planted in a copy of the program, and schedules played on that until a checker finds them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[3]
PACKAGES = ("failover", "scenarios", "simulator", "timeline", "topology")

HUNT = """
import gc, sys
from simulator.fuzzing.campaign import Campaign, first_violation
from topology.load import load_topology
from topology.sources import find_network

gc.set_threshold(100_000, 50, 50)
campaign = Campaign(load_topology(find_network("failover-proving")), seed=0, schedules=int(sys.argv[1]))
found = first_violation(campaign, sys.argv[2].split(","))
print("" if found is None else f"{found.invariant} {found.number} {found.text}")
"""


class Edit(NamedTuple):
    """In *file*, the lines *old* stand once, and are replaced by *new*."""

    file: str
    old: str
    new: str


class Planted(NamedTuple):
    """A fault, by name, and the invariants one of which it breaks."""

    name: str
    breaks: tuple[str, ...]
    edits: tuple[Edit, ...]


def all_planted() -> list[Planted]:
    """Read the faults that stand in planted.patch."""
    _, *faults = Path(__file__).with_name("planted.patch").read_text(encoding="utf-8").split("\n== ")
    return [_read(fault) for fault in faults]


def _read(fault: str) -> Planted:
    heading, *edits = fault.split("\n@@ ")
    name, _, breaks = heading.partition(": ")
    return Planted(name, tuple(breaks.split()), tuple(map(_edit, edits)))


def _edit(text: str) -> Edit:
    file, *lines = (line for line in text.split("\n") if line)
    old = [line[1:] for line in lines if line[0] in "- "]
    new = [line[1:] for line in lines if line[0] in "+ "]
    return Edit(file, "".join(f"{line}\n" for line in old), "".join(f"{line}\n" for line in new))


def plant(planted: Planted, folder: Path) -> None:
    """Copy the program into *folder*, with the fault in it."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for edit in planted.edits:
        path = folder / edit.file
        text = path.read_text(encoding="utf-8")
        assert text.count(edit.old) == 1, f"{planted.name}: {edit.file} has this {text.count(edit.old)} times:\n{edit.old}"
        path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")


def hunt(folder: Path, breaks: Iterable[str], schedules: int) -> str:
    """Play up to so many *schedules* with the program in *folder*; return the invariant, number and text of what is found."""
    done = subprocess.run(
        [sys.executable, "-c", HUNT, str(schedules), ",".join(breaks)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
