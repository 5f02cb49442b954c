"""Clients reach a primary that was verified, after the way to the one before was closed. Only then is a recovery over."""

from failover.core.commands import Command, CommandKind
from failover.core.events import HealthChanged
from failover.core.notes import Note, NoteKind
from simulator.checking.checker import Checker, Turned
from simulator.checking.ledger import GUARDED, Look
from simulator.clusters.members import Role

_MAKES_ROLES = frozenset(
    {CommandKind.PROMOTE, CommandKind.START, CommandKind.DEMOTE, CommandKind.REJOIN, CommandKind.FENCE, CommandKind.POWER_ON}
)
"""Commands after which somebody has to look again what their target is."""
_AT_PROXIES = frozenset({CommandKind.WITHDRAW_ROUTE, CommandKind.REROUTE})
_MAKES_PRIMARIES = frozenset({CommandKind.START, CommandKind.PROMOTE})
"""Commands after which a host that was off may serve as primary; powered on alone, its database stays stopped."""


class RoutedToPrimary(Checker):
    """Clients are sent to nobody but a primary, looked at since anything was done to it; no other primary has any left."""

    invariant = "route"

    def begin(self) -> None:
        """Remember what was last done to whom, which proxies were told to send clients nowhere, and who was known to be off."""
        self._done: dict[tuple[str, str], Command] = {}
        self._withdrawing: set[tuple[str, str]] = set()
        self._silenced: set[tuple[str, str]] = set()
        """Members that were known to be off, and that nobody has started or promoted since: they serve nobody."""

    def turned(self, turn: Turned) -> None:
        """Take in who is off, and who was found running though nobody had ordered that."""
        before, after = turn.before.off, turn.after.off
        if before is not after:
            self._silenced |= {(turn.name, host) for host in after - before}
            if isinstance(turn.event, HealthChanged):
                self._silenced -= {(turn.name, host) for host in before - after}

    def sent(self, controller: object, command: Command) -> None:
        """See that the primary was verified, or that clients were withdrawn from it before it steps down."""
        if self._refused(command):
            return
        cluster = command.id.cluster
        if command.kind in _MAKES_ROLES:
            self._done[cluster, command.target] = command
        if command.kind in _MAKES_PRIMARIES:
            self._silenced.discard((cluster, command.target))
        if command.kind is CommandKind.REROUTE:
            self._verified(command, str(command.details["primary"]))
            self._withdrawn(command, str(command.details["primary"]))
        if command.kind is CommandKind.WITHDRAW_ROUTE:
            self._withdrawing.add((cluster, command.target))
        if command.kind is CommandKind.DEMOTE:
            for proxy in self.clusters.databases[cluster].proxies:
                if proxy.primary is not None:
                    self.broken(cluster, f"'{command.target}' steps down while '{proxy.name}' sends clients to '{proxy.primary}'")

    def _refused(self, command: Command) -> bool:
        """Say whether its target has seen a newer epoch by now: a leader before thawed and sends it, and nothing comes of it."""
        place = command.id.cluster, command.target
        guarded = self.clusters.proxies.get(place) if command.kind in _AT_PROXIES else self.clusters.member(*place)
        return command.kind in GUARDED and guarded is not None and command.epoch < guarded.guard

    def _verified(self, command: Command, primary: str) -> None:
        cluster = command.id.cluster
        look, done = self.ledger.accounts[cluster].seen_primary.get(primary), self._done.get((cluster, primary))
        if look is None or (done is not None and not self._undisturbed(look, done)):
            self.broken(cluster, f"clients are sent to '{primary}', which nobody has verified")

    def _undisturbed(self, look: Look, done: Command) -> bool:
        """Say whether *done* cannot have come after *look*: it was sent before, or its target refuses it since."""
        newer = look.command.epoch > done.epoch and done.kind in GUARDED
        return newer or look.place > self.ledger.places[done.id]

    def _withdrawn(self, command: Command, primary: str) -> None:
        database = self.clusters.databases[command.id.cluster]
        for proxy in database.proxies:
            old = database.members.get(proxy.primary or "")
            if old is None or old.host == primary or old.host in self.ledger.accounts[database.name].attested:
                continue
            known = self.clusters.store.state.clusters[database.name]
            # What is off serves nobody, nor does what was and is made a standby: a proxy that does not answer may keep it.
            is_off = old.host in known.off or (database.name, old.host) in self._silenced
            if not is_off and (database.name, proxy.name) not in self._withdrawing:
                self.broken(database.name, f"clients are sent to '{primary}', and nobody withdrew '{proxy.name}' from '{old.host}'")
            if self.ledger.may_still_write(old):
                self.broken(database.name, f"clients are sent to '{primary}' while '{proxy.name}' still sends some to '{old.host}'")

    def effect(self, command: Command, endpoint: str) -> None:
        """See that it is a primary in truth."""
        if command.kind is CommandKind.REROUTE:
            self._withdrawing.discard((command.id.cluster, command.target))
            primary = str(command.details["primary"])
            if self.clusters.databases[command.id.cluster].members[primary].role is not Role.PRIMARY:
                self.broken(command.id.cluster, f"'{endpoint}' sends clients to '{primary}', which is no primary")


class Recovered(Checker):
    """When a recovery is over, clients are sent to its primary, which is one; a proxy of which that cannot be said is named."""

    invariant = "recovered"

    def noted(self, turn: Turned, note: Note) -> None:
        """Look at the proxies."""
        if note.kind is NoteKind.RECOVERED:
            database = self.clusters.databases[turn.name]
            primary = note.data["primary"]
            if database.members[primary].role is not Role.PRIMARY:
                self.broken(turn.name, f"recovered with '{primary}', which is no primary")
            unrouted = note.data.get("unrouted", ())
            if len(unrouted) >= len(database.proxies):
                self.broken(turn.name, f"recovered with '{primary}', and no proxy is known to send clients there")
            for proxy in database.proxies:
                if proxy.primary != primary and proxy.name not in unrouted:
                    self.broken(turn.name, f"recovered with '{primary}' while '{proxy.name}' sends clients to '{proxy.primary}'")
