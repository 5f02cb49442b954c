"""Who only looks, waits or rests touches nothing; who is told to stop does; the user's hooks run once."""

from failover.core.commands import Command, CommandKind
from failover.core.events import OrderKind
from failover.core.states import State
from simulator.checking.checker import Checker, Turned
from simulator.checking.ledger import CHANGING

_ONLY_LOOKS = frozenset({State.SUSPECT, State.WAITING, State.PREFLIGHT, State.ADOPTING, State.HALTED})


class OnlyLooks(Checker):
    """A preflight, a wait and a halt change nothing."""

    invariant = "preflight"

    def decided(self, turn: Turned, command: Command) -> None:
        """Look at what is ordered in such a state."""
        if command.kind in CHANGING and turn.after.state in _ONLY_LOOKS:
            self.broken(turn.name, f"{command.kind} at '{command.target}' in {turn.after.state.value}")


class Aborted(Checker):
    """What was aborted before the primary stepped down does not make it step down."""

    invariant = "abort"

    def begin(self) -> None:
        """Remember which recoveries were aborted."""
        self._aborted: dict[str, int] = {}

    def turned(self, turn: Turned) -> None:
        """Take the order; where a journal was restored, the number of what was aborted is given again to another recovery."""
        if turn.begins and self._aborted.get(turn.name) == turn.after.run:
            del self._aborted[turn.name]
        if turn.order is not None and turn.order.kind in (OrderKind.ABORT, OrderKind.REJECT):
            self._aborted[turn.name] = turn.after.run

    def sent(self, controller: object, command: Command) -> None:
        """See that nothing of it goes on."""
        goes_on = command.kind in (CommandKind.DEMOTE, CommandKind.FENCE, CommandKind.PROMOTE)
        if goes_on and self._aborted.get(command.id.cluster) == command.run:
            self.broken(command.id.cluster, f"{command.kind} at '{command.target}' after its recovery was aborted")


class HooksOnce(Checker):
    """The user's own playbook runs once for each recovery."""

    invariant = "hook"

    def begin(self) -> None:
        """Remember which have run."""
        self._run: set[tuple[str, int, str]] = set()

    def effect(self, command: Command, endpoint: str) -> None:
        """Count them."""
        if command.kind is not CommandKind.HOOK:
            return
        name = (command.id.cluster, command.run, str(command.details["name"]))
        if name in self._run and not self.clusters.store.restored:
            self.broken(command.id.cluster, f"the hook {command.details['name']} has run twice in recovery {command.run}")
        self._run.add(name)
