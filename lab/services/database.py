"""PostgreSQL on the lab's databases: for each cluster its first primary, a standby that commits wait for, and others that follow.

None starts at boot. A host that was switched off as a primary would come back as one; who runs, and as what, is for the controller
to say.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lab.errors import LabError
from lab.hosts import Lab
from lab.layout import LabHost, Layout, Role
from lab.places import DISKS
from lab.services.database_disks import BINARIES, DATA_DIRECTORY, USER, lay_primary, lay_standby, make_original
from lab.services.service import File
from topology.model import Cluster

UNIT = "continuance-postgresql.service"
FOLLOWING_SECONDS = 15.0
POLL_SECONDS = 0.1

SERVICE = f"""[Unit]
Description=A database of the lab
DefaultDependencies=no
After=local-fs.target
StartLimitIntervalSec=0

[Service]
Type=notify
User={USER}
RuntimeDirectory=postgresql
ExecStart={BINARIES}/postgres -D {DATA_DIRECTORY} -c cluster_name=%H
ExecReload=/bin/kill -HUP $MAINPID
KillMode=mixed
KillSignal=SIGINT
TimeoutStartSec=30
TimeoutStopSec=10
Restart=no
"""


class Database:
    """The databases of all clusters."""

    name = "databases"

    def files(self, layout: Layout, host: LabHost) -> Mapping[str, File]:
        """Return the unit of a database."""
        return {f"/etc/systemd/system/{UNIT}": File(SERVICE)} if host.role is Role.DATABASE else {}

    def starts(self, layout: Layout, host: LabHost) -> Sequence[str]:
        """Return nothing."""
        return ()

    def set_up(self, lab: Lab) -> None:
        """Make every cluster of which no member runs."""
        for cluster in lab.layout.topology.clusters.values():
            if not any(runs(lab, member) for member in cluster.members):
                begin_anew(lab, cluster)


def runs(lab: Lab, host: str) -> bool:
    """Say whether the database of *host* runs."""
    try:
        lab.inside(host, "systemctl", "--quiet", "is-active", UNIT)
    except LabError:
        return False
    return True


def stopped(lab: Lab, hosts: Iterable[str]) -> tuple[str, ...]:
    """Return those of *hosts* that carry a database that does not run, although they are on and do not stand still."""
    carriers = {host.name for host in lab.layout.of(Role.DATABASE)}
    going = (host for host in hosts if host in carriers and lab.status(host)[:2] == (True, False))
    return tuple(host for host in going if not runs(lab, host))


def ask(lab: Lab, host: str, statement: str, database: str = "postgres") -> str:
    """Return what the database of *host* answers to *statement*, asked from within."""
    return lab.inside(host, "psql", "-XAtq", "-P", "pager=off", "-d", database, "-c", statement, user=USER).strip()


def begin_anew(lab: Lab, cluster: Cluster) -> None:
    """Give every member of *cluster*, all of which are on, fresh data, and its first primary and standbys their parts.

    Whatever was written is gone. Returns when all standbys follow.
    """
    original = make_original()
    primary, standbys = cluster.primary, [each for each in cluster.members if each != cluster.primary]

    def lay(member: str) -> None:
        if runs(lab, member):
            lab.inside(member, "systemctl", "kill", "--signal=SIGKILL", UNIT)
        lab.inside(member, "systemctl", "stop", UNIT)
        data = disk(member)
        if member == primary:
            lay_primary(original, data, standbys)
        else:
            lay_standby(original, data, member, lab.layout.host(primary).address)

    side_by_side(lay, cluster.members)
    start(lab, primary)
    side_by_side(lambda standby: start(lab, standby), standbys)
    follow = f"select count(*) = {len(standbys)} from pg_stat_replication where state = 'streaming'"
    deadline = time.monotonic() + FOLLOWING_SECONDS
    while ask(lab, primary, follow) != "t":
        if time.monotonic() > deadline:
            raise LabError(f"the standbys of {cluster.name} do not follow {primary} after {FOLLOWING_SECONDS:g} s")
        time.sleep(POLL_SECONDS)


def start(lab: Lab, host: str) -> None:
    """Start the database of *host* and return when it takes sessions. Raises LabError with what its own journal says of it."""
    try:
        lab.inside(host, "systemctl", "start", UNIT)
    except LabError as error:
        told = lab.inside(host, "journalctl", "--no-pager", "--output=cat", "--lines=30", f"--unit={UNIT}")
        raise LabError(f"{error}\n{told}") from None


def disk(host: str) -> Path:
    """Return where on the machine the data directory of *host* is."""
    return DISKS / host / DATA_DIRECTORY.lstrip("/")


def side_by_side(act: Callable[[str], None], hosts: Iterable[str]) -> None:
    """Do *act* for all *hosts* at once, and raise what went wrong first."""
    with ThreadPoolExecutor() as threads:
        list(threads.map(act, hosts))
