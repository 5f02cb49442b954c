"""What is to come: a binary heap ordered by time, then kind of transition, then number, then the order of scheduling.

That is the order of `simulator.world`. A transition is known by its key; whoever may have to cancel it remembers the key, and lets
go of it. The top of the heap stays where it is while it happens: the first thing it brings about takes its place, and sinks from
there once that has happened. What takes no time, as a part from the shelf does, waits beside the heap: it is next, but for others
of the same time. What is due after the horizon is forgotten at once.

In the heap there is only what is due soon. The rest waits in buckets, one for each of as many equal parts of the time until the
horizon, without any order; when the heap is empty it takes the next bucket. So the heap stays small, however many are to fail
one day (a calendar queue: R. Brown, Communications of the ACM 31, 1988, whose buckets are lists in order). Times are never
negative, so that their bits, read as whole numbers, have their order.
"""

from simulator.kernel.compiled import compiled, inlined, word
from simulator.kernel.reaching import Root, bucket_at, later_at, order_at, transition_at
from simulator.kernel.reinterpreting import bits_of, is_less
from simulator.plant.tables import NUMBER_BITS, SEQUENCE_BITS

NUMBER_SHIFT, STEP_SHIFT = SEQUENCE_BITS, SEQUENCE_BITS + NUMBER_BITS
WELL, FULL = 0, 1
"""Whether there was room for all there was to remember."""
SETTLED, HAPPENS, LOOSE = word(0), word(1), word(2)
"""How the top of the heap is: where it belongs; happening, so that its place is free; put there, but not sunk yet."""
NEVER = word((1 << 63) - 1)


@inlined
def schedule(w: Root, in_seconds: float, step: int, number: int, owner: int) -> int:
    """Let *owner* be told after *in_seconds*; return the key. What never comes has one too."""
    key = key_of(w, step, number)
    if in_seconds == 0.0 and w.instant == 0:
        w.instant, w.instant_owner = key, owner
    else:
        put(w, w.now + in_seconds, key, owner)
    return key


@inlined
def key_of(w: Root, step: int, number: int) -> int:
    """Return the key of what is scheduled now."""
    w.sequence += 1
    return (step << STEP_SHIFT) | (number << NUMBER_SHIFT) | w.sequence


@inlined
def put(w: Root, at: float, key: int, owner: int) -> None:
    """Put a transition where it waits: into the heap if it is due soon."""
    if at >= w.horizon:
        return
    bucket = int(at * w.buckets_per_second)
    if bucket > w.bucket:
        _keep(w, bucket, bits_of(at), key, owner)
    elif w.top == HAPPENS:
        w.top = LOOSE
        _write(w, 0, bits_of(at), key, owner)
    else:
        _add(w, bits_of(at), key, owner)


@inlined
def _keep(w: Root, number: int, at: int, key: int, owner: int) -> None:
    """Put a transition into a bucket, first."""
    place = w.later_free
    if place < 0:
        place = w.later_used
        if place == w.later_size:
            w.status = FULL
            return
        w.later_used += 1
        later = later_at(w, place)
    else:
        later = later_at(w, place)
        w.later_free = later.after
    bucket = bucket_at(w, number)
    later.at, later.key, later.owner, later.after = at, key, owner, bucket.to
    bucket.to = place


@inlined
def refill(w: Root) -> None:
    """Let the heap, which is empty, take what is in the next bucket that holds anything."""
    number = w.bucket + 1
    while number < w.buckets_size and w.status != FULL:
        place = bucket_at(w, number).to
        if place >= 0:
            w.bucket = number
            bucket_at(w, number).to = -1
            while place >= 0:
                later = later_at(w, place)
                after = later.after
                _add(w, later.at, later.key, later.owner)
                later.after = w.later_free
                w.later_free = place
                place = after
            return
        number += 1


@inlined
def is_instant_next(w: Root) -> bool:
    """Say whether what takes no time comes before everything in the heap and every order in line."""
    now = bits_of(w.now)
    if w.top == HAPPENS:
        return not (_is_due(w, 1, now) or _is_due(w, 2, now) or _is_order_due(w, now))
    settle(w)
    return not (_is_due(w, 0, now) or _is_order_due(w, now))


@inlined
def _is_order_due(w: Root, now: int) -> bool:
    order = order_at(w, w.orders_first & (w.orders_size - 1))
    return order.at == now and order.key < w.instant


@inlined
def _is_due(w: Root, place: int, now: int) -> bool:
    transition = transition_at(w, place)
    return place < w.scheduled and transition.at == now and transition.key < w.instant


@inlined
def settle(w: Root) -> None:
    """Let the heap be one again: what took the place of its top sinks, or its last if nothing did."""
    if w.top == SETTLED:
        return
    if w.top == HAPPENS:
        w.scheduled -= 1
        last = transition_at(w, w.scheduled)
        _write(w, 0, last.at, last.key, last.owner)
        last.at = NEVER
    w.top = SETTLED
    _sink(w)


@inlined
def _sink(w: Root) -> None:
    """Let the top of the heap sink to its place."""
    top = transition_at(w, 0)
    at, key, owner = top.at, top.key, top.owner
    size = w.scheduled
    place, child = 0, 1
    while child < size:  # beyond the last there is one that never comes
        # Which child is sooner nobody can foresee, a processor neither: so it is added up instead of branched on.
        left, right = transition_at(w, child), transition_at(w, child + 1)
        child += is_less(right.at, right.key, left.at, left.key)
        lower = transition_at(w, child)
        if not is_less(lower.at, lower.key, at, key):
            break
        _write(w, place, lower.at, lower.key, lower.owner)
        place, child = child, 2 * child + 1
    _write(w, place, at, key, owner)


@compiled
def _add(w: Root, at: int, key: int, owner: int) -> None:
    """Let a transition rise to its place from the end of the heap."""
    settle(w)
    place = w.scheduled
    if place + 1 == w.heap_size:
        w.status = FULL
        return
    w.scheduled += 1
    transition_at(w, place + 1).at = NEVER
    while place > 0:
        parent = (place - 1) >> 1
        upper = transition_at(w, parent)
        if not is_less(at, key, upper.at, upper.key):
            break
        _write(w, place, upper.at, upper.key, upper.owner)
        place = parent
    _write(w, place, at, key, owner)


@inlined
def _write(w: Root, place: int, at: int, key: int, owner: int) -> None:
    transition = transition_at(w, place)
    transition.at, transition.key, transition.owner = at, key, owner
