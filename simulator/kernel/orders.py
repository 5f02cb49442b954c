"""Orders that are on their way: those that come in the order in which they were placed need no place in the heap.

They stand in one line, for all pools, and only its first is looked at. So what has a lead time that hardly varies costs a few
steps, however much is on order. An order that would overtake the line goes its own way.
"""

from simulator.kernel.compiled import inlined
from simulator.kernel.reaching import Root, order_at
from simulator.kernel.reinterpreting import bits_of, is_less
from simulator.kernel.schedule import FULL, NEVER, put


@inlined
def await_order(w: Root, number: int, at: float, key: int) -> None:
    """Let an order of a pool arrive at *at*, by *key*."""
    if at >= w.horizon:
        return
    bits = bits_of(at)
    if not is_less(w.last_at, w.last_key, bits, key):
        put(w, at, key, number)
        return
    end = w.orders_end
    mask = w.orders_size - 1
    if end - w.orders_first == mask:
        w.status = FULL
        return
    order = order_at(w, end & mask)
    order.at, order.key, order.owner = bits, key, number
    none = order_at(w, (end + 1) & mask)
    none.at = none.key = NEVER
    w.orders_end = end + 1
    w.last_at, w.last_key = bits, key
