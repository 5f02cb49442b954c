"""Who was primary before stays out until it is a standby again, or a person says otherwise."""

from failover.core.cluster import Goal
from failover.core.commands import Command, CommandKind
from failover.core.events import OrderKind
from simulator.checking.checker import Checker, Turned
from simulator.clusters.members import Member, Role


class KeptOut(Checker):
    """A former primary is neither started nor promoted, and the core knows that it is one."""

    invariant = "quarantine"

    def sent(self, controller: object, command: Command) -> None:
        """See that what is started or promoted did not reign before; whom an operator says to be primary may be started."""
        cluster, former = command.id.cluster, self.ledger.accounts[command.id.cluster].former
        if command.kind not in (CommandKind.START, CommandKind.PROMOTE) or command.target not in former:
            return
        known = self.clusters.store.state.clusters[cluster]
        adopted = command.kind is CommandKind.START and known.goal is Goal.ADOPT and known.wanted == command.target
        if not adopted:
            self.broken(cluster, f"{command.kind} for '{command.target}', which was primary and was not rejoined")

    def _promoted_since(self, turn: Turned, member: Member) -> bool:
        """Say whether somebody promoted *member* by hand after it had said in this recovery that it is a standby."""
        read = self.ledger.accounts[turn.name].reads.get(member.host)
        stepped_down = read is not None and read.command.run == turn.after.run and read.evidence["role"] == Role.STANDBY
        return member.by_hand and stepped_down

    def turned(self, turn: Turned) -> None:
        """Look at whoever stops being primary, and at whoever leaves quarantine."""
        before, after, members = turn.before, turn.after, self.clusters.databases[turn.name].members
        left_out = after.primary != before.primary and before.primary not in after.quarantined
        if left_out and members[before.primary].role is Role.PRIMARY and not self._promoted_since(turn, members[before.primary]):
            self.broken(turn.name, f"'{before.primary}' was primary, and is not quarantined")
        if after.quarantined is not before.quarantined:
            for host in sorted(before.quarantined - after.quarantined):
                adopted = before.goal is Goal.ADOPT and before.wanted == host
                started = turn.order is not None and turn.order.kind is OrderKind.START and host == after.primary
                if not (adopted or started) and members[host].role is Role.PRIMARY:
                    self.broken(turn.name, f"'{host}' has left quarantine, and is no standby")
