"""For whom commits wait, as primaries say it: PostgreSQL's `synchronous_standby_names`, read and kept.

A controller that only observes asks no host anything but what its probes ask. They carry this along, and whatever a primary says
differently is written into the audit of the journal, so that it is still known when that primary is lost.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from failover.live.audit import read_audit

WAITS = "waits"
"""What the rows of the audit that tell of it say that they tell of."""
_METHOD = re.compile(r"\s*(?:(?:ANY|FIRST)\s+)?\d+\s*\((?P<names>.*)\)\s*", re.IGNORECASE | re.DOTALL)
_NAME = re.compile(r'\s*(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<plain>[^\s",()]+))\s*(?:,|$)')
_OTHERS_THAN_NAMED = re.compile(r"[^a-z0-9_]")


class Said(NamedTuple):
    """What *host*, as primary of *cluster*, said for whom commits wait, before the event of this number was journaled."""

    event: int
    cluster: str
    host: str
    names: str

    def row(self) -> dict[str, Any]:
        """Return it as the audit has it."""
        return {"what": WAITS, "cluster": self.cluster, "host": self.host, "names": self.names}


def said_in(journal: Path) -> list[Said]:
    """Return what primaries said by the *journal*, in order. Raises StoreError."""
    rows = (row.said for row in read_audit(journal) if row.said.get("what") == WAITS)
    return [Said(each["event"], each["cluster"], each["host"], each["names"]) for each in rows]


def waited_for(names: str, primary: str, members: Iterable[str]) -> frozenset[str] | None:
    """Return on which of *members* every commit is, on one at least, by what *primary* said; None where it named somebody else.

    A member goes by its name, or by that with everything that is no letter, digit or underscore replaced by an underscore. That it
    named itself says nothing, unless it named nobody besides: then nothing is ever acknowledged.
    """
    known = {spelled: host for host in members for spelled in (host.lower(), _OTHERS_THAN_NAMED.sub("_", host.lower()))}
    found = set[str]()
    for name in _names(names):
        if name == "*":
            found |= {*known.values()} - {primary}
        elif name.lower() in known:
            found.add(known[name.lower()])
        else:
            return None
    return frozenset(found - {primary} or found)


def _names(text: str) -> Iterable[str]:
    """Yield the names in *text*: `a, b`, `2 (a, b)`, `ANY 1 (a, "b c")`, `FIRST 1 (*)`, or nothing."""
    method = _METHOD.fullmatch(text)
    for match in _NAME.finditer(text if method is None else method["names"]):
        yield match["plain"] if match["quoted"] is None else match["quoted"].replace('""', '"')
