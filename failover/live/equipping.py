"""What commands act on: from what the configuration says of it, the topology, and the addresses of the inventory."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from failover.core.commands import CommandKind
from failover.live.configuration_schema import ControllerEntry, DatabasesEntry, DatabaseWords, LevelEntry
from playbooks.equipment import (
    DEBIAN,
    RED_HAT,
    REPLACEABLE,
    Client,
    Database,
    Equipment,
    FenceAgent,
    FencePlaybook,
    Page,
    Power,
    Proxy,
    Redfish,
    database_on,
)
from topology.checks import Checker
from topology.model import Cluster, FenceKind, Mode, Topology

HOOKS = ("after_failover", "after_switchover")


class Equipping:
    """Joins what *entry* says with *topology*. What does not fit is reported to *checker* and left out.

    Of a cluster whose policy only observes nothing is demanded: nothing is ever ordered there.
    """

    def __init__(
        self, entry: ControllerEntry, topology: Topology, addresses: Mapping[str, str], folder: Path, checker: Checker
    ) -> None:
        self.entry = entry
        self.topology = topology
        self.addresses = addresses
        self.folder = folder
        self.checker = checker

    def equipment(self) -> Equipment:
        """Return everything that commands act on."""
        self._names()
        clusters = self.topology.clusters.values()
        try:
            return Equipment(
                databases=tuple(each for cluster in clusters for each in self._databases(cluster)),
                proxies=tuple(each for cluster in clusters for each in self._proxies(cluster)),
                clients=tuple(Client(name, **dict(each.client)) for name, each in self.entry.databases.items()),
                power=tuple(each for host in self._members() for each in self._power(host)),
                pages=tuple(self._pages()),
                playbooks=dict(self._playbooks()),
                hooks={name: path for name, each in self.entry.hooks.items() if (path := self._file(each, ("hooks", name)))},
            )
        except ValueError as error:
            self.checker.report((), str(error))
            return Equipment()

    def _names(self) -> None:
        """Report every name that the topology does not have."""
        for section in ("policy", "databases", "routes"):
            self.checker.expect("cluster", getattr(self.entry, section), self.topology.clusters, (section,))
        self.checker.expect("member", self.entry.fence, self._members(), ("fence",))
        self.checker.expect("service", self.entry.pages, self.topology.services, ("pages",))
        for service, hosts in self.entry.pages.items():
            self.checker.expect("host", hosts, self.topology.hosts, ("pages", service))
        self.checker.expect("hook", self.entry.hooks, HOOKS, ("hooks",))

    def _members(self) -> list[str]:
        return list(dict.fromkeys(host for cluster in self.topology.clusters.values() for host in cluster.members))

    def _databases(self, cluster: Cluster) -> Iterator[Database]:
        entry = self.entry.databases.get(cluster.name)
        if entry is None:
            if cluster.policy.mode is not Mode.OBSERVE:
                self.checker.report(("databases",), f"nothing is said of the databases of '{cluster.name}'")
            return
        self.checker.expect("member", entry.hosts, cluster.members, ("databases", cluster.name, "hosts"))
        self._secret(entry.client.credentials, ("databases", cluster.name, "client"))
        for host in cluster.members:
            if host in self.addresses:
                yield _database(entry, cluster.name, host, self.addresses[host])

    def _proxies(self, cluster: Cluster) -> Iterator[Proxy]:
        path = ("routes", cluster.name)
        entries = self.entry.routes.get(cluster.name, ())
        if not cluster.routes and (entries or cluster.policy.mode is not Mode.OBSERVE):
            self.checker.report(path, f"'{cluster.name}' names no `routes` in the topology: the hosts of its proxies")
            return
        self.checker.expect("proxy", [each.haproxy.host for each in entries], cluster.routes, path)
        for proxy in cluster.routes:
            found = [each.haproxy for each in entries if each.haproxy.host == proxy]
            if not found and cluster.policy.mode is not Mode.OBSERVE:
                self.checker.report(path, f"nothing is said of the proxy '{proxy}' of '{cluster.name}'")
            for each in found:
                given: dict[str, Any] = {**dict(each), "address": each.address or self.addresses.get(proxy, proxy)}
                yield Proxy(cluster=cluster.name, **given)

    def _power(self, host: str) -> Iterator[Power]:
        path = ("fence", host)
        entries = self.entry.fence.get(host, ())
        given = [each.kind for each in entries]
        clusters = [each for each in self.topology.clusters.values() if host in each.members]
        for cluster in clusters:
            for level in cluster.fence:
                if level.kind is FenceKind.SELF:
                    self.checker.report(path, f"'{cluster.name}' fences by 'self', and no agent does that yet")
                elif level.kind not in (*given, FenceKind.OPERATOR) and cluster.policy.mode is not Mode.OBSERVE:
                    message = f"'{cluster.name}' fences by '{level.kind.value}', and nothing is said how for '{host}'"
                    self.checker.report(path, message)
        known = {level.kind for cluster in clusters for level in cluster.fence}
        for each in entries:
            if each.kind not in known:
                self.checker.report(path, f"the topology does not fence '{host}' by '{each.kind.value}'")
            self._secret(each.credentials, path)
            if (power := self._level(each, host)) is not None:
                yield power

    def _level(self, entry: LevelEntry, host: str) -> Power | None:
        if entry.redfish is not None:
            authority = None if entry.authority is None else self._file(entry.authority, ("fence", host))
            return Redfish(host, entry.redfish, entry.credentials or "", entry.system, entry.serial, authority)
        if entry.fence_agent is not None:
            return FenceAgent(host, entry.fence_agent, entry.options, entry.credentials)
        playbook = None if entry.playbook is None else self._file(entry.playbook, ("fence", host))
        return None if playbook is None else FencePlaybook(host, playbook)

    def _pages(self) -> Iterator[Page]:
        for service, hosts in self.entry.pages.items():
            for host, path in hosts.items():
                yield Page(service, host, path)

    def _playbooks(self) -> Iterator[tuple[CommandKind, Path]]:
        for kind, name in self.entry.playbooks.items():
            path = self._file(name, ("playbooks", kind.value))
            if kind not in REPLACEABLE:
                known = ", ".join(sorted(REPLACEABLE))
                self.checker.report(("playbooks", kind.value), f"cannot be a playbook of your own; these can: {known}")
            elif path is not None:
                yield kind, path

    def _file(self, name: str, path: tuple[str, ...]) -> Path | None:
        found = (self.folder / name).absolute()
        if found.is_file():
            return found
        self.checker.report(path, f"there is no file '{found}'")
        return None

    def _secret(self, name: str | None, path: tuple[str, ...]) -> None:
        self.checker.expect("secret", [name], self.entry.secrets, path)


def _database(entry: DatabasesEntry, cluster: str, host: str, address: str) -> Database:
    """Return the database of *host*: where its distribution has it, but for what is said of the cluster, and then of the host."""
    if entry.debian is not None:
        found = database_on(DEBIAN, entry.debian, cluster, host, address)
    elif entry.red_hat is not None:
        found = database_on(RED_HAT, entry.red_hat, cluster, host, address)
    else:
        found = Database(cluster, host, address, str(entry.unit), str(entry.data_directory), str(entry.binaries))
    for words in (entry, entry.hosts.get(host, DatabaseWords())):
        given = {name: value for name in DatabaseWords.model_fields if (value := getattr(words, name)) is not None}
        found = replace(found, **given)
    return found
