"""How a recovery goes from stage to stage: where a finished stage leads."""

from collections.abc import Iterator

from failover.core.choosing import Choice, choose
from failover.core.cluster import STARTS_BY_ORDER, ClusterState, Goal
from failover.core.commands import CommandKind, Question
from failover.core.events import Health
from failover.core.learning import as_chosen, by_our_order
from failover.core.moving import (
    change_synchronous,
    enter,
    fence_again,
    forget,
    halt,
    hold,
    powering_on,
    primary_is_back,
)
from failover.core.notes import NoteKind
from failover.core.policy import held
from failover.core.progress import advance, begin, done
from failover.core.settings import CLOSELY_SECONDS
from failover.core.stages import close_followers, health_of, new_synchronous, start_primary, steps_of
from failover.core.states import HaltReason, State
from failover.core.steps import Progress, Status
from failover.core.suspects import may_be_primary, seems_primary, settled_suspects
from failover.core.turn import Turn
from topology.quantities import show_duration


def finished(turn: Turn, c: ClusterState) -> None:
    """Go on from a stage all of whose steps have settled."""
    match c.state:
        case State.RESTARTING:
            _restarted(turn, c)
        case State.PREFLIGHT:
            _looked_round(turn, c)
        case State.FENCING:
            if done(c, "role"):
                forget(turn, c, c.primary, Health.SILENT)
                primary_is_back(turn, c)
            elif any(host not in c.off for host in c.suspects):
                halt(turn, c, HaltReason.NOT_FENCED)
            elif c.goal is Goal.ADOPT:
                _take_named(turn, c)
            else:
                enter(turn, c, State.CUTTING)
        case State.DEMOTING:
            _demoted(turn, c)
        case State.CUTTING:
            _cut(turn, c)
        case State.PROMOTING:
            _promoted(turn, c)
        case State.REROUTING:
            _rerouted(turn, c)
        case State.VERIFYING:
            if done(c, "write"):
                _recovered(turn, c)
            else:
                halt(turn, c, HaltReason.NOT_SERVING)
        case State.RESTORING:
            if _routed(turn, c):
                _recovered(turn, c)
            else:
                halt(turn, c, HaltReason.NOT_ROUTED)
        case State.REJOINING:
            if done(c, "rejoin"):
                assert c.wanted is not None
                c.quarantined -= {c.wanted}
                turn.note(c, NoteKind.REJOINED, host=c.wanted)
            else:
                turn.tell(c, f"'{c.wanted}' could not be rejoined")
            enter(turn, c, State.WATCHING)
        case State.ADOPTING:
            _adopted(turn, c)
        case State.WATCHING | State.SUSPECT | State.WAITING | State.HALTED:
            pass


def unanswering(c: ClusterState) -> tuple[str, ...]:
    """Return the steps at proxies that do not answer and need not be waited for.

    What is off serves nobody, whatever a proxy says; and clients that one proxy leads to the primary are served.
    """
    if c.state is State.FENCING:
        waits = any(host not in c.off for host in c.suspects) and not done(c, "role")
    else:
        waits = not any(each.step.kind is CommandKind.REROUTE and each.status is Status.DONE for each in c.steps.values())
    if waits:
        return ()
    return tuple(
        key
        for key, each in c.steps.items()
        if each.step.question is Question.ROUTED
        and (each.status is Status.RESTING or health_of(c, each.step.target) is Health.SILENT)
    )


def _routed(turn: Turn, c: ClusterState) -> bool:
    """Say whether clients reach the primary. A proxy that could not be changed is tended later, and people are told."""
    routes = [each for each in c.steps.values() if each.step.kind is CommandKind.REROUTE]
    c.unrouted = frozenset(each.step.target for each in routes if each.status is not Status.DONE)
    c.withdrawn = len(c.unrouted) == len(routes)
    for proxy in () if c.withdrawn else sorted(c.unrouted):
        turn.tell(c, f"'{proxy}' could not be told that '{c.primary}' is primary; it is tried again by itself")
    return not c.withdrawn


def _restarted(turn: Turn, c: ClusterState) -> None:
    if "start" not in c.steps:
        _start_where_it_is(turn, c)
    elif done(c, "start"):
        c.suspects = ()
        enter(turn, c, State.RESTORING if c.withdrawn or c.distrusted else State.VERIFYING)
    elif c.goal in STARTS_BY_ORDER:
        halt(turn, c, HaltReason.NOT_STARTED)
    else:
        restart_failed(turn, c)


def _start_where_it_is(turn: Turn, c: ClusterState) -> None:
    """Start the primary, unless somebody who answers says that he has replaced it, or something has come to hold that back."""
    if any(seems_primary(c, host) for host in turn.settings(c).others(c.primary)):
        halt(turn, c, HaltReason.TWO_PRIMARIES)
    elif not c.ordered and (reason := held(turn.state, turn.settings(c), c, begun=True)) is not None:
        enter(turn, c, State.SUSPECT)
        hold(turn, c, reason)
    elif c.goal not in STARTS_BY_ORDER and health_of(c, c.primary) is not Health.PROCESS_DEAD:
        enter(turn, c, State.PREFLIGHT)
    else:
        begin(turn, c, start_primary(c))
        if c.primary in c.off:
            powering_on(c, c.primary)
        if c.goal not in STARTS_BY_ORDER:
            c.restarted_at = turn.clock
            c.deadline = turn.clock + turn.settings(c).policy.restart_seconds


def restart_failed(turn: Turn, c: ClusterState) -> None:
    """The restart in place did not work within its bound: what is left is a failover, if nothing holds it back."""
    reason = None if c.ordered else held(turn.state, turn.settings(c), c, begun=True)
    if reason is None:
        enter(turn, c, State.PREFLIGHT)
    else:
        enter(turn, c, State.SUSPECT)
        hold(turn, c, reason)


def _choose(turn: Turn, c: ClusterState) -> Choice:
    choice = choose(turn.state.settings, turn.settings(c), c, turn.state.wall_seconds)
    if choice.refused != c.refused or choice.candidate is not None:
        for host, reason in choice.refused:
            turn.note(c, NoteKind.REFUSED, host=host, reason=reason)
    c.refused = choice.refused
    return choice


def _looked_round(turn: Turn, c: ClusterState) -> None:
    if c.goal is Goal.SWITCHOVER:
        fit = _choose(turn, c).fit if done(c, "role") else ()
        fit = tuple(host for host in fit if (c.positions[host].behind_seconds or 0.0) <= CLOSELY_SECONDS)
        if fit and (c.wanted is None or c.wanted in fit):
            enter(turn, c, State.DEMOTING)
        else:
            turn.note(c, NoteKind.ORDER_REFUSED, order="switchover", reason="nobody is fit to take over")
            enter(turn, c, State.WATCHING)
        return
    if not c.ordered:
        if done(c, "role") or health_of(c, c.primary) is Health.PRIMARY:
            forget(turn, c, c.primary, Health.PROCESS_DEAD, Health.STANDBY)
            primary_is_back(turn, c)
            return
        if (reason := held(turn.state, turn.settings(c), c, begun=c.touched)) is not None:
            enter(turn, c, State.SUSPECT)
            hold(turn, c, reason)
            return
    choice = _choose(turn, c)
    c.suspects = tuple(_suspected(turn, c, choice.candidate))
    if choice.candidate is None:
        assert choice.halt is not None
        halt(turn, c, choice.halt)
    else:
        enter(turn, c, State.FENCING)


def _suspected(turn: Turn, c: ClusterState, candidate: str | None) -> Iterator[str]:
    """Yield who has to be off before *candidate* is promoted: a primary that is a standby by now does not.

    On a journal that was restored anybody may have become primary since, the candidate too, which is what it is to be.
    """
    if c.distrusted:
        others = (host for host in turn.settings(c).cluster.members if host != candidate)
        yield from (host for host in others if host not in c.off and may_be_primary(c, host))
        return
    if c.primary not in c.positions or may_be_primary(c, c.primary):
        yield c.primary
    yield from (host for host in c.suspects if host != c.primary and may_be_primary(c, host))


def _demoted(turn: Turn, c: ClusterState) -> None:
    demote = c.steps["demote"]
    if demote.status is Status.DONE:
        c.suspects = ()
        enter(turn, c, State.CUTTING)
    elif demote.status is Status.FAILED and demote.evidence.get("role", "primary") == "primary":
        enter(turn, c, State.RESTORING)
    else:
        c.goal, c.wanted = Goal.FAILOVER, None  # whoever has most takes over now, whom the switchover named or not
        enter(turn, c, State.FENCING)


def _cut(turn: Turn, c: ClusterState) -> None:
    """Choose, once whoever is seen by now was asked, and of everybody who may still be primary it is known that he is not."""
    if late := [step for step in steps_of(turn.settings(c), c) if step.key not in c.steps]:
        c.steps = {**c.steps, **{step.key: Progress(step) for step in late}}
        advance(turn, c)
        return
    if not settled_suspects(c):
        fence_again(turn, c)
        return
    choice = _choose(turn, c)
    if choice.candidate is None:
        assert choice.halt is not None
        halt(turn, c, choice.halt)
        return
    seen = tuple(host for host in turn.settings(c).cluster.members if host != choice.candidate and seems_primary(c, host))
    if seen:
        c.suspects = seen
        fence_again(turn, c)
        return
    c.candidate, c.lost_seconds = choice.candidate, choice.lost_seconds
    turn.note(c, NoteKind.CHOSE, host=c.candidate, lost_seconds=c.lost_seconds)
    enter(turn, c, State.PROMOTING)


def _promoted(turn: Turn, c: ClusterState) -> None:
    assert c.candidate is not None
    candidate, promote = c.candidate, c.steps["promote"]
    if promote.status is Status.DONE and as_chosen(c, promote.evidence):
        ours = by_our_order(c, promote.evidence)
        c.synchronous = (new_synchronous(turn.settings(c), c),) if turn.settings(c).synchronous and ours else ()
        if c.primary not in c.positions:
            _quarantine(turn, c, c.primary)
        if candidate == c.primary and c.goal is Goal.SWITCHOVER:
            turn.tell(c, f"the switchover was undone: nobody had everything that '{candidate}' has")
            c.candidate = None
        c.primary, c.suspects = candidate, ()
        turn.note(c, NoteKind.PROMOTED, host=candidate, lost_seconds=c.lost_seconds)
        enter(turn, c, State.REROUTING)
        return
    turn.note(c, NoteKind.NOT_PROMOTED, host=candidate)
    if promote.status is Status.DONE:  # somebody was quicker, upon other data: what was read counts no more
        enter(turn, c, State.CUTTING)
    elif promote.status is Status.FAILED and promote.evidence["role"] == "standby":
        if promote.tries:  # else the order may never have left
            c.tried |= {candidate} & c.stumbled
            c.stumbled |= {candidate}
        enter(turn, c, State.CUTTING)
    else:  # it may be primary now, or become it when its database starts
        c.tried |= {candidate}
        _quarantine(turn, c, candidate)
        c.suspects = (candidate,)
        enter(turn, c, State.FENCING)


def _quarantine(turn: Turn, c: ClusterState, host: str) -> None:
    c.quarantined |= {host}
    turn.note(c, NoteKind.QUARANTINED, host=host)


def _rerouted(turn: Turn, c: ClusterState) -> None:
    """Once it is known who follows, commits wait for those and nobody else; then a write has to go through."""
    if "synchronous" in c.steps:
        if not done(c, "synchronous"):
            halt(turn, c, HaltReason.NOT_SERVING)
            return
    elif not _routed(turn, c):
        halt(turn, c, HaltReason.NOT_ROUTED)
        return
    if turn.settings(c).synchronous and c.synchronous != ((close := close_followers(c)),):
        begin(turn, c, [change_synchronous(c, close)])
    else:
        enter(turn, c, State.VERIFYING)


def _recovered(turn: Turn, c: ClusterState) -> None:
    turn.note(c, NoteKind.RECOVERED, primary=c.primary, run=c.run, unrouted=sorted(c.unrouted))
    if not c.ordered:
        lacks = f"; it may lack {_lost(c)}" if c.candidate == c.primary and c.lost_seconds != 0.0 else ""
        turn.tell(c, f"clients reach '{c.primary}', which is primary{lacks}")
    if c.goal in (Goal.FAILOVER, Goal.SWITCHOVER) and c.candidate == c.primary:
        turn.send(c, CommandKind.HOOK, c.primary, {"name": f"after_{c.goal.value}", "primary": c.primary, "run": c.run})
    enter(turn, c, State.WATCHING)


def _lost(c: ClusterState) -> str:
    return "nobody knows how much" if c.lost_seconds is None else show_duration(c.lost_seconds)


def _adopted(turn: Turn, c: ClusterState) -> None:
    """Take the member that an operator named, and switch off whoever else may think it is primary.

    If its database does not run, it is started once nobody else can be primary; who is seen to be it, is not switched off for that.
    """
    assert c.wanted is not None
    named = c.positions.get(c.wanted)
    others = turn.settings(c).others(c.wanted)
    starts = _stopped(c, c.wanted) and not any(seems_primary(c, host) for host in others)
    if not starts and (named is None or named.role != "primary"):
        halt(turn, c, HaltReason.NOT_PRIMARY)
        return
    known = c.steps["synchronous"].evidence if "synchronous" in c.steps else {}
    c.wanted_synchronous = (frozenset(known["standbys"]),) if known else ()
    c.suspects = tuple(host for host in others if host not in c.off and may_be_primary(c, host))
    if starts or c.suspects:
        enter(turn, c, State.FENCING)
    else:
        _take_named(turn, c)


def _stopped(c: ClusterState, host: str) -> bool:
    """Say whether *host* answers, and its database does not run."""
    read = c.positions.get(host)
    return health_of(c, host) is Health.PROCESS_DEAD and (read is None or read.role == "stopped")


def _take_named(turn: Turn, c: ClusterState) -> None:
    """Whoever was switched off for it stays off until it is rejoined, and what was promised on the old primary counts no more."""
    assert c.wanted is not None
    for host in dict.fromkeys((*c.suspects, c.primary)):
        if host != c.wanted:
            _quarantine(turn, c, host)
    c.quarantined -= {c.wanted}
    c.primary, c.suspects = c.wanted, ()
    named = c.positions.get(c.wanted)
    c.timeline = named.timeline if named is not None and named.role == "primary" else None
    c.synchronous, c.wanted_synchronous = c.wanted_synchronous, ()
    enter(turn, c, State.RESTARTING if c.timeline is None else State.REROUTING)
