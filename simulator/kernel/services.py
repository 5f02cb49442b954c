"""How services are, as in `simulator.services`; and what that comes to, as in `timeline.measures`."""

import math

from simulator.kernel.compiled import compiled, word
from simulator.kernel.gates import GONE, NOTHING, write
from simulator.kernel.reaching import Root, fluid_at, node_at, related_at, service_at
from simulator.kernel.schedule import schedule
from simulator.kernel.work import clear_work, clears_at, turn_work
from simulator.plant.tables import StateCode, Told
from simulator.world import Step

_UP, _BACKLOGGED, _STALE, _DOWN = (word(state) for state in StateCode)
_SERVICE, _WORKLOAD = word(Told.SERVICE), word(Told.WORKLOAD)
_COPY_READY, _BACKLOG_CLEARED = word(Step.COPY_READY), word(Step.BACKLOG_CLEARED)


@compiled
def update(w: Root, service: int) -> None:
    """Find out anew how *service* is; where it turns, so may those that read it, and their readers before the next of its own."""
    if not _turned(w, service):
        return
    service_at(w, service).above = -1
    path = service
    while path >= 0:
        s = service_at(w, path)
        if s.next == s.readers_end:
            path = s.above
            continue
        reader = related_at(w, s.next).to
        s.next += 1
        if _turned(w, reader):
            service_at(w, reader).above = path
            path = reader


@compiled
def _turned(w: Root, service: int) -> bool:
    """Turn *service* if it is not as it was; say whether it did."""
    s = service_at(w, service)
    state = _state_of(w, service)
    if state == s.state or (state == _UP and s.state == _BACKLOGGED):
        return False
    _turn(w, service, state)
    return True


@compiled
def _state_of(w: Root, service: int) -> int:
    """Say how *service* is, its backlog aside; note since when it has been without its needs or sources."""
    s = service_at(w, service)
    worst = _UP
    for at in range(s.sources, s.sources_end):
        worst = max(worst, service_at(w, related_at(w, at).to).state)
    if node_at(w, s.node).up and worst != _DOWN:
        s.lacking_since = -1.0
        s.copy_timer = 0
        return _STALE if worst == _STALE else _UP
    now = w.now
    if s.lacking_since < 0.0:
        s.lacking_since = now
    if s.fallback_after < 0.0:
        return _DOWN
    ready_in = s.lacking_since + s.fallback_after - now
    if ready_in <= 0:
        return _STALE
    if s.copy_timer == 0:
        s.copy_timer = schedule(w, ready_in, _COPY_READY, s.node, service)
    return _DOWN


@compiled
def copy_ready(w: Root, service: int) -> None:
    """Answer from the old copy, if nothing better does."""
    s = service_at(w, service)
    if s.state != _DOWN:
        return
    _turn(w, service, _STALE)
    for at in range(s.readers, s.readers_end):
        update(w, related_at(w, at).to)


@compiled
def _turn(w: Root, service: int, state: int) -> None:
    """Let *service* turn to *state*, backlogged if that is up while work is behind, and tell its work."""
    s = service_at(w, service)
    behind = False
    for fluid in range(s.fluids, s.fluids_end):
        turn_work(w, fluid, state, w.now)
        behind = behind or fluid_at(w, fluid).behind != 0.0
    s.clear_timer = 0
    _note(w, service, _BACKLOGGED if state == _UP and behind else state)
    if s.state == _BACKLOGGED:
        _clear_next(w, service)
    s.next = s.readers


@compiled
def _clear_next(w: Root, service: int) -> None:
    """Schedule the moment at which the next of its workloads has been worked off."""
    s = service_at(w, service)
    soonest, at = -1, math.inf
    for fluid in range(s.fluids, s.fluids_end):
        if fluid_at(w, fluid).behind != 0.0:
            clears = clears_at(w, fluid)
            if clears < at:
                soonest, at = fluid, clears
    if soonest >= 0:
        s.clearing = soonest
        s.clear_timer = schedule(w, max(0.0, at - w.now), _BACKLOG_CLEARED, s.node, service)


@compiled
def backlog_cleared(w: Root, service: int) -> None:
    """The workload that was to be worked off next has been."""
    s = service_at(w, service)
    clear_work(w, s.clearing, w.now)
    write(w, _WORKLOAD, s.clearing, GONE, NOTHING)
    for fluid in range(s.fluids, s.fluids_end):
        if fluid_at(w, fluid).behind != 0.0:
            _clear_next(w, service)
            return
    _note(w, service, _UP)


@compiled
def _note(w: Root, service: int, state: int) -> None:
    """Write down how *service* is from now on."""
    count_until(w, service, w.now)
    service_at(w, service).state = state
    write(w, _SERVICE, service, state, NOTHING)


@compiled
def count_until(w: Root, service: int, now: float) -> None:
    """Add the time until *now* to what *service* comes to; what takes no time is no outage."""
    s = service_at(w, service)
    if now <= s.since:
        return
    seconds = now - s.since
    well = s.state <= _BACKLOGGED or (s.state == _STALE and s.accepts_stale)
    if s.state == _UP:
        s.up += seconds
    elif s.state == _BACKLOGGED:
        s.backlogged += seconds
    elif s.state == _STALE:
        s.stale += seconds
    else:
        s.down += seconds
    if not well and s.down_since < 0.0:
        s.down_since = s.since
    elif well and s.down_since >= 0.0:
        end_outage(w, service, s.since)
    s.since = now


@compiled
def end_outage(w: Root, service: int, ends: float) -> None:
    """Count an outage that lasted until *ends*."""
    s = service_at(w, service)
    s.outages += 1
    s.longest = max(s.longest, ends - s.down_since)
    s.down_since = -1.0
