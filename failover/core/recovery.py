"""How a recovery goes from stage to stage: what each settled step teaches, and where a finished stage leads."""

from failover.core.choosing import Choice, choose
from failover.core.cluster import ClusterState, Goal, Position
from failover.core.commands import CommandKind, Question
from failover.core.events import Health, OrderKind
from failover.core.notes import NoteKind
from failover.core.policy import held
from failover.core.progress import advance, begin, done, settled
from failover.core.settings import RETRY_SECONDS
from failover.core.stages import ask_to_switch_off, fence, health_of, new_synchronous, set_synchronous, steps_of
from failover.core.states import EDGES, RESTING, WAYS_OUT, HaltReason, State
from failover.core.steps import Progress, Status, Step
from failover.core.turn import Turn


def start(turn: Turn, c: ClusterState, goal: Goal, state: State, because: str) -> None:
    """Begin a recovery of *c*, under an epoch of its own."""
    c.run += 1
    turn.bump(c)
    c.goal = goal
    c.suspects = (c.primary,)
    c.levels_tried, c.tried, c.candidate, c.touched, c.loss_accepted, c.told = {}, frozenset(), None, False, False, None
    turn.note(c, NoteKind.DECIDED, run=c.run, goal=goal.value, because=because)
    enter(turn, c, state)


def enter(turn: Turn, c: ClusterState, state: State) -> None:
    """Go to *state* along a declared edge, and begin what is done there."""
    settings = turn.settings(c)
    reason = EDGES[c.state, state]
    turn.note(c, NoteKind.ENTERED, run=c.run, before=c.state.value, state=state.value, reason=reason)
    c.state = state
    c.deadline = c.held = c.halted = None
    match state:
        case State.RESTARTING:
            if c.goal is not Goal.START:
                c.deadline = turn.clock + settings.policy.restart_seconds
                c.restarted_at = turn.clock
            _touch(turn, c)
        case State.FENCING | State.DEMOTING:
            _touch(turn, c)
            c.withdrawn = True
        case State.PREFLIGHT | State.CUTTING | State.ADOPTING:
            c.positions = {}
            if state is State.CUTTING:
                c.followers = c.unwilling = frozenset()
        case State.PROMOTING:
            turn.bump(c)
            expect_synchronous(c, new_synchronous(settings, c))
        case State.WATCHING:
            c.goal = c.wanted = None
            c.ordered = False
    begin(turn, c, steps_of(settings, c))
    if state is State.RESTARTING and c.primary in c.off:
        _powering_on(c, c.primary)
    if state is State.REJOINING and c.wanted in c.off:
        _powering_on(c, c.wanted)
    if state not in RESTING and settled(c):
        finished(turn, c)


def _touch(turn: Turn, c: ClusterState) -> None:
    """From here on the recovery changes something: it counts as an attempt, whatever comes of it."""
    if not c.touched:
        recent = turn.clock - turn.settings(c).policy.within_seconds
        c.attempts = (*(each for each in c.attempts if each > recent), turn.clock)
    c.touched, c.verified = True, False


def halt(turn: Turn, c: ClusterState, reason: HaltReason) -> None:
    """Stop, and tell which orders lead on."""
    if c.state is not State.HALTED:
        enter(turn, c, State.HALTED)
    c.halted = reason
    c.verified = False
    c.deadline = turn.clock + RETRY_SECONDS if reason in _TRIED_AGAIN else None
    turn.note(c, NoteKind.HALTED, reason=reason.value, orders=[order.value for order in WAYS_OUT[reason]])
    if reason is HaltReason.STALE_JOURNAL:
        c.distrusted, c.timeline, c.synchronous = True, None, ()
    if reason is not c.told:
        _tell_halt(turn, c, reason)
    c.told = reason


def _tell_halt(turn: Turn, c: ClusterState, reason: HaltReason) -> None:
    """Tell people once what is in the way, and ask them for what only they can do."""
    turn.tell(c, reason.value, *WAYS_OUT[reason])
    if reason is HaltReason.NOT_FENCED:
        for host in c.suspects:
            if host not in c.off:
                turn.send(c, CommandKind.ASK, host, ask_to_switch_off(host))


_TRIED_AGAIN = frozenset({HaltReason.NOT_FENCED, HaltReason.NOT_ROUTED, HaltReason.NOT_SERVING})
"""What may be tried again without harm, and without anybody telling that it would work now."""


def learned(turn: Turn, c: ClusterState, progress: Progress) -> None:
    """Note what a settled step has shown."""
    step, evidence, host = progress.step, progress.evidence, progress.step.target
    if progress.status is not Status.DONE:
        if step.kind is CommandKind.FENCE:
            _next_level(turn, c, host)
        elif c.state is State.WATCHING:
            c.unwilling |= {host}
        return
    match step.question:
        case Question.IS_OFF:
            c.off |= {host}
            forget(c, host, Health.PRIMARY, Health.STANDBY)
            turn.note(c, NoteKind.FENCED, host=host, by=step.details["level"])
        case Question.FOLLOWS:
            c.followers |= {host}
        case Question.SYNCHRONOUS if host == c.primary:
            c.synchronous = (frozenset(evidence["standbys"]),)
        case None:
            c.positions = {**c.positions, host: Position.of(evidence)}
            if host == c.primary and c.timeline is None and evidence["role"] == "primary":
                c.timeline = evidence["timeline"]
        case Question.ROLE:
            if step.details["role"] == "primary":
                c.verified, c.timeline = True, evidence["timeline"]
                if step.kind is not None:
                    forget(c, host, Health.PROCESS_DEAD, Health.STANDBY, Health.SILENT)
            else:
                forget(c, host, Health.PRIMARY)


def _next_level(turn: Turn, c: ClusterState, host: str) -> None:
    """Whatever cannot be verified has failed: try the next level of fencing."""
    c.levels_tried = {**c.levels_tried, host: c.levels_tried.get(host, 0) + 1}
    step = fence(turn.settings(c), c, host)
    if step is not None:
        c.steps = {**c.steps, step.key: Progress(step)}
        advance(turn, c)


def finished(turn: Turn, c: ClusterState) -> None:
    """Go on from a stage all of whose steps have settled."""
    match c.state:
        case State.RESTARTING:
            _restarted(turn, c)
        case State.PREFLIGHT:
            _looked_round(turn, c)
        case State.FENCING:
            if any(host not in c.off for host in c.suspects):
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
            if _all_done(c):
                c.withdrawn = False
                _recovered(turn, c)
            else:
                halt(turn, c, HaltReason.NOT_ROUTED)
        case State.REJOINING:
            if done(c, "rejoin"):
                assert c.wanted is not None
                c.quarantined -= {c.wanted}
                turn.note(c, NoteKind.REJOINED, host=c.wanted)
            enter(turn, c, State.WATCHING)
        case State.ADOPTING:
            _adopted(turn, c)
        case State.WATCHING | State.SUSPECT | State.WAITING | State.HALTED:
            pass


def _all_done(c: ClusterState) -> bool:
    return all(progress.status is Status.DONE for progress in c.steps.values())


def _powering_on(c: ClusterState, host: str) -> None:
    """From the order on, *host* may come up."""
    c.off -= {host}
    c.power_ons = {**c.power_ons, host: c.power_ons.get(host, 0) + 1}


def _restarted(turn: Turn, c: ClusterState) -> None:
    if done(c, "start"):
        c.suspects = ()
        enter(turn, c, State.RESTORING if c.withdrawn else State.VERIFYING)
    elif c.goal is Goal.START:
        halt(turn, c, HaltReason.NOT_STARTED)
    else:
        restart_failed(turn, c)


def restart_failed(turn: Turn, c: ClusterState) -> None:
    """The restart in place did not work within its bound: what is left is a failover, if nothing holds it back."""
    reason = None if c.ordered else held(turn.state, turn.settings(c), c)
    if reason is None:
        enter(turn, c, State.PREFLIGHT)
    else:
        enter(turn, c, State.SUSPECT)
        hold(turn, c, reason)


def hold(turn: Turn, c: ClusterState, reason: str) -> None:
    """Say what holds the recovery back, once."""
    if c.held != reason:
        c.held = reason
        turn.note(c, NoteKind.HELD, reason=reason)
        turn.tell(c, f"the primary '{c.primary}' is lost, and nothing is done: {reason}", OrderKind.FAILOVER)


def forget(c: ClusterState, host: str, *healths: Health) -> None:
    """Forget what the detector made of *host* if that was one of *healths*: it was seen before what has just been done to it."""
    if health_of(c, host) in healths:
        c.health = {each: sighting for each, sighting in c.health.items() if each != host}


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
        if fit and (c.wanted is None or c.wanted in fit):
            enter(turn, c, State.DEMOTING)
        else:
            turn.note(c, NoteKind.ORDER_REFUSED, order="switchover", reason="nobody is fit to take over")
            enter(turn, c, State.WATCHING)
        return
    if not c.ordered:
        if done(c, "role") or health_of(c, c.primary) is Health.PRIMARY:
            forget(c, c.primary, Health.PROCESS_DEAD, Health.STANDBY)
            turn.note(c, NoteKind.WITHDRAWN, host=c.primary)
            enter(turn, c, State.WATCHING)
            return
        if (reason := held(turn.state, turn.settings(c), c)) is not None and not c.touched:
            enter(turn, c, State.SUSPECT)
            hold(turn, c, reason)
            return
    if c.distrusted:
        c.suspects = tuple(host for host in turn.settings(c).cluster.members if host not in c.off and _may_be_primary(c, host))
    choice = _choose(turn, c)
    if choice.candidate is None:
        assert choice.halt is not None
        halt(turn, c, choice.halt)
    else:
        enter(turn, c, State.FENCING)


def _demoted(turn: Turn, c: ClusterState) -> None:
    demote = c.steps["demote"]
    if demote.status is Status.DONE:
        c.suspects = ()
        enter(turn, c, State.CUTTING)
    elif demote.status is Status.FAILED and demote.evidence.get("role", "primary") == "primary":
        enter(turn, c, State.RESTORING)
    else:
        c.goal = Goal.FAILOVER
        enter(turn, c, State.FENCING)


def _cut(turn: Turn, c: ClusterState) -> None:
    """Choose, once it is known of everybody who may still be primary that he is not."""
    c.suspects = tuple(host for host in c.suspects if host not in c.off and not _answered(c, host))
    if c.suspects:
        halt(turn, c, HaltReason.NOT_FENCED)
        return
    choice = _choose(turn, c)
    if choice.candidate is None:
        assert choice.halt is not None
        halt(turn, c, choice.halt)
        return
    c.candidate, c.lost_seconds = choice.candidate, choice.lost_seconds
    turn.note(c, NoteKind.CHOSE, host=c.candidate, lost_seconds=c.lost_seconds)
    enter(turn, c, State.PROMOTING)


def _answered(c: ClusterState, host: str) -> bool:
    """Say whether *host* told what it is: a standby, or promoted after all, and then it is the only choice."""
    read = c.positions.get(host)
    return read is not None and (read.role == "standby" or (read.role == "primary" and host != c.primary))


def _promoted(turn: Turn, c: ClusterState) -> None:
    assert c.candidate is not None
    candidate, promote = c.candidate, c.steps["promote"]
    if promote.status is Status.DONE:
        if turn.settings(c).synchronous:
            c.synchronous = (new_synchronous(turn.settings(c), c),)
        if c.primary not in c.positions:
            _quarantine(turn, c, c.primary)
        c.primary, c.suspects, c.distrusted = candidate, (), False
        turn.note(c, NoteKind.PROMOTED, host=candidate, lost_seconds=c.lost_seconds)
        enter(turn, c, State.REROUTING)
        return
    c.tried |= {candidate}
    turn.note(c, NoteKind.NOT_PROMOTED, host=candidate)
    if promote.status is Status.FAILED and promote.evidence["role"] == "standby":
        enter(turn, c, State.CUTTING)
    else:  # it may be primary now, or become it when its database starts
        c.suspects = (candidate,)
        enter(turn, c, State.FENCING)


def _quarantine(turn: Turn, c: ClusterState, host: str) -> None:
    c.quarantined |= {host}
    turn.note(c, NoteKind.QUARANTINED, host=host)


def _rerouted(turn: Turn, c: ClusterState) -> None:
    """Once it is known who follows, commits wait for those and nobody else; then a write has to go through."""
    if any(progress.status is not Status.DONE for key, progress in c.steps.items() if not key.startswith("follow ")):
        halt(turn, c, HaltReason.NOT_SERVING if "synchronous" in c.steps else HaltReason.NOT_ROUTED)
        return
    if turn.settings(c).synchronous and c.synchronous != (c.followers,):
        begin(turn, c, [change_synchronous(c, c.followers)])
        return
    c.withdrawn = False
    enter(turn, c, State.VERIFYING)


def expect_synchronous(c: ClusterState, standbys: frozenset[str]) -> None:
    """Reckon with *standbys* before anything is changed. What was unknown before stays unknown until it is verified."""
    if c.synchronous and standbys not in c.synchronous:
        c.synchronous = (*c.synchronous, standbys)


def change_synchronous(c: ClusterState, standbys: frozenset[str]) -> Step:
    """Return the step that makes commits wait for *standbys*, having reckoned with it."""
    expect_synchronous(c, standbys)
    return set_synchronous(c, standbys)


def _recovered(turn: Turn, c: ClusterState) -> None:
    turn.note(c, NoteKind.RECOVERED, primary=c.primary, run=c.run)
    if c.goal in (Goal.FAILOVER, Goal.SWITCHOVER) and c.candidate is not None:
        turn.send(c, CommandKind.HOOK, c.primary, {"name": f"after_{c.goal.value}", "primary": c.primary, "run": c.run})
    enter(turn, c, State.WATCHING)


def _adopted(turn: Turn, c: ClusterState) -> None:
    """Take the member that an operator named, and switch off whoever else may think it is primary."""
    assert c.wanted is not None
    named = c.positions.get(c.wanted)
    if named is None or named.role != "primary":
        halt(turn, c, HaltReason.NOT_PRIMARY)
        return
    c.timeline = named.timeline
    known = c.steps["synchronous"].evidence if "synchronous" in c.steps else {}
    c.synchronous = (frozenset(known["standbys"]),) if known else ()
    members = turn.settings(c).cluster.members
    c.suspects = tuple(host for host in members if host != c.wanted and host not in c.off and _may_be_primary(c, host))
    if c.suspects:
        enter(turn, c, State.FENCING)
    else:
        _take_named(turn, c)


def _may_be_primary(c: ClusterState, host: str) -> bool:
    read = c.positions.get(host)
    return read is None or read.role == "primary"


def _take_named(turn: Turn, c: ClusterState) -> None:
    """Whoever was switched off for it stays off until it is rejoined."""
    assert c.wanted is not None
    for host in dict.fromkeys((*c.suspects, c.primary)):
        if host != c.wanted:
            _quarantine(turn, c, host)
    c.quarantined -= {c.wanted}
    c.primary, c.suspects, c.distrusted = c.wanted, (), False
    enter(turn, c, State.REROUTING)
