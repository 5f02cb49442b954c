"""Which host of a topology gets which address, and what it is for. Fixed by role and the topology's order, so known beforehand."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from topology.errors import InputError, Problem, TopologyError, did_you_mean
from topology.model import Topology

NETWORK = "10.77.0"
MANAGEMENT = "10.77.9"
"""The power controllers' network; besides them only controllers stand on it."""
PREFIX_LENGTH = 24
POWER = "power"
"""The place that all power controllers stand at."""
POWER_ADDRESS = f"{MANAGEMENT}.1"
POWER_PORT = 8443


class Role(StrEnum):
    """What a host of the lab is for: `role` in its topology."""

    CONTROLLER = "controller"  # carries the driver; reaches the power controllers too
    MONITOR = "monitor"  # a second vantage point, and the records
    EDGE = "edge"  # the proxies
    DATABASE = "database"
    LOOKUP = "lookup"
    HOTLINE = "hotline"
    LOAD = "load"  # those who use it all


NUMBERS: Mapping[Role, tuple[int, ...]] = {
    Role.CONTROLLER: (5, 3, 4),
    Role.MONITOR: (6, 7, 8),
    Role.EDGE: (10, 50, 51),
    Role.DATABASE: tuple(range(11, 20)),
    Role.LOOKUP: tuple(range(21, 30)),
    Role.HOTLINE: tuple(range(31, 40)),
    Role.LOAD: tuple(range(40, 50)),
}
"""The last numbers of addresses that hosts of each role get, in the topology's order."""


@dataclass(frozen=True, slots=True)
class LabHost:
    """A host of the lab: its name in the topology and as a machine, what it is for, and the last number of its address."""

    name: str
    role: Role
    number: int

    @property
    def address(self) -> str:
        """Return its address on the service network."""
        return f"{NETWORK}.{self.number}"

    @property
    def management_address(self) -> str | None:
        """Return its address on the power controllers' network, None where it has none."""
        return f"{MANAGEMENT}.{self.number}" if self.role is Role.CONTROLLER else None

    @property
    def mac(self) -> str:
        """Return its hardware address, which stays: a new one would be looked for in vain until old entries expire."""
        return f"02:00:0a:4d:00:{self.number:02x}"


@dataclass(frozen=True, slots=True)
class Layout:
    """The hosts of a topology as the lab builds them, in the topology's order."""

    topology: Topology
    hosts: Mapping[str, LabHost]

    def of(self, role: Role) -> tuple[LabHost, ...]:
        """Return the hosts of *role*."""
        return tuple(host for host in self.hosts.values() if host.role is role)

    def host(self, name: str) -> LabHost:
        """Return the host called *name*. Raises InputError."""
        if name not in self.hosts:
            raise InputError([Problem("HOST", 0, "", f"the lab has no host '{name}'{did_you_mean(name, self.hosts)}")])
        return self.hosts[name]


def lay_out(topology: Topology, file: str = "") -> Layout:
    """Give every host of *topology* (read from *file*) its place, or raise TopologyError for those the lab does not know."""
    hosts: dict[str, LabHost] = {}
    taken = dict.fromkeys(Role, 0)
    problems = []
    for host in topology.hosts.values():
        if host.role not in tuple(Role):
            known = ", ".join(Role)
            message = f"the lab does not know the role '{host.role}'; it knows {known}{did_you_mean(host.role, Role)}"
            problems.append(Problem(file or topology.name, 0, f"hosts.{host.name}", message))
            continue
        role = Role(host.role)
        if taken[role] == len(NUMBERS[role]):
            message = f"the lab has room for {len(NUMBERS[role])} hosts of the role '{role}', and this is one more"
            problems.append(Problem(file or topology.name, 0, f"hosts.{host.name}", message))
            continue
        hosts[host.name] = LabHost(host.name, role, NUMBERS[role][taken[role]])
        taken[role] += 1
    if not taken[Role.CONTROLLER] and not problems:
        message = f"the lab needs a host of the role '{Role.CONTROLLER}'"
        problems.append(Problem(file or topology.name, 0, "hosts", message))
    if problems:
        raise TopologyError(problems)
    return Layout(topology, hosts)
