"""Keeps for whom the commits of observed clusters wait: it is needed when the primary is lost, and can no longer be asked."""

import asyncio

from failover.live.controller import Controller
from failover.live.hearing import Hearing
from failover.live.recollection import Recollection
from failover.live.waited_for import Said
from topology.model import Mode


class WaitsKept:
    """Writes into the audit of *controller* what the *hearing* is told of it, wherever the *recollection* knows something else."""

    def __init__(self, controller: Controller, hearing: Hearing, recollection: Recollection) -> None:
        self._controller = controller
        self._recollection = recollection
        self._heard: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        hearing.waits_anew = lambda host, names: self._heard.put_nowait((host, names))

    async def run(self) -> None:
        """Keep it, until cancelled. Raises StoreError when nothing can be written any more."""
        await self._recollection.whole.wait()
        while True:
            host, names = await self._heard.get()
            for cluster in self._controller.settings.concerns.get(host, ()):
                if self._is_observed(cluster, host) and self._recollection.history.said[cluster].get(host) != names:
                    said = Said(self._recollection.history.number + 1, cluster, host, names)
                    await self._controller.note(said.row())
                    self._recollection.hear(said)

    def _is_observed(self, cluster: str, host: str) -> bool:
        """Say whether what *host* says has to be kept: of other clusters the core asks, and knows."""
        settings = self._controller.settings.clusters[cluster]
        return host in settings.cluster.members and settings.synchronous and settings.policy.mode is Mode.OBSERVE
