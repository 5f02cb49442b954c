"""What the checkers remember together: what was ordered, sent and ended, and what people have said, all from outside the core."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from failover.core.cluster import Goal
from failover.core.commands import READ_ONLY, TOLD, Command, CommandId, CommandKind, Outcome, Question
from failover.core.events import LeaseGained, Ordered, OrderKind
from failover.core.states import State
from simulator.checking.checker import Checker, Turned
from simulator.clusters.branches import Branch
from simulator.clusters.members import Member, Process, Role

CHANGING = frozenset(CommandKind) - READ_ONLY - TOLD - {CommandKind.WITHDRAW_PAGE}
"""Commands of a recovery that change something."""
GUARDED = CHANGING - {CommandKind.FENCE, CommandKind.POWER_ON}
"""Of those, the ones that targets refuse under an older epoch."""
_RECEIVES = frozenset({CommandKind.CUT_REPLICATION, CommandKind.REPOINT, CommandKind.REJOIN})
FORCING = frozenset(
    {
        OrderKind.FAILOVER,
        OrderKind.SWITCHOVER,
        OrderKind.FAILBACK,
        OrderKind.START,
        OrderKind.ADOPT,
        OrderKind.RETRY,
        OrderKind.ACCEPT_LOSS,
    }
)
"""Orders after which a recovery is an operator's, and no longer automatic."""

_OF_TARGETS = frozenset({Question.ROLE, Question.FOLLOWS, Question.SYNCHRONOUS, Question.ROUTED})
"""What is looked at under the lock of the target itself. Whoever has answered that obeys no older epoch."""


class Sent(NamedTuple):
    """A command and its place in the order in which all were sent."""

    place: int
    command: Command


class Look(NamedTuple):
    """A look that came back: its place in the order in which all commands were sent, and what it found."""

    place: int
    command: Command
    evidence: Mapping[str, Any]


@dataclass(slots=True)
class Account:
    """What is remembered of one cluster."""

    ordered: bool = False
    """An operator ordered what is being done, or ordered it on."""
    loss_accepted: int = -1
    """The run in which an operator accepted to lose something."""
    adopted: bool = False
    """An operator has said who is primary: what that loses is that person's."""
    attested: set[str] = field(default_factory=set)
    """Hosts that somebody said are off, and that were not."""
    reigning: str = ""
    """Whom a promotion or an operator made primary last."""
    histories: dict[str, Branch] = field(default_factory=dict)
    """The branch on which each host reigned last."""
    former: set[str] = field(default_factory=set)
    """Who reigned before and was not made a standby since."""
    open: dict[CommandId, Command] = field(default_factory=dict)
    """Sent under this lease, and not ended."""
    receives: dict[str, Sent] = field(default_factory=dict)
    """The latest command to each member that decides whether it receives."""
    reads: dict[str, Look] = field(default_factory=dict)
    """The latest position read of each member."""
    looked: dict[str, Look] = field(default_factory=dict)
    """The latest look at each target that succeeded, and what it found."""
    seen_primary: dict[str, Look] = field(default_factory=dict)
    """The latest look that found a primary on each host, where no later one found something else."""


class Ledger(Checker):
    """The first of all checkers: it reports nothing, and the others read it."""

    def begin(self) -> None:
        """Begin an account for every cluster."""
        self.accounts: dict[str, Account] = {}
        for name, database in self.clusters.databases.items():
            primary = database.cluster.primary
            self.accounts[name] = Account(reigning=primary, histories={primary: database.members[primary].branch})
        self._count = 0
        self.commands: dict[CommandId, Command] = {}
        """Every command that was decided, by its name; the latest where a journal was restored and names come again."""
        self.places: dict[CommandId, int] = {}
        """The place of each command in the order in which all were sent: their numbers come again where a journal was restored."""

    def may_still_write(self, member: Member) -> bool:
        """Say whether *member* takes writes as primary, or will when it goes on or is started: whoever promoted it."""
        if member.role is not Role.PRIMARY or not member.machine.on or member.process is Process.STOPPED:
            return False
        agent = self.clusters.agents.get(member.host)
        return member.process is not Process.DEAD or agent is None or not agent.stopped(member.cluster)

    def turned(self, turn: Turned) -> None:
        """Take in what was ordered, by whom it was, and what it concerns."""
        account = self.accounts[turn.name]
        for command in turn.commands:
            self.commands[command.id] = command
        if isinstance(turn.event, LeaseGained):
            account.open.clear()
            self._take_over(account, turn)
        if turn.order is not None:
            self._take(account, turn.order, turn)
        elif turn.begins or any(after is State.WATCHING for _, after in turn.ways):
            account.ordered = False

    def _take_over(self, account: Account, turn: Turned) -> None:
        """Take in what the journal tells a new leader: it may hold an order that was its writer's last, or have lost one."""
        account.ordered = turn.after.ordered
        if turn.before.goal is Goal.START:
            self._crown(account, turn.name, turn.before.primary)
        if turn.before.goal is Goal.ADOPT:
            account.adopted = True
        if turn.before.loss_accepted:
            account.loss_accepted = turn.before.run

    def _take(self, account: Account, order: Ordered, turn: Turned) -> None:
        if order.kind in FORCING and not (order.kind is OrderKind.RETRY and turn.before.state is State.SUSPECT):
            account.ordered = turn.after.state is not State.WATCHING
        if order.kind in (OrderKind.ABORT, OrderKind.REJECT):
            account.ordered = False
        if order.kind is OrderKind.START:
            self._crown(account, turn.name, turn.after.primary)
        if order.kind is OrderKind.ADOPT:
            account.adopted = True
        if order.kind is OrderKind.ACCEPT_LOSS:
            account.loss_accepted = turn.after.run
        members = self.clusters.databases[turn.name].members
        if order.kind is OrderKind.CONFIRM_FENCED and order.host in members and self.may_still_write(members[order.host]):
            account.attested.add(order.host)

    def sent(self, controller: object, command: Command) -> None:
        """Note what is under way."""
        account = self.accounts[command.id.cluster]
        account.open[command.id] = command
        self._count += 1
        self.places[command.id] = self._count
        answered = account.reads.get(command.target)
        if command.kind in _RECEIVES and (answered is None or command.epoch >= answered.command.epoch):
            account.receives[command.target] = Sent(self._count, command)  # else it is refused: a leader before thawed, and sent it

    def ended(self, controller: object, command: Command, outcome: Outcome, evidence: Mapping[str, Any]) -> None:
        """Note what a look has found."""
        account = self.accounts[command.id.cluster]
        account.open.pop(command.id, None)
        if command.kind in READ_ONLY and outcome is Outcome.SUCCEEDED:
            look = account.looked[command.target] = Look(self.places[command.id], command, evidence)
            if command.kind is CommandKind.READ_POSITIONS:
                account.reads[command.target] = look
            if evidence.get("serves") is True or evidence.get("role") == Role.PRIMARY:
                account.seen_primary[command.target] = look
            elif "role" in evidence:
                account.seen_primary.pop(command.target, None)

    def effect(self, command: Command, endpoint: str) -> None:
        """Note who reigns."""
        account = self.accounts[command.id.cluster]
        match command.kind:
            case CommandKind.PROMOTE:
                self._crown(account, command.id.cluster, command.target)
            case CommandKind.REROUTE:
                self._crown(account, command.id.cluster, str(command.details["primary"]))
            case CommandKind.REJOIN | CommandKind.DEMOTE:
                account.former.discard(command.target)
                account.attested.discard(command.target)
            case _:
                pass

    def _crown(self, account: Account, cluster: str, host: str) -> None:
        members = self.clusters.databases[cluster].members
        account.histories[host] = members[host].branch
        if account.reigning != host:
            if members[account.reigning].role is Role.PRIMARY:
                account.former.add(account.reigning)
            account.reigning = host
        account.former.discard(host)


def asks_target(command: Command) -> bool:
    """Say whether *command* is a look at its target itself, which raises the epoch that it obeys."""
    return command.kind is CommandKind.READ_POSITIONS or (
        command.kind is CommandKind.VERIFY and command.details["question"] in _OF_TARGETS
    )
