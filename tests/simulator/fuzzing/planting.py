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
import sys
from simulator.fuzzing.campaign import Campaign, first_violation
from topology.load import load_topology
from topology.sources import find_network

campaign = Campaign(load_topology(find_network("failover-proving")), seed=0, schedules=int(sys.argv[1]))
found = first_violation(campaign, sys.argv[2].split(","))
print("" if found is None else f"{found.invariant} {found.number} {found.text}")
"""


class Edit(NamedTuple):
    """In *file*, the text *old* stands once, and is replaced by *new*."""

    file: str
    old: str
    new: str


class Planted(NamedTuple):
    """A fault, by name, and the invariants one of which it breaks."""

    name: str
    breaks: tuple[str, ...]
    edits: tuple[Edit, ...]


def plant(planted: Planted, folder: Path) -> None:
    """Copy the program into *folder*, with the fault in it."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for edit in planted.edits:
        path = folder / edit.file
        text = path.read_text(encoding="utf-8")
        assert text.count(edit.old) == 1, f"{planted.name}: {edit.file} has it {text.count(edit.old)} times: {edit.old}"
        path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")


def hunt(folder: Path, breaks: Iterable[str], schedules: int) -> str:
    """Play up to so many *schedules* with the program in *folder*; return what was found: invariant, number and text, or nothing."""
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
