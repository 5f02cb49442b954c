"""At no instant do two members of a cluster acknowledge writes, and never does one epoch make two primaries."""

from simulator.checking.checker import Checker
from simulator.clusters.members import Member, Role


class OneWriter(Checker):
    """Split brain, in truth. What a person did by hand, or falsely attested, is that person's."""

    invariant = "one-writer"

    def begin(self) -> None:
        """Take the members of each cluster."""
        self._members = [(name, tuple(each.members.values())) for name, each in self.clusters.databases.items()]

    def changed(self) -> None:
        """Count who takes writes."""
        for cluster, members in self._members:
            primaries = [member for member in members if member.role is Role.PRIMARY]
            if len(primaries) > 1:
                self._look(cluster, primaries)

    def _look(self, cluster: str, primaries: list[Member]) -> None:
        attested = self.ledger.accounts[cluster].attested
        acknowledging = [each.host for each in primaries if each.acknowledging and each.host not in attested]
        if len(acknowledging) > 1:
            self.broken(cluster, f"{' and '.join(acknowledging)} acknowledge writes")
        accepting = [each.host for each in primaries if each.accepts and not each.by_hand and each.host not in attested]
        if len(accepting) > 1 and not self.clusters.store.restored:
            self.broken(cluster, f"{' and '.join(accepting)} accept writes")
        epochs = [each.promoted_epoch for each in primaries if each.promoted_epoch is not None]
        if len(set(epochs)) < len(epochs):
            self.broken(cluster, "two members were promoted under one epoch")
