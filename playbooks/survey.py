"""What commands would need on a host, asked of it without doing anything: its rights, as they were found.

The target program looks (`target/survey.py`); here stands what it is asked, and which commands hang on each right.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any, NamedTuple

from failover.core.commands import CommandKind
from playbooks.catalog import PROJECT, By, Errand
from playbooks.equipment import Equipment
from playbooks.target.looking import SURVEY

PLAYBOOK = PROJECT / "survey.yml"

_DATABASES = (
    CommandKind.START, CommandKind.CUT_REPLICATION, CommandKind.READ_POSITIONS, CommandKind.PROMOTE, CommandKind.SET_SYNCHRONOUS,
    CommandKind.REPOINT, CommandKind.DEMOTE, CommandKind.REJOIN,
)  # fmt: skip
_PROXIES = (CommandKind.WITHDRAW_ROUTE, CommandKind.REROUTE)


class Right(NamedTuple):
    """Something that commands need, in words, and which."""

    words: str
    commands: tuple[CommandKind, ...]


REACHED = Right("log in over SSH, become, and run the target program", (*_DATABASES, *_PROXIES, CommandKind.WITHDRAW_PAGE))
RIGHTS: Mapping[str, Right] = {
    "become": Right("act as root", (*_DATABASES, *_PROXIES, CommandKind.WITHDRAW_PAGE)),
    "memory": Right("remember the epoch", (*_DATABASES, *_PROXIES, CommandKind.WITHDRAW_PAGE)),
    "programs": Right("run PostgreSQL's programs as its user", _DATABASES),
    "unit": Right("start and stop the database, and nobody else does", (CommandKind.START, CommandKind.DEMOTE, CommandKind.REJOIN)),
    "login": Right("be let in by the database", _DATABASES),
    "superuser": Right("change the database's settings", _DATABASES),
    "rewind": Right("rewind the database's data", (CommandKind.REJOIN, CommandKind.CUT_REPLICATION)),
    "peer": Right("follow and be rewound from the other members", (CommandKind.REPOINT, CommandKind.REJOIN)),
    "proxy": Right("tell the proxy where clients go", _PROXIES),
    "state_file": Right("let the proxy remember that", _PROXIES),
    "page": Right("take the page off", (CommandKind.WITHDRAW_PAGE,)),
}
"""What the target program looks at, by its key."""


class Held(NamedTuple):
    """One right on one host: *of* is the cluster or service it concerns, *why* says what is lacking, if anything is."""

    host: str
    of: str
    right: Right
    why: str


def errand(host: str, equipment: Equipment, *, closely: bool, seconds: float, clusters: Collection[str] | None = None) -> Errand:
    """Return how *host* is asked of everything that is known to be on it, or of *clusters* alone.

    *closely* looks at what does not change from one day to the other too.
    """

    def wanted(cluster: str) -> bool:
        return clusters is None or cluster in clusters

    databases = [each for each in equipment.databases if each.host == host and wanted(each.cluster)]
    proxies = [each for each in equipment.proxies if each.host == host and wanted(each.cluster)]
    request = {
        "target": host,
        "command": SURVEY,
        "closely": closely,
        "seconds": seconds,
        "databases": [
            {"cluster": each.cluster, "database": asdict(each), "members": equipment.addresses(each.cluster)} for each in databases
        ],
        "proxies": [
            {"cluster": each.cluster, "proxy": asdict(each), "members": equipment.addresses(each.cluster)} for each in proxies
        ],
        "pages": [asdict(each) for each in equipment.pages if each.host == host],
    }
    return Errand(PLAYBOOK, host, By.TARGET, request)


def rights_in(host: str, evidence: Mapping[str, Any]) -> tuple[Held, ...]:
    """Return the rights that the answer of *host* tells of."""
    return tuple(Held(host, of, RIGHTS[key], why) for of, key, why in evidence["rights"])
