"""What a command has to know of the things it acts on: databases, proxies, power, pages, and the user's own playbooks.

Hosts go by their name in the topology, which is their name in the inventory too. How a host is reached over SSH stands in the
inventory; here stands what is done there. No secret is in here, only the names of secrets.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from failover.core.commands import CommandKind
from topology.model import FenceKind


class Paths(NamedTuple):
    """Where a distribution keeps PostgreSQL; `{version}` stands for its major version."""

    unit: str
    data_directory: str
    binaries: str
    socket_directory: str = "/run/postgresql"
    config_file: str | None = None


DEBIAN = Paths(
    unit="postgresql@{version}-main",
    data_directory="/var/lib/postgresql/{version}/main",
    binaries="/usr/lib/postgresql/{version}/bin",
    config_file="/etc/postgresql/{version}/main/postgresql.conf",
)
RED_HAT = Paths(
    unit="postgresql-{version}",
    data_directory="/var/lib/pgsql/{version}/data",
    binaries="/usr/pgsql-{version}/bin",
)


@dataclass(frozen=True, slots=True)
class Database:
    """One member of one cluster: PostgreSQL under systemd, whose unit is not enabled and has `Restart=no`.

    The commands on its host are given by `os_user`, who is let in over the socket without a password. Standbys reach their primary
    as `replication_user`, at `address`; where that needs a password it stands in a file on the host that `replication` names
    (`{"passfile": …}`): these are more words of libpq for `primary_conninfo`. That user may replicate and rewind, and order a
    checkpoint (`pg_checkpoint`).
    """

    cluster: str
    host: str
    address: str
    unit: str
    data_directory: str
    binaries: str
    socket_directory: str = "/run/postgresql"
    port: int = 5432
    os_user: str = "postgres"
    user: str = "postgres"
    database: str = "postgres"
    replication_user: str = "replicator"
    replication: Mapping[str, str] = field(default_factory=dict)
    config_file: str | None = None
    """Where it does not lie in the data directory."""

    @property
    def slot(self) -> str:
        """Return the name of its replication slot on whoever is primary."""
        return re.sub(r"[^a-z0-9_]", "_", self.host.lower())[:63]


def database_on(paths: Paths, version: int, cluster: str, host: str, address: str) -> Database:
    """Return the database of *host* where the distribution keeps it: `database_on(DEBIAN, 15, "cases", "db-1", "10.0.0.11")`."""
    places = {name: each and each.format(version=version) for name, each in paths._asdict().items()}
    return Database(cluster, host, address, **places)


@dataclass(frozen=True, slots=True)
class Proxy:
    """HAProxy on *host*, for one cluster: a TCP backend with one server for each member, by its name, at most one enabled.

    Clients reach it at *address* and *port*. What it is told goes to *state_file* too, if there is one, so that it still knows
    after a restart (`server-state-file`); its configuration has every server `disabled`.
    """

    cluster: str
    host: str
    address: str
    port: int
    backend: str
    socket: str = "/run/haproxy/admin.sock"
    state_file: str | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """As whom a write is tried through the proxies of *cluster*; *credentials* names a secret, the password."""

    cluster: str
    user: str
    database: str
    credentials: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    """More words of libpq: `sslmode`, `sslrootcert`."""


@dataclass(frozen=True, slots=True)
class Redfish:
    """The power controller of *host*. *credentials* names a secret, `user:password`; *authority* is a file with its CA.

    *system* is its resource, as a name or a path; None where the controller has only one. What it says of itself has to match
    *serial* if that is given, else its name or host name has to be that of the host: a wrong cable is seen so.
    """

    level: ClassVar[FenceKind] = FenceKind.REDFISH

    host: str
    url: str
    credentials: str
    system: str | None = None
    serial: str | None = None
    authority: Path | None = None


@dataclass(frozen=True, slots=True)
class FenceAgent:
    """A program of the fence-agents project: `fence_ipmilan`, `fence_vmware_rest`. Its options go to its standard input.

    *credentials* names a secret, `user:password`. An agent cannot say whom it is wired to: *options* (`plug`) are believed.
    """

    level: ClassVar[FenceKind] = FenceKind.FENCE_AGENT

    host: str
    program: str
    options: Mapping[str, str] = field(default_factory=dict)
    credentials: str | None = None


@dataclass(frozen=True, slots=True)
class FencePlaybook:
    """The user's own way to switch *host* off and on and to see whether it is off."""

    level: ClassVar[FenceKind] = FenceKind.PLAYBOOK

    host: str
    playbook: Path


Power = Redfish | FenceAgent | FencePlaybook

REPLACEABLE = frozenset(
    {
        CommandKind.START, CommandKind.WITHDRAW_ROUTE, CommandKind.CUT_REPLICATION, CommandKind.PROMOTE,
        CommandKind.SET_SYNCHRONOUS, CommandKind.REPOINT, CommandKind.REROUTE, CommandKind.DEMOTE, CommandKind.REJOIN,
        CommandKind.WITHDRAW_PAGE,
    }
)  # fmt: skip
"""Commands that users may have carried out by playbooks of their own. What is looked at stays ours; power has its own levels."""

PLAYABLE = REPLACEABLE | {CommandKind.FENCE, CommandKind.HOOK}
"""All commands for which users may have playbooks: fencing has a level for one, and hooks are nothing else."""


@dataclass(frozen=True, slots=True)
class Page:
    """What *service* publishes on *host*: a file that a web server shows."""

    service: str
    host: str
    path: str


@dataclass(frozen=True, slots=True)
class Equipment:
    """Everything that commands act on. Valid from birth: what could be mistaken for something else is refused."""

    databases: tuple[Database, ...] = ()
    proxies: tuple[Proxy, ...] = ()
    clients: tuple[Client, ...] = ()
    power: tuple[Power, ...] = ()
    """The levels of each host, in the order of the topology."""
    pages: tuple[Page, ...] = ()
    playbooks: Mapping[CommandKind, Path] = field(default_factory=dict)
    """The user's own, instead of ours: for commands that are replaceable."""
    hooks: Mapping[str, Path] = field(default_factory=dict)
    """The user's own, by the name of the hook: `after_failover`, `after_switchover`."""

    def __post_init__(self) -> None:
        for problem in _mistakable(self):
            raise ValueError(problem)

    def database(self, cluster: str, host: str) -> Database | None:
        """Return the database of *host* that belongs to *cluster*."""
        return next((each for each in self.databases if (each.cluster, each.host) == (cluster, host)), None)

    def members(self, cluster: str) -> tuple[Database, ...]:
        """Return the databases of *cluster*."""
        return tuple(each for each in self.databases if each.cluster == cluster)

    def addresses(self, cluster: str) -> dict[str, dict[str, Any]]:
        """Return where each member of *cluster* is reached by the others, and its replication slot there, by host."""
        return {each.host: {"address": each.address, "port": each.port, "slot": each.slot} for each in self.members(cluster)}

    def proxy(self, cluster: str, host: str) -> Proxy | None:
        """Return what stands on *host* before *cluster*."""
        return next((each for each in self.proxies if (each.cluster, each.host) == (cluster, host)), None)

    def proxies_of(self, cluster: str) -> tuple[Proxy, ...]:
        """Return what stands before *cluster*."""
        return tuple(each for each in self.proxies if each.cluster == cluster)

    def client(self, cluster: str) -> Client | None:
        """Return as whom a write to *cluster* is tried."""
        return next((each for each in self.clients if each.cluster == cluster), None)

    def power_of(self, host: str, level: str | None = None) -> Power | None:
        """Return what switches *host* off at *level*; without a level, the first."""
        return next((each for each in self.power if each.host == host and level in (None, each.level.value)), None)

    def page(self, service: str, host: str) -> Page | None:
        """Return what *service* publishes on *host*."""
        return next((each for each in self.pages if (each.service, each.host) == (service, host)), None)

    def hosts(self) -> tuple[str, ...]:
        """Return every host that is reached over SSH."""
        found = (each.host for things in (self.databases, self.proxies, self.pages) for each in things)
        return tuple(dict.fromkeys(found))


def _mistakable(equipment: Equipment) -> Iterator[str]:
    """Yield what could be taken for something else."""
    for kind in equipment.playbooks.keys() - REPLACEABLE:
        yield f"'{kind.value}' cannot be a playbook of your own"
    for one, other in combinations(equipment.databases, 2):
        if one.cluster == other.cluster and one.slot == other.slot:
            yield f"'{one.host}' and '{other.host}' of '{one.cluster}' would share the replication slot '{one.slot}'"
        if (one.address, one.port) == (other.address, other.port):
            yield f"'{one.host}' and '{other.host}' have the same address, {one.address}:{one.port}"
    for (cluster, host), number in Counter((each.cluster, each.host) for each in equipment.proxies).items():
        if number > 1:
            yield f"'{host}' stands before '{cluster}' twice"
    for (host, level), number in Counter((each.host, each.level) for each in equipment.power).items():
        if number > 1:
            yield f"'{host}' has two fences at the level '{level.value}'"
