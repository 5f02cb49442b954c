"""The configuration of a controller, from `controller.yaml`, with the topology and the inventory that it names.

All problems are reported at once, each with its file, line and key.
"""

import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from failover.core.settings import Settings
from failover.live.addresses import read_addresses
from failover.live.configuration_schema import LOCAL, AgentEntry, ControllerEntry, ListenEntry
from failover.live.equipping import Equipping
from failover.live.monitoring import Monitoring, MonitoringEntry, joined
from failover.live.plan import HostPlan, Plan, PostgresqlEntry, ProbeEntry, TcpEntry
from failover.live.secret_sources import Secrets
from playbooks.equipment import Equipment
from topology.checks import Checker
from topology.document import Table, read_document
from topology.errors import InputError, Problem
from topology.load import load_topology, policy_over
from topology.model import Mode, Policy, Topology
from topology.sources import find_network
from topology.validation import describe

SSH = ProbeEntry(tcp=TcpEntry(port=22, expect="SSH-"))
DATABASE = ProbeEntry(postgresql=PostgresqlEntry())
SOCKET = "continuance.sock"
SOCKET_BYTES_MAX = 107
_TIGHTEST_FIRST = (Mode.OBSERVE, Mode.MANUAL, Mode.APPROVE, Mode.AUTOMATIC)


class ConfigurationError(InputError):
    """A configuration that cannot be used."""


@dataclass(frozen=True, slots=True)
class RemoteVantage:
    """A vantage point elsewhere: its name, where its agent is, and the name of the secret that both know."""

    name: str
    address: tuple[str, int]
    key: str


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything that a controller is started with."""

    path: Path
    """The file itself."""
    topology: Topology
    """With the policies of the configuration laid over its own."""
    controller: str
    inventory: Path
    through: tuple[str, ...]
    """The words before a command that reaches hosts, where whoever types it stands outside their network."""
    state: Path
    """A folder for what has to be kept."""
    store: Path
    socket: Path
    metrics: str | None
    """Where Prometheus may ask how things are, as ADDRESS:PORT; None for nowhere."""
    secrets: Secrets
    equipment: Equipment
    plan: Plan
    looks_itself: bool
    vantages: tuple[RemoteVantage, ...]
    monitoring: tuple[Monitoring, ...]
    """Vantage points that do not look themselves."""
    webhooks: tuple[str, ...]

    def line(self, *words: str) -> str:
        """Return the command line of *words*, which reach hosts, as it is typed on this machine."""
        return shlex.join((*self.through, *words))


def load_configuration(path: Path) -> Configuration:
    """Read the configuration at *path*. Raises InputError with everything that is wrong with it, its topology or inventory."""
    return configuration_of(read_document(path), path)


def configuration_of(data: Table, path: Path) -> Configuration:
    """Return the configuration that *data*, which stands at *path* or will, tells of. Raises InputError like the above."""
    try:
        entry = ControllerEntry.model_validate(data)
    except ValidationError as error:
        raise ConfigurationError(describe(error, data, ControllerEntry)) from None
    folder = path.absolute().parent
    problems: list[Problem] = []
    with _collected(problems):
        topology = load_topology(find_network(entry.topology, folder))
    with _collected(problems):
        addresses = read_addresses(folder / entry.inventory)
    if problems:
        raise ConfigurationError(problems)
    found = _Joining(entry, data, topology, addresses, path.absolute(), problems).configuration()
    if problems:
        raise ConfigurationError(problems)
    return found


@contextmanager
def _collected(problems: list[Problem]) -> Iterator[None]:
    """Put what is wrong with *problems*, and go on."""
    try:
        yield
    except InputError as error:
        problems += error.problems


class _Joining:
    """Joins an entry with topology and inventory; what does not fit is reported."""

    def __init__(
        self,
        entry: ControllerEntry,
        data: Table,
        topology: Topology,
        addresses: Mapping[str, str],
        path: Path,
        problems: list[Problem],
    ) -> None:
        self.path = path
        self.entry = entry
        self.checker = Checker(data, (), problems)
        self.folder = path.parent
        self.addresses = addresses
        self.topology = self._tightened(topology)
        self.settings = Settings(self.topology)

    def configuration(self) -> Configuration:
        entry = self.entry
        state = self.folder / entry.state
        listen = entry.listen or ListenEntry()
        equipment = Equipping(entry, self.topology, self.addresses, self.folder, self.checker).equipment()
        plan = self._plan()
        vantages = self._vantages()
        self._joined([*self.settings.hosts, *equipment.hosts()])
        return Configuration(
            path=self.path,
            topology=self.topology,
            controller=self._controller(),
            inventory=self.folder / entry.inventory,
            through=entry.through,
            state=state,
            store=state / "journal.db" if entry.store is None else self.folder / entry.store,
            socket=self._socket(state / SOCKET if listen.socket is None else self.folder / listen.socket),
            metrics=listen.http,
            secrets=Secrets(entry.secrets, self.folder),
            equipment=equipment,
            plan=plan,
            looks_itself=LOCAL in vantages,
            vantages=tuple(self._remote(name, each) for name, each in vantages.items() if name != LOCAL),
            monitoring=joined(self._monitoring(), self._quorum(), plan, self.folder, self.checker),
            webhooks=tuple(each.webhook for each in entry.notify),
        )

    def _socket(self, path: Path) -> Path:
        if len(os.fsencode(path)) > SOCKET_BYTES_MAX:
            self.checker.report(("listen",), f"'{path}' is longer than the {SOCKET_BYTES_MAX} bytes that a socket's path may have")
        return path

    def _controller(self) -> str:
        named = self.topology.controllers
        if self.entry.controller is None and len(named) != 1:
            self.checker.report(("controller",), f"say which controller this is: {', '.join(named) or 'the topology names none'}")
        self.checker.expect("controller", [self.entry.controller], named, ("controller",))
        return self.entry.controller or next(iter(named), "")

    def _joined(self, hosts: list[str]) -> None:
        """Report every host that the inventory does not have."""
        for host in dict.fromkeys(hosts):
            if host not in self.addresses:
                self.checker.unknown("host", host, list(self.addresses), ("inventory",))

    def _tightened(self, topology: Topology) -> Topology:
        """Lay the policies over those of the topology, which they may only make tighter."""
        clusters = dict(topology.clusters)
        for name, entry in self.entry.policy.items():
            if name in clusters:
                policy = clusters[name].policy
                for key in loosened(policy, policy_over(policy, entry)):
                    self.checker.report(("policy", name, key), "is looser than the topology says, and may only be tighter")
                clusters[name] = replace(clusters[name], policy=policy_over(policy, entry))
        return replace(topology, clusters=clusters)

    def _plan(self) -> Plan:
        members = {host for cluster in self.topology.clusters.values() for host in cluster.members}
        self.checker.expect("watched host", self.entry.probes, self.settings.hosts, ("probes",))
        hosts = {}
        for host in self.settings.hosts:
            probes = self.entry.probes.get(host, (DATABASE, SSH) if host in members else (SSH,))
            databases = [each.postgresql for each in probes if each.postgresql is not None]
            if host in members and len(databases) != 1:
                self.checker.report(("probes", host), "a member of a cluster has exactly one probe of the kind postgresql")
            self.checker.expect("secret", [each.password for each in databases], self.entry.secrets, ("probes", host))
            if not probes:
                self.checker.report(("probes", host), "at least one probe is needed")
                continue
            hosts[host] = HostPlan(address=self.addresses.get(host, host), member=host in members, probes=probes)
        pace, usual = self.entry.probing, self.topology.probing
        return Plan(
            period_seconds=pace.every or usual.every_seconds,
            timeout_seconds=pace.timeout or usual.timeout_seconds,
            misses=pace.misses,
            hosts=hosts,
        )

    def _vantages(self) -> dict[str, AgentEntry]:
        """Return the vantage points by name; where none are given, this controller and those of the topology."""
        found: dict[str, AgentEntry] = {}
        for each in self.entry.vantages or ():
            found |= each.agents
        if self.entry.vantages is None:
            found = {name: AgentEntry() for name in (LOCAL, *self.topology.vantages)}
        monitoring = self._monitoring()
        names = [*(name for each in self.entry.vantages or () for name in each.agents), *(each.name for each in monitoring)]
        for name in dict.fromkeys(name for name in names if names.count(name) > 1):
            self.checker.report(("vantages",), f"'{name}' is given twice")
        self.checker.expect("vantage", found, (LOCAL, *self.topology.vantages), ("vantages",))
        self.checker.expect("secret", [each.token for each in monitoring], self.entry.secrets, ("vantages",))
        if len(found) + len(monitoring) < self._quorum():
            message = f"{self._quorum()} vantage points have to agree that a host is lost, and {len(found)} are given"
            self.checker.report(("vantages",), message)
        return found

    def _monitoring(self) -> list[MonitoringEntry]:
        """Return what is said of monitoring as vantage points."""
        kinds = [kind for each in self.entry.vantages or () for kind in (each.alertmanager, each.prometheus)]
        return [each for each in kinds if each is not None]

    def _quorum(self) -> int:
        return max((each.policy.vantage_quorum for each in self.settings.clusters.values()), default=0)

    def _remote(self, name: str, agent: AgentEntry) -> RemoteVantage:
        self.checker.expect("secret", [agent.key], self.entry.secrets, ("vantages",))
        if agent.address is None and name not in self.addresses:
            self.checker.unknown("host", name, list(self.addresses), ("vantages",))
        return RemoteVantage(name, (agent.address or self.addresses.get(name, name), agent.port), agent.key)


def loosened(policy: Policy, after: Policy) -> list[str]:
    """Return the keys of *after* that allow more than *policy* does."""
    rpo_before = float("inf") if policy.rpo_seconds is None else policy.rpo_seconds
    rpo_after = float("inf") if after.rpo_seconds is None else after.rpo_seconds
    looser = {
        "mode": _TIGHTEST_FIRST.index(after.mode) > _TIGHTEST_FIRST.index(policy.mode),
        "detection_window": after.detection_window_seconds < policy.detection_window_seconds,
        "rpo": rpo_after > rpo_before,
        "approvals": after.approvals < policy.approvals,
        "attempts": after.attempts > policy.attempts,
        "within": after.within_seconds < policy.within_seconds,
        "quorum": after.vantage_quorum < policy.vantage_quorum,
    }
    return [key for key, is_looser in looser.items() if is_looser]
