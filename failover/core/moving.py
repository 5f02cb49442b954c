"""How a recovery moves: how it begins, how it goes from one state to the next, how it halts, and what people are told of that."""

from failover.core.cluster import ClusterState, Goal
from failover.core.commands import CommandKind
from failover.core.events import Health, OrderKind
from failover.core.notes import NoteKind
from failover.core.progress import begin
from failover.core.settings import RETRY_SECONDS, RETRY_SECONDS_MAX
from failover.core.stages import ask_to_switch_off, health_of, new_synchronous, set_synchronous, steps_of
from failover.core.states import EDGES, WAYS_OUT, HaltReason, State
from failover.core.steps import Step
from failover.core.turn import Turn
from topology.model import Mode


def start(turn: Turn, c: ClusterState, goal: Goal, state: State, because: str, unsettled: tuple[str, ...] = ()) -> None:
    """Begin a recovery of *c*, under an epoch of its own. Who of the last one is *unsettled* may have been promoted still."""
    c.run += 1
    turn.bump(c)
    c.goal = goal
    c.suspects = tuple(dict.fromkeys((c.primary, *unsettled)))
    c.levels_tried, c.tried, c.candidate, c.touched, c.loss_accepted, c.told = {}, frozenset(), None, False, False, None
    c.retries, c.claimed, c.stumbled, c.refused, c.wanted_synchronous = 0, frozenset(), frozenset(), (), ()
    c.approvals = {}  # a yes is good for one recovery, whoever began it
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
            c.positions = {}
            _touch(turn, c)
        case State.FENCING | State.DEMOTING:
            _touch(turn, c)
            c.withdrawn = True
        case State.PREFLIGHT | State.CUTTING | State.ADOPTING:
            c.positions = {}
            c.news = False
            if state is not State.PREFLIGHT:
                c.followers = c.unwilling = frozenset()
        case State.PROMOTING:
            turn.bump(c)
            c.promoting_since = c.epoch
            expect_synchronous(c, new_synchronous(settings, c))
        case State.WATCHING:
            c.goal = c.wanted = None
            c.ordered = c.distrusted = False
    begin(turn, c, steps_of(settings, c))
    if state is State.REJOINING and c.wanted in c.off:
        powering_on(c, c.wanted)


def _touch(turn: Turn, c: ClusterState) -> None:
    """From here on the recovery changes something: it counts as an attempt, whatever comes of it."""
    if not c.touched:
        recent = turn.clock - turn.settings(c).policy.within_seconds
        c.attempts = (*(each for each in c.attempts if each > recent), turn.clock)
        if not c.ordered:
            turn.tell(c, f"the primary '{c.primary}' is lost, and its recovery has begun")
    c.touched, c.verified = True, False


def halt(turn: Turn, c: ClusterState, reason: HaltReason) -> None:
    """Stop, and tell which orders lead on."""
    if c.state is not State.HALTED:
        enter(turn, c, State.HALTED)
    c.halted = reason
    c.verified, c.news = False, c.news and reason in _LOOKED  # what came meanwhile may be what was lacking
    if reason in _TRIED_AGAIN and not (reason is HaltReason.NOT_FENCED and not turn.settings(c).levels):
        rest(turn, c)
    if reason is HaltReason.STALE_JOURNAL:
        c.distrusted, c.timeline, c.synchronous = True, None, ()
    if (text := _what_halts(c, reason)) != c.told:
        _tell_halt(turn, c, reason, text)
    c.told = text


def rest(turn: Turn, c: ClusterState) -> None:
    """Let what did not work rest for a while, longer each time."""
    c.deadline = turn.clock + min(RETRY_SECONDS * 2 ** min(c.retries, 20), RETRY_SECONDS_MAX)
    c.retries += 1


def fence_again(turn: Turn, c: ClusterState) -> None:
    """Try every level anew."""
    c.levels_tried = {}
    enter(turn, c, State.FENCING)


def primary_is_back(turn: Turn, c: ClusterState) -> None:
    """Nobody has to take over. Clients go back to the primary if they were withdrawn from it, unless another may be theirs now."""
    if (reason := _replaced(turn, c)) is not None:
        halt(turn, c, reason)
        return
    turn.note(c, NoteKind.WITHDRAWN, host=c.primary)
    enter(turn, c, State.RESTORING if c.withdrawn or c.distrusted else State.WATCHING)


def _replaced(turn: Turn, c: ClusterState) -> HaltReason | None:
    """Say why the primary may not be it any more: another member is, or may be, where the journal cannot be trusted."""
    settings = turn.settings(c)
    if settings.policy.mode is Mode.OBSERVE:
        return None
    elsewhere = {health_of(c, host) for host in settings.others(c.primary) if host not in c.off}
    if Health.PRIMARY in elsewhere:
        return HaltReason.TWO_PRIMARIES
    return HaltReason.STALE_JOURNAL if c.distrusted and elsewhere - {Health.STANDBY} else None


def _what_halts(c: ClusterState, reason: HaltReason) -> str:
    """Say what is in the way: of whom nobody can prove that he is off, and whether he is seen, for then nobody may attest it."""
    if reason is not HaltReason.NOT_FENCED:
        return reason.value
    seen = {Health.PRIMARY: ", which accepts writes", Health.SILENT: "", None: ""}
    hosts = (f"'{host}'{seen.get(health_of(c, host), ', which is seen')}" for host in c.suspects if host not in c.off)
    return f"nobody can prove that this is off: {', '.join(hosts)}"


def _tell_halt(turn: Turn, c: ClusterState, reason: HaltReason, text: str) -> None:
    """Tell people once what is in the way, and ask them for what only they can do."""
    turn.note(c, NoteKind.HALTED, reason=reason.value, text=text, orders=[order.value for order in WAYS_OUT[reason]])
    turn.tell(c, text, *WAYS_OUT[reason])
    if reason is HaltReason.NOT_FENCED:
        for host in c.suspects:
            if host not in c.off:
                turn.send(c, CommandKind.ASK, host, ask_to_switch_off(host))


_LOOKED = frozenset({HaltReason.NO_CANDIDATE, HaltReason.WOULD_LOSE})
"""What a look round at the members has come to."""
_TRIED_AGAIN = frozenset({HaltReason.NOT_FENCED, HaltReason.NOT_ROUTED, HaltReason.NOT_SERVING}) | _LOOKED
"""What may be tried again without harm, and without anybody telling that it would work now."""


def hold(turn: Turn, c: ClusterState, reason: str) -> None:
    """Say what holds the recovery back, once."""
    if c.held != reason:
        c.held = reason
        turn.note(c, NoteKind.HELD, reason=reason)
        turn.tell(c, f"the primary '{c.primary}' is lost, and nothing is done: {reason}", OrderKind.FAILOVER)


def expect_synchronous(c: ClusterState, standbys: frozenset[str]) -> None:
    """Reckon with *standbys* before anything is changed. What was unknown before stays unknown until it is verified."""
    if c.synchronous and standbys not in c.synchronous:
        c.synchronous = (*c.synchronous, standbys)


def change_synchronous(c: ClusterState, standbys: frozenset[str]) -> Step:
    """Return the step that makes commits wait for *standbys*, having reckoned with it."""
    expect_synchronous(c, standbys)
    return set_synchronous(c, standbys)


def powering_on(c: ClusterState, host: str) -> None:
    """From the order on, *host* may come up."""
    c.off -= {host}
    c.power_ons = {**c.power_ons, host: c.power_ons.get(host, 0) + 1}


def forget(turn: Turn, c: ClusterState, host: str, *healths: Health) -> None:
    """Forget what the detector made of *host* if that was one of *healths*: it was seen before what has just been done to it."""
    if health_of(c, host) in healths:
        c.health = {each: sighting for each, sighting in c.health.items() if each != host}
        turn.forgotten.append(host)
