"""A user's own past: incidents from a CSV file, whose columns may have any names, and the laws that they bear out.

Failures are counted against the time for which everything of a kind was watched and up; the interval is a Poisson count's.
Repairs are lognormal; the interval of their median is Student's.
"""

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from topology.errors import InputError, Problem, did_you_mean, shown
from topology.laws import Z95
from topology.model import Topology
from topology.textfile import read_text

COLUMNS = ("what", "failed", "back")
REPAIRS_MIN = 3
"""Repairs below which nothing is said of their spread."""


@dataclass(frozen=True, slots=True)
class Incident:
    """Something failed and came back; `back` is None while it has not. Times are seconds since 1970."""

    what: str
    failed: float
    back: float | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval of 95 %; `high` is infinite where nothing bounds it."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Kind:
    """What the past says of everything of one kind: hosts of a role, or one component or site."""

    name: str
    count: int
    failures: int
    watched_seconds: float
    life_seconds: Estimate
    """Mean time to failure."""
    repair_median_seconds: Estimate | None
    repair_p95_seconds: float | None


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
        found.append(Incident(what, began, ended))
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
    return (read - datetime(1970, 1, 1, tzinfo=read.tzinfo)).total_seconds()


def learn(topology: Topology, incidents: Sequence[Incident], since: float, until: float, path: str) -> list[Kind]:
    """Return what *incidents* between *since* and *until* say of each kind of thing that is in *topology*."""
    members = _kinds(topology)
    kind_of = {name: kind for kind, names in members.items() for name in names}
    unknown = [each.what for each in incidents if each.what not in kind_of]
    if unknown:
        raise InputError(
            Problem(path, 0, name, f"the network has no host, component or site of this name{did_you_mean(name, kind_of)}")
            for name in dict.fromkeys(unknown)
        )
    found = []
    for kind, names in members.items():
        mine = [each for each in incidents if kind_of[each.what] == kind and since <= each.failed <= until]
        if mine:
            found.append(_learned(kind, len(names), mine, since, until))
    return found


def _kinds(topology: Topology) -> dict[str, list[str]]:
    """Everything that can fail, by kind: hosts of a role go together, everything else stands for itself."""
    kinds: dict[str, list[str]] = {}
    for host in topology.hosts.values():
        kinds.setdefault(f"roles.{host.role}" if host.role else f"hosts.{host.name}", []).append(host.name)
    kinds.update({f"components.{name}": [name] for name in topology.components})
    kinds.update({f"sites.{name}": [name] for name in topology.sites})
    return kinds


def _learned(name: str, count: int, incidents: Sequence[Incident], since: float, until: float) -> Kind:
    repairs = [each.back - each.failed for each in incidents if each.back is not None and each.back > each.failed]
    down = sum(min(until, each.back if each.back is not None else until) - each.failed for each in incidents)
    watched = max(1.0, count * (until - since) - down)
    median, p95 = _repairs(repairs) if len(repairs) >= REPAIRS_MIN else (None, None)
    return Kind(name, count, len(incidents), watched, _life(len(incidents), watched), median, p95)


def _life(failures: int, watched: float) -> Estimate:
    """The mean time to failure; its interval is that of the mean of a Poisson count (Garwood 1936)."""
    from scipy.special import gammaincinv

    fewest = float(gammaincinv(failures, 0.025))
    most = float(gammaincinv(failures + 1, 0.975))
    return Estimate(watched / failures, watched / most, watched / fewest if fewest else math.inf)


def _repairs(seconds: Iterable[float]) -> tuple[Estimate, float]:
    """The median of lognormal repairs with its interval, and their 95 % quantile."""
    from scipy.special import stdtrit

    logs = [math.log(each) for each in seconds]
    mu = math.fsum(logs) / len(logs)
    sigma = math.sqrt(math.fsum((each - mu) ** 2 for each in logs) / (len(logs) - 1))
    reach = float(stdtrit(len(logs) - 1, 0.975)) * sigma / math.sqrt(len(logs))
    return Estimate(math.exp(mu), math.exp(mu - reach), math.exp(mu + reach)), math.exp(mu + Z95 * sigma)
