"""What operators order: refused with one reason, or done. No pause and no policy but `observe` stands in their way."""

from collections.abc import Callable, Mapping

from failover.core.cluster import ClusterState, Goal
from failover.core.commands import CommandKind, Question
from failover.core.events import NEEDS_REASON, Health, Ordered, OrderKind
from failover.core.moving import enter, fence_again, hold, start
from failover.core.notes import Note, NoteKind
from failover.core.progress import advance_page
from failover.core.settings import APPROVAL_SECONDS
from failover.core.states import WAYS_OUT, HaltReason, State
from failover.core.steps import Status, Step
from failover.core.suspects import settled_suspects, suspects_answer
from failover.core.turn import Turn
from failover.core.watching import lost
from topology.model import Mode


def obey(turn: Turn, order: Ordered) -> None:
    """Do what *order* says, or say why not."""
    c = turn.cluster(order.cluster)
    before = len(turn.notes)
    refusal = _forbidden(turn, c, order) or _ORDERS[order.kind](turn, c, order)
    if refusal is None:
        data = {"order": order.kind.value, "operator": order.operator, "host": order.host, "reason": order.reason}
        turn.notes.insert(before, Note(c.name, NoteKind.ORDERED, data))  # before what comes of it
    else:
        turn.note(c, NoteKind.ORDER_REFUSED, order=order.kind.value, operator=order.operator, reason=refusal)


def _forbidden(turn: Turn, c: ClusterState, order: Ordered) -> str | None:
    settings = turn.settings(c)
    if settings.policy.mode is Mode.OBSERVE and order.kind not in _HARMLESS:
        return "the policy only observes"
    if order.kind in NEEDS_REASON and not order.reason.strip():
        return "this order needs a reason"
    if order.expected_primary is not None and order.expected_primary != c.primary:
        return f"it expects '{order.expected_primary}' as primary, which is '{c.primary}'"
    if order.kind in _NAMES_MEMBER and order.host not in settings.cluster.members:
        return f"'{order.host}' is no member of '{c.name}'"
    return None


_HARMLESS = frozenset({OrderKind.PAUSE, OrderKind.RESUME, OrderKind.MAINTENANCE, OrderKind.ACKNOWLEDGE})
_NAMES_MEMBER = frozenset({OrderKind.REJOIN, OrderKind.ADOPT, OrderKind.CONFIRM_FENCED})
_IDLE = frozenset({State.WATCHING, State.SUSPECT, State.WAITING})


def _failover(turn: Turn, c: ClusterState, order: Ordered) -> str | None:
    if c.state not in _IDLE and not (c.state is State.HALTED and OrderKind.FAILOVER in _ways_out(c)):
        return f"the cluster is {c.state.value}"
    if order.host is not None and (order.host == c.primary or order.host not in turn.settings(c).cluster.members):
        return f"'{order.host}' cannot take over from '{c.primary}'"
    unsettled = c.suspects if c.state is State.HALTED and not settled_suspects(c) else ()
    c.ordered, c.wanted, c.declined_by = True, order.host, None
    start(turn, c, Goal.FAILOVER, State.PREFLIGHT, f"'{order.operator}' ordered it", unsettled)
    return None


def _ways_out(c: ClusterState) -> tuple[OrderKind, ...]:
    return WAYS_OUT[c.halted] if c.halted is not None else ()


def _switchover(turn: Turn, c: ClusterState, order: Ordered) -> str | None:
    if c.state is not State.WATCHING or lost(c):
        return "a switchover needs a primary that is well; order a failover"
    if order.host is not None and (order.host == c.primary or order.host not in turn.settings(c).cluster.members):
        return f"'{order.host}' cannot take over from '{c.primary}'"
    c.ordered, c.wanted = True, order.host
    start(turn, c, Goal.SWITCHOVER, State.PREFLIGHT, f"'{order.operator}' ordered it")
    return None


def _failback(turn: Turn, c: ClusterState, order: Ordered) -> str | None:
    home = turn.settings(c).cluster.primary
    if home == c.primary:
        return f"'{home}' is the primary"
    if home in c.quarantined:
        return f"'{home}' is quarantined; order its rejoin first"
    return _switchover(turn, c, order._replace(host=home))


def _rejoin(turn: Turn, c: ClusterState, order: Ordered) -> str | None:
    if c.state is not State.WATCHING or lost(c):
        return f"the cluster is {c.state.value}, and a rejoin needs a primary that is well"
    if order.host == c.primary:
        return f"'{order.host}' is the primary"
    c.wanted = order.host
    start(turn, c, Goal.REJOIN, State.REJOINING, f"'{order.operator}' ordered it")
    return None


def _start(turn: Turn, c: ClusterState, order: Ordered) -> str | None:
    if order.host not in (None, c.primary):
        return f"only the primary, '{c.primary}', can be started as one"
    elsewhere = [host for host in c.suspects if host != c.primary and host not in c.off]
    if c.state is State.HALTED and elsewhere:
        return f"'{elsewhere[0]}' may be primary; confirm that it is off first"
    if c.state not in (State.SUSPECT, State.WAITING) and OrderKind.START not in _ways_out(c):
        return f"the cluster is {c.state.value}"
    c.ordered, c.declined_by = True, None
    c.quarantined -= {c.primary}
    start(turn, c, Goal.START, State.RESTARTING, f"'{order.operator}' ordered it")
    return None


def _adopt(turn: Turn, c: ClusterState, order: Ordered) -> str | None:
    if c.state not in _IDLE and c.state is not State.HALTED:
        return f"the cluster is {c.state.value}"
    c.ordered, c.wanted, c.declined_by = True, order.host, None
    start(turn, c, Goal.ADOPT, State.ADOPTING, f"'{order.operator}' ordered it")
    return None


def _abort(turn: Turn, c: ClusterState, order: Ordered) -> str | None:
    """Before anything was done that cannot be undone; afterwards the only way is forward."""
    match c.state:
        case State.PREFLIGHT if c.goal is Goal.SWITCHOVER:
            enter(turn, c, State.WATCHING)
        case State.WAITING | State.RESTARTING | State.PREFLIGHT:
            c.declined_by, c.ordered, c.wanted = order.operator, False, None
            c.approvals = {}  # a no voids every yes before it
            enter(turn, c, State.SUSPECT)
            hold(turn, c, f"'{order.operator}' declined it")
        case State.DEMOTING if c.steps["demote"].status is Status.TODO:
            enter(turn, c, State.RESTORING)
        case _:
            return f"the cluster is {c.state.value}: there is nothing that could be taken back"
    return None


def _approve(turn: Turn, c: ClusterState, order: Ordered) -> str | None:
    if c.state is not State.WAITING:
        return f"the cluster is {c.state.value} and waits for nobody"
    typed = order.wall_seconds if order.typed_wall_seconds is None else order.typed_wall_seconds
    if typed <= turn.state.wall_seconds - APPROVAL_SECONDS:
        return "it has expired"
    c.approvals = {**c.approvals, order.operator: typed}
    return None


def _reject(turn: Turn, c: ClusterState, order: Ordered) -> str | None:
    if c.state is not State.WAITING:
        return f"the cluster is {c.state.value} and waits for nobody"
    return _abort(turn, c, order)


def _retry(turn: Turn, c: ClusterState, order: Ordered) -> str | None:
    if c.state is State.SUSPECT and c.declined_by is not None:
        c.declined_by = None
        return None
    if OrderKind.RETRY not in _ways_out(c):
        return f"the cluster is {c.state.value}: there is nothing to be tried again"
    c.declined_by, c.tried = None, frozenset()
    _go_on(turn, c)
    return None


def _go_on(turn: Turn, c: ClusterState) -> None:
    """Try again what halted, and tell anew if it halts again."""
    c.ordered, c.told = True, None
    match c.halted:
        case HaltReason.NOT_FENCED:
            fence_again(turn, c)
        case HaltReason.NOT_STARTED:
            enter(turn, c, State.RESTARTING)
        case HaltReason.NOT_ROUTED | HaltReason.NOT_SERVING:
            if lost(c):
                start(turn, c, Goal.FAILOVER, State.PREFLIGHT, "the primary is lost again")
            else:
                enter(turn, c, State.REROUTING)
        case _:
            comparable = settled_suspects(c) or suspects_answer(c)
            enter(turn, c, State.CUTTING if c.touched and comparable else State.PREFLIGHT)


def _accept_loss(turn: Turn, c: ClusterState, order: Ordered) -> str | None:
    if c.state is not State.HALTED or c.halted is not HaltReason.WOULD_LOSE:
        return "nothing is held back because of what would be lost"
    c.loss_accepted = True
    _go_on(turn, c)
    return None


def _confirm_fenced(turn: Turn, c: ClusterState, order: Ordered) -> str | None:
    """A named person has seen that a host is off. Refused while anything still sees it, or nobody has looked."""
    assert order.host is not None
    if c.state is not State.HALTED or c.halted is not HaltReason.NOT_FENCED or order.host not in c.suspects:
        return f"nobody asked whether '{order.host}' is off"
    sighting = c.health.get(order.host)
    if sighting is None or sighting.health is not Health.SILENT or sighting.seen_by:
        seen = f" by {', '.join(sighting.seen_by)}" if sighting is not None and sighting.seen_by else ""
        return f"'{order.host}' is still seen{seen}"
    c.off |= {order.host}
    turn.note(c, NoteKind.FENCED, host=order.host, by=order.operator)
    enter(turn, c, State.FENCING)
    return None


def _pause(turn: Turn, c: ClusterState, order: Ordered) -> str | None:
    c.paused_by = order.operator
    return None


def _resume(turn: Turn, c: ClusterState, order: Ordered) -> str | None:
    if c.paused_by is None:
        return "nothing is paused"
    c.paused_by = None
    return None


def _acknowledge(turn: Turn, c: ClusterState, order: Ordered) -> str | None:
    c.attempts, c.restarted_at = (), None
    return None


def _maintenance(turn: Turn, c: ClusterState, order: Ordered) -> str | None:
    if order.host is None or order.host not in turn.state.settings.topology.hosts:
        return f"'{order.host}' is no host"
    c.maintenance = {**c.maintenance, order.host: turn.state.wall_seconds + order.for_seconds}
    return None


def _withdraw_page(turn: Turn, c: ClusterState, order: Ordered) -> str | None:
    if order.host is None or order.service is None:
        return "it names no host" if order.host is None else "it names no service"
    details = {"service": order.service}
    step = Step(f"page {order.service} {order.host}", CommandKind.WITHDRAW_PAGE, order.host, Question.PAGE_WITHDRAWN, details)
    advance_page(turn, c, step)
    return None


_ORDERS: Mapping[OrderKind, Callable[[Turn, ClusterState, Ordered], str | None]] = {
    OrderKind.FAILOVER: _failover,
    OrderKind.SWITCHOVER: _switchover,
    OrderKind.FAILBACK: _failback,
    OrderKind.REJOIN: _rejoin,
    OrderKind.START: _start,
    OrderKind.ADOPT: _adopt,
    OrderKind.ABORT: _abort,
    OrderKind.APPROVE: _approve,
    OrderKind.REJECT: _reject,
    OrderKind.RETRY: _retry,
    OrderKind.ACKNOWLEDGE: _acknowledge,
    OrderKind.CONFIRM_FENCED: _confirm_fenced,
    OrderKind.ACCEPT_LOSS: _accept_loss,
    OrderKind.PAUSE: _pause,
    OrderKind.RESUME: _resume,
    OrderKind.MAINTENANCE: _maintenance,
    OrderKind.WITHDRAW_PAGE: _withdraw_page,
}
