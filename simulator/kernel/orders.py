"""Orders that are on their way to a pool: those that come in the order in which they were placed need no place in the heap.

Only the first of such a line, its leader, is in the heap; the others wait behind it, linked. So what has a lead time that hardly
varies costs a few steps, however much is on order. An order that would overtake the line goes into the heap by itself.
"""

import math

from simulator.kernel.compiled import inlined
from simulator.kernel.reaching import Root, line_at, pool_at
from simulator.kernel.schedule import FULL, put


@inlined
def await_order(w: Root, number: int, at: float, key: int) -> None:
    """Let an order of a pool arrive at *at*, by *key*."""
    pool = pool_at(w, number)
    if at == math.inf:
        return
    if pool.leader == 0:
        pool.leader = key
        pool.latest = at
        put(w, at, key, number)
    elif at >= pool.latest:  # of two at one time the one placed later has the higher key
        pool.latest = at
        _line_up(w, number, at, key)
    else:
        put(w, at, key, number)


@inlined
def next_order(w: Root, number: int) -> None:
    """The leader of a line arrives: let the next one lead."""
    pool = pool_at(w, number)
    place = pool.line_first
    if place < 0:
        pool.leader = 0
        return
    order = line_at(w, place)
    pool.leader = order.key
    pool.line_first = order.after
    order.after = w.unused
    w.unused = place
    put(w, order.at, order.key, number)


@inlined
def _line_up(w: Root, number: int, at: float, key: int) -> None:
    place = w.unused
    if place >= 0:
        w.unused = line_at(w, place).after
    elif w.in_line == w.lines_size:
        w.status = FULL
        return
    else:
        place = w.in_line
        w.in_line += 1
    order = line_at(w, place)
    order.at, order.key, order.after = at, key, -1
    pool = pool_at(w, number)
    if pool.line_first < 0:
        pool.line_first = place
    else:
        line_at(w, pool.line_last).after = place
    pool.line_last = place
