"""Proxies: where they send clients, and whose sessions they have not closed."""

from collections.abc import Iterable

from scenarios.model import CLIENTS
from simulator.clusters.guarded import Guarded
from simulator.clusters.network import Network


class Proxy(Guarded):
    """What sends clients of one cluster to its primary. What it is told it remembers over a boot."""

    __slots__ = ("cluster", "lingering", "name", "primary")

    def __init__(self, name: str, cluster: str, primary: str) -> None:
        super().__init__(name)
        self.name = name
        self.cluster = cluster
        self.primary: str | None = primary
        """Whom it sends new clients to; None is nobody."""
        self.lingering: set[str] = set()
        """Hosts that still have sessions of clients from before."""

    def withdraw(self, linger: bool) -> None:
        """Send clients nowhere, and close their sessions, unless those *linger*."""
        if self.primary is not None and linger:
            self.lingering.add(self.primary)
        self.primary = None
        if not linger:
            self.lingering.clear()

    def route(self, primary: str, linger: bool) -> None:
        """Send clients to *primary*."""
        if self.primary != primary:
            self.withdraw(linger)
            self.primary = primary
        self.lingering.discard(primary)


def clients_reach(host: str, proxies: Iterable[Proxy], network: Network, *, sessions: bool = True) -> bool:
    """Say whether any client gets through to *host*: by a proxy that sends it there, or (with *sessions*) did before."""
    for proxy in proxies:
        if (proxy.primary == host or (sessions and host in proxy.lingering)) and (
            network.answers(CLIENTS, proxy.name) and network.answers(proxy.name, host)
        ):
            return True
    return False
