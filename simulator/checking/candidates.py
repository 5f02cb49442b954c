"""Who is promoted has what was promised to clients, was asked for it after it stopped receiving, and does not share the fault."""

from collections.abc import Mapping
from typing import Any

from failover.core.commands import Command, CommandId, CommandKind, Outcome, Question
from failover.core.events import Health, HealthChanged, LeaseGained
from failover.core.notes import Note, NoteKind
from simulator.checking.checker import Checker, Turned
from simulator.checking.ledger import Look, Sent
from simulator.clusters.branches import shared_until
from simulator.clusters.database import EXACT_SECONDS
from simulator.clusters.members import Member, Role
from topology.quantities import show_duration

LOST_MIN_SECONDS = 1e-3
"""Less than this is rounding."""


class FreshPositions(Checker):
    """Every position that counts in a promotion was read after its member had stopped receiving, and is still what it has."""

    invariant = "fresh-positions"

    def decided(self, turn: Turned, command: Command) -> None:
        """Look at the readings when a promotion is decided."""
        if command.kind is CommandKind.PROMOTE:
            for host in turn.after.positions:
                self._look(turn, host)

    def _look(self, turn: Turned, host: str) -> None:
        account = self.ledger.accounts[turn.name]
        read, latest = account.reads.get(host), account.receives.get(host)
        if read is None or read.command.run != turn.after.run:
            self.broken(turn.name, f"the position of '{host}' counts, and it was not read")
        elif latest is None or not _settled_by(read, latest):
            self.broken(turn.name, f"the position of '{host}' was not read after it was cut off")
        elif read.evidence.get("receiving") is not False:
            self.broken(turn.name, f"the position of '{host}' counts, and it was still receiving")
        elif read.evidence["position"] != turn.after.positions[host].position:
            self.broken(turn.name, f"the position of '{host}' counts as another than was read")


def _settled_by(read: Look, latest: Sent) -> bool:
    """Say whether nothing comes of *latest* after *read*: it is a cut that was sent before, or its epoch is older.

    What is older was done before it was read, which `receiving` tells, or is refused: however late a leader who thawed has sent it.
    """
    cut_before = latest.command.kind is CommandKind.CUT_REPLICATION and latest.place < read.place
    return cut_before or latest.command.epoch < read.command.epoch


class MostAdvanced(Checker):
    """Nobody who is only beaten, and not unfit, has more than who is promoted."""

    invariant = "most-advanced"

    def decided(self, turn: Turned, command: Command) -> None:
        """Compare what the members truly have when a promotion is decided."""
        if command.kind is not CommandKind.PROMOTE:
            return
        chosen, members = command.target, self.clusters.databases[turn.name].members
        for note in turn.notes:
            if note.kind is NoteKind.REFUSED and note.data["reason"] == f"'{chosen}' has at least as much":
                beaten, best = members[note.data["host"]], members[chosen]
                same = beaten.branch is best.branch and beaten.role is Role.STANDBY
                if same and not beaten.receiving and beaten.position > best.position + EXACT_SECONDS:
                    self.broken(turn.name, f"'{chosen}' is promoted, and '{beaten.host}' has more")


class SameHistory(Checker):
    """Nobody is promoted whose data are of another history than the primary's."""

    invariant = "same-history"

    def begin(self) -> None:
        """Remember whom each promotion was to replace."""
        self._replaces: dict[CommandId, tuple[str, ...]] = {}

    def decided(self, turn: Turned, command: Command) -> None:
        """Note whom a promotion replaces: a journal that was restored may name one before him who really reigned last."""
        if command.kind is CommandKind.PROMOTE:
            last = (self.ledger.accounts[turn.name].reigning,) if self.clusters.store.restored else ()
            self._replaces[command.id] = (turn.after.primary, *last)

    def effect(self, command: Command, endpoint: str) -> None:
        """Look at where the branch of whoever was promoted begins."""
        if command.kind is not CommandKind.PROMOTE:
            return
        cluster, host = command.id.cluster, command.target
        branch, primaries = self.clusters.databases[cluster].members[host].branch, self._replaces[command.id]
        account = self.ledger.accounts[cluster]
        histories = account.histories
        if primaries[0] not in histories or branch.parent is None or branch.host != host or branch.epoch != command.epoch:
            return  # it was primary already
        if self.clusters.store.restored and account.loss_accepted == command.run:
            return  # a person was told that nobody knows the primary's history any more, and has accepted what that may lose
        shared = max(shared_until(branch.parent, histories[each]) for each in primaries if each in histories)
        if branch.forked_at > shared + EXACT_SECONDS:
            self.broken(cluster, f"'{host}' was promoted, and its data are of another history than those of '{primaries[0]}'")


class NothingLost(Checker):
    """A synchronous cluster loses nothing that was promised; an asynchronous one no more than is allowed, as far as was known."""

    invariant = "loss"

    def begin(self) -> None:
        """Remember what each cluster has lost with an operator's consent."""
        self._forgiven: dict[str, float] = dict.fromkeys(self.clusters.databases, 0.0)
        self._behind: dict[tuple[str, str], float | None] = {}

    def ended(self, controller: object, command: Command, outcome: Outcome, evidence: Mapping[str, Any]) -> None:
        """Note how far behind a member said it was."""
        if command.kind is CommandKind.READ_POSITIONS and outcome is Outcome.SUCCEEDED:
            self._behind[command.id.cluster, command.target] = evidence.get("behind_seconds")

    def effect(self, command: Command, endpoint: str) -> None:
        """Measure what a promotion has lost."""
        if command.kind is not CommandKind.PROMOTE:
            return
        cluster, host = command.id.cluster, command.target
        account, settings = self.ledger.accounts[cluster], self.clusters.settings.clusters[cluster]
        lost = self.clusters.databases[cluster].lost_seconds(host)
        may_lose = account.loss_accepted == command.run or bool(account.attested)
        if settings.synchronous and not may_lose and lost > self._forgiven[cluster] + LOST_MIN_SECONDS:
            self.broken(cluster, f"the promotion of '{host}' lost {show_duration(lost)} that was acknowledged")
        behind, limit = self._behind.get((cluster, host)), settings.policy.rpo_seconds
        if not settings.synchronous and not may_lose and behind is not None and limit is not None and behind > limit:
            self.broken(cluster, f"'{host}' was promoted, {show_duration(behind)} behind and allowed {show_duration(limit)}")
        self._forgiven[cluster] = max(lost, self._forgiven[cluster])

    def noted(self, turn: Turned, note: Note) -> None:
        """Take what an operator adopted as consent, and what was accepted for somebody who was seen promoted, by whomever."""
        account = self.ledger.accounts[turn.name]
        if note.kind is NoteKind.RECOVERED and account.adopted:
            self._forgive(turn.name, note.data["primary"])
        elif note.kind is NoteKind.PROMOTED and account.loss_accepted == turn.after.run:
            self._forgive(turn.name, note.data["host"])

    def _forgive(self, cluster: str, host: str) -> None:
        self._forgiven[cluster] = max(self.clusters.databases[cluster].lost_seconds(host), self._forgiven[cluster])

    def finish(self) -> None:
        """Hold what is served in the end against what was promised."""
        for cluster, database in self.clusters.databases.items():
            account = self.ledger.accounts[cluster]
            if database.serving is None or not self.clusters.settings.clusters[cluster].synchronous:
                continue
            lost = database.lost_seconds(database.serving)
            if lost > self._forgiven[cluster] + LOST_MIN_SECONDS and not account.attested and not account.adopted:
                self.broken(cluster, f"in the end '{database.serving}' lacks {show_duration(lost)} that was acknowledged")


class SynchronousFirst(Checker):
    """For whom commits wait is journaled before it changes, and forgotten only when it is no longer so."""

    invariant = "synchronous-first"

    def begin(self) -> None:
        """Remember how often the store had been restored when the journal last learned for whom commits wait."""
        self._learned: dict[str, int] = {}

    def effect(self, command: Command, endpoint: str) -> None:
        """Hold what was changed against the journal, unless that is an old copy: what it says then is what it said before."""
        cluster = command.id.cluster
        changes = command.kind in (CommandKind.SET_SYNCHRONOUS, CommandKind.PROMOTE)
        if changes and self._learned.get(cluster, 0) == self.clusters.store.restored:
            known = self.clusters.store.state.clusters[cluster].synchronous
            self._compare(self.clusters.databases[cluster].members[command.target], known)

    def turned(self, turn: Turned) -> None:
        """Hold what is journaled against what is so."""
        known = turn.after.synchronous
        if known is not turn.before.synchronous and known != turn.before.synchronous:
            self._learned[turn.name] = self.clusters.store.restored
            member = self.clusters.databases[turn.name].members[turn.after.primary]
            if member.role is Role.PRIMARY:
                self._compare(member, known)

    def _compare(self, member: Member, known: tuple[frozenset[str], ...]) -> None:
        if known and member.synchronous not in known and self.clusters.settings.clusters[member.cluster].synchronous:
            waits_for = ", ".join(sorted(member.synchronous)) or "nobody"
            self.broken(member.cluster, f"commits on '{member.host}' wait for {waits_for}, and the journal says otherwise")


class OtherDomain(Checker):
    """Nobody is promoted who hangs on what two or more lost hosts all hang on: it may be what is failing them."""

    invariant = "failure-domain"

    def begin(self) -> None:
        """Remember who is silent."""
        self._silent: dict[str, bool] = {}

    def journaled(self, controller: object, event: object, before: object, decision: object) -> None:
        """Note what the leader was told."""
        if isinstance(event, LeaseGained):
            self._silent.clear()
        elif isinstance(event, HealthChanged):
            self._silent[event.host] = event.health is Health.SILENT and not event.seen_by

    def ended(self, controller: object, command: Command, outcome: Outcome, evidence: Mapping[str, Any]) -> None:
        """Whoever answers is not silent."""
        of_its_power = command.kind is CommandKind.FENCE or command.details.get("question") == Question.IS_OFF
        if outcome is Outcome.SUCCEEDED and command.target in self._silent and not of_its_power:
            self._silent[command.target] = False

    def decided(self, turn: Turned, command: Command) -> None:
        """Look at what lost hosts share when somebody is promoted."""
        if command.kind is not CommandKind.PROMOTE:
            return
        chosen, settings = command.target, self.clusters.settings
        lost = [host for host, silent in self._silent.items() if silent and turn.name in settings.concerns.get(host, ())]
        if len(lost) < 2:
            return
        topology = settings.topology
        shared = set.intersection(*(set(settings.domains.of(host)) for host in lost)) & set(settings.domains.of(chosen))
        if len({topology.hosts[member].site for member in topology.clusters[turn.name].members}) == 1:
            shared -= set(topology.sites)
        if shared:
            self.broken(turn.name, f"'{chosen}' is promoted and hangs on '{min(shared)}', as do all lost hosts")
