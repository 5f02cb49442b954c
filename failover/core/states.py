"""Where a cluster can be, and every way from one place to another. Edges are data, guards are code, reasons are mandatory."""

from collections.abc import Mapping
from enum import StrEnum

from failover.core.events import OrderKind


class State(StrEnum):
    """Where a cluster is."""

    WATCHING = "watching"  # a primary is routed and well, as far as is known
    SUSPECT = "suspect"  # the primary is lost, and something holds the recovery back
    WAITING = "waiting"  # for as many persons' yes as the policy wants
    RESTARTING = "restarting"  # the primary's database is being started where it is, within a bound
    PREFLIGHT = "preflight"  # looking, touching nothing: could anybody take over
    FENCING = "fencing"  # whoever may still be primary is being switched off, and clients are withdrawn
    DEMOTING = "demoting"  # a planned switchover: the primary steps down first
    CUTTING = "cutting"  # standbys stop receiving, and say what they have
    PROMOTING = "promoting"  # one of them becomes primary
    REROUTING = "rerouting"  # the others follow it, clients reach it
    VERIFYING = "verifying"  # does a write go through
    RESTORING = "restoring"  # clients go back to the primary, which was not replaced
    REJOINING = "rejoining"  # a former primary becomes a standby
    ADOPTING = "adopting"  # whom somebody else promoted is taken for the primary
    HALTED = "halted"  # nothing safe is left to do; the reason names the orders that resolve it


RESTING = frozenset({State.WATCHING, State.SUSPECT, State.WAITING, State.HALTED})
"""States in which nothing is under way. In every other one a recovery is active."""


EDGES: Mapping[tuple[State, State], str] = {
    (State.WATCHING, State.SUSPECT): "the primary is lost, and something holds the recovery back",
    (State.WATCHING, State.WAITING): "the primary is lost, and the policy wants a person's yes",
    (State.WATCHING, State.RESTARTING): "the primary's host answers, its database does not",
    (State.WATCHING, State.PREFLIGHT): "the primary is lost, or an operator ordered a failover or a switchover",
    (State.WATCHING, State.REJOINING): "an operator ordered a former primary back as a standby",
    (State.WATCHING, State.ADOPTING): "an operator says who is primary",
    (State.WATCHING, State.HALTED): "another member than the primary accepts writes, or the journal is older than it was",
    (State.SUSPECT, State.WATCHING): "the primary is back",
    (State.SUSPECT, State.RESTORING): "the primary is back, and clients had been withdrawn from it",
    (State.SUSPECT, State.WAITING): "what held the recovery back is over, and the policy wants a person's yes",
    (State.SUSPECT, State.RESTARTING): "what held the restart back is over, or an operator ordered it",
    (State.SUSPECT, State.PREFLIGHT): "what held the recovery back is over, or an operator ordered a failover",
    (State.SUSPECT, State.ADOPTING): "an operator says who is primary",
    (State.SUSPECT, State.HALTED): "another member than the primary accepts writes, or the journal is older than it was",
    (State.WAITING, State.WATCHING): "the primary is back before enough persons said yes",
    (State.WAITING, State.RESTORING): "the primary is back, and clients had been withdrawn from it",
    (State.WAITING, State.SUSPECT): "a person said no, or something holds the recovery back now",
    (State.WAITING, State.RESTARTING): "enough persons said yes and the host answers, or an operator ordered a start",
    (State.WAITING, State.PREFLIGHT): "enough persons said yes, or an operator ordered a failover",
    (State.WAITING, State.ADOPTING): "an operator says who is primary",
    (State.WAITING, State.HALTED): "another member than the primary accepts writes, or the journal is older than it was",
    (State.RESTARTING, State.VERIFYING): "the database is verified primary again",
    (State.RESTARTING, State.RESTORING): "the database is verified primary again, and clients had been withdrawn from it",
    (State.RESTARTING, State.PREFLIGHT): "the database did not come back within its bound, or more than it is lost by now",
    (
        State.RESTARTING,
        State.HALTED,
    ): "another seems to be primary, or what an operator ordered started did not come back",
    (State.RESTARTING, State.SUSPECT): "aborted, or it did not come back and something holds the failover back",
    (State.PREFLIGHT, State.FENCING): "at least one member can take over",
    (State.PREFLIGHT, State.DEMOTING): "the candidate of the switchover follows closely",
    (State.PREFLIGHT, State.WATCHING): "the primary is back, or the switchover cannot be done; nothing was touched",
    (State.PREFLIGHT, State.RESTORING): "the primary is back, and clients had been withdrawn from it",
    (State.PREFLIGHT, State.SUSPECT): "aborted, or something holds the recovery back now; nothing was touched",
    (State.PREFLIGHT, State.HALTED): "no member can take over; nothing was touched",
    (State.FENCING, State.CUTTING): "whoever may have been primary is verified off, or a named person attested it",
    (State.FENCING, State.HALTED): "nobody can prove that whoever may be primary is off",
    (State.FENCING, State.RESTORING): "the old primary is seen again, and verified primary, and nobody ordered it replaced",
    (State.FENCING, State.REROUTING): "whoever else may have been primary is off, and an operator named who is",
    (State.FENCING, State.RESTARTING): "nobody else can be primary, and the database of whom an operator named does not run",
    (State.DEMOTING, State.CUTTING): "the old primary is verified a standby",
    (State.DEMOTING, State.RESTORING): "the primary did not step down, or the switchover was aborted before it did",
    (State.DEMOTING, State.FENCING): "nobody can say whether the primary stepped down",
    (State.DEMOTING, State.HALTED): "the journal is older than what was done",
    (State.CUTTING, State.PROMOTING): "a candidate has every commit that may have been acknowledged, or the loss is allowed",
    (State.CUTTING, State.FENCING): "whoever was taken to be off, or a standby, is seen as primary",
    (State.CUTTING, State.HALTED): "no member can be promoted without losing more than the policy allows",
    (State.PROMOTING, State.REROUTING): "the candidate is verified primary at this epoch",
    (State.PROMOTING, State.CUTTING): "the candidate is verified not promoted as it was chosen, and another one may be fit",
    (State.PROMOTING, State.FENCING): "nobody can say whether the candidate was promoted: it must be off before another is tried",
    (State.PROMOTING, State.HALTED): "the journal is older than what was done",
    (State.REROUTING, State.VERIFYING): "clients reach the new primary, and every standby that answers follows it",
    (State.REROUTING, State.HALTED): "clients cannot be brought to the new primary",
    (State.VERIFYING, State.WATCHING): "a write went through",
    (State.VERIFYING, State.HALTED): "clients reach the primary, and yet no write goes through",
    (State.RESTORING, State.WATCHING): "clients reach the primary again",
    (State.RESTORING, State.HALTED): "clients cannot be brought back to the primary",
    (State.REJOINING, State.WATCHING): "the former primary follows, or could not be made to",
    (State.REJOINING, State.HALTED): "the journal is older than what was done",
    (State.ADOPTING, State.REROUTING): "the member that an operator named is verified primary, and no other is",
    (State.ADOPTING, State.FENCING): "another one may be primary, or the member that an operator named has to be started",
    (State.ADOPTING, State.HALTED): "the member that an operator named is not primary",
    (State.HALTED, State.WATCHING): "the primary is back, and nothing had been touched",
    (State.HALTED, State.RESTORING): "the old primary is well, and no other was promoted",
    (
        State.HALTED,
        State.RESTARTING,
    ): "an operator ordered the old primary started, or its host answers again and nothing was touched",
    (State.HALTED, State.PREFLIGHT): "somebody may be able to take over now, or an operator ordered a failover",
    (State.HALTED, State.FENCING): "the old primary may be fenced now, or a named person attested that it is off",
    (State.HALTED, State.CUTTING): "the old primary is off, and a member may have become fit",
    (State.HALTED, State.REROUTING): "clients may be brought to the new primary now",
    (State.HALTED, State.ADOPTING): "an operator says who is primary",
}


class HaltReason(StrEnum):
    """Why nothing safe is left to do."""

    NO_CANDIDATE = "no member can take over"
    WOULD_LOSE = "every member that could take over may lack what was acknowledged"
    NOT_FENCED = "nobody can prove that whoever may be primary is off"
    NOT_ROUTED = "clients cannot be brought to the primary"
    NOT_SERVING = "clients reach the primary, and yet no write goes through"
    NOT_STARTED = "the primary could not be started"
    TWO_PRIMARIES = "another member than the primary accepts writes"
    STALE_JOURNAL = "the journal is older than what was done: it was restored from an old copy"
    NOT_PRIMARY = "the member that was named is not primary"


WAYS_OUT: Mapping[HaltReason, tuple[OrderKind, ...]] = {
    HaltReason.NO_CANDIDATE: (OrderKind.RETRY, OrderKind.START, OrderKind.FAILOVER, OrderKind.ADOPT),
    HaltReason.WOULD_LOSE: (
        OrderKind.START,
        OrderKind.RETRY,
        OrderKind.ACCEPT_LOSS,
        OrderKind.FAILOVER,
        OrderKind.ADOPT,
    ),
    HaltReason.NOT_FENCED: (OrderKind.CONFIRM_FENCED, OrderKind.RETRY, OrderKind.ADOPT),
    HaltReason.NOT_ROUTED: (OrderKind.RETRY, OrderKind.FAILOVER, OrderKind.ADOPT),
    HaltReason.NOT_SERVING: (OrderKind.RETRY, OrderKind.FAILOVER, OrderKind.ADOPT),
    HaltReason.NOT_STARTED: (OrderKind.RETRY, OrderKind.FAILOVER, OrderKind.ADOPT),
    HaltReason.TWO_PRIMARIES: (OrderKind.ADOPT,),
    HaltReason.STALE_JOURNAL: (OrderKind.ADOPT, OrderKind.FAILOVER),
    HaltReason.NOT_PRIMARY: (OrderKind.ADOPT, OrderKind.FAILOVER),
}
"""Which orders resolve a halt, the first one first."""
