"""Many histories of one plant, one after the other: from setting back what the last one changed to what it all comes to."""

import numpy as np
from numpy.typing import NDArray

from simulator.kernel.clusters import primary_returns, takeover_ends
from simulator.kernel.compiled import compiled, entered, inlined, word
from simulator.kernel.draws import draw, run_key
from simulator.kernel.failures import cause_strikes, thing_fails, unit_fails
from simulator.kernel.lives import LONG_SINCE, live, live_unit
from simulator.kernel.measures import measure
from simulator.kernel.reaching import (
    Record,
    Root,
    cause_at,
    cluster_at,
    job_at,
    order_at,
    root_in,
    service_at,
    transition_at,
    unit_at,
)
from simulator.kernel.recovery import order_arrives, stage_ends
from simulator.kernel.reinterpreting import float_of, is_less
from simulator.kernel.schedule import FULL, HAPPENS, NEVER, NUMBER_SHIFT, STEP_SHIFT, is_instant_next, refill, schedule, settle
from simulator.kernel.services import backlog_cleared, copy_ready
from simulator.kernel.setting import set_back
from simulator.kernel.telling import tell
from simulator.plant.switchover import TAKEOVER_ENDS
from simulator.plant.tables import NUMBERS_MAX
from simulator.world import Step

Measured = NDArray[np.float64]
_NUMBER = NUMBERS_MAX - 1
_TAKEOVER_ENDS = word(TAKEOVER_ENDS)
_STAGES_END, _LIVES_END, _CAUSES_STRIKE = (
    word(step << STEP_SHIFT) for step in (Step.STAGE_ENDS, Step.LIFE_ENDS, Step.COMMON_CAUSE)
)
"""The first key of each of these steps; orders arrive before them. Steps compared for being equal would be compiled to one jump by
their number, which a processor foresees less well than several that are taken or not."""
_COMMON_CAUSE, _COPY_READY, _BACKLOG_CLEARED = (
    word(Step.COMMON_CAUSE),
    word(Step.COPY_READY),
    word(Step.BACKLOG_CLEARED),
)


@entered
def simulate(root: Record, seed: np.uint64, first: int, horizon_seconds: float, measured: Measured) -> int:
    """Let so many histories happen as *measured* has rows, from number *first*; return how many did before the room gave out."""
    w = root_in(root)
    w.horizon = horizon_seconds
    w.buckets_per_second = float(w.buckets_size - 2) / horizon_seconds
    for row in range(measured.shape[0]):
        set_back(w)
        w.run = run_key(seed, np.uint64(first + row))
        _begin(w)
        _happen(w)
        if w.status == FULL:
            return row
        measure(w, horizon_seconds, measured[row])
    return measured.shape[0]


@compiled
def _begin(w: Root) -> None:
    """Schedule the first failure of everything that has a law."""
    for node in range(w.things_size):
        live(w, node, LONG_SINCE)
    for unit in range(w.units_size):
        live_unit(w, unit, LONG_SINCE)
    for number in range(w.causes_size):
        _await(w, number)


@compiled
def _await(w: Root, number: int) -> None:
    cause = cause_at(w, number)
    schedule(w, draw(w, cause.law, cause.stream), _COMMON_CAUSE, number, number)


@compiled
def _happen(w: Root) -> None:
    """Let everything happen that happens before the horizon."""
    while w.status != FULL:
        if w.instant and is_instant_next(w):
            key, owner = w.instant, w.instant_owner
            w.instant = 0
        else:
            settle(w)
            top = transition_at(w, 0)
            if top.at == NEVER:
                refill(w)
            order = order_at(w, w.orders_first & (w.orders_size - 1))
            if is_less(order.at, order.key, top.at, top.key):  # not if both never come
                w.now = float_of(order.at)
                w.orders_first += 1
                w.transitions += 1
                order_arrives(w, order.owner)
                tell(w)
                continue
            if top.at == NEVER:
                return
            w.now = float_of(top.at)
            w.top = HAPPENS
            key, owner = top.key, top.owner
        w.transitions += _let_happen(w, key, owner)


@inlined
def _let_happen(w: Root, key: int, owner: int) -> int:
    """Let one transition happen unless it has been cancelled; return how many did."""
    if key < _STAGES_END:
        order_arrives(w, owner)
        tell(w)
    elif key < _LIVES_END:
        if job_at(w, owner).timer != key:
            return 0
        stage_ends(w, owner)
        tell(w)
    elif key < _CAUSES_STRIKE:
        if (key >> NUMBER_SHIFT) & _NUMBER < w.things_size:
            thing_fails(w, owner)
        elif unit_at(w, owner).timer != key:
            return 0
        else:
            unit_fails(w, owner)
    else:
        return _let_turn(w, key >> STEP_SHIFT, key, owner)
    return 1


@compiled
def _let_turn(w: Root, step: int, key: int, owner: int) -> int:
    """Let a common cause strike, or a service or a cluster turn at its time."""
    if step == _COMMON_CAUSE:
        cause_strikes(w, owner)
        _await(w, owner)
    elif step == _COPY_READY:
        if service_at(w, owner).copy_timer != key:
            return 0
        copy_ready(w, owner)
    elif step == _BACKLOG_CLEARED:
        if service_at(w, owner).clear_timer != key:
            return 0
        service_at(w, owner).clear_timer = 0
        backlog_cleared(w, owner)
    elif step == _TAKEOVER_ENDS:
        if cluster_at(w, owner).takeover_timer != key:
            return 0
        takeover_ends(w, owner)
        tell(w)
    else:
        if cluster_at(w, owner).return_timer != key:
            return 0
        primary_returns(w, owner)
        tell(w)
    return 1
