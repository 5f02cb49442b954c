"""The agent of a host that fences itself: it stops the primary on it before anybody else can be promoted.

It holds a lease in the store. When it is told there to stop, or cannot renew its lease, it stops the database before the lease has
run out; a watchdog resets a host that stands still for longer than that. So once the lease has run out, the database is stopped.
"""

from typing import TYPE_CHECKING

from failover.core.commands import Epoch
from scenarios.model import STORE
from simulator.clusters.members import Process, Role
from simulator.world import Scheduled, Step

if TYPE_CHECKING:
    from simulator.clusters.clusters import Clusters

AGENT_LEASE_SECONDS = 10.0
AGENT_RENEWS_SECONDS = 2.0


class Agent:
    """The agent of one host."""

    def __init__(self, clusters: "Clusters", host: str, number: int) -> None:
        self._clusters = clusters
        self._world = clusters.world
        self._machine = clusters.machines.by_name[host]
        self._host = host
        self._number = number
        self._in_contact = True
        self._revoked = False
        self._revoked_at = Epoch(0, 0)
        self._ran_out = False
        self._expiry: Scheduled | None = None

    @property
    def stopped(self) -> bool:
        """Whether the store can tell for certain that no primary runs on its host."""
        return self._ran_out or (self._revoked and self._in_contact)

    def revoke(self, epoch: Epoch) -> None:
        """Note in the store that it has to stop; it does at once if it can read that."""
        self._revoked, self._revoked_at = True, max(self._revoked_at, epoch)
        if self._in_contact:
            self._stop()

    def bars(self, epoch: Epoch) -> bool:
        """Say whether nobody on its host can be primary by an order of *epoch*: it has no lease, or had to stop since."""
        return self._ran_out or (self._revoked and epoch <= self._revoked_at)

    def lets_start(self, epoch: Epoch) -> bool:
        """Say whether there may be a primary by an order of *epoch*; if so, it renews its lease again."""
        if self.bars(epoch):
            return False
        self._revoked = False
        return True

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
            if self._revoked:
                self._stop()
            else:
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
        self._stop()
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

    def _stop(self) -> None:
        """Stop every primary on its host that it is responsible for."""
        for member in self._clusters.members_on[self._host]:
            responsible = member.cluster in self._clusters.layout.self_fencing[self._host]
            if responsible and member.role is Role.PRIMARY and member.process in (Process.RUNNING, Process.HUNG):
                self._clusters.set_process(member, Process.STOPPED)
