"""How the steps of a stage advance: those that nothing has to come before are begun, each is acted and looked at, until all
settle.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from failover.core.cluster import ClusterState
from failover.core.commands import CommandId, CommandKind, Outcome, answers
from failover.core.states import State
from failover.core.steps import LOOK_AGAIN_SECONDS, SETTLED, Progress, Status, Step, fulfilled
from failover.core.turn import Turn
from topology.model import Mode


def begin(turn: Turn, c: ClusterState, steps: Iterable[Step]) -> None:
    """Forget what was being done, and begin *steps*; what may still come of the former is from an older epoch then."""
    if any(progress.status is Status.ACTING for progress in c.steps.values()):
        turn.bump(c)
    c.pending = {each: key for each, key in c.pending.items() if key in c.page}
    c.steps = {step.key: Progress(step) for step in steps}
    advance(turn, c)


def advance(turn: Turn, c: ClusterState) -> None:
    """Begin every step whose predecessors are done; one of whose predecessors is not to be done cannot be done either."""
    changing = True
    while changing:
        changing = False
        for key, progress in c.steps.items():
            if progress.status is not Status.TODO:
                continue
            before = [c.steps[each].status for each in progress.step.after]
            if any(status is Status.FAILED or status is Status.UNCLEAR for status in before):
                c.steps = {**c.steps, key: progress._replace(status=Status.FAILED)}
                changing = True
            elif all(status is Status.DONE for status in before):
                _start(turn, c, progress)


def settled(c: ClusterState, idle: Collection[str] = ()) -> bool:
    """Say whether nothing is left to do or to look at, but for the steps of the keys *idle*, which nobody waits for."""
    return all(progress.status in SETTLED or key in idle for key, progress in c.steps.items())


def overdue(turn: Turn, c: ClusterState) -> bool:
    """Say whether a restart in place has had its time."""
    return c.state is State.RESTARTING and c.deadline is not None and c.deadline <= turn.clock


def done(c: ClusterState, key: str) -> bool:
    """Say whether the step *key* is there and done."""
    return key in c.steps and c.steps[key].status is Status.DONE


def ended(turn: Turn, c: ClusterState, sent: CommandId, outcome: Outcome, evidence: Mapping[str, Any]) -> Progress | None:
    """Take what is reported of the command *sent*; return its step if that has settled."""
    key = c.pending[sent]
    c.pending = {each: of for each, of in c.pending.items() if each != sent}
    progress = c.page[key] if key in c.page else c.steps[key]
    if progress.status is Status.ACTING:
        _look(turn, c, progress)
        return None
    if outcome is not Outcome.SUCCEEDED or not answers(progress.step.question, evidence):
        if progress.looks >= progress.step.looks:
            return _put(c, progress._replace(status=Status.UNCLEAR))
        due = turn.clock + LOOK_AGAIN_SECONDS
        _put(c, progress._replace(status=Status.RESTING, due=due))
        return None
    step = progress.step
    if fulfilled(step, evidence):
        return _put(c, progress._replace(status=Status.DONE, evidence=evidence))
    if step.kind is not None and progress.tries < step.tries and not overdue(turn, c):
        _act(turn, c, progress)
        return None
    return _put(c, progress._replace(status=Status.FAILED, evidence=evidence))


def give_up_on(c: ClusterState, host: str) -> None:
    """Wait no longer for what is only looked at on *host*: it does not answer."""
    looks = {
        key for key, each in c.steps.items() if each.step.target == host and each.step.kind is None and each.status not in SETTLED
    }
    c.pending = {sent: key for sent, key in c.pending.items() if key not in looks}
    c.steps = {key: each._replace(status=Status.UNCLEAR, due=None) if key in looks else each for key, each in c.steps.items()}


def look_now(turn: Turn, c: ClusterState, key: str) -> None:
    """Look what became of the act of the step *key*, whose effect was seen: its report may be lost."""
    if key in c.steps and c.steps[key].status is Status.ACTING:
        c.pending = {sent: of for sent, of in c.pending.items() if of != key}
        _look(turn, c, c.steps[key])


def look_again(turn: Turn, c: ClusterState) -> None:
    """Repeat the looks that are due."""
    for progress in (*c.steps.values(), *c.page.values()):
        if progress.due is not None and progress.due <= turn.clock:
            _look(turn, c, progress)


def resume(turn: Turn, c: ClusterState) -> None:
    """Take over what another controller left: of each of its commands nobody knows what became, so each is looked at.

    An act among them may never have left, so it does not count as tried.
    """
    orphans = list(c.pending.items())
    c.pending = {}
    for _, key in orphans:
        progress = c.page[key] if key in c.page else c.steps[key]
        if progress.status is Status.ACTING:
            progress = progress._replace(tries=progress.tries - 1)
        _look(turn, c, progress)
    if turn.settings(c).policy.mode is not Mode.OBSERVE:
        turn.commands += c.hooks.values()


def _start(turn: Turn, c: ClusterState, progress: Progress) -> None:
    if progress.step.kind is None or progress.step.look_first:
        _look(turn, c, progress)
    else:
        _act(turn, c, progress)


def _act(turn: Turn, c: ClusterState, progress: Progress) -> None:
    step = progress.step
    assert step.kind is not None
    sent = turn.send(c, step.kind, step.target, dict(step.details))
    c.pending = {**c.pending, sent: step.key}
    _put(c, progress._replace(status=Status.ACTING, tries=progress.tries + 1, looks=0, due=None))


def _look(turn: Turn, c: ClusterState, progress: Progress) -> None:
    """Look, under a new epoch if something was done: should it come late, it is refused."""
    step = progress.step
    if progress.status is Status.ACTING and step.kind is not CommandKind.FENCE:
        turn.bump(c)
    if step.question is None:
        sent = turn.send(c, CommandKind.READ_POSITIONS, step.target, {})
    else:
        sent = turn.send(c, CommandKind.VERIFY, step.target, {"question": step.question.value, **step.details})
    c.pending = {**c.pending, sent: step.key}
    _put(c, progress._replace(status=Status.LOOKING, looks=progress.looks + 1, due=None))


def _put(c: ClusterState, progress: Progress) -> Progress:
    key = progress.step.key
    if key in c.page:
        c.page = {**c.page, key: progress}
    else:
        c.steps = {**c.steps, key: progress}
    return progress


def advance_page(turn: Turn, c: ClusterState, step: Step) -> None:
    """Begin a *step* that no recovery waits for."""
    c.page = {**c.page, step.key: Progress(step)}
    _act(turn, c, c.page[step.key])
