"""One recovery at a time; none is released while nobody knows what became of its commands, left lying, or repeated blindly."""

from failover.core.commands import READ_ONLY, Command, CommandKind, Outcome
from failover.core.events import CommandEnded, Event, LeaseGained, Woken
from failover.core.notes import NoteKind
from failover.core.states import RESTING, State
from failover.core.steps import Status
from simulator.checking.checker import Checker, Turned
from simulator.checking.ledger import Sent
from simulator.clusters.members import Member

_NEVER_ALONE = frozenset({CommandKind.FENCE, CommandKind.PROMOTE, CommandKind.DEMOTE})
"""Commands of which a recovery may not be let go while their outcome is unknown. A restart has a bound, for it harms nobody."""
_NOT_TWICE = frozenset({CommandKind.PROMOTE, CommandKind.DEMOTE, CommandKind.REJOIN})
"""Commands that are never sent again before somebody has seen what became of them."""


class OneRecovery(Checker):
    """At most one recovery of a cluster is active, and time alone never ends one whose outcome is unknown."""

    invariant = "one-recovery"

    def turned(self, turn: Turned) -> None:
        """Follow where the recovery goes."""
        state = turn.before.state
        for note in turn.notes:
            if note.kind is NoteKind.DECIDED and state not in RESTING:
                self.broken(turn.name, f"a recovery began while one is {state.value}")
            elif note.kind is NoteKind.ENTERED:
                before, state = state, State(note.data["state"])
                if before not in RESTING and state in RESTING and state is not State.HALTED:
                    self._let_go(turn, before)

    def _let_go(self, turn: Turned, before: State) -> None:
        unknown = [each for each in self.ledger.accounts[turn.name].open.values() if each.kind in _NEVER_ALONE]
        if unknown and isinstance(turn.event, Woken):
            self.broken(turn.name, f"{before.value} was let go by a timer while {unknown[0].kind} at '{unknown[0].target}' is open")

    def sent(self, controller: object, command: Command) -> None:
        """See that no other promotion can still have its effect."""
        if command.kind is CommandKind.PROMOTE:
            self._alone(command)

    def effect(self, command: Command, endpoint: str) -> None:
        """See that no other promotion can still have its effect."""
        if command.kind is CommandKind.PROMOTE:
            self._alone(command)

    def _alone(self, command: Command) -> None:
        for flight in self.clusters.targets.under_way:
            other, guarded = flight.command, flight.guarded
            if other.kind is not CommandKind.PROMOTE or other.id.cluster != command.id.cluster or other.target == command.target:
                continue
            agent = self.clusters.agents.get(other.target)
            barred = agent is not None and agent.bars(other.id.cluster, other.epoch)
            if isinstance(guarded, Member) and guarded.machine.on and other.epoch >= guarded.guard and not barred:
                self.broken(other.id.cluster, f"'{command.target}' is promoted while '{other.target}' may still be")


class NeverLeft(Checker):
    """A recovery that is active waits for something that will come, under a new leader too."""

    invariant = "orphan"

    def turned(self, turn: Turned) -> None:
        """See that something is under way, or due."""
        after = turn.after
        if after.state in RESTING:
            return
        if isinstance(turn.event, LeaseGained):
            sent = {command.id for command in turn.commands}
            if any(each not in sent for each in after.pending):
                self.broken(turn.name, "a new leader waits for what another one sent")
        if after.pending or after.deadline is not None:
            return
        if all(progress.due is None for progress in after.steps.values()):
            self.broken(turn.name, f"{after.state.value} waits for nothing")


class NeverBlind(Checker):
    """What cannot be undone is sent again only after a look that came back, or by a person's order."""

    invariant = "blind-retry"

    def begin(self) -> None:
        """Remember what was sent to whom."""
        self._sent: dict[tuple[str, str, CommandKind], Sent] = {}

    def sent(self, controller: object, command: Command) -> None:
        """Look for the same command before, and for a look after that."""
        if command.kind not in _NOT_TWICE:
            return
        key = (command.id.cluster, command.target, command.kind)
        last, self._sent[key] = self._sent.get(key), Sent(self.ledger.places[command.id], command)
        if last is None or last.command.run != command.run:
            return
        account = self.ledger.accounts[command.id.cluster]
        looked = account.looked.get(command.target)
        if looked is None or looked.place < last.place:
            self.broken(command.id.cluster, f"{command.kind} was sent to '{command.target}' again, and nobody had looked")


class LookFirst(Checker):
    """A step is done when somebody has looked; what was reported of the act itself is a hint."""

    invariant = "look-first"

    def turned(self, turn: Turned) -> None:
        """Look at every step that is newly done."""
        before, after = turn.before.steps, turn.after.steps
        if after is before:
            return
        for key, progress in after.items():
            known = before.get(key)
            if progress.status is not Status.DONE or (known is not None and known.status is Status.DONE):
                continue
            if not self._saw(turn.event, progress.step.target):
                self.broken(turn.name, f"'{key}' counts as done, and nobody has looked")

    def _saw(self, event: Event, target: str) -> bool:
        if not isinstance(event, CommandEnded) or event.outcome is not Outcome.SUCCEEDED:
            return False
        command = self.ledger.commands[event.id]
        return command.kind in READ_ONLY and command.target == target
