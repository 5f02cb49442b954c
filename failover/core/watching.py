"""What the core does of itself: whether a lost primary is replaced, whether a halted recovery goes on, and what it tends
meanwhile.
"""

from collections.abc import Iterator

from failover.core.cluster import ClusterState, Goal
from failover.core.events import Health, OrderKind
from failover.core.learning import may_be_back
from failover.core.moving import change_synchronous, enter, fence_again, halt, hold, primary_is_back, rest, start
from failover.core.notes import NoteKind
from failover.core.planner import plan
from failover.core.policy import crowded, held
from failover.core.progress import begin, give_up_on, look_now, overdue, settled
from failover.core.recovery import restart_failed
from failover.core.settings import APPROVAL_SECONDS
from failover.core.stages import (
    LOST,
    asked_too,
    close_followers,
    follow,
    health_of,
    learn,
    reachable,
    read,
    reroute,
    seen_again,
    start_standby,
    where_routed,
)
from failover.core.states import RESTING, HaltReason, State
from failover.core.steps import Step
from failover.core.suspects import settled_suspects, suspects_answer
from failover.core.turn import Turn
from topology.model import Mode


def consider(turn: Turn, c: ClusterState) -> None:
    """Look at *c* after whatever happened, and begin what its policy allows."""
    if c.state is State.HALTED:
        _consider_halted(turn, c)
    elif c.state in RESTING:
        others = turn.settings(c).others(c.primary)
        if not _observes(turn, c) and any(health_of(c, host) is Health.PRIMARY for host in others):
            halt(turn, c, HaltReason.TWO_PRIMARIES)
        else:
            _consider_primary(turn, c)
    elif overdue(turn, c):
        restart_failed(turn, c)
    elif c.state is State.REJOINING and health_of(c, c.primary) in LOST:
        enter(turn, c, State.WATCHING)
        _consider_primary(turn, c)


def lost(c: ClusterState) -> bool:
    """Say whether the primary is known not to do what it is for."""
    health = health_of(c, c.primary)
    return health is not None and health is not Health.PRIMARY


def _consider_primary(turn: Turn, c: ClusterState) -> None:
    health = health_of(c, c.primary)
    if not lost(c):
        if health is Health.PRIMARY:
            c.declined_by, c.approvals = None, {}
            if c.state is not State.WATCHING and (not (c.withdrawn or c.distrusted) or _goes_on(turn, c)):
                primary_is_back(turn, c)
            tend(turn, c)
        return
    assert health is not None
    if c.state is State.WATCHING and seen_again(c, c.primary):
        return  # it was verified primary after it had been lost
    if c.state is State.WATCHING:
        turn.note(c, NoteKind.SUSPECTED, host=c.primary, health=health.value)
        _foresee(turn, c)
    if c.state is State.WAITING and seen_again(c, c.primary):
        return  # what was asked stands until it is known whether it is back
    reason = held(turn.state, turn.settings(c), c)
    if reason is not None:
        if c.state is not State.SUSPECT:
            enter(turn, c, State.SUSPECT)
        hold(turn, c, reason)
    elif _approved(turn, c):
        replace_primary(turn, c, f"the primary is {health.value.replace('_', ' ')}")


def _foresee(turn: Turn, c: ClusterState) -> None:
    """Tell what a failover would come to, for whoever has to decide on it, and for the record where nobody does."""
    if turn.settings(c).policy.mode is Mode.AUTOMATIC:
        return
    foreseen = plan(turn.state, c.name)
    for host, reason in foreseen.refused:
        turn.note(c, NoteKind.REFUSED, host=host, reason=reason)
    turn.note(c, NoteKind.FORESEEN, host=foreseen.candidate, lost_seconds=foreseen.lost_seconds)


def _approved(turn: Turn, c: ClusterState) -> bool:
    """Say whether nobody has to say yes, or enough persons have lately; else wait for them."""
    policy = turn.settings(c).policy
    if policy.mode is Mode.AUTOMATIC:
        return True
    c.approvals = {who: at for who, at in c.approvals.items() if at > turn.state.wall_seconds - APPROVAL_SECONDS}
    if len(c.approvals) >= policy.approvals:
        return True
    if c.state is not State.WAITING:
        enter(turn, c, State.WAITING)
        turn.note(c, NoteKind.WAITING, approvals=sorted(c.approvals), needed=policy.approvals)
        turn.tell(c, f"the primary '{c.primary}' is lost; its failover waits for a yes", OrderKind.APPROVE, OrderKind.REJECT)
    return False


def replace_primary(turn: Turn, c: ClusterState, because: str) -> None:
    """Begin the recovery from a lost primary: first where it is, if only its database died and that was not tried lately."""
    start(turn, c, Goal.FAILOVER, State.RESTARTING if _may_restart(turn, c) else State.PREFLIGHT, because)


def _may_restart(turn: Turn, c: ClusterState) -> bool:
    """Say whether only the database of the primary died, and nobody has tried lately to start it where it is."""
    policy = turn.settings(c).policy
    lately = c.restarted_at is not None and c.restarted_at > turn.clock - policy.within_seconds
    return health_of(c, c.primary) is Health.PROCESS_DEAD and policy.restart_seconds > 0 and not lately and c.wanted is None


def _consider_halted(turn: Turn, c: ClusterState) -> None:
    """Go on by itself where what was in the way may be gone: *news* of a host, or time enough to try again what harms nobody."""
    if not _goes_on(turn, c):
        return
    news, c.news = c.news, False
    c.retries = 0 if news else c.retries
    due = c.deadline is not None and c.deadline <= turn.clock
    well = health_of(c, c.primary) is Health.PRIMARY
    match c.halted:
        case HaltReason.NO_CANDIDATE | HaltReason.WOULD_LOSE:
            if well and c.primary not in c.off and (not c.touched or c.primary in c.suspects):
                primary_is_back(turn, c)
            elif (news or due) and c.touched and (settled_suspects(c) or suspects_answer(c)):
                enter(turn, c, State.CUTTING)
            elif (news or due) and (c.ordered or held(turn.state, turn.settings(c), c, begun=c.touched) is None):
                _look_again_at_members(turn, c)
        case HaltReason.NOT_FENCED if c.goal is not Goal.ADOPT and c.primary in c.suspects and well:
            primary_is_back(turn, c)
        case HaltReason.NOT_FENCED if c.goal is not Goal.ADOPT and news and suspects_answer(c):
            enter(turn, c, State.CUTTING)
        case HaltReason.NOT_FENCED:
            if due and not may_be_back(c, c.primary):
                fence_again(turn, c)
        case HaltReason.NOT_ROUTED | HaltReason.NOT_SERVING:
            automatic = turn.settings(c).policy.mode is Mode.AUTOMATIC
            if news and automatic and lost(c) and held(turn.state, turn.settings(c), c) is None:
                c.ordered = False
                start(turn, c, Goal.FAILOVER, State.PREFLIGHT, "the primary is lost again")
            elif due:
                enter(turn, c, State.REROUTING)
        case HaltReason.NOT_STARTED:
            if well:
                enter(turn, c, State.RESTORING)
        case _:
            pass


def _look_again_at_members(turn: Turn, c: ClusterState) -> None:
    """Begin anew what halted because nobody could take over: where the primary is, if that can help now, or with another look."""
    if not c.touched and not c.ordered and _may_restart(turn, c):
        replace_primary(turn, c, "only the database of the primary is dead")
    elif _anybody_there(turn, c):
        enter(turn, c, State.PREFLIGHT)
    else:
        rest(turn, c)


def _anybody_there(turn: Turn, c: ClusterState) -> bool:
    """Say whether any member can be asked what it has, the primary only where it is a standby by now."""
    return any(host != c.primary or asked_too(c) for host in reachable(turn.settings(c), c))


def _goes_on(turn: Turn, c: ClusterState) -> bool:
    """Say whether a recovery that has begun may go on without an order."""
    free = c.paused_by is None and c.declined_by is None and turn.clock >= turn.state.grace_until
    return free and not _observes(turn, c) and crowded(turn.state, turn.settings(c)) is None


def _observes(turn: Turn, c: ClusterState) -> bool:
    return turn.settings(c).policy.mode is Mode.OBSERVE


def tend(turn: Turn, c: ClusterState) -> None:
    """While all is well: learn what nobody has said, let every standby run and follow, and let commits wait for those that do."""
    if c.state is not State.WATCHING or _observes(turn, c) or c.paused_by is not None:
        return
    if not settled(c) or (c.deadline is not None and c.deadline > turn.clock):
        return
    c.unwilling = frozenset() if c.deadline is not None else c.unwilling
    c.deadline = None
    steps = tuple(_to_tend(turn, c))
    if steps:
        begin(turn, c, steps)
    else:
        c.steps = {}
        if c.unwilling:
            rest(turn, c)
        else:
            c.retries = 0


def _to_tend(turn: Turn, c: ClusterState) -> Iterator[Step]:
    """Yield what is to be done next; of who was unwilling lately nothing more is asked."""
    settings = turn.settings(c)
    primary_willing = c.primary not in c.unwilling
    if primary_willing and (unknown := tuple(learn(settings, c))):
        yield from unknown
        return
    if proxies := sorted(c.unrouted - c.unwilling) if primary_willing else ():
        c.verified = False
        yield from reroute(c, proxies)
        return
    if settings.policy.mode is Mode.MANUAL:
        return
    if proxies := sorted(c.unasked - c.unwilling):
        yield from where_routed(c, proxies)
        return
    willing = [host for host in settings.others(c.primary) if host not in c.quarantined | c.unwilling | c.off]
    dead = [host for host in willing if health_of(c, host) is Health.PROCESS_DEAD]
    idle = [host for host in willing if health_of(c, host) is Health.STANDBY and host not in c.followers]
    if dead or idle:
        yield from (start_standby(host) for host in dead)
        yield from (follow(c, host) for host in idle)
        return
    if settings.synchronous and primary_willing and c.synchronous:
        close = close_followers(c) | _not_seen_yet(c)
        if unread := sorted(c.followers - close - c.unwilling):
            yield from (read(host) for host in unread)
        elif c.synchronous != (close,):
            yield change_synchronous(c, close)


def _not_seen_yet(c: ClusterState) -> frozenset[str]:
    """Return of whom commits wait for some, and nobody has said anything: a controller that has just taken over cuts off nobody."""
    waited_for = frozenset[str]().union(*c.synchronous) - c.quarantined - c.off
    return frozenset(host for host in waited_for if host != c.primary and health_of(c, host) is None)


def heard(turn: Turn, c: ClusterState, host: str) -> None:
    """Take in that the detector has changed its mind about *host*."""
    if health_of(c, host) in (Health.PRIMARY, Health.STANDBY):
        c.off -= {host}  # whatever was seen of its power, its database runs now
    if health_of(c, host) is Health.PRIMARY and (host != c.primary or c.state is State.CUTTING):
        c.claimed |= {host}
    if health_of(c, host) is Health.SILENT and c.state is State.PREFLIGHT:
        give_up_on(c, host)
    if health_of(c, host) is Health.PRIMARY and c.state is State.PROMOTING and host == c.candidate:
        look_now(turn, c, "promote")
    c.news, c.retries = True, 0
    c.unwilling -= {host}
    if health_of(c, host) is not Health.STANDBY:
        c.followers -= {host}
    if c.state is State.WATCHING and not c.unwilling:
        c.deadline = None
