"""Who serves in each cluster, and the switchovers: `simulator.reference.switchovers` once more."""

from simulator.kernel.compiled import compiled, word
from simulator.kernel.draws import draw
from simulator.kernel.gates import GONE, break_, mend, write
from simulator.kernel.reaching import Root, cluster_at, concerned_at, host_at, node_at, way_at
from simulator.kernel.schedule import schedule
from simulator.plant.switchover import PRIMARY_RETURNS, TAKEOVER_ENDS
from simulator.plant.tables import Told

_TAKEOVER_ENDS, _PRIMARY_RETURNS = word(TAKEOVER_ENDS), word(PRIMARY_RETURNS)
_TAKEOVER = word(Told.TAKEOVER)


@compiled
def host_turned(w: Root, first: int) -> None:
    """Look again at every cluster that a host is a member or a proxy of: those that are listed from *first* to the next -1."""
    at = first
    while concerned_at(w, at).to >= 0:
        _review(w, concerned_at(w, at).to)
        at += 1


@compiled
def _review(w: Root, cluster: int) -> None:
    c = cluster_at(w, cluster)
    routed = c.routes == c.routes_end
    for at in range(c.routes, c.routes_end):
        routed = routed or node_at(w, host_at(w, at).to).up != 0
    if c.unrouted and routed:
        c.unrouted = 0
        mend(w, c.node)
    elif not c.unrouted and not routed:
        c.unrouted = 1
        break_(w, c.node)
    if node_at(w, host_at(w, c.members + c.primary).to).up:
        if not c.serving and c.return_timer == 0:
            seconds = draw(w, c.returns, c.returns_stream)
            c.return_timer = schedule(w, seconds, _PRIMARY_RETURNS, c.node, cluster)
        return
    c.return_timer = 0
    if c.serving:
        c.serving = 0
        c.given_up = 0
        break_(w, c.node)
    if c.takeover_timer == 0 and not c.given_up and _candidate(w, cluster) >= 0:
        _take_over(w, cluster)


@compiled
def _candidate(w: Root, cluster: int) -> int:
    """Return the first member but the primary that is up, or -1."""
    c = cluster_at(w, cluster)
    for member in range(c.members_end - c.members):
        if member != c.primary and node_at(w, host_at(w, c.members + member).to).up:
            return member
    return -1


@compiled
def _take_over(w: Root, cluster: int) -> None:
    """Begin a switchover: what was lost, and whether its end can be proven, decide how long it takes."""
    c = cluster_at(w, cluster)
    shared = node_at(w, host_at(w, c.members + c.primary).to).reasons == 0
    fenced = False
    for way in range(c.ways, c.ways_end):
        answers = True
        for at in range(way_at(w, way).uses, way_at(w, way).uses_end):
            answers = answers and node_at(w, host_at(w, at).to).up != 0
        fenced = fenced or answers
    kind = 2 * int(shared) + int(not fenced)
    seconds = draw(w, c.laws + kind, c.streams + kind)
    if seconds == float("inf"):
        c.given_up = 1
    else:
        c.takeover_timer = schedule(w, seconds, _TAKEOVER_ENDS, c.node, cluster)


@compiled
def takeover_ends(w: Root, cluster: int) -> None:
    """A standby serves from now on, if one is still up."""
    c = cluster_at(w, cluster)
    c.takeover_timer = 0
    member = _candidate(w, cluster)
    if member < 0:
        return
    c.primary = member
    c.takeovers += 1
    c.return_timer = 0
    c.serving = 1
    write(w, _TAKEOVER, cluster, GONE, member)
    mend(w, c.node)


@compiled
def primary_returns(w: Root, cluster: int) -> None:
    """The primary serves again: it was back first."""
    c = cluster_at(w, cluster)
    c.return_timer = 0
    c.takeover_timer = 0
    c.serving = 1
    mend(w, c.node)
