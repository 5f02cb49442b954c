"""One control group for each host, in every hierarchy that the machine has: to count, freeze and kill all that runs in it at once.

All groups stand below one of the lab's, so that whatever it started can be found and ended, even when who started it is gone.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

from lab.errors import LabError
from lab.places import PREFIX

JOIN = 'while [ "$1" != -- ]; do echo 0 >"$1"; shift; done; shift; exec "$@"'
"""Enters the groups named before `--`, then becomes what comes after."""
ENTRANCE = "cgroup.procs"
"""Takes a process in when its number is written to it, or 0 for whoever writes."""
PATIENCE_SECONDS = 10.0
POLL_SECONDS = 0.002


class Hierarchy(NamedTuple):
    """Where a hierarchy is mounted, and what it is called in `/proc/PID/cgroup`: nothing for the unified one."""

    place: Path
    name: str


@cache
def hierarchies() -> tuple[Hierarchy, ...]:
    """Return the machine's hierarchies, the unified one first.

    Not cpuset of the old kind: it takes nobody in until processors are named for it, and it is nothing to us.
    """
    ours = [line.split(":")[1] for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()]
    unified, old = [], []
    for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
        _, place, kind, options, *_ = line.split(" ")
        if kind == "cgroup2":
            unified.append(Hierarchy(Path(place), ""))
        elif kind == "cgroup" and "cpuset" not in options.split(","):
            old += [Hierarchy(Path(place), name) for name in ours if name and set(name.split(",")) <= set(options.split(","))]
    if not unified:
        raise LabError("the machine has no unified control group hierarchy (cgroup2), by which hosts are frozen and switched off")
    return (*unified[:1], *old)


class Group:
    """The control group of a host, or of another part of the lab; without a name the one that holds them all."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        self._places = tuple(each.place / PREFIX / name for each in hierarchies())

    def make(self) -> None:
        """Make it where it is missing."""
        for place in self._places:
            place.mkdir(parents=True, exist_ok=True)

    def enter(self) -> None:
        """Move this process into it."""
        for place in self._places:
            (place / ENTRANCE).write_text("0", encoding="ascii")

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Keep this process in it, with all that it starts meanwhile."""
        before = _own_places()
        self.make()
        self.enter()
        try:
            yield
        finally:
            for place in before:
                (place / ENTRANCE).write_text("0", encoding="ascii")

    def joining(self, argv: Sequence[str]) -> tuple[str, ...]:
        """Return the words that run *argv* in it."""
        return ("/bin/sh", "-c", JOIN, "join", *(str(place / ENTRANCE) for place in self._places), "--", *argv)

    @property
    def end(self) -> Path:
        """Return the file that ends all of it when 1 is written to it."""
        return self._places[0] / "cgroup.kill"

    def processes(self) -> list[int]:
        """Return the numbers of all processes in it and below it."""
        return [int(pid) for folder in _folders(self._places[0]) for pid in _read(folder / ENTRANCE).split()]

    @property
    def frozen(self) -> bool:
        """Say whether all of it was told to stand still."""
        return _read(self._places[0] / "cgroup.freeze").strip() == "1"

    def freeze(self, frozen: bool) -> None:
        """Let all of it stand still, or go on, and return when it does."""
        (self._places[0] / "cgroup.freeze").write_text("1" if frozen else "0", encoding="ascii")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while f"frozen {int(frozen)}" not in _read(self._places[0] / "cgroup.events"):
            if time.monotonic() > deadline:
                raise LabError(f"the processes of {self.name} do not {'stand still' if frozen else 'go on'}")
            time.sleep(POLL_SECONDS)

    def kill(self) -> None:
        """End every process in it at once, and return when none is left."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.processes():
            self.end.write_text("1", encoding="ascii")
            if time.monotonic() > deadline:
                raise LabError(f"processes of {self.name or 'the lab'} do not end: {', '.join(map(str, self.processes()))}")
            time.sleep(POLL_SECONDS)

    def remove(self) -> None:
        """Remove it and those below it, which must be empty of processes by now."""
        for place in self._places:
            for folder in reversed(list(_folders(place))):
                _remove(folder)

    def inner(self) -> list["Group"]:
        """Return the groups right below it."""
        found = {folder.name for place in self._places if place.exists() for folder in place.iterdir() if folder.is_dir()}
        return [Group(f"{self.name}/{name}" if self.name else name) for name in sorted(found)]


def _own_places() -> list[Path]:
    """Return the groups that this process is in, in the order of the hierarchies."""
    lines = (line.split(":", 2) for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines())
    paths = {name: path for _, name, path in lines}
    return [each.place / paths[each.name].lstrip("/") for each in hierarchies()]


def _folders(place: Path) -> Iterator[Path]:
    """Yield *place* and the groups below it; nothing where it is not there."""
    return (Path(folder) for folder, _, _ in os.walk(place))


def _read(path: Path) -> str:
    """Return what stands in *path*, nothing where it has just gone."""
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""


def _remove(folder: Path) -> None:
    """Remove an empty group, whose last processes may still be going."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while folder.exists():
        try:
            folder.rmdir()
        except OSError as error:
            if time.monotonic() > deadline:
                raise LabError(f"{folder}: {error.strerror}") from None
            time.sleep(POLL_SECONDS)
