"""The configuration of a controller, from `controller.yaml`, with the topology and the inventory that it names.

All problems are reported at once, each with its file, line and key.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from failover.core.settings import Settings
from failover.live.addresses import read_addresses
from failover.live.configuration_schema import LOCAL, AgentEntry, ControllerEntry
from failover.live.equipping import Equipping
from failover.live.plan import HostPlan, Plan, PostgresqlEntry, ProbeEntry, TcpEntry
from failover.live.secret_sources import Secrets
from playbooks.equipment import Equipment
from topology.checks import Checker
from topology.document import Table, read_document
from topology.errors import InputError, Problem
from topology.load import load_topology, policy_over
from topology.model import Mode, Policy, Topology
from topology.schema import PolicyEntry
from topology.sources import find_network
from topology.validation import describe

SSH = ProbeEntry(tcp=TcpEntry(port=22, expect="SSH-"))
DATABASE = ProbeEntry(postgresql=PostgresqlEntry())
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

    topology: Topology
    """With the policies of the configuration laid over its own."""
    controller: str
    inventory: Path
    state: Path
    """A folder for what has to be kept."""
    store: Path
    socket: Path
    secrets: Secrets
    equipment: Equipment
    plan: Plan
    looks_itself: bool
    vantages: tuple[RemoteVantage, ...]
    webhooks: tuple[str, ...]


def load_configuration(path: Path) -> Configuration:
    """Read the configuration at *path*. Raises InputError with everything that is wrong with it, its topology or inventory."""
    data = read_document(path)
    try:
        entry = ControllerEntry.model_validate(data)
    except ValidationError as error:
        raise ConfigurationError(describe(error, data, ControllerEntry)) from None
    folder = path.absolute().parent
    topology = load_topology(find_network(entry.topology, folder))
    addresses = read_addresses(folder / entry.inventory)
    problems: list[Problem] = []
    found = _Joining(entry, data, topology, addresses, folder, problems).configuration()
    if problems:
        raise ConfigurationError(problems)
    return found


class _Joining:
    """Joins an entry with topology and inventory; what does not fit is reported."""

    def __init__(
        self,
        entry: ControllerEntry,
        data: Table,
        topology: Topology,
        addresses: Mapping[str, str],
        folder: Path,
        problems: list[Problem],
    ) -> None:
        self.entry = entry
        self.checker = Checker(data, (), problems)
        self.folder = folder
        self.addresses = addresses
        self.topology = self._tightened(topology)
        self.settings = Settings(self.topology)

    def configuration(self) -> Configuration:
        entry = self.entry
        state = self.folder / entry.state
        socket = "continuance.sock" if entry.listen is None else entry.listen.socket
        equipment = Equipping(entry, self.topology, self.addresses, self.folder, self.checker).equipment()
        vantages = self._vantages()
        self._joined([*self.settings.hosts, *equipment.hosts()])
        return Configuration(
            topology=self.topology,
            controller=self._controller(),
            inventory=self.folder / entry.inventory,
            state=state,
            store=state / "journal.db" if entry.store is None else self.folder / entry.store,
            socket=self._socket(state / socket if entry.listen is None else self.folder / socket),
            secrets=Secrets(entry.secrets, self.folder),
            equipment=equipment,
            plan=self._plan(),
            looks_itself=LOCAL in vantages,
            vantages=tuple(self._remote(name, each) for name, each in vantages.items() if name != LOCAL),
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
                for key in _loosened(policy, entry):
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
        given = self.entry.vantages
        if given is None:
            given = tuple({name: AgentEntry()} for name in (LOCAL, *self.topology.vantages))
        found: dict[str, AgentEntry] = {}
        for entry in given:
            for name, agent in entry.items():
                if name in found:
                    self.checker.report(("vantages",), f"'{name}' is given twice")
                found[name] = agent
        self.checker.expect("vantage", found, (LOCAL, *self.topology.vantages), ("vantages",))
        quorum = max((each.policy.vantage_quorum for each in self.settings.clusters.values()), default=0)
        if len(found) < quorum:
            message = f"{quorum} vantage points have to agree that a host is lost, and {len(found)} are given"
            self.checker.report(("vantages",), message)
        return found

    def _remote(self, name: str, agent: AgentEntry) -> RemoteVantage:
        self.checker.expect("secret", [agent.key], self.entry.secrets, ("vantages",))
        if agent.address is None and name not in self.addresses:
            self.checker.unknown("host", name, list(self.addresses), ("vantages",))
        return RemoteVantage(name, (agent.address or self.addresses.get(name, name), agent.port), agent.key)


def _loosened(policy: Policy, entry: PolicyEntry) -> list[str]:
    """Return the keys of *entry* that allow more than *policy* does."""
    after = policy_over(policy, entry)
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
