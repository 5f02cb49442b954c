"""What each settled step teaches of the hosts, and how fencing goes from level to level."""

from collections.abc import Mapping
from typing import Any

from failover.core.cluster import ClusterState, Goal, Position
from failover.core.commands import CommandKind, Epoch, Question, epoch_of
from failover.core.events import Health, OrderKind
from failover.core.moving import forget
from failover.core.notes import NoteKind
from failover.core.settings import FENCES_A_LEVEL
from failover.core.stages import caught_up, fence, health_of, seen_again
from failover.core.states import State
from failover.core.steps import Progress, Status, Step
from failover.core.turn import Turn


def learned(turn: Turn, c: ClusterState, progress: Progress) -> None:
    """Note what a settled step has shown."""
    step, evidence, host = progress.step, progress.evidence, progress.step.target
    if progress.status is not Status.DONE:
        leads_elsewhere = step.kind is None and step.question is Question.ROUTED and progress.status is Status.FAILED
        if step.kind is CommandKind.FENCE and may_be_back(c, host):
            look = Step("role", None, host, Question.ROLE, {"role": "primary"}, looks=1)
            c.steps = {**c.steps, look.key: Progress(look)}
        elif step.kind is CommandKind.FENCE:
            _fence_on(turn, c, progress)
        elif c.state is State.FENCING and step.key == "role":
            _fence_on(turn, c, c.steps[f"fence {host}"])
        elif c.state is State.WATCHING and leads_elsewhere:
            _take_misrouted(turn, c, host)
        elif c.state is State.WATCHING:
            c.unwilling |= {host}
            if step.question is Question.FOLLOWS and c.retries > 0:
                _tell_astray(turn, c, host)
        if step.question is Question.FOLLOWS:
            c.followers -= {host}
        return
    match step.question:
        case Question.IS_OFF:
            c.off |= {host}
            c.claimed -= {host}
            forget(turn, c, host, Health.PRIMARY, Health.STANDBY)
            if seen_again(c, host):  # it still counts as silent; whoever sees it may have seen it before it was off
                turn.forgotten.append(host)
            turn.note(c, NoteKind.FENCED, host=host, by=step.details["level"])
        case Question.FOLLOWS:
            c.followers |= {host}
            c.astray -= {host}
            if step.kind is CommandKind.REJOIN:
                forget(turn, c, host, Health.PROCESS_DEAD, Health.SILENT)
            if c.state is not State.REROUTING:  # what it has now is not what it had when it was asked
                c.positions = {each: position for each, position in c.positions.items() if each != host}
        case Question.ROUTED if step.details["primary"] == c.primary:
            c.unrouted -= {host}
            c.unasked -= {host}
        case Question.SYNCHRONOUS if host == c.primary:
            c.synchronous = (frozenset(evidence["standbys"]),)
        case None:
            c.positions = {**c.positions, host: Position.of(evidence)}
            forget(turn, c, host, Health.SILENT)  # it answers: if it falls silent yet, the detector will say so anew
            _claim(c, host, evidence["role"])
            if host in c.suspects and evidence["role"] == "standby":
                c.quarantined -= {host}  # it was not promoted, and obeys no order from before this look any more
            if c.state is State.WATCHING and host == c.primary:
                _learned_timeline(c, host, evidence["role"], evidence["timeline"])
            elif c.state is State.WATCHING and not caught_up(c, host):
                c.unwilling |= {host}
        case Question.ROLE if step.kind is CommandKind.PROMOTE and not as_chosen(c, evidence):
            pass  # what it writes goes on from other data than the primary's
        case Question.ROLE:
            if step.details["role"] == "primary":
                c.verified, c.timeline = True, evidence["timeline"]
                if step.kind is not None:
                    forget(turn, c, host, Health.PROCESS_DEAD, Health.STANDBY, Health.SILENT)
            else:
                c.claimed -= {host}
                if step.kind is CommandKind.DEMOTE:  # it was primary until now; somebody may have promoted it meanwhile, by hand
                    c.timeline = evidence["timeline"]
                forget(turn, c, host, Health.PRIMARY, Health.PROCESS_DEAD, Health.SILENT)


def as_chosen(c: ClusterState, evidence: Mapping[str, Any]) -> bool:
    """Say whether the candidate, which is primary by now, goes on from what was read of it.

    If somebody was quicker than the order, he may have put other data there: then its timeline is not the next one.
    """
    assert c.candidate is not None
    chosen = c.positions[c.candidate].timeline
    return evidence["timeline"] in (chosen, chosen + 1) or by_our_order(c, evidence)


def by_our_order(c: ClusterState, evidence: Mapping[str, Any]) -> bool:
    """Say whether the candidate, which is primary by now, was promoted by order of this recovery; by hand it is under no epoch."""
    return (epoch_of(evidence.get("epoch")) or Epoch(-1, -1)) >= c.promoting_since


def _take_misrouted(turn: Turn, c: ClusterState, proxy: str) -> None:
    """Take in that *proxy* leads clients elsewhere: it is told where to, once more."""
    c.unasked -= {proxy}
    c.unrouted |= {proxy}
    turn.tell(c, f"'{proxy}' does not lead clients to '{c.primary}', which is primary; it is told to")


def _tell_astray(turn: Turn, c: ClusterState, host: str) -> None:
    """Say once that *host*, which has been told so more than once, does not follow: it may never be able to."""
    if host not in c.astray:
        c.astray |= {host}
        turn.tell(c, f"'{host}' does not follow '{c.primary}', and may have to be rejoined", OrderKind.REJOIN)


def _claim(c: ClusterState, host: str, role: str) -> None:
    """Remember who said that it is primary, until it says that it is a standby."""
    if role == "primary":
        c.claimed |= {host}
    elif role == "standby":
        c.claimed -= {host}


def _learned_timeline(c: ClusterState, host: str, role: str, timeline: int) -> None:
    if role == "primary":
        c.timeline = timeline
    else:  # it has just been lost, and the detector has not noticed yet
        c.unwilling |= {host}


def may_be_back(c: ClusterState, host: str) -> bool:
    """Say whether *host* is the primary that was lost, and is seen again before anybody has taken over, or ordered that."""
    alone = host == c.primary and all(each == host or each in c.off for each in c.suspects)
    seen = seen_again(c, host) or health_of(c, host) is Health.PRIMARY
    return alone and seen and c.goal is Goal.FAILOVER and not c.ordered


def _fence_on(turn: Turn, c: ClusterState, failed: Progress) -> None:
    """Whatever cannot be verified has failed: try the next level of fencing; what was seen to be on, once more at the same."""
    host, again = failed.step.target, failed.status is Status.FAILED and failed.tries < FENCES_A_LEVEL
    if not again:
        c.levels_tried = {**c.levels_tried, host: c.levels_tried.get(host, 0) + 1}
    step = fence(turn.settings(c), c, host)
    if step is not None:
        c.steps = {**c.steps, step.key: Progress(step, tries=failed.tries if again else 0)}
