"""Work as a fluid, as in `simulator.workloads`."""

import math

from simulator.kernel.compiled import compiled, word
from simulator.kernel.rates import between, when
from simulator.kernel.reaching import Root, fluid_at
from simulator.plant.tables import StateCode, WhenDownCode

_BACKLOGGED, _STALE = word(StateCode.BACKLOGGED), word(StateCode.STALE)
_LOST, _MANUAL, _WAIT = word(WhenDownCode.LOST), word(WhenDownCode.MANUAL), word(WhenDownCode.WAIT)


@compiled
def turn_work(w: Root, fluid: int, state: int, now: float) -> None:
    """Take account of the time until *now*, at which the service turns to *state*."""
    advance(w, fluid, now)
    f = fluid_at(w, fluid)
    f.state = state
    if state <= _BACKLOGGED and f.behind != 0.0 and f.drain < 0:
        _work_off(w, fluid, f.behind)
        f.behind = 0.0


@compiled
def clears_at(w: Root, fluid: int) -> float:
    """Return when what is behind will have been worked off if the service stays available."""
    f = fluid_at(w, fluid)
    return math.inf if f.drain < 0 else when(w, f.drain, f.since, f.behind)


@compiled
def clear_work(w: Root, fluid: int, now: float) -> None:
    """Take account of the time until *now*, when what is behind has been worked off."""
    advance(w, fluid, now)
    _work_off(w, fluid, fluid_at(w, fluid).behind)
    fluid_at(w, fluid).behind = 0.0


@compiled
def advance(w: Root, fluid: int, now: float) -> None:
    """Take account of the time until *now*."""
    f = fluid_at(w, fluid)
    arrived = between(w, f.arrivals, f.since, now)
    if f.state <= _BACKLOGGED:
        f.served += arrived
        if f.behind != 0.0 and f.drain >= 0:
            done = min(f.behind, between(w, f.drain, f.since, now))
            f.behind -= done
            _work_off(w, fluid, done)
    elif f.state == _STALE:
        f.stale += arrived
    else:
        if f.falls_behind:
            f.behind += arrived
        if f.when_down == _LOST:
            f.lost += arrived
        elif f.when_down == _MANUAL:
            f.manual += arrived
    f.peak = max(f.peak, f.behind)
    f.since = now


@compiled
def _work_off(w: Root, fluid: int, amount: float) -> None:
    f = fluid_at(w, fluid)
    if f.when_down == _WAIT:
        f.served += amount
    else:
        f.entered += amount
