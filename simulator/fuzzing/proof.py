"""What has been proven so far: totals of campaigns, added range by range to one file, as long as the program stays the same."""

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from simulator.fuzzing.campaign import Campaign, Tally
from topology.errors import InputError, Problem
from topology.textfile import write_whole

FORMAT = 1
ROOT = Path(__file__).parents[2]


def fingerprint() -> str:
    """Return what stands for the source of everything that is proven, and of what proves it: all that this package imports."""
    found = blake2b(digest_size=16)
    for path in proven():
        found.update(path.relative_to(ROOT).as_posix().encode())
        found.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return found.hexdigest()


def proven() -> list[Path]:
    """Return the files of this package, and those of ours that they import, directly or not."""
    found = set(Path(__file__).parent.glob("*.py"))
    pending = list(found)
    while pending:
        tree = ast.parse(pending.pop().read_text(encoding="utf-8"))
        new = {path for node in ast.walk(tree) for name in _imported(node) if (path := _source(name)) is not None} - found
        found |= new
        pending.extend(new)
    return sorted(found)


def _imported(node: ast.AST) -> list[str]:
    """Return the dotted names that *node* may import modules by."""
    match node:
        case ast.Import(names):
            return [alias.name for alias in names]
        case ast.ImportFrom(str(base), names):
            return [base, *(f"{base}.{alias.name}" for alias in names)]
    return []


def _source(name: str) -> Path | None:
    """Return the file of our own module *name*, if that is one."""
    path = ROOT.joinpath(*name.split(".")).with_suffix(".py")
    return path if path.is_file() else None


@dataclass(frozen=True, slots=True)
class Proof:
    """The file at *path*: which schedules were played, and what came of them."""

    path: Path

    def next_number(self, campaign: Campaign) -> int:
        """Return the number of the first schedule of the campaign's seed that was not played."""
        known = self._read()
        return int(known["schedules"]) if known and _same(known, campaign) else 0

    def add(self, campaign: Campaign, tally: Tally) -> None:
        """Add what came of *campaign*. Raises InputError if it leaves a gap after what is there."""
        known = self._read()
        if not known or not _same(known, campaign):
            known = _nothing(campaign)
        if campaign.first != known["schedules"]:
            message = f"has the schedules up to {known['schedules']}, so the next is --first {known['schedules']}"
            raise InputError([Problem(str(self.path), 0, "", message)])
        total = {
            **known,
            "schedules": known["schedules"] + tally.schedules,
            "steps": known["steps"] + tally.steps,
            "faults": _sum(known["faults"], tally.faults),
            "edges": _sum(known["edges"], {f"{before} → {after}": count for (before, after), count in tally.edges.items()}),
            "violations": [
                *known["violations"],
                *({"invariant": each.invariant, "number": each.number, "text": each.text} for each in tally.violations),
            ],
        }
        write_whole(self.path, json.dumps(total, indent=2, ensure_ascii=False) + "\n")

    def _read(self) -> dict[str, Any] | None:
        if not self.path.exists():
            return None
        try:
            known = json.loads(self.path.read_text(encoding="utf-8"))
        except ValueError:
            known = None
        if not isinstance(known, dict) or known.get("format") != FORMAT or "fingerprint" not in known:
            raise InputError([Problem(str(self.path), 0, "", "is no record of a campaign; name another file")])
        return known


def _nothing(campaign: Campaign) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "fingerprint": fingerprint(),
        "topology": campaign.topology.name,
        "seed": campaign.seed,
        "kinds": sorted(campaign.kinds),
        "schedules": 0,
        "steps": 0,
        "faults": {},
        "edges": {},
        "violations": [],
    }


def _same(known: Mapping[str, Any], campaign: Campaign) -> bool:
    """Say whether *known* speaks of the same program, topology, seed and kinds of faults."""
    blank = _nothing(campaign)
    return all(known.get(key) == blank[key] for key in ("fingerprint", "topology", "seed", "kinds"))


def _sum(known: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    return {key: known.get(key, 0) + more.get(key, 0) for key in sorted({*known, *more})}
