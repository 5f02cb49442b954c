"""What a host does with its databases when it comes up: it asks the journal before it starts one that was primary.

A database that was primary may have been replaced while its host was off. Started by itself, it would take writes that nobody will
ever see again.
"""

from typing import TYPE_CHECKING

from failover.core.states import RESTING, State
from simulator.clusters.machines import Machine
from simulator.clusters.members import Member, Process, Role

if TYPE_CHECKING:
    from simulator.clusters.clusters import Clusters


class Boot:
    """The guard at the start of every database."""

    def __init__(self, clusters: "Clusters") -> None:
        self._clusters = clusters
        self._asking: dict[str, Machine] = {}
        """Hosts that the store has not answered yet."""

    def ask(self, machine: Machine) -> None:
        """Start what may be started on *machine*, as soon as the store says so."""
        self._asking[machine.name] = machine
        self.ask_again()

    def ask_again(self) -> None:
        """Ask for every host that still waits. Who leads has to have said first whether the journal can be trusted."""
        for machine in list(self._asking.values()):
            if not machine.on:
                del self._asking[machine.name]
            elif machine.runs and self._clusters.store.led and self._clusters.store.reached_by(machine.name):
                del self._asking[machine.name]
                for member in self._clusters.members_on.get(machine.name, ()):
                    if member.process is Process.STOPPED and not member.damaged and self._may_start(member):
                        self._clusters.set_process(member, Process.RUNNING)

    def _may_start(self, member: Member) -> bool:
        """A standby may always; a primary while the journal still names it, and nothing was touched to replace it.

        A journal that was restored from an old copy may name one who has been replaced since: nobody starts by what it says.
        """
        if member.role is Role.STANDBY:
            return True
        c = self._clusters.store.state.clusters[member.cluster]
        agent = self._clusters.agents.get(member.host)
        if c.distrusted or c.epoch < member.guard or (agent is not None and agent.stops(member.cluster)):
            return False
        if c.primary != member.host or member.host in c.quarantined or member.host in c.off:
            return False
        return c.state in (*RESTING, State.PREFLIGHT) and not (c.state is State.HALTED and c.touched)
