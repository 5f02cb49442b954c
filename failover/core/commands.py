"""What the controller can order: a closed list. Somebody else carries it out and reports the outcome.

A command is known for ever by its cluster and number; sent again it is the same command, and a target that has done it says so.
Every command carries the epoch under which it was decided. A target refuses an epoch older than the newest it has seen, under a
lock that it holds across check and act; fencing is exempt, because a power controller cannot refuse, and is bound to the identity
and incarnation of its host instead.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple


class Epoch(NamedTuple):
    """Who decides: the term of the lease, then a number within it. Both only grow, and epochs are ordered as tuples are."""

    term: int
    number: int


def epoch_of(written: object) -> Epoch | None:
    """Return the epoch that evidence says as two numbers; None if it says none."""
    if isinstance(written, (tuple, list)) and len(written) == 2 and all(isinstance(each, int) for each in written):
        return Epoch(*written)
    return None


class CommandKind(StrEnum):
    """The closed list of commands."""

    START = "start"  # the database process of a host that is on: restart in place, or an operator's order
    FENCE = "fence"  # make sure that a host is off; details: level
    WITHDRAW_ROUTE = "withdraw_route"  # a proxy sends clients nowhere and closes their sessions
    CUT_REPLICATION = "cut_replication"  # a standby stops receiving, so that its position is final
    READ_POSITIONS = "read_positions"  # what a member has, and what it thinks it is
    PROMOTE = "promote"  # a standby becomes primary; details: timeline (on which it was read), synchronous
    SET_SYNCHRONOUS = "set_synchronous"  # whose acknowledgement a commit waits for; details: standbys
    REPOINT = "repoint"  # a standby follows another primary; details: primary
    REROUTE = "reroute"  # a proxy sends clients to a primary; details: primary
    VERIFY = "verify"  # look, change nothing; details: question
    DEMOTE = "demote"  # a live primary stops accepting writes and becomes a standby
    REJOIN = "rejoin"  # a former primary becomes a standby again, whatever that costs its own data; details: primary
    POWER_ON = "power_on"  # a host that is off may come up; its database stays stopped
    WITHDRAW_PAGE = "withdraw_page"  # take what a service publishes off; details: service
    HOOK = "hook"  # the user's own playbook; details: name
    ASK = "ask"  # a person does it; details: what, expected, verified_by
    NOTIFY = "notify"  # tell somebody; details: text


READ_ONLY = frozenset({CommandKind.READ_POSITIONS, CommandKind.VERIFY})
"""Commands that change nothing but the newest epoch a target has seen, and may be sent again whatever became of them."""

IRREVERSIBLE = frozenset({CommandKind.FENCE, CommandKind.PROMOTE, CommandKind.DEMOTE, CommandKind.REJOIN, CommandKind.START})
"""Commands right before which the lease is checked again."""

TOLD = frozenset({CommandKind.HOOK, CommandKind.ASK, CommandKind.NOTIFY})
"""Commands that no target's epoch concerns. They may be sent again: what has their id already does nothing."""


class Outcome(StrEnum):
    """What is reported of a command: a hint. What happened is looked at, and unknown is never answered by repeating blindly."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Question(StrEnum):
    """What `verify` looks at, and what its evidence holds."""

    IS_OFF = "is_off"  # details: level; evidence: off, identity (which host it speaks of). Asked of power, never of the network
    IS_ON = "is_on"  # evidence: on: the host answers
    ROLE = "role"  # evidence: role (primary, standby, stopped), epoch (of its promotion, or None), timeline
    ROUTED = "routed"  # a proxy; evidence: primary (host or None)
    SERVES = "serves"  # evidence: serves: a write through the proxies was acknowledged
    FOLLOWS = "follows"  # evidence: follows (host or None): streaming from it, not merely configured
    SYNCHRONOUS = "synchronous"  # evidence: standbys (sorted names)
    PAGE_WITHDRAWN = "page_withdrawn"  # evidence: withdrawn


_NUMBER, _NAME = (int, float), (str, type(None))
EVIDENCE: Mapping[Question | None, Mapping[str, type | tuple[type, ...]]] = {
    None: {
        "role": str, "timeline": int, "position": _NUMBER, "receiving": bool, "behind_seconds": (*_NUMBER, type(None)),
        "replay_paused": bool,
    },
    Question.IS_OFF: {"off": bool, "identity": _NAME},
    Question.IS_ON: {"on": bool},
    Question.ROLE: {"role": str, "timeline": int},
    Question.ROUTED: {"primary": _NAME},
    Question.SERVES: {"serves": bool},
    Question.FOLLOWS: {"follows": _NAME},
    Question.SYNCHRONOUS: {"standbys": (tuple, list)},
    Question.PAGE_WITHDRAWN: {"withdrawn": bool},
}  # fmt: skip
"""What an answer holds, None being `read_positions`."""


def answers(question: Question | None, evidence: Mapping[str, Any]) -> bool:
    """Say whether *evidence* answers *question*. One that lacks something, or holds something else in its place, is no answer."""
    return all(key in evidence and isinstance(evidence[key], kind) for key, kind in EVIDENCE[question].items())


COMMANDS_A_TERM = 1_000_000
"""Room for the numbers of a term's commands: a journal that was restored must not give a number twice."""


class CommandId(NamedTuple):
    """The name of a command, for ever. Its number says in which term it was given, and the how-manieth of that term it is."""

    cluster: str
    number: int

    def __str__(self) -> str:
        term, number = divmod(self.number, COMMANDS_A_TERM)
        return f"{self.cluster}/{term}.{number}"


class Command(NamedTuple):
    """One order. *run* is the recovery it belongs to (0: none), *details* say what its kind needs."""

    id: CommandId
    run: int
    kind: CommandKind
    target: str
    epoch: Epoch
    details: Mapping[str, Any]

    @property
    def irreversible(self) -> bool:
        """Whether the lease must be checked again right before."""
        return self.kind in IRREVERSIBLE
