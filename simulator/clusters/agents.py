"""The agent of a host that fences itself: it stops the primary on it before anybody else can be promoted.

It holds a lease in the store. When it is told there to stop, or cannot renew its lease, it stops the database before the lease has
run out; a watchdog resets a host that stands still for longer than that. So once the lease has run out, the database is stopped.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from failover.core.commands import Epoch
from scenarios.model import STORE
from simulator.clusters.guarded import NEVER_GUARDED
from simulator.clusters.members import Process, Role
from simulator.world import Scheduled, Step

if TYPE_CHECKING:
    from simulator.clusters.clusters import Clusters

AGENT_LEASE_SECONDS = 10.0
AGENT_RENEWS_SECONDS = 2.0


@dataclass(slots=True)
class _Word:
    """What an agent was told of one cluster. All of these only grow."""

    stop_at: Epoch = NEVER_GUARDED
    """The newest epoch of which the store says that it has to stop."""
    heeded_at: Epoch = NEVER_GUARDED
    """The newest of those that it has read: it has stopped for good, and the store knows that."""
    started_at: Epoch = NEVER_GUARDED
    """The newest epoch under which it let there be a primary."""

    @property
    def stops(self) -> bool:
        """Whether nothing has been said since it had to stop."""
        return self.stop_at > self.started_at


class Agent:
    """The agent of one host."""

    def __init__(self, clusters: "Clusters", host: str, number: int) -> None:
        self._clusters = clusters
        self._world = clusters.world
        self._machine = clusters.machines.by_name[host]
        self._host = host
        self._number = number
        self._words = {cluster: _Word() for cluster in clusters.layout.self_fencing[host]}
        self._in_contact = True
        self._ran_out = False
        self._expiry: Scheduled | None = None

    def stops(self, cluster: str) -> bool:
        """Say whether the store has told it to stop the primary of *cluster*."""
        return cluster in self._words and self._words[cluster].stops

    def stopped(self, cluster: str) -> bool:
        """Say whether the store can tell for certain that no primary of *cluster* runs on its host, nor will by itself.

        A lease that ran out is not enough: it is renewed once the host is back, and what was ordered before may then be done.
        """
        return self.stops(cluster) and (self._ran_out or self._words[cluster].heeded_at == self._words[cluster].stop_at)

    def revoke(self, cluster: str, epoch: Epoch) -> bool:
        """Note in the store that it has to stop; it does at once if it can read that. An order from before its start is void."""
        word = self._words[cluster]
        if epoch < word.started_at:
            return False
        word.stop_at = max(word.stop_at, epoch)
        if self._in_contact:
            self._heed()
        return True

    def bars(self, cluster: str, epoch: Epoch) -> bool:
        """Say whether nobody on its host can be primary by an order of *epoch*: it has no lease, or had to stop since."""
        return cluster in self._words and (self._ran_out or epoch <= self._words[cluster].heeded_at)

    def lets_start(self, cluster: str, epoch: Epoch) -> bool:
        """Say whether there may be a primary by an order of *epoch*; if so, it renews its lease again."""
        if self.bars(cluster, epoch):
            return False
        if cluster in self._words:
            self._words[cluster].started_at = max(self._words[cluster].started_at, epoch)
        return True

    def _heed(self) -> None:
        """Read in the store what it has to stop."""
        for cluster, word in self._words.items():
            word.heeded_at = word.stop_at
            if word.stops:
                self._stop(cluster)

    def review(self) -> None:
        """Find out anew whether it can renew its lease."""
        in_contact = self._machine.runs and self._clusters.store.reached_by(self._host)
        if in_contact == self._in_contact:
            return
        self._in_contact = in_contact
        if in_contact:
            if self._expiry is not None:
                self._expiry.cancel()
                self._expiry = None
            self._ran_out = False
            self._heed()
            self._clusters.boot.ask(self._machine)
        else:
            since_seconds = AGENT_RENEWS_SECONDS * self._world.uniform(self._host, "agent renewal")
            in_seconds = AGENT_LEASE_SECONDS - since_seconds
            self._expiry = self._world.schedule(in_seconds, Step.LEASE_TURNS, 100 + self._number, self._run_out)

    def _run_out(self) -> None:
        self._expiry = None
        self._ran_out = True
        if self._machine.frozen:
            self._reset()
        for cluster in self._words:
            self._stop(cluster)
        self._clusters.targets.go_on(STORE)

    def _reset(self) -> None:
        """Let the watchdog boot the host."""
        clusters, machine = self._clusters, self._machine
        clusters.machines.turn(machine, False)
        clusters.halt(machine)
        clusters.machines.turn(machine, True)
        clusters.machine_changed(machine)
        clusters.boot.ask(machine)
        clusters.tell_changed()

    def _stop(self, cluster: str) -> None:
        """Stop the primary of *cluster* on its host."""
        member = self._clusters.member(cluster, self._host)
        if member is not None and member.role is Role.PRIMARY and member.process in (Process.RUNNING, Process.HUNG):
            self._clusters.set_process(member, Process.STOPPED)
