"""How what failed comes back: stage after stage, with parts from the pools and hands from the crews, as in `simulator.recovery`.

A job stands in at most one queue at a time, of a pool or of a crew: a list linked through the jobs, since who gives up leaves it.
"""

import math

from simulator.kernel.compiled import compiled, inlined, word
from simulator.kernel.draws import draw
from simulator.kernel.gates import BACK, GONE, NOTHING, mend, write
from simulator.kernel.lives import ANEW, live, live_unit
from simulator.kernel.orders import await_order
from simulator.kernel.reaching import Root, crew_at, fitting_at, job_at, pool_at, span_at, stage_at, thing_at, unit_at
from simulator.kernel.schedule import key_of, schedule
from simulator.plant.tables import Passage, StageCode, Told
from simulator.world import Step

_ORDER_ARRIVES, _STAGE_ENDS = word(Step.ORDER_ARRIVES), word(Step.STAGE_ENDS)
_STAGE, _ORDER, _UNIT = word(Told.STAGE), word(Told.ORDER), word(Told.UNIT)
_STARTED, _DONE, _ABANDONED = word(Passage.STARTED), word(Passage.DONE), word(Passage.ABANDONED)
_PART, _WORK = word(StageCode.PART), word(StageCode.WORK)


@inlined
def begin(w: Root, job: int) -> None:
    """Start a recovery from its first stage; without any, nothing ever happens."""
    j = job_at(w, job)
    j.at_stage = j.stages
    j.timer = 0
    j.lacks_part = j.lacks_crew = j.has_crew = 0
    if j.stages >= 0:
        _start(w, job)


@compiled
def abandon(w: Root, job: int) -> None:
    """Stop a recovery where it is: its crew is free for others, what it waited for is withdrawn."""
    j = job_at(w, job)
    stage = stage_at(w, j.at_stage)
    j.timer = 0
    if j.lacks_part:
        pool = pool_at(w, stage.pool)
        pool.first, pool.last = _unlink(w, job, pool.first, pool.last)
        pool.backorders -= 1
        j.lacks_part = 0
    elif j.lacks_crew:
        crew = crew_at(w, stage.crew)
        crew.first, crew.last = _unlink(w, job, crew.first, crew.last)
        j.lacks_crew = 0
    elif j.has_crew:
        _release(w, stage.crew)
        j.has_crew = 0
    write(w, _STAGE, j.subject, _ABANDONED, stage.kind)


@inlined
def _start(w: Root, job: int) -> None:
    j = job_at(w, job)
    stage = stage_at(w, j.at_stage)
    write(w, _STAGE, j.subject, _STARTED, stage.kind)
    if stage.kind == _PART:
        _fetch(w, job, stage.pool)
    elif stage.kind == _WORK and stage.crew >= 0:
        crew = crew_at(w, stage.crew)
        if crew.busy < crew.size:
            crew.busy += 1
            _work(w, job)
        else:
            crew.first, crew.last = _append(w, job, crew.first, crew.last)
            j.lacks_crew = 1
    else:
        _pass(w, job, draw(w, stage.law, j.streams + stage.stream))


@inlined
def _pass(w: Root, job: int, in_seconds: float) -> None:
    j = job_at(w, job)
    j.timer = schedule(w, in_seconds, _STAGE_ENDS, j.subject, job)


@inlined
def _fetch(w: Root, job: int, number: int) -> None:
    """Take a unit from a pool, or wait for it; order up to the base stock."""
    pool = pool_at(w, number)
    if pool.number < 0:
        pool.number = w.pools_used
        w.pools_used += 1
    pool.demands += 1
    got = pool.first < 0 and pool.stock > 0
    if got:
        pool.stock -= 1
    else:
        pool.stock_outs += 1
        pool.backorders += 1
        pool.first, pool.last = _append(w, job, pool.first, pool.last)
        job_at(w, job).lacks_part = 1
    if pool.stock + pool.on_order - pool.backorders < pool.base_stock:
        now = w.now
        arrives = now + draw(w, pool.law, pool.stream)
        write(w, _ORDER, number, GONE, NOTHING)
        pool.on_order += 1
        await_order(w, number, now + (arrives - now), key_of(w, _ORDER_ARRIVES, pool.number))
    if got:
        _pass(w, job, 0.0)


@inlined
def order_arrives(w: Root, number: int) -> None:
    """Put a unit on the shelf, or hand it to whoever waits first."""
    pool = pool_at(w, number)
    pool.on_order -= 1
    write(w, _ORDER, number, BACK, NOTHING)
    if pool.first < 0:
        pool.stock += 1
        return
    job = pool.first
    pool.first, pool.last = _unlink(w, job, pool.first, pool.last)
    pool.backorders -= 1
    job_at(w, job).lacks_part = 0
    stage_ends(w, job)


@inlined
def _work(w: Root, job: int) -> None:
    """Let a crew begin."""
    j = job_at(w, job)
    stage = stage_at(w, j.at_stage)
    crew = crew_at(w, stage.crew)
    j.has_crew = 1
    left = draw(w, stage.law, j.streams + stage.stream)
    _pass(w, job, left if crew.spans < 0 else _within(w, stage.crew, left))


@compiled
def _within(w: Root, number: int, left: float) -> float:
    """Return after how many seconds a crew will have worked *left*, within its open hours."""
    crew = crew_at(w, number)
    now = w.now
    low, high = crew.spans, crew.spans_end
    while low < high:
        middle = (low + high) // 2
        if span_at(w, middle).closes > now:
            high = middle
        else:
            low = middle + 1
    for at in range(low, crew.spans_end):
        span = span_at(w, at)
        since = max(span.opens, now)
        if span.closes > since:
            if span.closes - since >= left:
                return since + left - now
            left -= span.closes - since
    return math.inf


@inlined
def _release(w: Root, number: int) -> None:
    """Give a crew's free hands to the next in line."""
    crew = crew_at(w, number)
    if crew.first < 0:
        crew.busy -= 1
        return
    job = crew.first
    crew.first, crew.last = _unlink(w, job, crew.first, crew.last)
    job_at(w, job).lacks_crew = 0
    _work(w, job)


@inlined
def stage_ends(w: Root, job: int) -> None:
    """Go on to the next stage; after the last, what was failed is well."""
    j = job_at(w, job)
    stage = stage_at(w, j.at_stage)
    write(w, _STAGE, j.subject, _DONE, stage.kind)
    j.timer = 0
    if j.has_crew:
        j.has_crew = 0
        _release(w, stage.crew)
    if not stage.last:
        j.at_stage += 1
        _start(w, job)
    elif j.unit >= 0:
        _unit_replaced(w, j.unit)
    else:
        _thing_recovered(w, job)


@inlined
def _unit_replaced(w: Root, unit: int) -> None:
    u = unit_at(w, unit)
    fitting = fitting_at(w, u.fitting)
    u.failed = 0
    fitting.working += 1
    live_unit(w, unit, ANEW)
    write(w, _UNIT, unit, BACK, fitting.working)
    if fitting.lacking and fitting.working >= fitting.required:
        fitting.lacking = 0
        mend(w, fitting.host)


@compiled
def _thing_recovered(w: Root, job: int) -> None:
    node = job_at(w, job).subject
    thing = thing_at(w, node)
    if job == thing.life_job:
        thing.failing = 0
        live(w, node, ANEW)
        thing.of_life = 0
        mend(w, node)
    else:
        thing.rebuilding = 0
        if thing.of_needs:
            thing.of_needs = 0
            mend(w, node)


@inlined
def _append(w: Root, job: int, first: int, last: int) -> tuple[int, int]:
    """Put *job* at the end of a queue; return its new ends."""
    job_at(w, job).before = last
    job_at(w, job).after = -1
    if last >= 0:
        job_at(w, last).after = job
    return job if first < 0 else first, job


@inlined
def _unlink(w: Root, job: int, first: int, last: int) -> tuple[int, int]:
    """Take *job* out of a queue, wherever it stands; return its new ends."""
    before, after = job_at(w, job).before, job_at(w, job).after
    if before >= 0:
        job_at(w, before).after = after
    if after >= 0:
        job_at(w, after).before = before
    return after if job == first else first, before if job == last else last
