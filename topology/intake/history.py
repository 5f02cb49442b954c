"""A user's own past: incidents from a CSV file, whose columns may have any names, and the laws that they bear out.

The things of a kind share one law. `watching` cuts their time into lives and repairs, `fitting` says what laws these bear out,
`choosing` which of them is taken, `fit_check` and `alike` whether it holds.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from topology.errors import InputError, Problem, did_you_mean, shown
from topology.model import Topology
from topology.textfile import read_text

if TYPE_CHECKING:
    from topology.intake.choosing import Learned
    from topology.intake.watching import Watched

COLUMNS = ("what", "failed", "back")


@dataclass(frozen=True, slots=True)
class Incident:
    """Something failed and came back; `back` is None while it has not. Times are seconds since 1970; `line` is the file's."""

    what: str
    failed: float
    back: float | None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Kind:
    """What the past says of everything of one kind: hosts of a role, or one component or site."""

    name: str
    count: int
    failures: int
    watched_seconds: float
    """How long all of them were watched and up, together."""
    life: "Learned | None"
    repairs_seconds: tuple[float, ...]
    """What has come back, ascending."""
    open_repairs: int
    repair: "Learned | None"
    cautions: tuple[str, ...]
    """What a person should know before using these laws."""


def read_incidents(path: Path, columns: Mapping[str, str]) -> list[Incident]:
    """Read the incidents in *path*; *columns* says by what names it calls `what`, `failed` and `back`."""
    rows = csv.DictReader(io.StringIO(read_text(path)))
    header = rows.fieldnames or []
    problems = []
    for name in COLUMNS:
        if columns.get(name, name) not in header:
            missing = columns.get(name, name)
            hint = did_you_mean(missing, header) or f"; it has {', '.join(header) or 'none'}"
            problems.append(Problem(str(path), 1, name, f"there is no column {shown(missing)}{hint}"))
    if problems:
        raise InputError(problems)
    found = []
    for row in rows:
        what, failed, back = ((row[columns.get(name, name)] or "").strip() for name in COLUMNS)
        try:
            began = moment(failed)
            ended = moment(back) if back else None
            if ended is not None and ended < began:
                raise ValueError(f"{shown(back)} is before {shown(failed)}")
        except ValueError as error:
            problems.append(Problem(str(path), rows.line_num, what, str(error)))
            continue
        found.append(Incident(what, began, ended, rows.line_num))
    if not found and not problems:
        problems.append(Problem(str(path), 1, "", "there are no incidents in it"))
    if problems:
        raise InputError(problems)
    return found


def moment(text: str) -> float:
    """Read a time; without an offset all are taken to share one. Raises ValueError for what is none."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{shown(text)} is not a time; write for example 2025-03-01T14:30") from None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


def learn(
    topology: Topology, incidents: Sequence[Incident], since: float, until: float, path: str, new: bool = False
) -> tuple[list[Kind], list[str]]:
    """Return what *incidents* between *since* and *until* say of each kind in *topology*, and the kinds of which they say nothing.

    *new*: everything was new at *since*; otherwise it is taken to have been running for ever. What was down then is new when it
    is back. Raises InputError for what is not in the network, and for what fails again without having come back.
    """
    from topology.intake.watching import Watched

    members = _kinds(topology)
    known = {name for names in members.values() for name in names}
    unknown = {each.what: each.line for each in reversed(incidents) if each.what not in known}
    if unknown:
        raise InputError(
            Problem(path, line, name, f"the network has no host, component or site of this name{did_you_mean(name, known)}")
            for name, line in unknown.items()
        )
    of: dict[str, list[Incident]] = {}
    for each in sorted(incidents, key=lambda each: (each.failed, each.back is None)):
        if each.failed <= until and (each.back is None or each.back > since or each.failed >= since):
            of.setdefault(each.what, []).append(each)
    problems = [problem for name in of for problem in _never_back(of[name], path)]
    if problems:
        raise InputError(problems)
    found, silent = [], []
    for kind, names in members.items():
        if of.keys().isdisjoint(names):
            silent.append(kind)
            continue
        watched = Watched(since, until)
        for name in names:
            watched.add(name, [(each.failed, each.back) for each in of.get(name, ())], new)
        found.append(_learned(kind, len(names), watched))
    return found, silent


def _kinds(topology: Topology) -> dict[str, list[str]]:
    """Everything that can fail, by kind: hosts of a role go together, everything else stands for itself."""
    kinds: dict[str, list[str]] = {}
    for host in topology.hosts.values():
        kinds.setdefault(f"roles.{host.role}" if host.role else f"hosts.{host.name}", []).append(host.name)
    kinds.update({f"components.{name}": [name] for name in topology.components})
    kinds.update({f"sites.{name}": [name] for name in topology.sites})
    return kinds


def _never_back(incidents: Sequence[Incident], path: str) -> list[Problem]:
    """What has no end and yet fails again: nobody can say how long it was up in between."""
    return [
        Problem(path, each.line, each.what, f"has no time at which it was back, yet fails again in line {later.line}")
        for each, later in pairwise(incidents)
        if each.back is None and later.failed > each.failed
    ]


def _learned(kind: str, count: int, watched: "Watched") -> Kind:
    from topology.intake.alike import cautions
    from topology.intake.choosing import learned_life, learned_repair

    lives, repairs = watched.lives.sample(), watched.repairs.sample()
    said = cautions(watched.failures, count, watched.since, watched.until)
    if watched.merged:
        said.append(f"{watched.merged} of the incidents began while the thing was down already: part of the same outage")
    if watched.instant:
        said.append(f"{watched.instant} of the incidents ended the moment they began: failures, but left out of the repairs")
    return Kind(
        kind,
        count,
        lives.count,
        lives.total_seconds,
        learned_life(lives, watched.lives.windows(renews=True)) if lives.count else None,
        tuple(sorted(float(each) for each in repairs.ended)),
        len(repairs.running),
        learned_repair(repairs, watched.repairs.windows(renews=False)),
        tuple(said),
    )
